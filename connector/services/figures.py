"""The numbers behind the charts: how much waited when, how long lines wait, and what is waited for most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connector.ports.history import Sample, WaitRecord
from connector.ports.unit_of_work import UnitOfWork

LOOK_BACK = timedelta(days=90)
MOST_PRODUCTS = 10

BOUNDS = (1, 4, 8, 15, 31, 61)
"""Days at which the next group of waits begins; the first group is what waited less than a day."""


LAST = datetime.max.replace(tzinfo=UTC)
"""Before it is everything, what has the time of a clock ahead of ours too: that waits for less than a day."""


@dataclass(frozen=True, slots=True)
class Waits:
    """Units by how long they waited, one number for each group of ``BOUNDS`` and one before them."""

    served: tuple[int, ...]
    waiting: tuple[int, ...]


def over_time(uow: UnitOfWork, store: str, now: datetime) -> Sequence[Sample]:
    return uow.history.samples(store, now - LOOK_BACK)


def waits(uow: UnitOfWork, store: str, now: datetime) -> Waits:
    """Of what was served in the time looked back at, and of what waits now."""
    moments = [LAST, *(now - timedelta(days=days) for days in BOUNDS)]
    return Waits(
        served=by_length(uow.history.waits(store, now - LOOK_BACK)),
        waiting=groups(uow.backlog.waiting_before(store, moments)),
    )


def by_length(records: Iterable[WaitRecord]) -> tuple[int, ...]:
    """Units that waited, by how long."""
    found = [0] * (len(BOUNDS) + 1)
    for one in records:
        days = (one.served_at - one.since) / timedelta(days=1)
        found[sum(days > bound for bound in BOUNDS)] += one.units
    return tuple(found)


def groups(at_least: Sequence[int]) -> tuple[int, ...]:
    """From how many waited so long or longer to how many waited just so long."""
    return tuple(one - longer for one, longer in zip(at_least, [*at_least[1:], 0], strict=True))
