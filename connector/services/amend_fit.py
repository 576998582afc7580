"""What is left of an amendment to be done, against the order as the platform has it now.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from connector.domain.facts import Demand
from connector.domain.promises import EventKind, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState
from connector.ports.records import LineRecord, OrderRecord

TAKES_UNITS = frozenset({AmendmentKind.CANCEL, AmendmentKind.WITHDRAW, AmendmentKind.SWAP})
OPEN_STATES = frozenset({AmendmentState.OWNER, AmendmentState.ASKED, AmendmentState.DOING})
"""Of an amendment that has yet to come to something."""

CARRIED_OUT = frozenset({AmendmentState.DONE, AmendmentState.BY_HAND})

Events = Mapping[str, Sequence[PromiseEvent]]


class Overtaken(Enum):
    """Why there is nothing left to do."""

    SHIPPED = "shipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Fitted:
    """``units`` by line id; ``whole``: nothing of the order has shipped, and after this nothing is left to ship."""

    units: Mapping[str, int]
    whole: bool


def asked_for(amendment: AmendmentRecord, order: OrderRecord, events: Events) -> dict[str, int]:
    """Units by line.  One about the whole order says in the events of its lines which units it means; where there are
    none, it is all that is outstanding.
    """
    if amendment.line_id:
        return {amendment.line_id: amendment.units}
    named = {
        line_id: sum(_named(one, amendment.reference) for one in of_line)
        for line_id, of_line in events.items()
        if line_id in order.lines
    }
    return {line: units for line, units in named.items() if units} or {
        line.id: line.outstanding for line in order.lines.values() if line.outstanding
    }


def fit(asked: Mapping[str, int], order: OrderRecord) -> Fitted | Overtaken:
    """No more than is still there: what has shipped or was taken off meanwhile is left alone."""
    there = {line: min(units, order.lines[line].outstanding) for line, units in asked.items() if line in order.lines}
    left = {line: units for line, units in there.items() if units > 0}
    if left:
        return Fitted(left, is_whole(left, order))
    shipped = any(line in order.lines and order.lines[line].shipped for line in asked)
    return Overtaken.SHIPPED if order.demand is Demand.DONE or shipped else Overtaken.CANCELLED


def is_whole(units: Mapping[str, int], order: OrderRecord) -> bool:
    """Whether taking these units off leaves an order of which nothing was sent and nothing will be.

    A line whose stock the platform does not count says nothing of whether it has left: with one, it is never whole, so
    that nobody is refunded the shipping of what was sent to them.
    """
    return not any(
        line.shipped or line.outstanding > units.get(line.id, 0) or _is_uncounted(line) for line in order.lines.values()
    )


def pending_units(amendments: Sequence[AmendmentRecord], order: OrderRecord, events: Events) -> dict[str, int]:
    """Units by line that somebody has asked to take off the order and that are still on it, as far as we have seen."""
    found: dict[str, int] = {}
    for one in amendments:
        # Carried out, but the order as we hold it may be from before.
        unseen = one.state in CARRIED_OUT and one.done_at is not None and one.done_at >= order.seen_at
        if one.kind in TAKES_UNITS and (one.state in OPEN_STATES or unseen):
            for line, units in asked_for(one, order, events).items():
                found[line] = found.get(line, 0) + units
    return found


def _named(event: PromiseEvent, reference: str) -> int:
    asks = event.kind in {EventKind.CANCEL_ASKED, EventKind.WITHDRAWN}
    return event.units if asks and event.reference == reference else 0


def _is_uncounted(line: LineRecord) -> bool:
    return line.ordered > 0 and line.wanted == 0 and all(one.units == 0 for one in line.history)
