"""The keys that credentials are encrypted with at rest: the newest is made once, readable by its owner alone."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connector.ports.vault import Unopenable
from connector.settings import ConfigError, SecuritySettings

KEY_BYTES = 32
# As ``Fernet.generate_key`` writes one.  Its own check ignores strange characters, which a long text may hold.
_FERNET = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)


def make_key(file: Path | None) -> None:
    """Make the key file where the settings found it missing (None: there is one).  Two processes may try at once."""
    if file is None:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(Fernet.generate_key() + b"\n")


class FernetVault:
    """``ports.vault.Vault``.  ``keys``: the newest first, which seals; all of them open."""

    def __init__(self, keys: Sequence[str]) -> None:
        roots = [_root(key) for key in keys]
        self._roots = roots
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(root)) for root in roots])

    def seal(self, secret: bytes) -> bytes:
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise Unopenable("it was altered, or sealed with a key that is not ours") from None

    def derive(self, purpose: str) -> bytes:
        return self.derive_all(purpose)[0]

    def derive_all(self, purpose: str) -> Sequence[bytes]:
        return [_stretch(root, f"backorder-connector: {purpose}") for root in self._roots]


def open_vault(security: SecuritySettings) -> FernetVault:
    """The vault of these settings; its key file is made first where there is none.

    Raises ``ConfigError`` where another process is just making the file, and ``OSError`` where it cannot be read.
    """
    file = security.encryption_key_file
    if security.encryption_key is not None:
        newest = security.encryption_key.get_secret_value()
    elif file is None:
        raise ConfigError(["security.encryption_key: is missing"])
    else:
        make_key(file)
        newest = file.read_text("utf-8").strip()
        if not _FERNET.fullmatch(newest):
            raise ConfigError([f"{file}: is not complete. If nothing else is starting just now, delete it."])
    return FernetVault([newest, *(one.get_secret_value() for one in security.old_encryption_keys)])


def _root(key: str) -> bytes:
    """32 bytes of a key: those it stands for, or those that a text of any other kind is stretched to."""
    if _FERNET.fullmatch(key):
        return base64.urlsafe_b64decode(key)
    return _stretch(key.encode(), "backorder-connector: a key from text")


def _stretch(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)
