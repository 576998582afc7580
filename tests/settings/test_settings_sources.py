"""Values may stand in the environment or in files, and secrets stay where they are."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from connector.settings import ConfigError, Settings, load

CONFIG = """
[server]
public_url = "https://b.example.com"
threads = "env:THREADS"
[database]
url = "env:DATABASE"
[[stores]]
key = "main"
platform = "woocommerce"
url = "https://shop.example.com"
consumer_key = "ck_written_here"
consumer_secret = "file:secrets/woo"
webhook_secrets = ["env:NEW", "env:OLD"]
locations = ["one", "env:PLACE"]
timeout = 30
[stores.nested]
inner = "env:PLACE"
"""
ENV = {
    "THREADS": "4",
    "DATABASE": "postgresql://u:pw_hidden@db/b",
    "NEW": "new_hidden",
    "OLD": "old_hidden",
    "PLACE": "place_hidden",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "woo").write_bytes(b"cs_hidden\r\n")
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "config.toml"


def test_references_are_followed_everywhere(config: Path) -> None:
    settings = load(config, ENV)
    store = settings.store("main")
    assert settings.server.threads == 4
    assert settings.database.url.get_secret_value() == ENV["DATABASE"]
    assert store.secrets() == ("new_hidden", "old_hidden")
    assert store.plain_options() == {
        "url": "https://shop.example.com",
        "consumer_key": "ck_written_here",
        "consumer_secret": "cs_hidden",
        "locations": ["one", "place_hidden"],
        "timeout": 30,
        "nested": {"inner": "place_hidden"},
    }


def test_what_may_be_a_secret_is_hidden(config: Path) -> None:
    options = load(config, ENV).store("main").options
    assert {key for key, value in options.items() if isinstance(value, SecretStr)} == {
        "consumer_key",
        "consumer_secret",
    }
    assert options["locations"] == ["one", SecretStr("place_hidden")]


@pytest.mark.parametrize("show", [repr, str, lambda settings: f"{settings.stores} {settings.database}"])
def test_no_secret_is_shown(config: Path, show: object) -> None:
    shown = show(load(config, ENV))  # type: ignore[operator]
    assert "shop.example.com" in shown
    assert "hidden" not in shown
    assert "ck_written" not in shown


def test_a_reference_that_leads_nowhere_is_said_once(config: Path) -> None:
    (config.parent / "secrets" / "woo").unlink()
    missing = os.strerror(errno.ENOENT)
    with pytest.raises(ConfigError) as caught:
        load(config, {"THREADS": "4", "DATABASE": "", "NEW": "n", "PLACE": "p"})
    assert caught.value.problems == [
        f"{config}: database.url: the environment variable DATABASE is empty: set it, or change env:DATABASE",
        f"{config}: stores[0].consumer_secret: the file {config.parent / 'secrets/woo'} cannot be read: {missing}",
        f"{config}: stores[0].webhook_secrets[1]: the environment variable OLD is not set: set it, or change env:OLD",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\xff", "is not UTF-8 text"), (b"\n", "is empty"), (b"x" * 70_000, "is larger than 65536 bytes")],
)
def test_a_file_that_holds_no_secret_is_refused(config: Path, content: bytes, expected: str) -> None:
    (config.parent / "secrets" / "woo").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(config, ENV)
    assert [problem.endswith(expected) for problem in caught.value.problems] == [True]


def test_a_wrong_value_is_not_repeated(config: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config, ENV | {"THREADS": "hidden", "DATABASE": "hidden://x"})
    assert len(caught.value.problems) == 2
    assert "hidden" not in str(caught.value)


def test_the_environment_stands_above_the_file(config: Path) -> None:
    more = {
        "BACKORDER_SERVER__BIND": "0.0.0.0:80",
        "BACKORDER_SYNC__SETTLE": "1.5",
        "BACKORDER_SERVER__THREADS": "env:N",
    }
    settings = load(config, ENV | more | {"N": "9"})
    assert (settings.server.bind, settings.sync.settle, settings.server.threads) == ("0.0.0.0:80", 1.5, 9)


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ("BACKORDER_SERVER__BNID", "environment: BACKORDER_SERVER__BNID: is no setting: did you mean bind?"),
        ("BACKORDER_SERVE__BIND", "environment: BACKORDER_SERVE__BIND: sets no section: did you mean server?"),
        ("BACKORDER_SYNC__SETTLE", "environment: BACKORDER_SYNC__SETTLE: must be a number"),
    ],
)
def test_a_problem_in_the_environment_names_the_variable(config: Path, variable: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config, ENV | {variable: "x"})
    assert caught.value.problems == [expected]


def test_a_variable_without_a_section_is_somebody_elses(config: Path) -> None:
    assert load(config, ENV | {"BACKORDER_HOME": "/srv"}) == load(config, ENV)


def _with_key(folder: Path, line: str, env: dict[str, str] | None = None) -> Settings:
    text = f'[server]\npublic_url = "https://b.example.com"\n[security]\n{line}'
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return load(folder / "config.toml", env or {})


def test_the_encryption_key_file_may_still_have_to_be_made(tmp_path: Path) -> None:
    for line in ("", 'encryption_key = "file:data/secret.key"'):
        security = _with_key(tmp_path, line).security
        assert (security.encryption_key, security.encryption_key_file) == (None, tmp_path / "data" / "secret.key")


def test_an_encryption_key_that_is_there_is_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret.key").write_text("k" * 44 + "\n", encoding="utf-8")
    for line, env in (("", {}), ('encryption_key = "env:K"', {"K": "k" * 44})):
        security = _with_key(tmp_path, line, env).security
        assert (security.encryption_key, security.encryption_key_file) == (SecretStr("k" * 44), None)


def test_an_encryption_key_that_was_to_come_from_elsewhere_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"security\.encryption_key: the environment variable K is not set"):
        _with_key(tmp_path, 'encryption_key = "env:K"')
