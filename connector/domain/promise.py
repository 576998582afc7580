"""From a plan to what can be said of each line: units there, units waited for, and the date of the last of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from connector.domain.allocation import ON_HAND, Allocation, LineRef, Plan
from connector.domain.availability import Policy, believed, lead_date
from connector.domain.dates import AT_ONCE, Road
from connector.domain.promises import Expected


@dataclass(frozen=True, slots=True)
class Outcome:
    """``expected_on`` is the last day on which the shopper has all of it (``Road.delivery``); ``why`` names the source
    that completes the line, as the journal tells it.
    """

    line: LineRef
    ready: int
    waiting: int
    expected_on: date | None
    why: str


def outcomes(
    plan: Plan, joined: Mapping[LineRef, date], policies: Mapping[LineRef, Policy], today: date, road: Road = AT_ONCE
) -> list[Outcome]:
    """One outcome for every line in ``joined`` (the day its last units took their place), in that order."""
    given = plan.by_line()
    short = dict(plan.short)
    return [
        _outcome(ref, given.get(ref, ()), short.get(ref, 0), lead_date(policies[ref], since), today, road)
        for ref, since in joined.items()
    ]


def _outcome(
    ref: LineRef, given: Iterable[Allocation], short: int, lead: date | None, today: date, road: Road
) -> Outcome:
    ready = sum(one.units for one in given if one.source == ON_HAND)
    coming = [one for one in given if one.source != ON_HAND]
    waiting = sum(one.units for one in coming) + short
    if not waiting:
        return Outcome(ref, ready, 0, None, ON_HAND)
    # The line is complete when the last of its units is there: the latest of these, unknown being later than any day.
    ends: list[tuple[date | None, str]] = []
    if short:
        # The lead time counts from the order: counted from today it would recede by a day each day.
        day = believed(lead, today)
        ends.append((day, "lead time" if day else "no supply covers it"))
    if coming:
        last = coming[-1]
        day = believed(last.due, today)
        ends.append((day, last.source if day else f"{last.source}, overdue or without a date"))
    expected, why = max(ends, key=lambda end: end[0] or date.max)
    return Outcome(ref, ready, waiting, road.delivery(Expected(expected, expected)).latest, why)
