"""Keys, owners' settings, and who is signed in: rows and what is asked of their storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Sealed:
    """The encrypted keys of a store.  ``lapses_at``: when they stop working unless they are renewed."""

    secret: bytes
    changed_at: datetime
    lapses_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Steered:
    """One section of a store's settings as its owner chose it on a page; it stands above the config file's.

    ``value`` has the shape of the same keys in ``[[stores]]``.
    """

    section: str
    value: Mapping[str, Any]
    changed_at: datetime
    by: str  # "owner" or "operator"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A browser that has signed in.  ``id`` is the digest of what its cookie holds; ``store`` is empty for an operator
    who looks at no store; ``attempt``: the pass it began with, if any.
    """

    id: str
    store: str
    operator: bool
    created_at: datetime
    until: datetime
    attempt: str = ""


class PassKind(Enum):
    CONNECT = "connect"  # an owner was sent to the platform to say yes
    LINK = "link"  # a one-time link that signs in to one store
    INVITATION = "invitation"  # a one-time link that lets its holder connect a store
    FORM = "form"  # a form of a page that was sent; it acts once


@dataclass(frozen=True, slots=True)
class PassRecord:
    """Something random that works once.  ``id`` is its digest; ``browser``: the digest of the cookie of the browser it
    was given to; ``store``: what it led to; ``said``: what became of it, for the one who comes back.
    """

    id: str
    kind: PassKind
    platform: str
    store: str
    browser: str
    remember: Mapping[str, str]
    created_at: datetime
    until: datetime
    used_at: datetime | None = None
    landed_at: datetime | None = None  # the browser came back and was let in
    said: str = ""


class Credentials(Protocol):
    def get(self, store: str) -> Sealed | None: ...

    def save(self, store: str, sealed: Sealed) -> None: ...

    def forget(self, store: str) -> None: ...


class Steering(Protocol):
    def get(self, store: str) -> Mapping[str, Steered]:
        """By section."""
        ...

    def save(self, store: str, steered: Steered) -> None: ...

    def drop(self, store: str, section: str) -> None: ...


class Sessions(Protocol):
    """Concern no single store; ``end_all`` does."""

    def add(self, session: SessionRecord) -> None: ...

    def get(self, id_: str, now: datetime) -> SessionRecord | None:
        """None where it has ended."""
        ...

    def look_at(self, id_: str, store: str) -> None:
        """An operator turns to a store ('': to none)."""
        ...

    def end(self, id_: str) -> None: ...

    def end_all(self, store: str, *, attempt: str | None = None) -> int:
        """End the owners' sessions of a store (``attempt``: only those that began with it); operators merely look at
        another page.  How many ended.
        """
        ...

    def purge(self, now: datetime, limit: int) -> int: ...


class Passes(Protocol):
    def add(self, one: PassRecord) -> None: ...

    def get(self, id_: str) -> PassRecord | None: ...

    def use(self, id_: str, kind: PassKind, now: datetime) -> PassRecord | None:
        """Use it up; None where it is unknown, of another kind, late, or was used before.  Two at once: one gets it."""
        ...

    def note(self, id_: str, *, store: str, said: str) -> None:
        """Write down what it led to."""
        ...

    def keep(self, id_: str, remember: Mapping[str, str]) -> None:
        """Remember this in place of what is remembered."""
        ...

    def land(self, id_: str, now: datetime) -> bool:
        """The browser came back; True the first time."""
        ...

    def purge(self, now: datetime, limit: int) -> int:
        """Delete those that have been over for a day."""
        ...
