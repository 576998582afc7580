"""What runs when.  A job only says *look now*: what is due is rows, so a lost or doubled run costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from connector.ports.due import Look
from connector.services.context import StoreContext

Verb = Callable[[StoreContext], int | None]
"""Does what is due for one store; how many things were done, where that is known."""

MISTAKEN = timedelta(hours=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)


def is_set_back(now: datetime, latest: datetime) -> bool:
    """Whether our clock told so wrong a time before that what was planned by it must be planned again."""
    return latest - now >= MISTAKEN


class Begun(Protocol):
    """Told of stores before anything is asked for."""

    def __call__(
        self, came: Collection[str], changed: Collection[str] = (), *, anyway: bool = False
    ) -> Collection[str]:
        """Have those that ``came`` planned again whose plans follow from other settings than when this was last asked,
        by whatever process; with ``anyway`` all of them.  Which of them have any other settings or keys.

        ``changed``: stores whose settings were changed while they were served.  Whoever changed them has marked what
        that concerns; it is to be remembered.
        """
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of look at one store, wanted whenever one of ``due`` is.  Jobs run in the order they are listed in.

    ``every``: also so often, whatever is due; ``at_start``: also once when the service starts or the store comes;
    ``rest``: how long it is left alone at first where it did nothing although something was due (None: as the others).
    """

    name: str
    verb: Verb
    every: timedelta | None = None
    at_start: bool = False
    due: frozenset[Look] = frozenset()
    rest: timedelta | None = None


TURN = "turn"
"""The job that news of the platform, plans and pushes call for."""


TURN_DOES = frozenset({Look.DELIVERIES, Look.REREADS, Look.DIRTY, Look.PUSH})
WRITES = frozenset({Look.PUSH, Look.NOTICES, Look.PROMISES, Look.AMENDMENTS})
"""What waits as long as a store is only planned."""


def called_for(
    jobs: Iterable[Job], looks: AbstractSet[Look], *, push: bool = True
) -> Iterator[tuple[Job, frozenset[Look]]]:
    """The jobs that can do something about what is due, each with what of it; ``push``: ``StoreContext.push``."""
    for job in jobs:
        concerns = job.due & looks if push else (job.due & looks) - WRITES
        if concerns:
            yield job, concerns
