"""What waits for the store's owner: changes of orders to decide about, money to send, messages that reached nobody.

Each decision is taken once: what somebody decided meanwhile is left as it is (``Settled``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.domain.journal import Entry
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.acting import Done
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    AmendmentState,
    MessageRecord,
    MessageState,
    TermsRecord,
)
from connector.ports.records import OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.amend_fit import asked_for
from connector.services.amended import Outcome, facts_of
from connector.services.context import StoreContext
from connector.services.delays import look_again
from connector.services.sent_once import claim

WAITS = (AmendmentState.OWNER, AmendmentState.BY_HAND, AmendmentState.REFUSED)
UNSENT = (MessageState.PARKED, MessageState.BOUNCED)
COUNTED = 100
"""The menu says no larger number than one below this."""
LEFT = frozenset({"sent", "shipped"})
"""What an amendment says of itself whose units have left the house."""


class Settled(Exception):  # noqa: N818 -- it says what happened
    """It was decided already, or there is no such thing; nothing was done."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An amendment with its order (None where we do not know it) and the units by line it is about."""

    amendment: AmendmentRecord
    order: OrderRecord | None
    units: Mapping[str, int]

    @property
    def has_left(self) -> bool:
        """A withdrawal for what was sent: the shop's system cannot carry it out, a person must."""
        return self.amendment.kind is AmendmentKind.WITHDRAW and self.amendment.said in LEFT

    @property
    def may_approve(self) -> bool:
        return self.amendment.state is AmendmentState.OWNER and not self.has_left


def waiting(uow: UnitOfWork, store: str, before: int | None, limit: int) -> Sequence[Waiting]:
    """Newest first; ``before``: only those with a smaller id."""
    found = uow.amendments.find(store, WAITS, limit, before)
    ids = {one.order_id for one in found}
    orders, events = uow.orders.get(store, ids), uow.promises.events(store, ids)
    made: list[Waiting] = []
    for one in found:
        order = orders.get(one.order_id)
        made.append(Waiting(one, order, asked_for(one, order, events.get(one.order_id, {})) if order else {}))
    return made


def count_waiting(uow: UnitOfWork, store: str) -> int:
    """How many things wait for the owner; ``COUNTED`` stands for that many or more."""
    found = len(uow.amendments.find(store, WAITS, COUNTED))
    return min(COUNTED, found + len(uow.messages.find(store, UNSENT, COUNTED)))


def approve(store: StoreContext, amendment_id: int, form: str = "") -> None:
    """The owner agrees: the next look carries it out."""
    with store.work() as uow:
        one = _take(store, uow, amendment_id, form, AmendmentState.OWNER)
        if not one.may_approve or one.order is None:
            raise Settled
        _asked(store, uow, one)
        amendment, now = one.amendment, store.clock()
        amendment.state, amendment.next_at, amendment.said = AmendmentState.ASKED, None, ""
        uow.amendments.save(store.key, amendment)
        entry = Entry(now, "amendment_approved", order_id=amendment.order_id, facts=facts_of(amendment, one.order))
        uow.journal.append(store.key, [entry])
        uow.commit()


def decline(store: StoreContext, amendment_id: int, words: str, form: str = "") -> None:
    """The owner decides against it; ``words`` go to the shopper."""
    with store.work() as uow:
        one = _take(store, uow, amendment_id, form, AmendmentState.OWNER)
        if one.order is None:
            raise Settled
        Outcome(store, uow, one.amendment, one.order).declined(one.units, words)
        look_again(uow, store, one.amendment.order_id, store.clock())
        uow.commit()


def done_by_hand(store: StoreContext, amendment_id: int, refunded: str, form: str = "") -> None:
    """The owner did it at the shop; ``refunded``: what was sent back, in their words, empty for nothing."""
    with store.work() as uow:
        one = _take(store, uow, amendment_id, form, AmendmentState.OWNER, AmendmentState.REFUSED)
        if one.order is None:
            raise Settled
        Outcome(store, uow, one.amendment, one.order).done(one.units, Done(refunded=refunded), Actor.OWNER)
        facts = facts_of(one.amendment, one.order)
        entry = Entry(store.clock(), "amendment_done_by_hand", order_id=one.amendment.order_id, facts=facts)
        uow.journal.append(store.key, [entry])
        uow.commit()


def money_sent(store: StoreContext, amendment_id: int, refunded: str, form: str = "") -> None:
    """The owner sent the money that only a person could send; ``refunded``: how much, in their words."""
    with store.work() as uow:
        one = _take(store, uow, amendment_id, form, AmendmentState.BY_HAND)
        if one.order is None:
            raise Settled
        Outcome(store, uow, one.amendment, one.order).money_sent(one.units, refunded)
        uow.commit()


def put_away(store: StoreContext, amendment_id: int, form: str = "") -> None:
    """What the shop refused needs nothing more."""
    with store.work() as uow:
        one = _take(store, uow, amendment_id, form, AmendmentState.REFUSED)
        amendment = one.amendment
        amendment.state = AmendmentState.DROPPED
        uow.amendments.save(store.key, amendment)
        if one.order is not None:
            facts = facts_of(amendment, one.order)
            entry = Entry(store.clock(), "amendment_put_away", order_id=amendment.order_id, facts=facts)
            uow.journal.append(store.key, [entry])
        look_again(uow, store, amendment.order_id, store.clock())
        uow.commit()


def send_again(store: StoreContext, message_id: int, form: str = "") -> None:
    """A message that no channel took is tried by each of them anew."""
    with store.work() as uow:
        message = _message(store, uow, message_id, form, MessageState.PARKED)
        message.state, message.next_at, message.tried, message.reason = MessageState.PENDING, None, {}, ""
        message.not_before = store.clock()
        uow.messages.save(store.key, message)
        facts = {"reference": message.reference}
        entry = Entry(store.clock(), "message_tried_again", order_id=message.order_id, facts=facts)
        uow.journal.append(store.key, [entry])
        uow.commit()


def put_message_away(store: StoreContext, message_id: int, form: str = "") -> None:
    """The owner has told the person by other means, or it need not be said."""
    with store.work() as uow:
        message = _message(store, uow, message_id, form, *UNSENT)
        message.state = MessageState.DROPPED
        uow.messages.save(store.key, message)
        facts = {"reference": message.reference}
        entry = Entry(store.clock(), "message_put_away", order_id=message.order_id, facts=facts)
        uow.journal.append(store.key, [entry])
        uow.commit()


def void_links(store: StoreContext, order_id: str, form: str = "") -> None:
    """Every link to the shopper's page of this order that was given out so far opens nothing any more."""
    with store.work() as uow:
        claim(store, uow, form)
        if order_id not in uow.orders.get(store.key, [order_id]):
            raise Settled
        terms = uow.promises.terms(store.key, [order_id]).get(order_id) or TermsRecord(order_id)
        terms.link += 1
        uow.promises.save_terms(store.key, [terms])
        uow.journal.append(store.key, [Entry(store.clock(), "links_voided", order_id=order_id)])
        uow.commit()


def _take(store: StoreContext, uow: UnitOfWork, amendment_id: int, form: str, *states: AmendmentState) -> Waiting:
    claim(store, uow, form)
    one = uow.amendments.get(store.key, amendment_id)
    if one is None or one.state not in states:
        raise Settled
    order = uow.orders.get(store.key, [one.order_id]).get(one.order_id)
    events = uow.promises.events(store.key, [one.order_id]).get(one.order_id, {})
    return Waiting(one, order, asked_for(one, order, events) if order else {})


def _message(store: StoreContext, uow: UnitOfWork, message_id: int, form: str, *states: MessageState) -> MessageRecord:
    claim(store, uow, form)
    message = uow.messages.get(store.key, message_id)
    if message is None or message.state not in states:
        raise Settled
    return message


def _asked(store: StoreContext, uow: UnitOfWork, one: Waiting) -> None:
    """From now on the units are on their way out of the order, and the clock for the money runs."""
    amendment, now = one.amendment, store.clock()
    if amendment.kind is AmendmentKind.SWAP:
        return
    held = uow.promises.events(store.key, [amendment.order_id]).get(amendment.order_id, {})
    for line_id, units in one.units.items():
        if any(event.reference == amendment.reference for event in held.get(line_id, ())):
            continue
        event = PromiseEvent(
            now, EventKind.CANCEL_ASKED, amendment.by, units, rule=amendment.rule, reference=amendment.reference
        )
        uow.promises.append(store.key, amendment.order_id, line_id, [event])
    look_again(uow, store, amendment.order_id, now)
