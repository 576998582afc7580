"""What the storefront should say about one variant, from its stock number, the supplies and the policy alone.

Never from the order lines: they arrive before or after the number, and a flag that followed them would flicker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from connector.domain.dates import AT_ONCE, Road
from connector.domain.promises import UNKNOWN_DAY, Expected


class Mode(Enum):
    """When a variant may be sold beyond what is there."""

    NEVER = "never"
    ALWAYS = "always"
    WHILE_INCOMING = "while_incoming"  # while supply is on its way, up to that quantity
    UP_TO = "up_to"  # up to ``Policy.units`` owed


@dataclass(frozen=True, slots=True)
class Policy:
    mode: Mode = Mode.WHILE_INCOMING
    units: int = 0  # for UP_TO
    lead_days: int | None = None  # promised where no supply covers a unit; None: no date
    lead_days_from: int | None = None  # where the lead time is a range: its beginning


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units of one supply that are still to arrive.  ``due`` None, or past: nobody knows when."""

    ref: str
    units: int
    due: date | None


class Status(Enum):
    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    SOLD_OUT = "sold_out"


@dataclass(frozen=True, slots=True)
class Availability:
    """``sells``: whether the shop may take orders beyond its stock.  ``sellable``: units it may still sell in all, None
    without limit.  ``expected_on``: when a unit ordered now arrives, None where there is no date to believe;
    ``earliest_on``: where that is a range, its beginning, ``expected_on`` being the last day.
    """

    status: Status
    sells: bool
    sellable: int | None
    expected_on: date | None
    earliest_on: date | None = None


def decide(
    available: int, incoming: Iterable[Incoming], policy: Policy, today: date, road: Road = AT_ONCE
) -> Availability:
    """Decide for a variant whose platform keeps the number ``available`` (below zero: units owed)."""
    supplies = sorted(incoming, key=lambda one: (one.due is None, one.due or date.max, one.ref))
    limit = _limit(policy, sum(one.units for one in supplies))
    sellable = None if limit is None else max(0, available + limit)
    sells = limit is None or (limit > 0 and available + limit > 0)
    if available > 0:
        return Availability(Status.IN_STOCK, sells, sellable, None)
    if not sells:
        return Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None)
    day = road.delivery(_arrival(1 - available, supplies, policy, today))
    return Availability(Status.BACKORDER, sells, sellable, day.latest, day.earliest if day.is_range else None)


def _limit(policy: Policy, incoming: int) -> int | None:
    """Units that may be owed at once; None without limit."""
    match policy.mode:
        case Mode.NEVER:
            return 0
        case Mode.ALWAYS:
            return None
        case Mode.WHILE_INCOMING:
            return incoming
        case Mode.UP_TO:  # pragma: no branch -- there is no fifth mode, and mypy sees to it
            return policy.units


def _arrival(nth: int, supplies: list[Incoming], policy: Policy, today: date) -> Expected:
    """When the ``nth`` unit that is not there arrives at the shop."""
    for supply in supplies:
        nth -= supply.units
        if nth <= 0:
            day = believed(supply.due, today)
            return Expected(day, day)
    return lead_range(policy, today)


def believed(due: date | None, today: date) -> date | None:
    """A due date that has passed is no date: the goods are late, and nobody has said how late."""
    return due if due is not None and due >= today else None


def lead_range(policy: Policy, since: date) -> Expected:
    """The days that the lead time makes of a unit wanted on ``since``."""
    if policy.lead_days is None:
        return UNKNOWN_DAY
    first = policy.lead_days if policy.lead_days_from is None else policy.lead_days_from
    return Expected(since + timedelta(days=first), since + timedelta(days=policy.lead_days))


def lead_date(policy: Policy, since: date) -> date | None:
    """The last of them."""
    return lead_range(policy, since).latest
