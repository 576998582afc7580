"""Units to be given up and money to go back: what was asked, carried out, and paid, by the line's events.

Events of the same kind are counted, not paired: a platform may report a refund before the cancellation it came of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from connector.domain.delay.cases import LineCase
from connector.domain.delay.days import day_of
from connector.domain.delay.standing import Standing
from connector.domain.promises import Actor, EventKind, PromiseEvent

_ASKING = frozenset({EventKind.CANCEL_ASKED, EventKind.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Claim:
    """Units that somebody has a right to be rid of.  ``since``: the day the right to the money arose."""

    units: int
    since: date
    by: Actor
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """``asked``: to be cancelled and not yet so; ``owed``: cancelled and not yet refunded; both oldest first."""

    asked: tuple[Claim, ...]
    owed: tuple[Claim, ...]
    refunded_ahead: int

    @property
    def units_asked(self) -> int:
        return sum(claim.units for claim in self.asked)


def claims(case: LineCase, standing: Standing) -> Claims:
    """``refunded_ahead``: units refunded that no cancellation has taken out of the order."""
    whole = max([1, case.units, *(event.units for event in case.events)])
    asked = [_claim(event, whole, standing) for event in case.events if event.kind in _ASKING]
    done = [_claim(event, whole, standing) for event in case.events if event.kind is EventKind.CANCELLED]
    cancelled = sum(claim.units for claim in done)
    refunded = sum(event.units or whole for event in case.events if event.kind is EventKind.REFUNDED)
    carried_out = [*_first(asked, cancelled), *_after(done, sum(claim.units for claim in asked))]
    return Claims(
        tuple(_first(_after(asked, cancelled), case.units)),
        tuple(_after(carried_out, refunded)),
        max(0, refunded - cancelled),
    )


def _claim(event: PromiseEvent, whole: int, standing: Standing) -> Claim:
    """The right arises when it is asked for, or before that, when the law deemed the order cancelled."""
    day, lapse = day_of(event.at, standing.law.zone), standing.lapses_after
    since = day if lapse is None else min(day, lapse)
    return Claim(event.units or whole, since, event.actor, event.kind is EventKind.WITHDRAWN)


def _first(some: Iterable[Claim], units: int) -> Iterator[Claim]:
    """The claims on the first ``units``."""
    for claim in some:
        part = min(claim.units, units)
        units -= part
        if part:
            yield Claim(part, claim.since, claim.by, claim.withdrawn)


def _after(some: Iterable[Claim], units: int) -> Iterator[Claim]:
    """The claims on what follows the first ``units``."""
    for claim in some:
        passed = min(claim.units, units)
        units -= passed
        if passed < claim.units:
            yield Claim(claim.units - passed, claim.since, claim.by, claim.withdrawn)
