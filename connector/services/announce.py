"""Decide, from confirmed plans only, which orders have news for their shopper (design, 3.3).

What was told is kept with the order in the same transaction as the notice, so each piece of news is told once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.facts import Demand
from connector.domain.journal import Entry
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, marks_of, news
from connector.ports.history import WaitRecord
from connector.ports.records import LineRecord, NoticeRecord, NoticeState, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.delays import judge_some
from connector.services.news import say
from connector.services.promises import Lines, is_ours, note_promises


@dataclass(frozen=True, slots=True)
class Announced:
    """``made``: notices; ``until``: the order after which there are more to look at, None where these were all;
    ``of``: the orders of which all that is news is written down now.
    """

    made: int
    until: str | None = None
    of: tuple[str, ...] = ()


def announce(store: StoreContext, uow: UnitOfWork, pool_ids: Collection[str], *, preview: bool = False) -> int:
    """Make a notice for each order of these pools that has news; how many.  ``preview``: as if all were confirmed, in
    a transaction that the caller throws away.
    """
    return announce_some(store, uow, pool_ids, preview=preview).made


def announce_some(
    store: StoreContext,
    uow: UnitOfWork,
    pool_ids: Collection[str],
    *,
    after: str = "",
    limit: int | None = None,
    without: Collection[str] = (),
    preview: bool = False,
) -> Announced:
    """The same for at most ``limit`` orders, by id from the one after ``after``: ``pool_ids`` count as confirmed;
    ``without``: orders whose news wait.
    """
    found = uow.orders.to_tell(store.key, pool_ids, after=after, limit=limit)
    made = announce_orders(store, uow, [one for one in found if one not in without], pool_ids, preview=preview)
    return replace(made, until=found[-1] if limit is not None and len(found) == limit else None)


def announce_orders(
    store: StoreContext, uow: UnitOfWork, ids: Sequence[str], pool_ids: Collection[str] = (), *, preview: bool = False
) -> Announced:
    """The same for these orders, as far as all their pools are confirmed, or among ``pool_ids``."""
    record = uow.stores.get(store.key)
    if record is None or not store.push or CONNECTED not in record.cursors:
        return Announced(0)
    orders = uow.orders.get(store.key, ids)
    pools = {line.pool_id for order in orders.values() for line in order.lines.values() if line.outstanding}
    doubtful = set() if preview else set(uow.pools.unconfirmed_among(store.key, pools - set(pool_ids)))
    sure = [
        orders[order_id]
        for order_id in sorted(orders)
        if not any(line.outstanding and line.pool_id in doubtful for line in orders[order_id].lines.values())
    ]
    connected_at = record.cursors[CONNECTED]
    events = note_promises(store, uow, sure, connected_at)
    asked = judge_some(store, uow, sure, events, connected_at)
    made = sum(
        _announce(store, uow, order, connected_at, events[order.id], asked.get(order.id, frozenset())) for order in sure
    )
    # The others wait for another pool, whose confirmation finds them again.
    uow.orders.looked_at(store.key, [order.id for order in sure])
    return Announced(made, of=tuple(order.id for order in sure))


def current_marks(order: OrderRecord) -> OrderMarks:
    """What the order should bear by the newest plan.  One that is unpaid or not understood is told nothing new."""
    if order.test:
        return OrderMarks()
    if order.demand in {Demand.UNPAID, Demand.UNKNOWN}:
        return order.told
    lines = [
        LineMark(one.id, one.sku, one.title, one.ready, one.waiting, one.expected_on)
        for one in order.lines.values()
        if one.outstanding
    ]
    return marks_of(lines, order.told)


def _announce(
    store: StoreContext,
    uow: UnitOfWork,
    order: OrderRecord,
    connected_at: datetime,
    events: Lines,
    asked: frozenset[str],
) -> int:
    """``asked``: lines of which a notice of the law says the new day, or that are to be cancelled."""
    marks = current_marks(order)
    found = news(marks, order.told)
    if found is None:
        return 0
    notices = uow.notices.of_order(store.key, order.id)
    kind = _to_say(found, notices)
    # Orders from before we were connected are marked, but the shopper is not surprised by a mail out of the blue.
    silent = kind is NoticeKind.WAITING and not is_ours(order, connected_at, store.keep_orders)
    if store.talks:
        say(store, uow, order, found, marks, events, asked, silent=silent)
    text = "" if silent else _note(store, order, kind, marks, asked)
    now = store.clock()
    last = max((one.created_at for one in notices), default=order.taken_at)
    uow.history.served(store.key, _served(order, marks, last, now))
    order.revision += 1
    order.told = marks
    for line in order.lines.values():
        line.announced = line.ready
    reference = f"BO-{order.id}-{order.revision}"
    uow.notices.add(store.key, NoticeRecord(0, order.id, order.revision, kind, marks, text, reference, created_at=now))
    uow.orders.save(store.key, [order])
    facts = {
        "kind": kind.value,
        "reference": reference,
        "says": text != "",
        "expected_on": marks.expected_on.isoformat() if marks.expected_on else None,
        "lines": [[one.sku, one.ready, one.waiting] for one in marks.lines],
    }
    uow.journal.append(store.key, [Entry(now, "announced", order_id=order.id, facts=facts)])
    return 1


def _note(store: StoreContext, order: OrderRecord, kind: NoticeKind, marks: OrderMarks, asked: frozenset[str]) -> str:
    """What the shop's own note says to the shopper; empty where a message of ours, or a notice of the law, says it."""
    if store.talks or (store.composer is not None and marks.waited_for and asked.issuperset(marks.waited_for)):
        return ""
    return store.wording.note(kind, order.number, marks, order.language)


def _to_say(found: NoticeKind, notices: Collection[NoticeRecord]) -> NoticeKind:
    """Where the first word has not been said yet, it is said with the newer dates."""
    # One that is being sent while its store is planned was cut off in the middle: nobody knows whether it was said.
    unsent = [one for one in notices if one.state in {NoticeState.PENDING, NoticeState.SENDING}]
    is_unsaid = any(one.kind is NoticeKind.WAITING for one in unsent)
    return NoticeKind.WAITING if found is NoticeKind.CHANGED and is_unsaid else found


def _served(order: OrderRecord, marks: OrderMarks, last: datetime, now: datetime) -> list[WaitRecord]:
    """The units that the shopper was told to wait for at ``last`` and is now told are there; for the charts."""
    waited = {one.line_id: one.waiting for one in order.told.lines}
    served: list[WaitRecord] = []
    for mark in marks.lines:
        line = order.lines[mark.line_id]
        units = min(mark.ready, waited.get(mark.line_id, 0) - mark.waiting - _given_up(line, last))
        if units > 0:
            since = order.first_waiting_at or order.taken_at
            served.append(WaitRecord(order.id, line.id, line.variant_id, line.sku, line.title, units, since, now))
    return served


def _given_up(line: LineRecord, since: datetime) -> int:
    """Units taken off the line by an edit or a refund: they wait no more, and yet were never served."""
    before = [one.units for one in line.history if one.at <= since][-1:]
    after = [one.units for one in line.history if one.at > since]
    return max([line.wanted, *before, *after]) - line.wanted
