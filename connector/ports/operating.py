"""What several processes on several machines must know in common: rows and what is asked of their storage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol


class TurnLost(Exception):  # noqa: N818 -- it says what happened
    """What was being done was given to another: nothing more may be done here, and no row is to blame."""


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process of this installation.  ``role``: serve, web, worker or scheduler; ``leads``: whether it is the
    scheduler that decides what runs when.
    """

    id: str
    role: str
    machine: str
    number: int  # of the process on its machine
    began_at: datetime
    beat_at: datetime
    leads: bool = False


@dataclass(frozen=True, slots=True)
class BucketRecord:
    """What a platform lets us call: ``points`` at ``at``, ``maximum`` at most, ``restore`` flowing back a second."""

    points: float
    maximum: float
    restore: float
    at: datetime


class RequestKind(Enum):
    """What a person, or their shop, may ask of us."""

    ACCESS = "access"  # what is held of me?
    ERASE = "erase"  # forget me
    ERASE_SHOP = "erase shop"  # the shop has left: forget everything


class RequestState(Enum):
    OPEN = "open"
    READY = "ready"  # what is held has been put together, and waits for the owner to pass it on
    DONE = "done"


@dataclass(slots=True)
class PrivacyRequest:
    """``subject``: whom it is about, sealed (mail address, telephone number, ids), emptied once it is done;
    ``order_ids``: the orders it names; ``due_at``: by when it must be answered; ``found``: rows by table; ``answer``:
    what is held of the person, sealed, until it has been passed on.
    """

    id: int
    store: str
    kind: RequestKind
    reference: str  # the platform's own name of the request: the same request twice is one
    asked_at: datetime
    due_at: datetime
    subject: bytes = b""
    order_ids: tuple[str, ...] = ()
    state: RequestState = RequestState.OPEN
    done_at: datetime | None = None
    found: Mapping[str, int] = field(default_factory=dict)
    answer: bytes = b""
    said: str = ""


class Turns(Protocol):
    """Whose turn at a store it is.  A worker that was paused for longer than anybody waited finds a newer number, and
    must not write any more.
    """

    def begin(self, store: str, by: str, at: datetime) -> int:
        """The number of the turn that begins now: one more than that of the last."""
        ...

    def number(self, store: str) -> int:
        """Of the newest turn; 0 where there was none."""
        ...


class Buckets(Protocol):
    def get(self, store: str) -> BucketRecord | None: ...

    def save(self, store: str, bucket: BucketRecord) -> None: ...

    def change(self, store: str, change: Callable[[BucketRecord | None], BucketRecord]) -> BucketRecord:
        """Replace it by what comes of it, with nobody else's change in between; waits for no other work of the store.

        To be done in a transaction of its own, which is short.
        """
        ...


class Served(Protocol):
    """With which settings each store was last begun with, as digests: whoever begins next plans only what differs."""

    def all(self) -> Mapping[str, str]: ...

    def save(self, store: str, settings: str) -> None: ...


class Processes(Protocol):
    def beat(self, process: ProcessRecord) -> None:
        """Insert or replace."""
        ...

    def all(self) -> Sequence[ProcessRecord]:
        """By role and id."""
        ...

    def forget(self, before: datetime) -> int:
        """Those whose last beat is older; how many."""
        ...


class Limits(Protocol):
    """How often somebody knocked in a span of time that begins with the first knock."""

    def hit(self, name: str, amount: int, now: datetime, until: datetime) -> int:
        """Count; how often it is by now.  ``until``: when it is forgotten, if nothing is counted yet."""
        ...

    def get(self, name: str, now: datetime) -> tuple[int, datetime]:
        """How often, and until when that counts; 0 and ``now`` where nothing is counted."""
        ...

    def clear(self, name: str | None = None) -> int:
        """Forget one (None: all); how many."""
        ...

    def purge(self, now: datetime, limit: int) -> int:
        """Forget those whose time is over, at most so many; how many."""
        ...


class Privacy(Protocol):
    def ask(self, request: PrivacyRequest) -> int:
        """Its id (``request.id`` is ignored); that of the one that stands where the reference was known before."""
        ...

    def save(self, request: PrivacyRequest) -> None: ...

    def open(self, store: str, limit: int) -> Sequence[PrivacyRequest]:
        """Those that are still to be worked on, the soonest due first."""
        ...

    def find(self, store: str | None, state: RequestState | None, limit: int) -> Sequence[PrivacyRequest]:
        """The newest first."""
        ...

    def get(self, request_id: int) -> PrivacyRequest | None: ...

    def purge(self, before: datetime, limit: int) -> int:
        """Delete those of whatever store that were done before; how many (at most ``limit``)."""
        ...
