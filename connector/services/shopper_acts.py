"""What a shopper decides on their page, each once: rows that the jobs carry out, and events the law is judged by."""

from __future__ import annotations

from datetime import date, timedelta

from connector.domain.journal import Entry
from connector.domain.promises import Actor, EventKind, Expected, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind, MessageState
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.delays import look_again
from connector.services.shopper import LineView
from connector.services.shopper_act import WHERE, Act, NotPossible, Page, Why, acting

LONGEST_TERM = timedelta(days=90)


def keep_waiting(store: StoreContext, page: Page, line_id: str) -> None:
    """The shopper consents to the day that was offered, or to wait without one."""
    with acting(store, page) as act:
        line = act.line(line_id)
        if line.choice is None:
            raise NotPossible(Why.GONE)
        offered = line.choice.event
        event = PromiseEvent(
            act.now,
            EventKind.CONSENTED,
            Actor.SHOPPER,
            line.free,
            offered.expected,
            where=WHERE,
            rule=offered.rule,
            reference=act.reference,
        )
        _happened(act, line, event, "shopper_waits")
        _no_reminder(store, act.uow, page.order_id)


def set_term(store: StoreContext, page: Page, line_id: str, until: date) -> None:
    """The shopper sets the last day for the delivery (Directive 2011/83, art. 18(2))."""
    with acting(store, page) as act:
        line = act.line(line_id)
        if not line.sets_term:
            raise NotPossible(Why.GONE)
        today = store.day_of(act.now)
        if not today < until <= today + LONGEST_TERM:
            raise NotPossible(Why.CHOICE)
        event = PromiseEvent(
            act.now,
            EventKind.TERM_SET,
            Actor.SHOPPER,
            line.free,
            Expected(until, until),
            where=WHERE,
            rule=line.sets_term,
            reference=act.reference,
        )
        _happened(act, line, event, "shopper_term")


def cancel(store: StoreContext, page: Page, line_id: str, units: int) -> AmendmentState:
    """Units are to be taken off the order; ASKED, or OWNER where the shop's owner has to settle a fee first."""
    with acting(store, page) as act:
        line = act.line(line_id)
        if line.cancel is None or units > line.cancel.most:
            raise NotPossible(Why.GONE)
        if units < 1:
            raise NotPossible(Why.CHOICE)
        owner = bool(line.cancel.fee)
        state = AmendmentState.OWNER if owner else AmendmentState.ASKED
        made = act.amendment(
            AmendmentKind.CANCEL,
            line_id,
            units,
            reason=Sentence("The shopper does not want to wait."),
            rule=line.cancel.rule,
            state=state,
            deadline=None if owner else act.refund_by(),
        )
        if owner:
            made.said = line.cancel.fee
            act.to_owner(made, {line_id: units})
        else:
            act.asked(line_id, EventKind.CANCEL_ASKED, units, made)
    return state


def swap(store: StoreContext, page: Page, line_id: str, units: int, variant_id: str, title: str) -> None:
    """Units are to be exchanged for as many of another variant, one that was offered on the page.

    That is the shopper's express agreement: nothing else is ever sent in place of what was ordered.
    """
    with acting(store, page) as act:
        line = act.line(line_id)
        if not 1 <= units <= line.instead:
            raise NotPossible(Why.GONE)
        act.amendment(
            AmendmentKind.SWAP,
            line_id,
            units,
            reason=Sentence("The shopper chose this instead: %(title)s", title=title),
            variant_id=variant_id,
        )


def choose_shipping(store: StoreContext, page: Page, *, together: bool) -> None:
    """What is there leaves now, or the order waits until all of it is there."""
    kind = AmendmentKind.SHIP_TOGETHER if together else AmendmentKind.SHIP_NOW
    with acting(store, page) as act:
        if act.view.shipping is not kind or act.view.shipping_asked:
            raise NotPossible(Why.GONE)
        act.amendment(kind, "", 0, reason=Sentence("The shopper chose how it is to be sent."))


def _happened(act: Act, line: LineView, event: PromiseEvent, kind: str) -> None:
    order_id, at, until = act.view.order.id, event.at, event.expected.latest
    act.uow.promises.append(act.store.key, order_id, line.line.id, [event])
    look_again(act.uow, act.store, order_id, at)
    facts = {
        "sku": line.line.sku,
        "units": event.units,
        "until": until.isoformat() if until else None,
        "rule": event.rule,
        "reference": event.reference,
    }
    act.uow.journal.append(act.store.key, [Entry(at, kind, order_id=order_id, facts=facts)])


def _no_reminder(store: StoreContext, uow: UnitOfWork, order_id: str) -> None:
    """Who has answered is not reminded of the question."""
    for message in uow.messages.of_order(store.key, order_id):
        if message.kind is MessageKind.REMINDER and message.state is MessageState.PENDING and len(message.line_ids) < 2:  # noqa: PLR2004 -- one that asks about several lines still asks about the others
            message.state, message.reason = MessageState.DROPPED, Sentence("the shopper has answered")
            uow.messages.save(store.key, message)
