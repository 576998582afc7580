"""What a shopper sees of an order, and what they may do about each line of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connector.domain.facts import Demand
from connector.domain.promises import EventKind, Expected, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentRecord, TermsRecord
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.amend_fit import CARRIED_OUT, OPEN_STATES, TAKES_UNITS, Events, asked_for, pending_units
from connector.services.context import StoreContext
from connector.services.shopper_law import Rights, may_withdraw, rights_of

ACTABLE = frozenset({Demand.OPEN, Demand.UNPAID})
"""An order that is done, cancelled or of a kind we do not know is only looked at."""

SHIPPING = {AmendmentKind.SHIP_NOW: False, AmendmentKind.SHIP_TOGETHER: True}


@dataclass(frozen=True, slots=True)
class Cancel:
    """Units may be taken back: ``most`` of them.  ``rule``: by law, at no cost; else on the shop's own terms, where
    ``fee`` is what it costs, in the owner's words, who then settles it.
    """

    most: int
    rule: str
    fee: str


@dataclass(frozen=True, slots=True)
class Choice:
    """The open question "wait or cancel?".  ``silence``: what no answer means (``consents``, ``cancels``, empty:
    nothing); ``answer_by``: the last day to answer.
    """

    event: PromiseEvent
    silence: str = ""
    answer_by: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was asked for about this line.  ``units`` are this line's."""

    amendment: AmendmentRecord
    units: int


@dataclass(frozen=True, slots=True)
class LineView:
    """``free``: units that are neither shipped nor given up, nor about to be; ``promised``: what was shown when
    ordering, None where that is not known; ``bound``: the day that binds by law or promise; ``agreed``: the shopper's
    newest answer.
    """

    line: LineRecord
    free: int
    expected: Expected
    promised: PromiseEvent | None
    bound: Expected
    agreed: PromiseEvent | None
    changes: tuple[Change, ...]
    cancel: Cancel | None
    choice: Choice | None
    sets_term: str
    instead: int


@dataclass(frozen=True, slots=True)
class OrderView:
    """``shipping``: which other way of shipping may be chosen, None where there is no choice; ``together``: how it is
    now; ``withdraws``: whether there is a right to withdraw from the contract on the page.
    """

    order: OrderRecord
    terms: TermsRecord
    lines: tuple[LineView, ...]
    together: bool
    shipping: AmendmentKind | None
    shipping_asked: bool
    withdraws: bool

    def line(self, line_id: str) -> LineView | None:
        return next((one for one in self.lines if one.line.id == line_id), None)


def view(store: StoreContext, uow: UnitOfWork, order_id: str, generation: int, now: datetime) -> OrderView | None:
    """None where the page is closed: the order is unknown, its links were made void, or the shop has no such page and
    nothing was asked of the shopper that they must be able to answer.
    """
    order = uow.orders.get(store.key, [order_id]).get(order_id)
    if order is None:
        return None
    terms = uow.promises.terms(store.key, [order_id]).get(order_id) or TermsRecord(order_id)
    if terms.link != generation:
        return None
    events = uow.promises.events(store.key, [order_id]).get(order_id, {})
    if not store.rules.shopper.page and not _was_asked(events):
        return None
    return _View(store, uow, order, terms, events, now).whole()


def _was_asked(events: Events) -> bool:
    return any(event.kind is EventKind.OPTION for of_line in events.values() for event in of_line)


@dataclass(frozen=True, slots=True)
class _View:
    store: StoreContext
    uow: UnitOfWork
    order: OrderRecord
    terms: TermsRecord
    events: Events
    now: datetime

    def whole(self) -> OrderView:
        amendments = self.uow.amendments.of_order(self.store.key, self.order.id)
        pending = pending_units(amendments, self.order, self.events)
        lines = tuple(self._line(line, pending.get(line.id, 0), amendments) for line in self.order.lines.values())
        together = self.terms.together if self.terms.together is not None else self.store.rules.shopper.together
        return OrderView(
            order=self.order,
            terms=self.terms,
            lines=tuple(sorted(lines, key=lambda one: (one.line.waiting == 0, one.free == 0))),
            together=together,
            shipping=self._shipping(together=together),
            shipping_asked=any(one.kind in SHIPPING and one.state in OPEN_STATES for one in amendments),
            withdraws=self.may_act and self.is_open and may_withdraw(self.store, self.terms),
        )

    @property
    def may_act(self) -> bool:
        """What is asked where nothing is ever written to the shop would never come to pass."""
        return self.store.push

    @property
    def is_open(self) -> bool:
        """Whether the shop has such a page at all; if not, it only takes the answers that the law gives a right to."""
        return self.store.rules.shopper.page

    def _line(self, line: LineRecord, pending: int, amendments: Sequence[AmendmentRecord]) -> LineView:
        events = self.events.get(line.id, ())
        free = max(0, line.outstanding - pending)
        acts = self.may_act and free > 0 and self.order.demand in ACTABLE
        rights = rights_of(self.store, self.order, line, self.terms, events, self.now)
        answers = [one for one in events if one.kind in {EventKind.CONSENTED, EventKind.TERM_SET}]
        return LineView(
            line=line,
            free=free,
            expected=self.store.road.until(line.expected_on),
            promised=next((one for one in events if one.kind is EventKind.PROMISED), None),
            bound=rights.promised,
            agreed=answers[-1] if answers else None,
            changes=self._changes(line, amendments),
            cancel=self._cancel(line, free, pending, rights) if acts else None,
            choice=self._choice(rights) if acts else None,
            sets_term=rights.sets_term if acts else "",
            instead=self._instead(line, free, pending) if acts else 0,
        )

    def _cancel(self, line: LineRecord, free: int, pending: int, rights: Rights) -> Cancel | None:
        rules = self.store.rules.shopper
        if rights.cancels:
            return Cancel(free, rights.cancels, "")
        most = free if rules.cancel_until == "shipped" else min(free, max(0, line.waiting - pending))
        return Cancel(most, "", rules.fee) if self.is_open and rules.cancel and most else None

    def _choice(self, rights: Rights) -> Choice | None:
        if rights.asked is None:
            return None
        event = rights.asked.event
        message = self.uow.messages.by_reference(self.store.key, event.reference)
        if message is None:
            return Choice(event)
        by = message.values.get("answer_by")
        return Choice(event, str(message.values.get("silence", "")), date.fromisoformat(by) if by else None)

    def _instead(self, line: LineRecord, free: int, pending: int) -> int:
        """How many units may be exchanged for something else: those that wait."""
        if not (self.is_open and self.store.rules.shopper.alternatives and line.variant_id):
            return 0
        return min(free, max(0, line.waiting - pending))

    def _shipping(self, *, together: bool) -> AmendmentKind | None:
        lines = [one for one in self.order.lines.values() if one.outstanding]
        splits = any(one.ready for one in lines) and any(one.waiting for one in lines)
        if not (
            splits
            and self.may_act
            and self.is_open
            and self.store.rules.shopper.choose_shipping
            and self.order.demand in ACTABLE
        ):
            return None
        return AmendmentKind.SHIP_NOW if together else AmendmentKind.SHIP_TOGETHER

    def _changes(self, line: LineRecord, amendments: Sequence[AmendmentRecord]) -> tuple[Change, ...]:
        asked = ((one, self._units_of(one, line)) for one in amendments if one.kind in TAKES_UNITS)
        return tuple(Change(one, units) for one, units in asked if units)

    def _units_of(self, one: AmendmentRecord, line: LineRecord) -> int:
        if one.line_id:
            return one.units if one.line_id == line.id else 0
        if one.state in OPEN_STATES:
            return asked_for(one, self.order, self.events).get(line.id, 0)
        return taken_by(one, self.events).get(line.id, 0)


def taken_by(amendment: AmendmentRecord, events: Mapping[str, Sequence[PromiseEvent]]) -> dict[str, int]:
    """Units by line that an amendment took off the order, as its events tell."""
    kind = EventKind.CANCELLED if amendment.state in CARRIED_OUT else None
    found: dict[str, int] = {}
    for line_id, of_line in events.items():
        for event in of_line:
            asks = event.kind in {EventKind.CANCEL_ASKED, EventKind.WITHDRAWN}
            if event.reference == amendment.reference and (event.kind is kind if kind else asks):
                found[line_id] = found.get(line_id, 0) + event.units
    return found
