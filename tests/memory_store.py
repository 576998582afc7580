"""The unit of work in plain dictionaries: the same promises as the real storage, a tenth of its time.

For tests that live through thousands of histories.  What is not committed is not undone, so a unit that wrote must
commit; ``Stored`` refuses to go on otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from memory_accounts import Credentials, History, Journal
from memory_promises import Amendments, Messages, Promises
from memory_rows import Stored, Table, copy_order, copy_store, ripe, unsent
from memory_showings import Showings

from connector.domain.facts import Reread
from connector.domain.marks import OrderStatus
from connector.domain.promise import Outcome
from connector.ports.aside import READ, AsideRecord, Task
from connector.ports.records import (
    Delivery,
    DeliveryState,
    LineRecord,
    NoticeRecord,
    NoticeState,
    OrderRecord,
    PoolRecord,
    StoreRecord,
    SupplyRecord,
    VariantRecord,
    WaitingLine,
)
from connector.ports.unit_of_work import RereadRow

TICK = timedelta(microseconds=1)


class MemoryWork:
    """A ``Work`` over ``stored``."""

    def __init__(self) -> None:
        self.stored = Stored()

    def __call__(self, *, read_only: bool = False) -> Any:
        del read_only
        return _Unit(self.stored)


class _Unit:
    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self.deliveries = _Deliveries(stored)
        self.rereads = _Rereads(stored)
        self.aside = _Aside(stored)
        self.orders = _Orders(stored)
        self.catalogue = _Catalogue(stored)
        self.pools = _Pools(stored)
        self.supplies = _Supplies(stored)
        self.showings = Showings(stored)
        self.notices = _Notices(stored)
        self.journal = Journal(stored)
        self.stores = _Stores(stored)
        self.credentials = Credentials(stored)
        self.history = History(stored)
        self.promises = Promises(stored)
        self.amendments = Amendments(stored)
        self.messages = Messages(stored)

    def __enter__(self) -> Self:
        self._stored.wrote = False
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        assert not self._stored.wrote or kind is not None, "something was written and not committed"

    def commit(self) -> None:
        self._stored.wrote = False


class _Deliveries(Table):
    def waiting(self, store: str, limit: int) -> Sequence[Delivery]:
        del store
        found = [one for _, one in sorted(self._.deliveries.items()) if one.state is DeliveryState.RECEIVED]
        return found[:limit]

    def finish(self, store: str, results: Iterable[tuple[int, DeliveryState, str]]) -> None:
        del store
        for id_, state, reason in results:
            self._.wrote = True
            self._.deliveries[id_] = replace(self._.deliveries[id_], state=state, reason=reason)

    def find(self, *, store: str, state: DeliveryState) -> Sequence[Delivery]:
        del store
        return [one for one in self._.deliveries.values() if one.state is state]


class _Rereads(Table):
    def ask(self, store: str, things: Iterable[Reread], at: datetime) -> None:
        del store
        for one in things:
            self._.wrote = True
            held = self._.rereads.get((one.thing, one.id))
            only_known = one.only_known and (held is None or held.reread.only_known)
            self._.rereads[one.thing, one.id] = RereadRow(Reread(one.thing, one.id, only_known), at, 0)

    def due(self, store: str, limit: int) -> Sequence[RereadRow]:
        del store
        return sorted(self._.rereads.values(), key=lambda row: (row.attempts, row.asked_at))[:limit]

    def done(self, store: str, rows: Iterable[RereadRow]) -> None:
        del store
        for row in rows:
            held = self._.rereads.get((row.reread.thing, row.reread.id))
            if held is not None and held.asked_at <= row.asked_at:
                self._.wrote = True
                del self._.rereads[row.reread.thing, row.reread.id]

    def failed(self, store: str, rows: Iterable[RereadRow]) -> None:
        del store
        for row in rows:
            self._.wrote = True
            self._.rereads[row.reread.thing, row.reread.id] = replace(row, attempts=row.attempts + 1)


class _Aside(Table):
    def put(self, store: str, rows: Collection[AsideRecord]) -> None:
        del store
        for one in rows:
            self._.wrote = True
            self._.aside[one.task, one.id] = one

    def get(self, store: str, task: Task) -> Mapping[str, AsideRecord]:
        del store
        return {one.id: one for one in self._.aside.values() if one.task is task}

    def due(self, store: str, tasks: Collection[Task], now: datetime, limit: int) -> Sequence[AsideRecord]:
        del store
        come = [one for one in self._.aside.values() if one.task in tasks and one.next_at <= now]
        return sorted(come, key=lambda one: (one.next_at, one.task.value, one.id))[:limit]

    def find(self, store: str, limit: int) -> Sequence[AsideRecord]:
        del store
        return sorted(self._.aside.values(), key=lambda one: (one.since, one.task.value, one.id))[:limit]

    def doubtful(self, store: str) -> frozenset[str]:
        del store
        return frozenset(pool for one in self._.aside.values() if one.task in READ for pool in one.pools)

    def release(self, store: str, task: Task, ids: Collection[str]) -> None:
        del store
        for one in ids:
            if (task, one) in self._.aside:
                self._.wrote = True
                del self._.aside[task, one]

    def again(self, store: str, now: datetime) -> int:
        del store
        for key, one in self._.aside.items():
            self._.wrote = True
            self._.aside[key] = replace(one, next_at=min(one.next_at, now))
        return len(self._.aside)


class _Orders(Table):
    def get(self, store: str, ids: Collection[str]) -> dict[str, OrderRecord]:
        del store
        return {one: copy_order(self._.orders[one]) for one in ids if one in self._.orders}

    def save(self, store: str, orders: Iterable[OrderRecord]) -> None:
        del store
        for order in orders:
            self._.wrote = True
            self._.orders[order.id] = copy_order(order)

    def _open(self) -> Iterator[tuple[OrderRecord, LineRecord]]:
        for order in self._.orders.values():
            for line in order.lines.values():
                if line.outstanding > 0:
                    yield order, line

    def waiting(self, store: str, pool_ids: Collection[str]) -> Sequence[WaitingLine]:
        del store
        return [
            WaitingLine(
                order_id=order.id,
                line_id=line.id,
                variant_id=line.variant_id,
                pool_id=line.pool_id,
                demand=order.demand,
                taken_at=order.taken_at,
                first_waiting_at=order.first_waiting_at,
                shipped=line.shipped,
                outstanding=line.outstanding,
                history=line.history,
                announced=line.announced,
                ready=line.ready,
                waiting=line.waiting,
                expected_on=line.expected_on,
            )
            for order, line in self._open()
            if line.pool_id in pool_ids
        ]

    def open_ids(self, store: str, pool_ids: Collection[str]) -> Sequence[str]:
        del store
        return sorted({order.id for order, line in self._open() if line.pool_id in pool_ids})

    def all_open_ids(self, store: str) -> Iterator[str]:
        del store
        return iter(sorted({order.id for order, _ in self._open()}))

    def open_counts(self, store: str, pool_ids: Collection[str]) -> Mapping[str, int]:
        del store
        return Counter(line.pool_id for _, line in self._open() if line.pool_id in pool_ids)

    def not_seen(self, store: str, pool_id: str | None, since: datetime, limit: int) -> Sequence[str]:
        del store
        found = {
            (order.seen_at, order.id)
            for order, line in self._open()
            if pool_id in {None, line.pool_id} and order.seen_at < since
        }
        return [order_id for _, order_id in sorted(found)][:limit]

    def seen(self, store: str, ids: Collection[str], at: datetime) -> None:
        del store
        for one in ids:
            if one in self._.orders:
                self._.wrote = True
                self._.orders[one].seen_at = max(at, self._.orders[one].seen_at)

    def repool(self, store: str, variant_id: str, pool_id: str) -> Collection[str]:
        del store
        left: set[str] = set()
        for order in self._.orders.values():
            for line in order.lines.values():
                if line.variant_id == variant_id and line.pool_id != pool_id:
                    self._.wrote = True
                    left.add(line.pool_id)
                    line.pool_id = pool_id
        return left

    def planned(self, store: str, outcomes: Iterable[Outcome]) -> None:
        del store
        for one in outcomes:
            self._.wrote = True
            line = self._.orders[one.line.order_id].lines[one.line.line_id]
            line.ready, line.waiting, line.expected_on = one.ready, one.waiting, one.expected_on

    def to_tell(
        self, store: str, pool_ids: Collection[str], *, after: str = "", limit: int | None = None
    ) -> Sequence[str]:
        """Also those that have not changed since they were looked at: this storage need not be quick."""
        del store
        found = [
            order.id
            for order in self._.orders.values()
            if order.id > after
            and any(line.pool_id in pool_ids for line in order.lines.values())
            and (order.told.status is OrderStatus.WAITING or any(line.waiting for line in order.lines.values()))
        ]
        return sorted(found)[:limit]

    def looked_at(self, store: str, ids: Collection[str]) -> None:
        """Nothing is noted: see ``to_tell``."""


class _Catalogue(Table):
    def _where(self, holds: Any) -> list[VariantRecord]:
        return [copy(one) for _, one in sorted(self._.variants.items()) if holds(one)]

    def get(self, store: str, ids: Collection[str]) -> dict[str, VariantRecord]:
        del store
        return {one: copy(self._.variants[one]) for one in ids if one in self._.variants}

    def of_products(self, store: str, product_ids: Collection[str]) -> Sequence[VariantRecord]:
        del store
        return self._where(lambda one: one.product_id in product_ids)

    def of_pools(self, store: str, pool_ids: Collection[str]) -> Sequence[VariantRecord]:
        del store
        return self._where(lambda one: one.pool_id in pool_ids and not one.gone)

    def by_sku(self, store: str, sku: str) -> Sequence[VariantRecord]:
        del store
        return self._where(lambda one: one.sku == sku and not one.gone)

    def by_skus(self, store: str, skus: Collection[str]) -> Mapping[str, Sequence[VariantRecord]]:
        found = {sku: self.by_sku(store, sku) for sku in skus}
        return {sku: variants for sku, variants in found.items() if variants}

    def save(self, store: str, variants: Iterable[VariantRecord]) -> None:
        del store
        for one in variants:
            self._.wrote = True
            self._.variants[one.id] = copy(one)

    def each(self, store: str) -> Iterator[VariantRecord]:
        del store
        return iter(self._where(lambda one: not one.gone))


class _Pools(Table):
    def get(self, store: str, ids: Collection[str]) -> dict[str, PoolRecord]:
        del store
        return {one: copy(self._.pools[one]) for one in ids if one in self._.pools}

    def save_stock(self, store: str, pools: Iterable[PoolRecord]) -> None:
        del store
        for one in pools:
            self._.wrote = True
            held = self._.pools.setdefault(one.id, PoolRecord(one.id))
            held.available, held.status = one.available, one.status
            held.changed_at, held.seen_at = one.changed_at, one.seen_at

    def touch(self, store: str, ids: Iterable[str], at: datetime) -> None:
        del store
        for one in ids:
            self._.wrote = True
            held = self._.pools.setdefault(one, PoolRecord(one))
            held.touched_at = max(at, held.touched_at or at)
            held.unconfirmed_since = held.unconfirmed_since or at
            held.dirty_at = held.dirty_at + TICK if held.dirty_at else at

    def dirty(self, store: str, limit: int, today: date) -> Sequence[PoolRecord]:
        del store
        found = [
            copy(one)
            for one in self._.pools.values()
            if one.dirty_at or (one.replan_on is not None and one.replan_on <= today)
        ]
        return found[:limit]

    def planned(self, store: str, pools: Iterable[PoolRecord]) -> None:
        del store
        for one in pools:
            self._.wrote = True
            held = self._.pools[one.id]
            held.replan_on, held.missing = one.replan_on, one.missing
            if held.dirty_at == one.dirty_at:
                held.dirty_at = None

    def unconfirmed(
        self, store: str, *, touched_before: datetime, since_before: datetime, limit: int
    ) -> Sequence[PoolRecord]:
        del store
        found = [
            copy(one)
            for one in self._.pools.values()
            if one.unconfirmed_since
            and ((one.touched_at and one.touched_at <= touched_before) or one.unconfirmed_since <= since_before)
        ]
        return found[:limit]

    def confirm(self, store: str, ids: Collection[str], read_at: datetime) -> Collection[str]:
        del store
        confirmed: set[str] = set()
        for one in ids:
            held = self._.pools[one]
            if held.touched_at is None or held.touched_at <= read_at:
                self._.wrote = True
                held.confirmed_at, held.unconfirmed_since = read_at, None
                confirmed.add(one)
        return confirmed

    def unconfirmed_among(self, store: str, ids: Collection[str]) -> Collection[str]:
        del store
        return {one for one in ids if one in self._.pools and self._.pools[one].unconfirmed_since}

    def ids_after(self, store: str, after: str, limit: int) -> Sequence[str]:
        del store
        return sorted(one for one in self._.pools if one > after)[:limit]

    def size(self, store: str) -> int:
        del store
        return len(self._.pools)


class _Supplies(Table):
    def add(self, store: str, supply: SupplyRecord) -> int:
        del store
        self._.wrote = True
        id_ = len(self._.supplies) + 1
        self._.supplies[id_] = replace(supply, id=id_)
        return id_

    def save(self, store: str, supply: SupplyRecord) -> None:
        del store
        self._.wrote = True
        self._.supplies[supply.id] = supply

    def get(self, store: str, supply_id: int) -> SupplyRecord | None:
        del store
        return self._.supplies.get(supply_id)

    def add_all(self, store: str, supplies: Sequence[SupplyRecord]) -> Sequence[int]:
        return [self.add(store, one) for one in supplies]

    def open(self, store: str, pool_ids: Collection[str] | None = None) -> Sequence[SupplyRecord]:
        del store
        found = [
            one for one in self._.supplies.values() if not one.closed and (pool_ids is None or one.pool_id in pool_ids)
        ]
        return sorted(found, key=lambda one: (one.due or date.max, one.id))


class _Notices(Table):
    def add(self, store: str, notice: NoticeRecord) -> None:
        del store
        self._.wrote = True
        for one in list(self._.notices.values()):
            if one.order_id == notice.order_id and one.state is NoticeState.PENDING:
                del self._.notices[one.id]
        id_ = max(self._.notices, default=0) + 1
        self._.notices[id_] = replace(notice, id=id_)

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[NoticeRecord]:
        del store
        claimed = [one for one in unsent(self._) if ripe(one.next_at, now)][:limit]
        for one in claimed:
            self._.wrote = True
            one.state, one.attempts, one.next_at = NoticeState.SENDING, one.attempts + 1, lease_until
        return [copy(one) for one in claimed]

    def is_due(self, store: str, now: datetime) -> bool:
        del store
        return any(ripe(one.next_at, now) for one in unsent(self._))

    def settle(
        self, store: str, notice_id: int, state: NoticeState, *, at: datetime, next_at: datetime | None, reason: str
    ) -> None:
        del store, at
        self._.wrote = True
        held = self._.notices[notice_id]
        held.state, held.next_at, held.reason = state, next_at, reason

    def of_order(self, store: str, order_id: str) -> Sequence[NoticeRecord]:
        del store
        return [copy(one) for one in self._.notices.values() if one.order_id == order_id]


class _Stores(Table):
    def get(self, key: str) -> StoreRecord | None:
        held = self._.stores.get(key)
        return copy_store(held) if held is not None else None

    def save(self, store: StoreRecord) -> None:
        self._.wrote = True
        self._.stores[store.key] = copy_store(store)

    def revisions(self) -> Mapping[str, int]:
        return {key: one.revision for key, one in self._.stores.items()}
