"""Cancellations that the law asks for: put down to be carried out, or before the owner with the deadline."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import NAMESPACE_URL, uuid5

from connector.domain.delay import DueAct
from connector.domain.facts import Demand
from connector.domain.journal import Entry
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_values import OwnerMatter, iso, line_values
from connector.services.owner_mail import tell_owner
from connector.services.sentences import kept

ASKING = frozenset({EventKind.CANCEL_ASKED, EventKind.WITHDRAWN})
BY_ITSELF = "by_itself"
TAKEN_OFF = Sentence("It was taken off the order at the shop; whether the money was sent is for a person to say.")
LEFT = Sentence("It has left the house.")


def ask_to_cancel(
    store: StoreContext,
    uow: UnitOfWork,
    order: OrderRecord,
    line: LineRecord,
    act: DueAct,
    events: Sequence[PromiseEvent],
) -> list[PromiseEvent]:
    """The event that was appended for it.  Once it is there the law asks for no second one."""
    now = store.clock()
    number = sum(event.kind is EventKind.CANCEL_ASKED for event in events)
    reference = f"BO-{order.id}-{line.id}-C{number}"
    by_itself = store.rules.law.cancel == BY_ITSELF
    uow.amendments.add(store.key, _amendment(store, order, line, act, reference, by_itself=by_itself))
    event = PromiseEvent(
        now, EventKind.CANCEL_ASKED, Actor.SERVICE, act.units, rule=act.rule, reference=reference, basis="the law"
    )
    uow.promises.append(store.key, order.id, line.id, [event])
    facts = {
        "line": line.id,
        "units": act.units,
        "rule": act.rule,
        "reference": reference,
        "deadline": iso(store.day_of(act.deadline)),
        "by_itself": by_itself,
    }
    uow.journal.append(store.key, [Entry(now, "cancel_due", line.variant_id, order.id, facts)])
    if not by_itself:
        lines = [line_values(line, act.units)]
        tell_owner(
            store,
            uow,
            OwnerMatter.CANCEL_DUE,
            reference,
            order=order,
            lines=lines,
            rule=act.rule,
            deadline=act.deadline,
        )
    return [event]


def _amendment(
    store: StoreContext, order: OrderRecord, line: LineRecord, act: DueAct, reference: str, *, by_itself: bool
) -> AmendmentRecord:
    return AmendmentRecord(
        id=0,
        order_id=order.id,
        line_id=line.id,
        kind=AmendmentKind.CANCEL,
        units=act.units,
        variant_id="",
        by=Actor.SERVICE,
        reason=Sentence(
            "%(rule)s: the promised day cannot be kept, and the buyer has not agreed to wait.", rule=act.rule
        ),
        rule=act.rule,
        reference=reference,
        key=str(uuid5(NAMESPACE_URL, f"{store.key}/{reference}")),
        created_at=store.clock(),
        deadline=act.deadline,
        state=AmendmentState.ASKED if by_itself else AmendmentState.OWNER,
    )


def refused_lines(
    store: StoreContext, uow: UnitOfWork, order: OrderRecord, events: Mapping[str, Sequence[PromiseEvent]]
) -> frozenset[str]:
    """Lines of which the platform lets nothing be taken off any more: their money goes back without that."""
    if not any(event.kind in ASKING for of_line in events.values() for event in of_line):
        return frozenset()
    return frozenset(
        one.line_id
        for one in uow.amendments.of_order(store.key, order.id)
        if one.kind in {AmendmentKind.CANCEL, AmendmentKind.WITHDRAW} and one.state is AmendmentState.REFUSED
    )


def overtaken(
    store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord, events: Sequence[PromiseEvent]
) -> list[PromiseEvent]:
    """Cancellations that wait for the owner, who has acted at the shop meanwhile; the events that were appended.

    Units that were taken off are cancelled.  The money may have gone with them or not: the platform does not tell us,
    so the refund is watched until the owner says that it was sent.
    """
    if line.outstanding or not any(event.kind in ASKING for event in events):
        return []
    new: list[PromiseEvent] = []
    for amendment in _before_the_owner(uow.amendments.of_order(store.key, order.id), line):
        cancelled = sum(event.units for event in (*events, *new) if event.kind is EventKind.CANCELLED)
        now = store.clock()
        if _taken_off(order, line) - cancelled >= amendment.units:
            amendment.state, amendment.said = AmendmentState.BY_HAND, TAKEN_OFF
            new.append(_cancelled(order, amendment))
            uow.promises.append(store.key, order.id, line.id, new[-1:])
        else:
            amendment.state, amendment.said = AmendmentState.DROPPED, LEFT
        amendment.done_at = now
        uow.amendments.save(store.key, amendment)
        facts = {"reference": amendment.reference, "rule": amendment.rule, **kept("why", amendment.said)}
        uow.journal.append(store.key, [Entry(now, "cancel_overtaken", line.variant_id, order.id, facts)])
    return new


def _before_the_owner(amendments: Collection[AmendmentRecord], line: LineRecord) -> list[AmendmentRecord]:
    return [
        one
        for one in amendments
        if one.state is AmendmentState.OWNER and one.kind is AmendmentKind.CANCEL and one.line_id == line.id
    ]


def _taken_off(order: OrderRecord, line: LineRecord) -> int:
    """Units that the order once asked for and asks for no more."""
    most = max((one.units for one in line.history), default=line.wanted)
    if order.demand is Demand.VOID:
        return most - line.shipped
    return most - (line.history[-1].units if line.history else line.wanted)


def _cancelled(order: OrderRecord, amendment: AmendmentRecord) -> PromiseEvent:
    return PromiseEvent(
        at=order.changed_at,
        kind=EventKind.CANCELLED,
        actor=Actor.OWNER,
        units=amendment.units,
        rule=amendment.rule,
        reference=amendment.reference,
    )
