"""What ran when, and what the charts are drawn from: rows and what is asked of their storage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JobRun:
    """The newest run of a job for a store.  ``failed``: the kind of error, empty where it ran to its end."""

    store: str
    job: str
    began_at: datetime
    seconds: float
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """How much waited at one moment."""

    at: datetime
    units: int
    orders: int


@dataclass(frozen=True, slots=True)
class WaitRecord:
    """Units of a line that waited and were then there: told so to the shopper at ``served_at``."""

    order_id: str
    line_id: str
    variant_id: str
    sku: str
    title: str
    units: int
    since: datetime
    served_at: datetime


class JobRuns(Protocol):
    def save(self, run: JobRun) -> None: ...

    def of(self, store: str | None) -> Sequence[JobRun]:
        """By store and job; None: of all stores."""
        ...


class History(Protocol):
    """What the charts are drawn from."""

    def sample(self, store: str, sample: Sample) -> None: ...

    def samples(self, store: str, since: datetime) -> Sequence[Sample]:
        """Oldest first."""
        ...

    def served(self, store: str, waits: Iterable[WaitRecord]) -> None:
        """Keep them; one that is there already stays as it is."""
        ...

    def waits(self, store: str, since: datetime) -> Sequence[WaitRecord]: ...

    def purge(self, store: str, before: datetime, limit: int) -> int: ...
