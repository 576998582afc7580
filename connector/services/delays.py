"""What the law asks to be done about delays, as rows: notices, cancellations, and word to the owner.

Orders are judged when a plan is confirmed and when time alone changes what is due (``TermsRecord.look_at``).  Nothing
is kept beyond the events: judged again, an order gives the same, so an act is written down once however often it is
due.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from connector.domain.delay import ActKind, DueAct, Judgement, judge
from connector.domain.facts import Demand
from connector.domain.journal import Entry
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.failures import DatabaseAway
from connector.ports.promising import MessageKind, MessageRecord, MessageState, TermsRecord
from connector.ports.records import Leaving, LineRecord, OrderRecord, StoreRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext, is_outdated
from connector.services.delay_cancel import ask_to_cancel, overtaken, refused_lines
from connector.services.delay_notices import Asking, ask
from connector.services.delay_refunds import watch_refund
from connector.services.message_values import expected_of
from connector.services.promises import Lines, is_ours, note_promises
from connector.services.sentences import kept
from connector.services.shopper_law import case_of, law_of
from connector.services.stumbled import named

BATCH = 100
DOUBT = timedelta(minutes=5)
"""When an order whose plan is being confirmed is looked at again."""
LONGEST_DOUBT = timedelta(hours=1)
"""A shop that cannot be read for so long does not stop the law's clock: then the newest plan must do."""
UNSENT = (MessageState.PENDING,)
MOST_UNSENT = 10_000
log = structlog.get_logger()

WHERE = {"email": "e-mail", "sms": "text message", "note": "note of the shop", "console": "console"}
SAID = {MessageKind.OPTION: EventKind.OPTION, MessageKind.REMINDER: EventKind.REMINDED}

Asked = Mapping[str, frozenset[str]]
"""By order: the lines about which a notice of the law waits to be sent, and those that are to be cancelled."""


def watch_delays(store: StoreContext) -> int:
    """Judge the orders whose time has come; how many.  None of a store that is paused or leaves."""
    now = store.clock()
    with store.work(read_only=True) as uow:
        if not uow.promises.to_judge(store.key, now, 1) or not _may_act(store, uow.stores.get(store.key)):
            return 0
        due = uow.promises.to_judge(store.key, now, BATCH)
    try:
        return _watch(store, due, now)
    except DatabaseAway:
        raise
    except Exception:  # noqa: BLE001 -- a fault of ours in one order must not stop the law's clock of the others
        log.warning("delays.batch_failed", store=store.key, orders=len(due))
        return sum(_watch_one(store, order_id, now) for order_id in due)


def _watch_one(store: StoreContext, order_id: str, now: datetime) -> int:
    try:
        return _watch(store, [order_id], now)
    except DatabaseAway:
        raise
    except Exception as error:
        log.exception("delays.bug", store=store.key, order=order_id)
        with store.work() as uow:
            terms = uow.promises.terms(store.key, [order_id]).get(order_id) or TermsRecord(order_id)
            terms.look_at = now + LONGEST_DOUBT
            uow.promises.save_terms(store.key, [terms])
            facts = kept("why", named(error))
            uow.journal.append(store.key, [Entry(now, "not_judged", order_id=order_id, facts=facts)])
            uow.commit()
        return 0


def _watch(store: StoreContext, due: Sequence[str], now: datetime) -> int:
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is None or not _may_act(store, record):
            return 0
        orders = uow.orders.get(store.key, due)
        doubtful = _doubtful(store, uow, orders, now)
        _look_later(store, uow, [one for one in due if one in doubtful or one not in orders], orders, now)
        sure = [order for one, order in orders.items() if one not in doubtful]
        events = note_promises(store, uow, sure, record.cursors[CONNECTED])
        judge_some(store, uow, sure, events, record.cursors[CONNECTED])
        uow.commit()
    return len(due)


def _may_act(store: StoreContext, record: StoreRecord | None) -> bool:
    if record is None or record.gone_at is not None or record.leaving is not Leaving.NO or record.paused:
        return False
    return store.push and CONNECTED in record.cursors and not is_outdated(store, record)


def _doubtful(store: StoreContext, uow: UnitOfWork, orders: Mapping[str, OrderRecord], now: datetime) -> frozenset[str]:
    """Orders with a line whose plan is still to be confirmed."""
    pools = {line.pool_id for order in orders.values() for line in order.lines.values() if line.outstanding}
    unsure = {
        one.id
        for one in uow.pools.get(store.key, pools).values()
        if one.unconfirmed_since is not None and now - one.unconfirmed_since < LONGEST_DOUBT
    }
    return frozenset(
        order.id
        for order in orders.values()
        if any(line.outstanding and line.pool_id in unsure for line in order.lines.values())
    )


def _look_later(
    store: StoreContext, uow: UnitOfWork, ids: Collection[str], known: Mapping[str, OrderRecord], now: datetime
) -> None:
    terms = uow.promises.terms(store.key, ids)
    for one in terms.values():
        one.look_at = now + DOUBT if one.order_id in known else None
    uow.promises.save_terms(store.key, terms.values())


def judge_orders(store: StoreContext, uow: UnitOfWork, order_ids: Collection[str]) -> Asked:
    """Judge these orders, whose plans are confirmed, in the caller's transaction."""
    record = uow.stores.get(store.key)
    if record is None or CONNECTED not in record.cursors:
        return {}
    orders = list(uow.orders.get(store.key, order_ids).values())
    events = note_promises(store, uow, orders, record.cursors[CONNECTED])
    return judge_some(store, uow, orders, events, record.cursors[CONNECTED])


def judge_some(
    store: StoreContext,
    uow: UnitOfWork,
    orders: Collection[OrderRecord],
    events: Mapping[str, Lines],
    connected_at: datetime,
) -> Asked:
    """The same for orders that were read already, with all events of theirs."""
    judged = [order for order in orders if events.get(order.id)]
    terms = uow.promises.terms(store.key, [order.id for order in judged])
    # Most orders ask for nothing: those of which a notice waits are found at once, not one by one.
    unsent = {one.order_id for one in uow.messages.find(store.key, UNSENT, MOST_UNSENT)} if judged else set()
    asked: dict[str, frozenset[str]] = {}
    changed: list[TermsRecord] = []
    for order in judged:
        held = terms.get(order.id)
        of_order = held or TermsRecord(order.id)
        before = of_order.look_at
        one = _Order(store, uow, order, of_order, events[order.id], has_unsent=order.id in unsent)
        if order.test or not is_ours(order, connected_at, store.keep_orders):
            of_order.look_at = None
        elif order.demand in {Demand.UNPAID, Demand.UNKNOWN, Demand.NONE}:
            # The clock starts with the payment, of which the shop tells us; should that be lost, we look.
            of_order.look_at = store.clock() + timedelta(days=1)
        else:
            asked[order.id] = one.judge()
        if of_order.look_at != before or (held is None and of_order.look_at is not None):
            changed.append(of_order)
    uow.promises.save_terms(store.key, changed)
    return asked


class _Order:
    """One order before the law."""

    def __init__(
        self,
        store: StoreContext,
        uow: UnitOfWork,
        order: OrderRecord,
        terms: TermsRecord,
        events: Lines,
        *,
        has_unsent: bool,
    ) -> None:
        self.store = store
        self.uow = uow
        self.order = order
        self.terms = terms
        self.events = events
        self.has_unsent = has_unsent
        self.now = store.clock()

    def judge(self) -> frozenset[str]:
        """Write down what is due; the lines of which nothing else is to be said."""
        refused = refused_lines(self.store, self.uow, self.order, self.events)
        found = {line.id: (line, self._judged(line, refused)) for line in self._lines()}
        for line, judgement in list(found.values()):
            new = [
                event
                for act in judgement.acts
                if act.kind is ActKind.CANCEL
                for event in ask_to_cancel(self.store, self.uow, self.order, line, act, self.events[line.id])
            ]
            new += overtaken(self.store, self.uow, self.order, line, self.events[line.id])
            if new:
                self.events[line.id] += new
                found[line.id] = (line, self._judged(line, refused))
        moments = [judgement.look_at for _, judgement in found.values()]
        moments += [
            watch_refund(self.store, self.uow, self.order, line, act, self.now)
            for line, judgement in found.values()
            for act in (*judgement.pending, *_of(judgement, ActKind.REFUND))
        ]
        self.terms.look_at = min((one for one in moments if one is not None), default=None)
        asking = [
            Asking(line, act, judgement, self.events[line.id])
            for line, judgement in found.values()
            for act in _of(judgement, ActKind.OPTION, ActKind.RENEWED, ActKind.REMIND)
        ]
        # Of what is to be cancelled nobody is told that it comes later.
        given_up = frozenset(line.id for line, judgement in found.values() if judgement.pending)
        if asking or self.has_unsent:
            return given_up | ask(self.store, self.uow, self.order, asking)
        return given_up

    def _lines(self) -> list[LineRecord]:
        return [line for line in self.order.lines.values() if self.events.get(line.id)]

    def _judged(self, line: LineRecord, refused: frozenset[str]) -> Judgement:
        case = case_of(self.store, self.order, line, self.terms, self.events[line.id])
        return judge(replace(case, cancellable=line.id not in refused), law_of(self.store), self.now)


def _of(judgement: Judgement, *kinds: ActKind) -> tuple[DueAct, ...]:
    return tuple(act for act in judgement.acts if act.kind in kinds)


def option_sent(uow: UnitOfWork, store: StoreContext, message: MessageRecord, at: datetime) -> None:
    """An OPTION or REMINDER has really been sent; called in the transaction that says so.  Twice is once.

    Only from now on has the shopper been asked: a notice that lies in a queue keeps no day.
    """
    kind = SAID.get(message.kind)
    if kind is None:
        return
    held = uow.promises.events(store.key, [message.order_id]).get(message.order_id, {})
    for line in message.values["lines"]:
        if any(one.kind is kind and one.reference == message.reference for one in held.get(line["line"], ())):
            continue
        event = PromiseEvent(
            at=at,
            kind=kind,
            actor=Actor.SERVICE,
            units=line["units"],
            expected=expected_of(line),
            text=message.text,
            where=WHERE.get(message.channel, message.channel),
            basis=message.values.get("reason", ""),
            rule=message.rule,
            reference=message.reference,
        )
        uow.promises.append(store.key, message.order_id, line["line"], [event])
    facts = {"reference": message.reference, "kind": message.kind.value, "rule": message.rule}
    uow.journal.append(store.key, [Entry(at, "asked", order_id=message.order_id, facts=facts)])
    look_again(uow, store, message.order_id, at)


def look_again(uow: UnitOfWork, store: StoreContext, order_id: str, at: datetime) -> None:
    """Something happened to an order that may change what is due for it: judge it at the next look.

    To be called whenever an event was appended, and when a notice could not be sent by any channel.
    """
    terms = uow.promises.terms(store.key, [order_id]).get(order_id) or TermsRecord(order_id)
    if terms.look_at is None or terms.look_at > at:
        terms.look_at = at
        uow.promises.save_terms(store.key, [terms])
