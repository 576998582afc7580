"""What lies in the database encrypted can be opened by us alone, and by us for as long as we have the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from connector.ports.vault import Unopenable
from connector.secret_key import FernetVault, open_vault
from connector.settings import ConfigError, SecuritySettings, load

SECRET = b'{"options": {"consumer_secret": "cs_hidden"}}'
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
TEXT = "any text of at least thirty-two characters"
SERVER = '[server]\npublic_url = "https://b.example.com"\n'


def hkdf(key: bytes, purpose: str) -> bytes:
    """RFC 5869 with SHA-256, no salt, 32 bytes."""
    drawn = hmac.new(bytes(32), key, hashlib.sha256).digest()
    return hmac.new(drawn, purpose.encode() + b"\x01", hashlib.sha256).digest()


@pytest.mark.parametrize("key", [KEY, TEXT, f" {KEY}", "Fünfunddreißig Zeichen sind genug, oder?"])
def test_what_was_sealed_is_opened_and_shows_nothing(key: str) -> None:
    vault = FernetVault([key])
    sealed = vault.seal(SECRET)
    assert vault.open(sealed) == SECRET
    assert FernetVault([key]).open(sealed) == SECRET
    assert b"hidden" not in base64.urlsafe_b64decode(sealed)
    assert vault.seal(SECRET) != sealed


def test_a_fernet_key_is_used_as_it_is_and_any_other_text_is_stretched() -> None:
    assert Fernet(KEY).decrypt(FernetVault([KEY]).seal(SECRET)) == SECRET
    stretched = base64.urlsafe_b64encode(hkdf(TEXT.encode(), "backorder-connector: a key from text"))
    assert Fernet(stretched).decrypt(FernetVault([TEXT]).seal(SECRET)) == SECRET


def test_what_was_altered_or_is_of_another_key_is_not_opened() -> None:
    vault = FernetVault([KEY])
    sealed = vault.seal(SECRET)
    whole = base64.urlsafe_b64decode(sealed)
    flipped = [
        base64.urlsafe_b64encode(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]) for at in range(len(whole))
    ]
    for wrong in (*flipped, sealed[10:], b"", b"\xff", FernetVault([TEXT]).seal(SECRET)):
        with pytest.raises(Unopenable):
            vault.open(wrong)


def test_an_old_key_opens_and_the_newest_seals() -> None:
    old, both, new = FernetVault([TEXT]), FernetVault([KEY, TEXT]), FernetVault([KEY])
    assert both.open(old.seal(SECRET)) == SECRET
    assert new.open(both.seal(SECRET)) == SECRET


def test_what_is_derived_follows_from_the_newest_key_and_the_purpose_alone() -> None:
    assert FernetVault([KEY, TEXT]).derive("cookies") == hkdf(bytes(range(32)), "backorder-connector: cookies")
    derived = {FernetVault([key]).derive(purpose) for key in (KEY, TEXT) for purpose in ("cookies", "links")}
    assert {len(one) for one in derived} == {32}
    assert len(derived) == 4


def test_a_missing_key_file_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SERVER)
    first = open_vault(load(tmp_path / "config.toml", {}).security)
    file = tmp_path / "data" / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    again = load(tmp_path / "config.toml", {})
    assert again.security.encryption_key is not None
    assert open_vault(again.security).open(first.seal(SECRET)) == SECRET


def test_two_that_start_at_once_use_the_same_new_key(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(SERVER)
    first, second = (load(tmp_path / "config.toml", {}).security for _ in range(2))
    assert open_vault(second).open(open_vault(first).seal(SECRET)) == SECRET


def test_a_key_file_that_is_just_being_written_is_not_taken_for_a_key(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    security = SecuritySettings.model_validate({"<key file>": file})
    file.write_text(KEY[:20])
    with pytest.raises(ConfigError, match="is not complete"):
        open_vault(security)


def test_old_keys_of_the_config_open_too() -> None:
    security = SecuritySettings(encryption_key=SecretStr(KEY), old_encryption_keys=(SecretStr(TEXT),))
    assert open_vault(security).open(FernetVault([TEXT]).seal(SECRET)) == SECRET
