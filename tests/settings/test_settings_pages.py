"""The settings of the pages and of connecting stores: right, or everything that is wrong with them is said at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from werkzeug.security import generate_password_hash

from connector.checked_settings import read_settings
from connector.settings import ConfigError, Settings

SERVER = '[server]\npublic_url = "https://b.example.com"\n'
HASH = generate_password_hash("correct horse battery staple", method="scrypt:1024:8:1")
TOKEN = "operator-token-of-at-least-32-characters"
NO_HASH = "is no password hash: `backorder operator password` asks for a password and prints one"
SHOPIFY = '[install.shopify]\nway = "code"\nclient_id = "the-app"\nclient_secret = "env:APP_SECRET"\n'


def read(folder: Path, text: str, env: dict[str, str] | None = None) -> Settings:
    (folder / "config.toml").write_text(SERVER + text, encoding="utf-8")
    return read_settings(folder / "config.toml", env or {})


def problems(folder: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text, env)
    return [one.removeprefix(f"{folder / 'config.toml'}: ") for one in caught.value.problems]


def test_without_a_word_nobody_is_operator_and_only_the_invited_connect(tmp_path: Path) -> None:
    settings = read(tmp_path, "")
    assert (settings.web.operator_password_hash, settings.web.operator_token) == (None, None)
    assert (settings.web.session_hours, settings.web.trusted_proxies) == (12.0, 1)
    assert (settings.install.open, settings.install.push_at_once, settings.install.language) == (False, False, "en")
    assert settings.install.options("shopify") == {}
    assert settings.retention.samples == 730


def test_what_is_given_is_taken(tmp_path: Path) -> None:
    text = f'[web]\noperator_password_hash = "{HASH}"\noperator_token = "env:TOKEN"\ntrusted_proxies = 0\n{SHOPIFY}'
    settings = read(tmp_path, text, {"TOKEN": TOKEN, "APP_SECRET": "app_hidden"})
    assert settings.web.operator_password_hash == SecretStr(HASH)
    assert settings.web.operator_token == SecretStr(TOKEN)
    assert settings.install.options("shopify")["client_secret"] == "app_hidden"


def test_a_variable_stands_above_the_file(tmp_path: Path) -> None:
    env = {"BACKORDER_INSTALL__OPEN": "true", "BACKORDER_WEB__SESSION_HOURS": "0.5"}
    settings = read(tmp_path, "[install]\nopen = false", env)
    assert (settings.install.open, settings.web.session_hours) == (True, 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[web]\noperator_password_hash = "correct horse"', f"web.operator_password_hash: {NO_HASH}"),
        ('[web]\noperator_password_hash = ""', f"web.operator_password_hash: {NO_HASH}"),
        (f'[web]\noperator_password_hash = "{HASH[:-1]}"', f"web.operator_password_hash: {NO_HASH}"),
        (f'[web]\noperator_password_hash = "{HASH.replace("1024", "1000")}"', f"web.operator_password_hash: {NO_HASH}"),
        (f'[web]\noperator_password_hash = "{HASH.replace(":1$", ":0$")}"', f"web.operator_password_hash: {NO_HASH}"),
        ('[web]\noperator_token = "short"', "web.operator_token: must have at least 32 characters"),
        ("[web]\nsession_hours = 0.1", "web.session_hours: must be at least 0.25"),
        ("[web]\nsession_hours = 1000", "web.session_hours: must be at most 720.0"),
        ("[web]\ntrusted_proxies = 6", "web.trusted_proxies: must be at most 5"),
        ("[web]\ntrusted_proxies = -1", "web.trusted_proxies: must be at least 0"),
        ("[web]\noperator = 1", "web.operator: is no setting: did you mean operator_token?"),
        ("[install]\nopne = true", "install.opne: is no setting: did you mean open?"),
        ('[install]\nlanguage = "English"', "install.language: is no language: write it as en, de or pt-BR"),
        ("[retention]\nsamples = 0", "retention.samples: must be at least 1"),
        (
            "[security]\nold_encryption_keys = ['x']",
            "security.old_encryption_keys[0]: must have at least 32 characters",
        ),
        (
            "[install.shopfy]\nclient_id = 'x'",
            "install.shopfy: There is no platform 'shopfy': did you mean shopify?",
        ),
        ("[install.woocommerce]\nap_name = 'x'", "install.woocommerce.ap_name: is no setting of WooCommerce: did you "),
        (
            "[install.shopify]\nway = 'embeded'",
            "install.shopify.way: is not one of its choices: did you mean embedded?",
        ),
        (
            "[install.shopify]\nway = 'code'\nclient_id = 'x'",
            "install.shopify.client_secret: is missing: Client secret.",
        ),
    ],
)
def test_a_problem_names_its_place_and_what_is_allowed(tmp_path: Path, text: str, expected: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(expected)


def test_a_misspelt_platform_is_named_together_with_every_other_mistake(tmp_path: Path) -> None:
    text = "[web]\nsession_hours = 0\n[install]\nopen = 7\n[install.shopfy]\nx = 1\n[install.woocommerce]\nx = 1\n"
    assert problems(tmp_path, text) == [
        "install.open: must be true or false",
        "web.session_hours: must be at least 0.25",
        "install.shopfy: is none: did you mean shopify?",
    ]


def test_mistakes_in_stores_and_in_installations_are_told_at_once(tmp_path: Path) -> None:
    store = '[[stores]]\nkey = "a"\nplatform = "etsy"\nwebhook_secrets = ["x"]\n'
    assert [one.partition(": ")[0] for one in problems(tmp_path, "[install.etsy]\nx = 1\n" + store)] == [
        "stores[0].platform",
        "install.etsy",
    ]


def test_no_secret_is_shown(tmp_path: Path) -> None:
    text = f'[web]\noperator_password_hash = "{HASH}"\noperator_token = "{TOKEN}"\n{SHOPIFY}'
    text += f'old_client_secret = "old_hidden"\n[security]\nold_encryption_keys = ["{"hidden" * 6}"]\n'
    settings = read(tmp_path, text, {"APP_SECRET": "app_hidden"})
    shown = f"{settings!r} {settings.install} {settings.web}"
    assert "the-app" in shown
    assert not any(secret in shown for secret in ("hidden", HASH, TOKEN))


@pytest.mark.parametrize("place", ["web.operator_password_hash", "web.operator_token", "security.old_encryption_keys"])
def test_no_mistake_repeats_what_may_be_a_secret(tmp_path: Path, place: str) -> None:
    section, _, key = place.partition(".")
    for value in ('"hunter2"', '["hunter2"]', "{ hunter2 = 1 }"):
        assert "hunter2" not in " ".join(problems(tmp_path, f"[{section}]\n{key} = {value}"))
