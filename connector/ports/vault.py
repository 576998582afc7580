"""Encryption of what must not lie in the database in the clear."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Unopenable(Exception):  # noqa: N818 -- it says what happened
    """The sealed text was altered, or sealed with another key than any of ours."""


class Vault(Protocol):
    def seal(self, secret: bytes) -> bytes: ...

    def open(self, sealed: bytes) -> bytes:
        """Raises ``Unopenable``."""
        ...

    def derive(self, purpose: str) -> bytes:
        """32 bytes that follow from the key and the purpose alone; for signing cookies."""
        ...

    def derive_all(self, purpose: str) -> Sequence[bytes]:
        """The same of every key, the newest first: what an old one signed is still believed."""
        ...
