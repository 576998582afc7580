"""Whatever a config file holds, it gives settings or sentences, and no sentence holds a secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.checked_settings import read_settings
from connector.settings import ConfigError, Settings

SECRET = "Zq7-hush-Xw9"
RIGHT: dict[str, Any] = {
    "server": {"public_url": "https://b.example.com", "bind": "127.0.0.1:8000", "threads": 16},
    "database": {"url": "sqlite:///data/backorder.db"},
    "security": {"encryption_key": SECRET * 3},
    "sync": {"settle": 20, "reconcile": 900},
    "retention": {"deliveries": 30},
    "logging": {"level": "info"},
    "stores": [
        {
            "key": "main",
            "platform": "woocommerce",
            "url": "https://shop.example.com",
            "consumer_key": SECRET,
            "consumer_secret": SECRET,
            "webhook_secrets": [SECRET],
            "policy": {"mode": "up_to", "units": 5},
            "rules": [{"sku": "CHAIR-*", "mode": "never"}],
            "messages": {"de": {"sold_out": "Ausverkauft"}},
            "notices": ["waiting"],
            "timezone": "Europe/Berlin",
        },
        {
            "key": "second",
            "platform": "shopify",
            "shop": "example.myshopify.com",
            "access_token": SECRET,
            "client_id": "app-1",
            "client_secret": SECRET,
            "webhook_secrets": [SECRET, SECRET],
            "api_version": "2026-10",
        },
    ],
}
KEYS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10) | st.sampled_from(("key", "url", "env:HUSH"))
HUSHED = (
    SECRET,
    f"postgresql://u:{SECRET}@h/d",
    f"https://u:{SECRET}@h",
    f"mysql://{SECRET}",
    f"https://h/?k={SECRET}",
)
REFERENCES = ("env:HUSH", "env:ABSENT", "file:hush", "file:", "file:.", "file:\0")
WRONG = ("never", "shopify", "http://[", "Europe/Berlni", "9" * 5000)
TEXTS = KEYS | st.sampled_from((*HUSHED, *REFERENCES, *WRONG))
WHOLE = st.integers(-(2**63), 2**63 - 1)
ODD = st.recursive(
    TEXTS | WHOLE | st.booleans() | st.floats() | st.sampled_from((0, 1, -1)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def toml(value: Any) -> str:
    """A value in TOML's own words: inline tables, and texts as JSON writes them."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{" + ", ".join(f"{toml(str(key))} = {toml(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return repr(value)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inside in list(entries):
        yield value, key
        yield from places(inside)


@st.composite
def configs(draw: st.DrawFn) -> str:
    tables = json.loads(json.dumps(RIGHT))
    for _ in range(draw(st.integers(1, 4))):
        owner, key = draw(st.sampled_from(list(places(tables)) or [(tables, "server")]))
        match draw(st.sampled_from(("put", "put", "put", "drop", "add"))):
            case "put":
                owner[key] = draw(ODD)
            case "drop" if isinstance(owner, dict):
                owner.pop(key, None)
            case _ if isinstance(owner, dict):
                owner[draw(KEYS)] = draw(ODD)
            case _:
                owner.append(draw(ODD))
    return "\n".join(f"{toml(key)} = {toml(value)}" for key, value in tables.items())


def loaded(path: Path, env: dict[str, str]) -> Settings | ConfigError:
    try:
        return read_settings(path, env)
    except ConfigError as error:
        return error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    text=configs(), env=st.dictionaries(st.sampled_from(("HUSH", "BACKORDER_SERVER__BIND", "BACKORDER_X__Y")), TEXTS)
)
def test_any_config_gives_settings_or_sentences_without_a_secret(
    tmp_path: Path, text: str, env: dict[str, str]
) -> None:
    (tmp_path / "hush").write_text(SECRET, encoding="utf-8")
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    found = loaded(path, env)
    assert isinstance(found, Settings) or found.problems
    # Whatever setting a secret was put into by mistake, no sentence about it repeats the value.
    assert isinstance(found, Settings) or SECRET not in str(found)


def test_the_config_that_is_spoiled_here_is_right(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("\n".join(f"{key} = {toml(value)}" for key, value in RIGHT.items()), encoding="utf-8")
    found = read_settings(path, {})
    assert [store.key for store in found.stores] == ["main", "second"]
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "text", ["\0", "a = \ud800", "[" * 100_000, "a = " + "[" * 100_000, "a." * 5_000 + "a = 1", "a = " + "9" * 5000]
)
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(ConfigError):
        read_settings(path, {})
