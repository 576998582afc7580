"""The example config file is complete, true and loads as it stands."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from werkzeug.security import generate_password_hash

import adapters
from connector.checked_settings import read_settings
from connector.settings import Settings, StoreSettings, load

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
NAMED_ENV = re.compile(r'"env:([A-Z_]+)"')
INTERNAL = {"folder", "options", "platforms", "encryption_key_file"}
INSTALL_KEYS = [(name, field.key) for name in adapters.names() for field in adapters.manifest(name).install]


def environment() -> dict[str, str]:
    """A value for every variable that the example names, as long as the longest of them must be."""
    values = dict.fromkeys(NAMED_ENV.findall(EXAMPLE.read_text(encoding="utf-8")), "value" * 8)
    return values | {"OPERATOR_PASSWORD_HASH": generate_password_hash("a password", method="scrypt:1024:8:1")}


def example_settings(folder: Path, text: str | None = None) -> Settings:
    path = folder / "config.toml"
    if text is None:
        shutil.copy(EXAMPLE, path)
    else:
        path.write_text(text, encoding="utf-8")
    return load(path, environment())


def setting_names(model: type[BaseModel]) -> Iterator[str]:
    """The name of every setting in a model and in the models inside it."""
    for name, field in model.model_fields.items():
        if name in INTERNAL:
            continue
        yield name
        for inner in [field.annotation, *get_args(field.annotation)]:
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from setting_names(inner)


def switched_on(text: str) -> str:
    """The example with every setting that is off switched on."""
    return re.sub(r"^# ([a-z_]+ = |\[install\.[a-z]+\]$)", r"\1", text, flags=re.MULTILINE)


def test_the_example_loads(tmp_path: Path) -> None:
    settings = example_settings(tmp_path)
    assert [(store.key, store.platform) for store in settings.stores] == [
        ("main", "woocommerce"),
        ("second", "shopify"),
    ]


@pytest.mark.parametrize("name", sorted(set(setting_names(Settings))))
def test_every_setting_stands_in_the_example(name: str) -> None:
    assert re.search(rf"^(# )?({name} = |\[+(stores\.)?{name}[].])", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


def test_what_is_off_in_the_example_shows_the_value_that_holds_without_it(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    on, off = tomllib.loads(switched_on(text)), tomllib.loads(text)
    without = example_settings(tmp_path).model_dump(mode="json")
    for section in ("server", "sync", "retention", "logging", "web", "install"):
        shown: dict[str, Any] = {
            key: value
            for key, value in on[section].items()
            if key not in off[section] and not isinstance(value, dict) and not str(value).startswith("env:")
        }
        assert shown
        assert shown == {key: without[section][key] for key in shown}


def test_every_setting_that_is_off_can_be_switched_on(tmp_path: Path) -> None:
    settings = example_settings(tmp_path, switched_on(EXAMPLE.read_text(encoding="utf-8")))
    assert settings.store("main").policy.lead_days == 14
    assert settings.install.options("shopify")["client_secret"] == "value" * 8


def test_the_example_is_right_as_a_whole_also_with_everything_switched_on(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(switched_on(EXAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("value" * 8)
    assert set(read_settings(tmp_path / "config.toml", environment()).install.platforms) == set(adapters.names())


@pytest.mark.parametrize(("platform", "key"), INSTALL_KEYS)
def test_every_setting_of_a_platforms_installation_stands_in_the_example(platform: str, key: str) -> None:
    on = tomllib.loads(switched_on(EXAMPLE.read_text(encoding="utf-8")))
    assert key in on["install"][platform]


@pytest.mark.parametrize(("platform", "key"), INSTALL_KEYS)
def test_what_is_off_there_shows_the_value_that_holds_without_it(platform: str, key: str) -> None:
    shown = tomllib.loads(switched_on(EXAMPLE.read_text(encoding="utf-8")))["install"][platform][key]
    default = adapters.manifest(platform).install_with_defaults({}).get(key)
    assert default in {None, shown} if not isinstance(shown, list) else default == shown


def test_the_stores_of_the_example_are_what_their_platforms_ask_for(tmp_path: Path) -> None:
    known = [store for store in example_settings(tmp_path).stores if store.platform in adapters.names()]
    assert [list(adapters.manifest(store.platform).problems(store.plain_options())) for store in known] == [[]] * len(
        known
    )


def test_no_platform_takes_a_key_that_every_store_has() -> None:
    taken = {field.key for name in adapters.names() for field in adapters.manifest(name).settings}
    assert taken & set(StoreSettings.model_fields) == set()
