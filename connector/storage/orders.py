"""Orders, each with exactly its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from connector.domain.facts import Demand
from connector.domain.marks import OrderStatus
from connector.ports.records import LineRecord, OrderRecord
from connector.storage.dialect import chunks, upsert
from connector.storage.folding import code, words
from connector.storage.old_orders import purge_orders
from connector.storage.order_queue import QueueOfOrders, may_tell
from connector.storage.repository import columns_of, values_of
from connector.storage.tables import order_lines
from connector.storage.tables import orders as table
from connector.storage.variant_marks import count_waiting

_ORDERS = select(*columns_of(table, OrderRecord, without=("lines",)))
_LINES = select(order_lines.c.order_id, *columns_of(order_lines, LineRecord))
_order_values = values_of(OrderRecord, without=("lines",))
_line_values = values_of(LineRecord)
_BY_NUMBER = (
    select(table.c.id)
    .where(table.c.store == bindparam("store"), table.c.number == bindparam("number"))
    .order_by(table.c.id)
)
_OLD = select(order_lines.c.order_id, order_lines.c.id, order_lines.c.variant_id, order_lines.c.waiting)
_DROP_LINE = delete(order_lines).where(
    order_lines.c.store == bindparam("of_store"),
    order_lines.c.order_id == bindparam("of_order"),
    order_lines.c.id == bindparam("of_id"),
)


class SqlOrders(QueueOfOrders):
    __slots__ = ()

    def get(self, store: str, ids: Collection[str]) -> dict[str, OrderRecord]:
        connection = self._scope.of(store)
        found: dict[str, OrderRecord] = {}
        for some in chunks(ids):
            for row in connection.execute(_ORDERS.where(table.c.store == store, table.c.id.in_(some))):
                found[row.id] = OrderRecord(*row)
            query = _LINES.where(order_lines.c.store == store, order_lines.c.order_id.in_(some))
            for order_id, *line in connection.execute(query.order_by(order_lines.c.order_id, order_lines.c.id)):
                found[order_id].lines[line[0]] = LineRecord(*line)
        return found

    def save(self, store: str, orders: Iterable[OrderRecord]) -> None:
        records = {order.id: order for order in orders}
        if not records:
            return
        connection = self._scope.of(store)
        waited = self._drop_lines(connection, store, records)
        connection.execute(upsert(connection, table), [_order_row(store, order) for order in records.values()])
        rows = [row for order in records.values() for row in _line_rows(store, order)]
        if rows:
            connection.execute(upsert(connection, order_lines), rows)
        may_tell(connection, store, sorted({row["order_id"] for row in rows if row["watched"]}))
        waited.update(row["variant_id"] for row in rows if row["waiting"])
        count_waiting(connection, store, sorted(waited))

    def _drop_lines(self, connection: Connection, store: str, records: dict[str, OrderRecord]) -> set[str]:
        """Delete the lines that are no longer in the records; the variants that any of the old lines waited for."""
        old = [
            row
            for some in chunks(records)
            for row in connection.execute(_OLD.where(order_lines.c.store == store, order_lines.c.order_id.in_(some)))
        ]
        gone = [
            {"of_store": store, "of_order": row.order_id, "of_id": row.id}
            for row in old
            if row.id not in records[row.order_id].lines
        ]
        if gone:
            connection.execute(_DROP_LINE, gone)
        return {row.variant_id for row in old if row.waiting}

    def by_number(self, store: str, number: str) -> Sequence[str]:
        return self._scope.of(store).scalars(_BY_NUMBER, {"store": store, "number": number}).all()

    def purge(self, store: str, before: datetime, limit: int) -> int:
        return purge_orders(self._scope.of(store), store, before, limit)


def _order_row(store: str, order: OrderRecord) -> dict[str, Any]:
    return {"store": store, "told_status": order.told.status, **_order_values(order)}


def _line_rows(store: str, order: OrderRecord) -> list[dict[str, Any]]:
    of_order = {
        "store": store,
        "order_id": order.id,
        "watched": order.told.status is OrderStatus.WAITING or any(line.waiting for line in order.lines.values()),
        "since": order.taken_at,
        "unpaid": order.demand is Demand.UNPAID,
        "by_number": code(order.number),
    }
    return [of_order | _place(line) | _line_values(line) for line in order.lines.values()]


def _place(line: LineRecord) -> dict[str, Any]:
    """Where it stands in a listing; the same as ``QueueOfOrders.planned`` writes."""
    return {
        "dated": line.expected_on is not None,
        "by_day": line.expected_on or date.max,
        "by_sku": code(line.sku),
        "words": words(line.title),
    }
