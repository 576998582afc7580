"""What a batch of orders says beyond their place in the queue: where they go, when they were complete, whose they are,
and what the shop had shown their buyers.  A batch costs a few queries, however many orders are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.facts import LineSeen, OrderSeen
from connector.domain.promises import ON_THE_LINE, Actor, EventKind, PromiseEvent
from connector.ports.promising import TermsRecord
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.unit_of_work import UnitOfWork

OUR_RECORD = "what the shop showed; the order line said another day"
CACHED = timedelta(days=7)
"""How old a page may be that a buyer still orders from: caches and open tabs keep an older day."""


class Noted:
    """``buyer_of``: the keyed digest of an address."""

    def __init__(self, uow: UnitOfWork, store: str, buyer_of: Callable[[str], str]) -> None:
        self._uow = uow
        self._store = store
        self._buyer_of = buyer_of
        self._said: dict[str, list[tuple[OrderSeen, bool]]] = {}
        self._shown: dict[tuple[str, str], tuple[OrderSeen, LineSeen]] = {}
        self._left: dict[tuple[str, str], OrderRecord] = {}

    def take(self, fact: OrderSeen, *, newest: bool) -> None:
        """``newest``: no newer version of the order is known."""
        if fact.country or fact.paid_at or fact.email:
            self._said.setdefault(fact.id, []).append((fact, newest))
        for line in fact.lines:
            if line.shown is not None:
                self._shown.setdefault((fact.id, line.id), (fact, line))

    def left(self, before: OrderRecord, after: OrderRecord) -> None:
        """Whether more units of it have left the house than before."""
        for line in after.lines.values():
            held = before.lines.get(line.id)
            if held is not None and line.shipped > held.shipped:
                self._left[after.id, line.id] = after

    def save(self, at: datetime) -> None:
        self._save_terms(at, self._save_events())

    def _save_terms(self, at: datetime, promised: set[str]) -> None:
        """``promised``: orders of which a promise was just written down, so that there is something to be judged."""
        orders = {**self._said, **{order_id: [] for order_id in promised - self._said.keys()}}
        held = self._uow.promises.terms(self._store, orders) if orders else {}
        changed: list[TermsRecord] = []
        for order_id in orders:
            before = held.get(order_id)
            terms = replace(before) if before else TermsRecord(order_id)
            if order_id in promised and terms.look_at is None:
                terms.look_at = at
            for fact, newest in self._said.get(order_id, ()):
                self._merge(terms, fact, newest=newest)
            if terms != before:
                if terms.look_at is not None:
                    # Another country or another day of payment: other rules, or another last day.
                    terms.look_at = min(terms.look_at, at)
                changed.append(terms)
        self._uow.promises.save_terms(self._store, changed)

    def _merge(self, terms: TermsRecord, fact: OrderSeen, *, newest: bool) -> None:
        """What is empty says nothing; an older version only fills what nobody has said."""
        if fact.country and (newest or not terms.country):
            terms.country = fact.country
        if fact.paid_at and (newest or not terms.paid_at):
            terms.paid_at = fact.paid_at
        if fact.email and (newest or not terms.buyer):
            terms.buyer = self._buyer_of(fact.email)

    def _save_events(self) -> set[str]:
        """Number 0 is written once: what the buyer was shown cannot change after the order.  The orders it concerns."""
        lines = {**self._shown, **self._left}
        promised: set[str] = set()
        if not lines:
            return promised
        held = self._uow.promises.events(self._store, {order_id for order_id, _ in lines})
        for order_id, line_id in lines:
            events = list(held.get(order_id, {}).get(line_id, ()))
            said = None if events else self._shown.get((order_id, line_id))
            new = [self._believed(*said)] if said else []
            if (order := self._left.get((order_id, line_id))) is not None:
                new += shipped_since(order, order.lines[line_id], [*events, *new])
            self._uow.promises.append(self._store, order_id, line_id, new)
            promised |= {order_id} if new else set()
        return promised

    def _believed(self, order: OrderSeen, line: LineSeen) -> PromiseEvent:
        """What the order line says was shown, if the shop did show that day: a buyer's browser may have written it.

        Where we know of nothing that was shown the line is believed, for then nobody knows better.
        """
        promised, since = _promised(order, line), order.placed_at - CACHED
        known = self._uow.promises.showed_between(self._store, line.variant_id or "", since, order.placed_at)
        if not known or any(one.expected.latest == promised.expected.latest for one in known):
            return promised
        return replace(promised, expected=known[-1].expected, text=known[-1].text, basis=OUR_RECORD)


def shipped_since(order: OrderRecord, line: LineRecord, events: Sequence[PromiseEvent]) -> list[PromiseEvent]:
    """Units that have left and of which the events of their line say nothing yet; none for a line without a promise."""
    told = sum(event.units for event in events if event.kind is EventKind.SHIPPED)
    if not events or line.shipped <= told:
        return []
    return [PromiseEvent(order.changed_at, EventKind.SHIPPED, Actor.PLATFORM, line.shipped - told)]


def _promised(order: OrderSeen, line: LineSeen) -> PromiseEvent:
    assert line.shown is not None  # noqa: S101 -- the caller asked
    shown = line.shown
    return PromiseEvent(
        at=min(shown.at or order.placed_at, order.placed_at),
        kind=EventKind.PROMISED,
        actor=Actor.PLATFORM,
        units=line.wanted,
        expected=shown.expected,
        text=shown.text,
        where=shown.where,
        basis=ON_THE_LINE,
    )
