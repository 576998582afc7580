"""What became of an amendment, written down: its state, the events of its lines, word to the shopper and the owner.

All of it in the caller's transaction, so that an act that was carried out is known to have been, or not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from connector.domain.delay.packs import RULES
from connector.domain.facts import Reread, Thing
from connector.domain.impersonal import amount_only
from connector.domain.journal import Entry
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.acting import Done
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    TermsRecord,
)
from connector.ports.records import OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.amend_fit import Overtaken
from connector.services.context import StoreContext
from connector.services.delays import look_again
from connector.services.message_times import not_before
from connector.services.message_values import (
    LineValues,
    OwnerMatter,
    Values,
    cancelled_values,
    line_values,
    not_done_values,
    refund_values,
    refunded_values,
)
from connector.services.owner_mail import tell_owner
from connector.services.sentences import kept
from connector.services.shopper_law import refund_day

UNANSWERED = frozenset(one.lapses.unanswered for one in RULES.values() if one.lapses)
"""The provisions by which an order ends because nobody answered."""

Units = Mapping[str, int]
WHAT: Mapping[AmendmentKind, Literal["cancel", "withdraw", "swap"]] = {
    AmendmentKind.CANCEL: "cancel",
    AmendmentKind.WITHDRAW: "withdraw",
    AmendmentKind.SWAP: "swap",
}


class Outcome:
    """Writes what became of one amendment of an order."""

    def __init__(self, store: StoreContext, uow: UnitOfWork, amendment: AmendmentRecord, order: OrderRecord) -> None:
        self.store = store
        self.uow = uow
        self.amendment = amendment
        self.order = order
        self.now = store.clock()

    def done(self, units: Units, done: Done, actor: Actor | None = None) -> None:
        """It was carried out; ``done.by_hand``: but for the money."""
        one = self.amendment
        one.refunded, one.currency, one.said = done.refunded, done.currency, done.by_hand
        self._settle(AmendmentState.BY_HAND if done.by_hand else AmendmentState.DONE)
        at = done.at or self.now
        taken_off = "replaced by another product" if one.kind is AmendmentKind.SWAP else ""
        self._events(units, EventKind.CANCELLED, actor or one.by, at=at, basis=taken_off)
        if not done.by_hand:
            # Where nothing had been paid there is nothing to send back, and the clock for it stops all the same.
            self._events(units, EventKind.REFUNDED, Actor.PLATFORM, at=at, text=money(done.refunded, done.currency))
        self._tell_done(units, done)
        if done.by_hand:
            self.tell_owner(units, OwnerMatter.REFUND_DUE, done.by_hand, deadline=end_of(self.store, self._refund_by()))
        _note(self, units, "amendment_by_hand" if done.by_hand else "amendment_done", done.by_hand)
        # The webhook of it may be lost; what we show next must not wait for the next look at everything.
        self.uow.rereads.ask(self.store.key, [Reread(Thing.ORDER, one.order_id)], self.now)

    def refused(self, units: Units, why: str) -> None:
        """The platform will never do it: the shopper is told if it was they who asked, the owner in any case."""
        self.amendment.said = why
        self._settle(AmendmentState.REFUSED)
        self._tell_not_done(units, "refused")
        self.tell_owner(units, OwnerMatter.REFUSED, why)
        _note(self, units, "amendment_refused", why)

    def overtaken(self, units: Units, by: Overtaken) -> None:
        """There is nothing left of it to do."""
        self.amendment.said = by.value
        if by is Overtaken.SHIPPED and self.amendment.kind is AmendmentKind.WITHDRAW:
            # The right to withdraw does not end when goods leave; but then a person must take them back.
            self.for_owner(units)
            return
        self._settle(AmendmentState.DROPPED)
        if by is Overtaken.SHIPPED:
            self._tell_not_done(units, "shipped")
        _note(self, units, "amendment_overtaken", by.value)

    def for_owner(self, units: Units) -> None:
        """It is the owner's to settle, who is told so."""
        one = self.amendment
        one.state, one.next_at = AmendmentState.OWNER, None
        self.uow.amendments.save(self.store.key, one)
        self.tell_owner(units, OwnerMatter.ASKED, one.reason)

    def declined(self, units: Units, said: str) -> None:
        """The owner decided against it; ``said``: their words to the shopper."""
        self.amendment.said = said
        self._settle(AmendmentState.DROPPED)
        self._tell_not_done(units, "declined", said)
        _note(self, units, "amendment_declined", "")  # their words may name the shopper, and the journal stays

    def money_sent(self, units: Units, said: str) -> None:
        """The owner says that the money, which only a person could send, is on its way; ``said``: how much."""
        one = self.amendment
        one.refunded = said
        self._settle(AmendmentState.DONE)
        self._events(units, EventKind.REFUNDED, Actor.OWNER, at=self.now, text=said)
        values = refunded_values(self.order.number, self._lines(units), refund_values(amount=said))
        self._message(MessageKind.REFUNDED, values, units, "refunded")
        _note(self, units, "amendment_money_sent", "")

    def tell_owner(self, units: Units, matter: OwnerMatter, said: str, deadline: datetime | None = None) -> None:
        one = self.amendment
        tell_owner(
            self.store,
            self.uow,
            matter,
            one.reference,
            order=self.order,
            lines=self._lines(units),
            rule=one.rule,
            deadline=one.deadline or deadline,
            said=said,
        )

    def _settle(self, state: AmendmentState) -> None:
        one = self.amendment
        one.state, one.next_at, one.done_at = state, None, self.now
        self.uow.amendments.save(self.store.key, one)

    def _events(
        self, units: Units, kind: EventKind, actor: Actor, *, at: datetime, text: str = "", basis: str = ""
    ) -> None:
        one = self.amendment
        for line_id, count in units.items():
            event = PromiseEvent(at, kind, actor, count, text=text, basis=basis, rule=one.rule, reference=one.reference)
            self.uow.promises.append(self.store.key, one.order_id, line_id, [event])
        look_again(self.uow, self.store, one.order_id, self.now)

    def _tell_done(self, units: Units, done: Done) -> None:
        number, lines = self.order.number, self._lines(units)
        if self.amendment.kind is AmendmentKind.SWAP:
            if done.refunded:
                refund = refund_values(done.refunded, done.currency)
                self._message(MessageKind.REFUNDED, refunded_values(number, lines, refund), units, "refunded")
            return
        by = self._refund_by() if done.by_hand else None
        refund = refund_values(done.refunded, done.currency, by)
        values = cancelled_values(number, lines, why=self._why(), rule=self.amendment.rule, refund=refund)
        self._message(MessageKind.CANCELLED, values, units, "cancelled")

    def _why(self) -> str:
        """As ``cancelled_values`` has it."""
        if self.amendment.by is Actor.SERVICE:
            return "silence" if self.amendment.rule in UNANSWERED else "missed"
        return "owner" if self.amendment.by is Actor.OWNER else "shopper"

    def _tell_not_done(self, units: Units, why: Literal["shipped", "refused", "declined"], said: str = "") -> None:
        """Only who asked waits for an answer."""
        one = self.amendment
        if one.by is not Actor.SHOPPER or one.kind not in WHAT:
            return
        values = not_done_values(self.order.number, self._lines(units), what=WHAT[one.kind], why=why, said=said)
        self._message(MessageKind.NOT_DONE, values, units, "not-done")

    def _lines(self, units: Units) -> list[LineValues]:
        return [line_values(self.order.lines[line], count) for line, count in units.items() if line in self.order.lines]

    def _message(self, kind: MessageKind, values: Values, units: Units, name: str) -> None:
        send(self.store, self.uow, self.order, kind, values, tuple(units), f"{self.amendment.reference}-{name}")

    def _refund_by(self) -> date:
        order_id = self.order.id
        terms = self.uow.promises.terms(self.store.key, [order_id]).get(order_id) or TermsRecord(order_id)
        return refund_day(self.store, terms, self.now)


def send(
    store: StoreContext,
    uow: UnitOfWork,
    order: OrderRecord,
    kind: MessageKind,
    values: Values,
    line_ids: tuple[str, ...],
    reference: str,
    *,
    rule: str = "",
    instead_of: Collection[MessageKind] = (),
    to: bytes = b"",
) -> None:
    """Enter a message about an order; one of the same reference is entered once."""
    now = store.clock()
    message = MessageRecord(
        id=0,
        kind=kind,
        order_id=order.id,
        subscription=0,
        language=order.language or store.language,
        values=values,
        reference=reference,
        created_at=now,
        not_before=not_before(store, kind, now),
        line_ids=line_ids,
        to=to,
        rule=rule,
    )
    uow.messages.add(store.key, message, instead_of=instead_of)


def _note(outcome: Outcome, units: Units, kind: str, why: str) -> None:
    one, order = outcome.amendment, outcome.order
    facts = facts_of(one, order, units=sum(units.values()), **kept("why", why))
    outcome.uow.journal.append(outcome.store.key, [Entry(outcome.now, kind, order_id=one.order_id, facts=facts)])


def facts_of(amendment: AmendmentRecord, order: OrderRecord, **more: object) -> dict[str, Any]:
    """What the journal keeps of an amendment."""
    line = order.lines.get(amendment.line_id)
    return {
        "reference": amendment.reference,
        "what": amendment.kind.value,
        "by": amendment.by.value,
        "sku": line.sku if line else "",
        "rule": amendment.rule,
        "refunded": money(amount_only(amendment.refunded), amendment.currency),
        "units": amendment.units,
        **more,
    }


def money(amount: str, currency: str) -> str:
    """As the platform writes it; empty where none was sent back."""
    return f"{amount} {currency}".strip() if amount else ""


def end_of(store: StoreContext, day: date) -> datetime:
    """The last second of a day of the store's own calendar."""
    return datetime.combine(day, time(23, 59, 59), store.zone).astimezone(UTC)
