"""How the body of a delivery lies in the database: packed, and sealed where there is a key.

It holds the whole order: name, address, telephone number.  AES-256-GCM takes some microseconds of a request (Fernet
takes ten times that), and each text is bound to its row by the digest of what was sent, so that none can be passed off
as another's.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from functools import partial

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from connector.ports.vault import Unopenable

PURPOSE = "bodies of deliveries"
"""What the keys are derived for (``Vault.derive_all``)."""

# The level is the fastest: what it leaves on a body of 8 kB is nearly as small, and callers wait for it.
COMPRESSION = 1
# No packed body begins so: the first byte of zlib's format says how it was packed, and is 0x78.
SEALED = b"\x01"
NONCE = 12  # bytes; random, which is safe for 2^32 bodies under one key (NIST SP 800-38D, 8.3)

Keys = Callable[[], Sequence[bytes]]


class Bodies:
    """``keys``: asked for once, when the first body is kept or read; the newest seals, all of them open.  Without any,
    bodies are only packed; those that were kept so stay readable.
    """

    def __init__(self, keys: Keys = tuple) -> None:
        self._keys = keys
        self._made: list[AESGCM] | None = None

    def __reduce__(self) -> tuple[type[Bodies], tuple[Keys]]:
        return (Bodies, (partial(tuple, self._keys()),))

    def pack(self, body: bytes, digest: bytes) -> bytes:
        packed = zlib.compress(body, COMPRESSION)
        ciphers = self._ciphers()
        if not ciphers:
            return packed
        nonce = os.urandom(NONCE)
        return SEALED + nonce + ciphers[0].encrypt(nonce, packed, digest)

    def unpack(self, kept: bytes, digest: bytes) -> bytes:
        """Empty for a body that was emptied.  Raises ``Unopenable``."""
        if not kept:
            return b""
        if not kept.startswith(SEALED):
            return zlib.decompress(kept)
        nonce, sealed = kept[1 : NONCE + 1], kept[NONCE + 1 :]
        for cipher in self._ciphers():
            try:
                return zlib.decompress(cipher.decrypt(nonce, sealed, digest))
            except InvalidTag:
                continue
        raise Unopenable("it was altered, or sealed with a key that is not ours")

    def place(self, kept: bytes, digest: bytes) -> int:
        """``ports.vault.Sealing``: of the key that sealed it, the newest is 0; -1 for a body that is only packed."""
        if not kept.startswith(SEALED):
            return -1
        nonce, sealed = kept[1 : NONCE + 1], kept[NONCE + 1 :]
        for place, cipher in enumerate(self._ciphers()):
            try:
                cipher.decrypt(nonce, sealed, digest)
            except InvalidTag:
                continue
            return place
        raise Unopenable("it was altered, or sealed with a key that is not ours")

    def again(self, kept: bytes, digest: bytes) -> bytes:
        return self.pack(self.unpack(kept, digest), digest)

    def _ciphers(self) -> Sequence[AESGCM]:
        if self._made is None:
            self._made = [AESGCM(key) for key in self._keys()]
        return self._made


PLAIN = Bodies()
"""For who has no keys: a tool that looks at rows, a test."""
