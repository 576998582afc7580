"""The lines of orders as a queue: which of them wait for a pool, and what planning says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from connector.domain.promise import Outcome
from connector.ports.records import WaitingLine
from connector.storage.dialect import chunks, insert_new
from connector.storage.repository import Repository, names_of
from connector.storage.tables import OUTSTANDING, TOLD_WAITING, WAITING, WATCHED, orders, untold
from connector.storage.tables import order_lines as lines
from connector.storage.variant_marks import count_waiting

_elsewhere = {"line_id": lines.c.id} | {name: orders.c[name] for name in ("demand", "taken_at", "first_waiting_at")}
_QUEUE = (
    select(*[_elsewhere[name] if name in _elsewhere else lines.c[name] for name in names_of(WaitingLine)])
    .join(orders, (orders.c.store == lines.c.store) & (orders.c.id == lines.c.order_id))
    .where(lines.c.store == bindparam("store"), OUTSTANDING)
)
_OPEN = select(lines.c.order_id).distinct().where(lines.c.store == bindparam("store"), OUTSTANDING)
_TOTALS = (
    select(lines.c.variant_id, func.sum(lines.c.waiting))
    .where(lines.c.store == bindparam("store"), WAITING)
    .group_by(lines.c.variant_id)
)
_BEFORE = select(
    lines.c.order_id, lines.c.id, lines.c.variant_id, lines.c.ready, lines.c.waiting, lines.c.expected_on
).where(lines.c.store == bindparam("store"))
_PLANNED = update(lines).where(
    lines.c.store == bindparam("of_store"),
    lines.c.order_id == bindparam("of_order"),
    lines.c.id == bindparam("of_line"),
)
_COUNTS = (
    select(lines.c.pool_id, func.count())
    .where(lines.c.store == bindparam("store"), OUTSTANDING)
    .group_by(lines.c.pool_id)
)
_NOT_SEEN = (
    select(orders.c.id)
    .where(orders.c.store == bindparam("store"), orders.c.seen_at < bindparam("since"))
    .order_by(orders.c.seen_at, orders.c.id)
    .limit(bindparam("most"))
)
_ORDER_WAITS = exists().where(lines.c.store == untold.c.store, lines.c.order_id == untold.c.order_id, WAITING)
_ORDER_TOLD = exists().where(orders.c.store == untold.c.store, orders.c.id == untold.c.order_id, TOLD_WAITING)
_TO_TELL = (
    select(untold.c.order_id)
    .distinct()
    .where(untold.c.store == bindparam("store"), untold.c.order_id > bindparam("after"), _ORDER_WAITS | _ORDER_TOLD)
    .order_by(untold.c.order_id)
)


def _rows(connection: Connection, store: str, order_ids: Collection[str]) -> Iterator[Any]:
    """What stands in the lines of these orders before they are planned."""
    for some in chunks(sorted(order_ids)):
        yield from connection.execute(_BEFORE.where(lines.c.order_id.in_(some)), {"store": store}).all()


class QueueOfOrders(Repository):
    """The part of ``ports.unit_of_work.Orders`` that looks at lines across orders."""

    __slots__ = ()

    def waiting(self, store: str, pool_ids: Collection[str]) -> Sequence[WaitingLine]:
        connection = self._scope.of(store)
        return [
            WaitingLine(*row)
            for some in chunks(pool_ids)
            for row in connection.execute(_QUEUE.where(lines.c.pool_id.in_(some)), {"store": store})
        ]

    def open_ids(self, store: str, pool_ids: Collection[str]) -> Sequence[str]:
        connection = self._scope.of(store)
        found: set[str] = set()
        for some in chunks(pool_ids):
            found.update(connection.scalars(_OPEN.where(lines.c.pool_id.in_(some)), {"store": store}))
        return sorted(found)

    def all_open_ids(self, store: str) -> Iterator[str]:
        return iter(self._scope.of(store).scalars(_OPEN.order_by(lines.c.order_id), {"store": store}).all())

    def open_counts(self, store: str, pool_ids: Collection[str]) -> Mapping[str, int]:
        connection = self._scope.of(store)
        return {
            pool_id: int(n)
            for some in chunks(pool_ids)
            for pool_id, n in connection.execute(_COUNTS.where(lines.c.pool_id.in_(some)), {"store": store})
        }

    def head(self, store: str, pool_id: str, limit: int) -> Sequence[WaitingLine]:
        place = (lines.c.announced < lines.c.outstanding, lines.c.since, lines.c.order_id, lines.c.id)
        query = _QUEUE.where(lines.c.pool_id == pool_id).order_by(*place).limit(limit)
        return [WaitingLine(*row) for row in self._scope.of(store).execute(query, {"store": store})]

    def owed(self, store: str, pool_id: str) -> tuple[int, int]:
        query = select(func.sum(lines.c.outstanding), func.sum(lines.c.waiting))
        of_pool = query.where(lines.c.store == store, lines.c.pool_id == pool_id, OUTSTANDING)
        outstanding, waiting = self._scope.of(store).execute(of_pool).one()
        return int(outstanding or 0), int(waiting or 0)

    def not_seen(self, store: str, pool_id: str | None, since: datetime, limit: int) -> Sequence[str]:
        open_ones = select(lines.c.order_id).where(lines.c.store == store, OUTSTANDING)
        if pool_id is not None:
            open_ones = open_ones.where(lines.c.pool_id == pool_id)
        query = _NOT_SEEN.where(orders.c.id.in_(open_ones))
        return self._scope.of(store).scalars(query, {"store": store, "since": since, "most": limit}).all()

    def seen(self, store: str, ids: Collection[str], at: datetime) -> None:
        for some in chunks(ids):
            older = (orders.c.store == store, orders.c.id.in_(some), orders.c.seen_at < at)
            self._scope.of(store).execute(update(orders).where(*older).values(seen_at=at))

    def repool(self, store: str, variant_id: str, pool_id: str) -> Collection[str]:
        connection = self._scope.of(store)
        elsewhere = (lines.c.store == store, lines.c.variant_id == variant_id, lines.c.pool_id != pool_id)
        left = connection.scalars(select(lines.c.pool_id).distinct().where(*elsewhere)).all()
        if left:
            moved = connection.scalars(select(lines.c.order_id).distinct().where(*elsewhere, WATCHED)).all()
            connection.execute(update(lines).where(*elsewhere).values(pool_id=pool_id))
            may_tell(connection, store, moved)
        return set(left)

    def planned(self, store: str, outcomes: Iterable[Outcome]) -> None:
        """Only lines that change are written: each stands in many indexes, and most plans are those of yesterday."""
        told = {(one.line.order_id, one.line.line_id): one for one in outcomes}
        connection = self._scope.of(store)
        redated, changed = [], []
        counted: set[str] = set()
        for row in _rows(connection, store, {order_id for order_id, _ in told}):
            one = told.get((row.order_id, row.id))
            if one is None or (one.ready, one.waiting, one.expected_on) == (row.ready, row.waiting, row.expected_on):
                continue
            key = {"of_store": store, "of_order": row.order_id, "of_line": row.id}
            day = {"expected_on": one.expected_on, "by_day": one.expected_on or date.max}
            if (one.ready, one.waiting) == (row.ready, row.waiting) and one.expected_on and row.expected_on:
                redated.append(key | day)
                continue
            dated = one.expected_on is not None
            changed.append(key | day | {"ready": one.ready, "waiting": one.waiting, "dated": dated})
            if one.waiting != row.waiting:
                counted.add(row.variant_id)
        for values in (redated, changed):
            if values:
                connection.execute(_PLANNED, values)
        self._watch(connection, store, sorted({one["of_order"] for one in changed if one["waiting"]}))
        may_tell(connection, store, sorted({one["of_order"] for one in [*redated, *changed]}))
        count_waiting(connection, store, sorted(counted))

    def _watch(self, connection: Connection, store: str, order_ids: Collection[str]) -> None:
        """Every line of an order that waits is watched, whichever pool it belongs to."""
        for some in chunks(order_ids):
            unwatched = (lines.c.store == store, lines.c.order_id.in_(some), lines.c.watched.is_(False))
            connection.execute(update(lines).where(*unwatched).values(watched=True))

    def waiting_totals(self, store: str) -> Mapping[str, int]:
        return {variant_id: int(n) for variant_id, n in self._scope.of(store).execute(_TOTALS, {"store": store})}

    def to_tell(
        self, store: str, pool_ids: Collection[str], *, after: str = "", limit: int | None = None
    ) -> Sequence[str]:
        connection = self._scope.of(store)
        query = _TO_TELL if limit is None else _TO_TELL.limit(limit)
        found: set[str] = set()
        for some in chunks(pool_ids):
            found.update(connection.scalars(query.where(untold.c.pool_id.in_(some)), {"store": store, "after": after}))
        return sorted(found)[:limit]

    def looked_at(self, store: str, ids: Collection[str]) -> None:
        for some in chunks(ids):
            these = (untold.c.store == store, untold.c.order_id.in_(some))
            self._scope.of(store).execute(delete(untold).where(*these))


def may_tell(connection: Connection, store: str, order_ids: Collection[str]) -> None:
    """Those of these orders that are watched may have news for their buyers: after the next confirmation we look."""
    for some in chunks(order_ids):
        watched = select(lines.c.store, lines.c.pool_id, lines.c.order_id).distinct()
        watched = watched.where(lines.c.store == store, lines.c.order_id.in_(some), WATCHED)
        connection.execute(insert_new(connection, untold).from_select(["store", "pool_id", "order_id"], watched))
