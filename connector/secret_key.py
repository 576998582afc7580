"""The keys that credentials are encrypted with at rest: the newest is made once, readable by its owner alone."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from connector.ports.vault import KeptKey, Unopenable
from connector.settings import ConfigError, SecuritySettings

log = structlog.get_logger()

KEY_BYTES = 32
OLD = "old_encryption_keys under [security]"
ANOTHER = (
    "security.encryption_key: The database was sealed with another encryption key than this machine has. Put that one "
    "(an installation without the line keeps it in data/secret.key) under [security], the same on every machine."
)
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
    """``ports.vault.Vault``.  ``keys``: the newest first, which seals; all of them open.

    ``kept``: derived keys that outlive the keys they were derived from; asked for once, when one is derived.
    """

    def __init__(self, keys: Sequence[str], kept: Callable[[], Sequence[KeptKey]] = tuple) -> None:
        self._roots = [_root(key) for key in keys]
        self._each = [Fernet(base64.urlsafe_b64encode(root)) for root in self._roots]
        self._fernet = MultiFernet(self._each)
        self._read_kept = kept

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
        first, later = self._kept.get((purpose, True), []), self._kept.get((purpose, False), [])
        return list(dict.fromkeys((*first, *self.derived(purpose), *later)))

    def derived(self, purpose: str) -> Sequence[bytes]:
        """The same without those that are kept: one for each key, in the order of the keys."""
        return [_stretch(root, f"backorder-connector: {purpose}") for root in self._roots]

    def place(self, sealed: bytes, bound: bytes = b"") -> int:
        """``ports.vault.Sealing``; nothing here is bound to anything."""
        del bound
        for place, one in enumerate(self._each):
            try:
                one.decrypt(sealed)
            except InvalidToken:
                continue
            return place
        raise Unopenable("it was altered, or sealed with a key that is not ours")

    def again(self, sealed: bytes, bound: bytes = b"") -> bytes:
        del bound
        return self.seal(self.open(sealed))

    @property
    def names(self) -> Sequence[str]:
        """What tells the keys apart without telling anything of them."""
        return [one.hex()[:8] for one in self.derived("the name of a key")]

    @cached_property
    def _kept(self) -> Mapping[tuple[str, bool], Sequence[bytes]]:
        found: dict[tuple[str, bool], list[bytes]] = {}
        for one in self._read_kept():
            try:
                found.setdefault((one.purpose, one.first), []).append(self.open(one.sealed))
            except Unopenable:
                # Without it buyers are strangers again and links that were sent open nothing; the rest works.
                log.error("keys.not_opened", name=one.name, fix=f"Put the key back that sealed it: {OLD}.")  # noqa: TRY400 -- where is no news
        return found


def open_vault(security: SecuritySettings, kept: Callable[[], Sequence[KeptKey]] = tuple) -> FernetVault:
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
    return FernetVault([newest, *(one.get_secret_value() for one in security.old_encryption_keys)], kept)


def refuse_another_key(security: SecuritySettings, kept: Sequence[KeptKey]) -> None:
    """Raise ``ConfigError`` where these keys open nothing of what the machines on one database keep sealed in it.

    A key file that is missing is not made then: what it would seal, the other machines could not open.
    """
    file = security.encryption_key_file
    if not kept:
        return
    if security.encryption_key is None and file is not None and not file.exists():
        raise ConfigError([ANOTHER])
    vault = open_vault(security)
    for one in kept:
        with suppress(Unopenable):
            vault.open(one.sealed)
            return
    raise ConfigError([ANOTHER])


def _root(key: str) -> bytes:
    """32 bytes of a key: those it stands for, or those that a text of any other kind is stretched to."""
    if _FERNET.fullmatch(key):
        return base64.urlsafe_b64decode(key)
    return _stretch(key.encode(), "backorder-connector: a key from text")


def _stretch(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)
