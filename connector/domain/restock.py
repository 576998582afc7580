"""Who is invited when units are over: pure, from what is free, what is promised already, and who waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

COOL_DOWN = timedelta(hours=1)
"""Between two waves of a pool that was never empty in between: a number that flickers tells people nothing new."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """``since``: when the address was confirmed; ``failures``: how often an invitation reached nobody."""

    id: int
    units: int
    since: datetime
    failures: int = 0

    @property
    def place(self) -> tuple[int, datetime, int]:
        """Who could not be reached goes behind all who were never tried as often: a dead address at the head of the
        list would keep its unit from everybody.
        """
        return (self.failures, self.since, self.id)


@dataclass(frozen=True, slots=True)
class Invitation:
    """``units``: how many it keeps from others while it lasts; fewer than are wanted, where no more are there."""

    id: int
    units: int


def may_open(now: datetime, last: datetime | None, *, armed: bool) -> bool:
    """Whether a wave may begin.  ``armed``: the pool was empty since ``last``, so units are news."""
    return opens_at(now, last, armed=armed) <= now


def opens_at(now: datetime, last: datetime | None, *, armed: bool) -> datetime:
    """When a wave may begin, if everything else stays as it is."""
    return now if armed or last is None else max(now, last + COOL_DOWN)


def allowance(free: int, outstanding: int, factor: float) -> int:
    """Units that may be offered now: whole units of ``free`` times ``factor``, less those of open invitations.

    ``free``: what the shop has left after everything it owes; below zero it owes more than it has.
    """
    most = (Decimal(max(0, free)) * Decimal(str(factor))).to_integral_value(ROUND_FLOOR)
    return max(0, int(most) - outstanding)


def wave(
    free: int | None, outstanding: int, waiters: Iterable[Waiter], factor: float, most: int
) -> tuple[Invitation, ...]:
    """Who is invited now, in the order in which they confirmed, and nobody past one who is not.

    ``free`` None: the shop keeps no number and says that it has them, so all are invited; ``most``: people in one wave.
    What comes out does not depend on the order of ``waiters``.
    """
    left = None if free is None else allowance(free, outstanding, factor)
    invited: list[Invitation] = []
    for one in sorted(waiters, key=lambda waiter: waiter.place)[:most]:
        if left is None:
            invited.append(Invitation(one.id, one.units))
        elif left > 0:
            invited.append(Invitation(one.id, min(one.units, left)))
            left -= invited[-1].units
    return tuple(invited)
