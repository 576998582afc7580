"""Write down, for each line that waits, what its buyer was promised and what is expected instead by now.

The first event is what the shop showed when the order was made, and stays as it is.  Every other day that a confirmed
plan finds is one more event, with the reason for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.facts import Demand
from connector.domain.journal import Entry
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, Expected, PromiseEvent
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.apply_terms import shipped_since
from connector.services.context import StoreContext
from connector.services.message_values import OwnerMatter, Reason, iso
from connector.services.owner_mail import tell_owner
from connector.services.promise_words import GONE

DAYS = frozenset({EventKind.PROMISED, EventKind.REVISED})
"""Events that say when the goods are expected."""
NOTHING_STATED = "nothing was stated"
OVERDUE = ", overdue or without a date"
"""How planning ends a reason (``domain.promise``)."""
LOOKED_AT = 40
"""Journal entries in which the reason of a plan is looked for, newest first; it is among the last."""
SHOWN_ON = "product page"

Lines = dict[str, list[PromiseEvent]]


@dataclass(frozen=True, slots=True)
class _Why:
    source: str = ""
    gone: bool = False

    @property
    def basis(self) -> str:
        return self.source + (GONE if self.gone else "")


def is_ours(order: OrderRecord, connected_at: datetime, kept: timedelta | None = None) -> bool:
    """Whether it was made after the store was connected; what was promised before that, somebody else promised.

    The platforms' clocks have a grain of one second: one placed in the very second counts as ours.  Nor is it ours any
    more if it was so old when it came that we had forgotten it (``kept``: for how long orders are kept): whatever its
    buyer was promised and told, nobody knows, and nothing is said twice.
    """
    if order.placed_at < connected_at.replace(microsecond=0):
        return False
    return kept is None or (order.first_waiting_at or order.changed_at) - order.placed_at < kept


def note_promises(
    store: StoreContext, uow: UnitOfWork, orders: Collection[OrderRecord], connected_at: datetime
) -> dict[str, Lines]:
    """Append what is new of these orders, whose plans are confirmed; all events of theirs, by order and line."""
    found = uow.promises.events(store.key, [order.id for order in orders])
    return {order.id: _note(store, uow, order, found.get(order.id, {}), connected_at) for order in orders}


def _note(
    store: StoreContext,
    uow: UnitOfWork,
    order: OrderRecord,
    held: Mapping[str, Sequence[PromiseEvent]],
    connected_at: datetime,
) -> Lines:
    events = {line_id: list(of_line) for line_id, of_line in held.items()}
    told = order.demand is Demand.OPEN and not order.test and is_ours(order, connected_at, store.keep_orders)
    for line in order.lines.values():
        of_line = events.get(line.id, [])
        new: list[PromiseEvent] = []
        if told and line.waiting and not of_line:
            new.append(_promised(store, uow, order, line))
        new += shipped_since(order, line, [*of_line, *new])
        if told and line.waiting:
            new += _revised(store, uow, order, line, [*of_line, *new])
        if new:
            uow.promises.append(store.key, order.id, line.id, new)
            events[line.id] = [*of_line, *new]
    return events


def _promised(store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord) -> PromiseEvent:
    shown = uow.promises.shown_at(store.key, line.variant_id, order.placed_at)
    expected = UNKNOWN_DAY if shown is None else shown.expected
    text = "" if shown is None else shown.text
    event = PromiseEvent(
        at=order.placed_at,
        kind=EventKind.PROMISED,
        actor=Actor.SERVICE,
        units=line.outstanding,
        expected=expected,
        text=text,
        where=SHOWN_ON if shown is not None else "",
        basis=_basis(store, uow, order, line) if expected.is_known else NOTHING_STATED,
    )
    facts = {
        "line": line.id,
        "expected_on": iso(expected.latest),
        "from": iso(expected.earliest),
        "text": text,
        "basis": event.basis,
    }
    uow.journal.append(store.key, [Entry(store.clock(), "promised", line.variant_id, order.id, facts)])
    return event


def _basis(store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord) -> str:
    """What the day rested on that the shop showed: stock, supplies and the rule, as they were decided on by then."""
    for link in uow.journal.read(store.key, variant_id=line.variant_id, limit=LOOKED_AT):
        entry = link.entry
        if entry.kind == "decided" and entry.at <= order.placed_at and entry.facts.get("expected_on"):
            facts = entry.facts
            return f"stock number {facts['available']}, {facts['incoming']} on the way, by {facts['policy']}"
    return "the shop's own page"


def _revised(
    store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord, events: Sequence[PromiseEvent]
) -> list[PromiseEvent]:
    before = last_expected(events)
    if before.latest == line.expected_on:
        return []
    now = store.clock()
    why = _why(store, uow, order, line)
    expected = store.road.until(line.expected_on)
    event = PromiseEvent(now, EventKind.REVISED, Actor.SERVICE, line.waiting, expected, basis=why.basis)
    facts = {
        "line": line.id,
        "was": iso(before.latest),
        "expected_on": iso(line.expected_on),
        "why": why.source,
        "gone": why.gone,
    }
    uow.journal.append(store.key, [Entry(now, "revised", line.variant_id, order.id, facts)])
    if reason_of([*events, event]) is Reason.OVERDUE:
        _ask_for_a_day(store, uow, why.source.removesuffix(OVERDUE))
    return [event]


def _why(store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord) -> _Why:
    for link in uow.journal.read(store.key, order_id=order.id, limit=LOOKED_AT):
        facts = link.entry.facts
        if link.entry.kind == "allocated" and facts.get("line") == line.id:
            was = facts["was"]
            same = was["ready"] + was["waiting"] == line.outstanding
            return _Why(facts["why"], gone=same and was["ready"] > line.ready)
    return _Why()


def last_expected(events: Sequence[PromiseEvent]) -> Expected:
    """The newest day that was written down."""
    return next((event.expected for event in reversed(events) if event.kind in DAYS), UNKNOWN_DAY)


def promised_at_first(events: Sequence[PromiseEvent]) -> Expected:
    return next((event.expected for event in events if event.kind is EventKind.PROMISED), UNKNOWN_DAY)


def reason_of(events: Sequence[PromiseEvent]) -> Reason:
    """Why the newest day is another than the one before."""
    days = [event for event in events if event.kind in DAYS]
    if len(days) < 2:  # noqa: PLR2004 -- a day and the one before it
        return Reason.OTHER
    return _reason(*days[-2:])


def _reason(before: PromiseEvent, now: PromiseEvent) -> Reason:
    was, is_now = before.expected.latest, now.expected.latest
    from_another = before.basis.startswith("supply ") and before.basis != now.basis
    choices = (
        (now.basis.endswith(GONE), Reason.DAMAGED),
        (now.basis.endswith(OVERDUE), Reason.OVERDUE),
        (is_now is None, Reason.SHORT if from_another else Reason.NO_SUPPLY),
        (was is None, Reason.OTHER),
        (was and is_now and is_now < was, Reason.EARLY),
        (from_another, Reason.SHORT),
    )
    return next((reason for holds, reason in choices if holds), Reason.LATE)


def _ask_for_a_day(store: StoreContext, uow: UnitOfWork, supply: str) -> None:
    """Once for each supply and day that has passed: nobody but the owner can say when it comes."""
    number = supply.partition(" (")[0].removeprefix("supply ")
    held = uow.supplies.get(store.key, int(number)) if number.isdigit() else None
    if held is not None and held.due is not None:
        tell_owner(store, uow, OwnerMatter.NEW_DATE, f"{number}-{held.due:%Y%m%d}", said=supply)
