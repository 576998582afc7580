"""Encryption of what must not lie in the database in the clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
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


class Sealing(Protocol):
    """Texts that one of several keys has sealed.  ``bound``: what a text belongs to, where it was sealed together with
    that; empty otherwise.
    """

    def place(self, sealed: bytes, bound: bytes) -> int:
        """Of the key that sealed it, counted from the newest (0); -1 where none did.  Raises ``Unopenable``."""
        ...

    def again(self, sealed: bytes, bound: bytes) -> bytes:
        """The same text, sealed with the newest key.  Raises ``Unopenable``."""
        ...


@dataclass(frozen=True, slots=True)
class SealedText:
    """A sealed text in the database.  ``where``: what names its row among those of its kind."""

    where: str | int
    text: bytes = field(repr=False)
    bound: bytes = field(default=b"", repr=False)


class SealedTexts(Protocol):
    """All sealed texts of an installation, of whatever store, by kind."""

    def kinds(self) -> Sequence[str]: ...

    def count(self, kind: str) -> int: ...

    def after(self, kind: str, where: str | int | None, limit: int) -> Sequence[SealedText]:
        """The next ones behind a row (None: the first ones), in the order of what names them."""
        ...

    def replace(self, kind: str, pairs: Iterable[tuple[SealedText, bytes]]) -> int:
        """Put each text in place of the one that was read, unless that was changed meanwhile; how many.  One short
        transaction.
        """
        ...


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A derived key that outlives the key it was derived from.  ``first``: it is used before all others; ``until``:
    when nothing is left that it is needed for.
    """

    name: str
    purpose: str
    sealed: bytes = field(repr=False)
    first: bool = False
    until: datetime | None = None


class KeptKeys(Protocol):
    def all(self) -> Sequence[KeptKey]: ...

    def add(self, keys: Iterable[KeptKey]) -> None:
        """Those whose names are not there yet."""
        ...

    def forget(self, names: Iterable[str]) -> None: ...
