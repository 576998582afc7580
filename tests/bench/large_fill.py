"""A large store by bulk SQL, straight into the tables: made order by order it would take half a day.

A few model rows are written through the repositories, as the service writes them, and copied within the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from connector.domain.facts import Demand, PlatformStatus
from connector.domain.marks import OrderMarks, OrderStatus
from connector.domain.queue import Sighting
from connector.ports.records import (
    DeliveryState,
    LineRecord,
    NewDelivery,
    OrderRecord,
    PoolRecord,
    ShowingRecord,
    SupplyRecord,
    VariantRecord,
)
from connector.storage.column_types import micros
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata

STORE = "main"
LINES_OF_AN_ORDER = 5
LINES_OF_A_POOL = 20
HOT, ORDINARY = "p000000000", "p000000001"
OLD = datetime(2023, 6, 1, tzinfo=UTC)
"""When half of the closed orders changed last, and when every delivery came."""
NEW = datetime(2026, 6, 1, tzinfo=UTC)
DUE = datetime(2027, 6, 1, tzinfo=UTC).date()


@dataclass(frozen=True, slots=True)
class Size:
    """``lines``: of orders, of which ``open_lines`` wait, ``queue`` of them for one product alone."""

    variants: int = 1_000_000
    lines: int = 5_000_000
    open_lines: int = 100_000
    queue: int = 50_000
    deliveries: int = 1_000_000

    def divided(self, by: int) -> Size:
        return Size(
            self.variants // by, self.lines // by, self.open_lines // by, self.queue // by, self.deliveries // by
        )

    @property
    def closed_orders(self) -> int:
        return (self.lines - self.open_lines) // LINES_OF_AN_ORDER

    @property
    def open_orders(self) -> int:
        return (self.open_lines - self.queue) // LINES_OF_AN_ORDER


def fill(database: Database, url: str, size: Size) -> None:
    """The store itself must be there already."""
    _models(database, size)
    _model_delivery(url)
    with database.engine.begin() as connection:
        _catalogue(connection, size)
        _orders(connection, size)
        key = {"external_id": _numbered("d", "n.i")}
        _copy(connection, "deliveries", "model.external_id = 'model'", size.deliveries, key, without="id")
        _count(connection)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _models(database: Database, size: Size) -> None:
    closed = _order("closed", LINES_OF_AN_ORDER, 0, Demand.DONE)
    with database.work() as uow:
        uow.catalogue.save(
            STORE, [VariantRecord("m", "m", "m", "SKU-m", "Kettle", (), (), sellable=True, changed_at=NEW)]
        )
        uow.pools.save_stock(STORE, [PoolRecord("m", 3, PlatformStatus.IN_STOCK, NEW, NEW)])
        shown = {"backorders": "no", "_backorder_message": ""}
        uow.showings.save(STORE, [ShowingRecord("m", "m", shown, NEW, NEW, shown, "in_stock")])
        uow.orders.save(STORE, [closed, _order("open", LINES_OF_AN_ORDER, 1), _order("queue", 1, 1)])
        for pool, units in ((HOT, size.queue + 10), (ORDINARY, LINES_OF_A_POOL + 10)):
            uow.supplies.add(STORE, SupplyRecord(0, pool, "SKU", units, 0, DUE, "", NEW))
        uow.commit()


def _order(order_id: str, lines: int, outstanding: int, demand: Demand = Demand.OPEN) -> OrderRecord:
    made = [
        LineRecord(str(n), "m", "m", "SKU-m", "Kettle", 1, 1, 1 - outstanding, outstanding, (Sighting(NEW, 1),))
        for n in range(lines)
    ]
    for line in made:
        line.waiting, line.expected_on = outstanding, DUE if outstanding else None
    told = OrderMarks(OrderStatus.WAITING if outstanding else OrderStatus.NONE)
    record = OrderRecord(order_id, order_id, demand, "processing", NEW, NEW, NEW, NEW, NEW, "en", test=False, told=told)
    record.lines = {line.id: line for line in made}
    return record


def _model_delivery(url: str) -> None:
    inbox = GroupCommitInbox(url)
    body = b'{"id": 1, "status": "completed", "note": "' + bytes(range(48, 91)) * 12 + b'"}'
    inbox.keep(NewDelivery(STORE, "woocommerce", "order.updated", "model", body, OLD))
    inbox.close()


def _catalogue(connection: Connection, size: Size) -> None:
    number = _numbered("p", "n.i")
    same = dict.fromkeys(("id", "product_id", "pool_id", "variant_id", "by_sku"), number) | {"sku": number}
    _copy(connection, "variants", "model.id = 'm'", size.variants, same)
    _copy(connection, "pools", "model.id = 'm'", size.variants, same)
    _copy(connection, "storefront_states", "model.variant_id = 'm'", size.variants, same)


def _orders(connection: Connection, size: Size) -> None:
    line = f"n.i * {LINES_OF_AN_ORDER} + CAST(model.id AS INTEGER)"
    pools = max(1, size.open_orders * LINES_OF_AN_ORDER // LINES_OF_A_POOL)
    half = f"CASE WHEN n.i % 2 = 0 THEN {micros(OLD)} ELSE {micros(NEW)} END + n.i"
    for kind, orders, pool, changed in (
        ("closed", size.closed_orders, f"({line}) % {size.variants}", half),
        ("open", size.open_orders, f"1 + ({line}) % {pools}", f"{micros(NEW)} + n.i"),
        ("queue", size.queue, "0", f"{micros(NEW)} + n.i"),
    ):
        number = _numbered(kind[0], "n.i")
        moments = dict.fromkeys(("changed_at", "placed_at", "taken_at", "first_waiting_at"), changed)
        _copy(connection, "orders", f"model.id = '{kind}'", orders, {"id": number, "number": number, **moments})
        of = dict.fromkeys(("variant_id", "pool_id"), _numbered("p", pool))
        of |= {"order_id": number, "by_number": number, "since": changed}
        _copy(connection, "order_lines", f"model.order_id = '{kind}'", orders, of)
    for table, column in (("order_lines", "order_id"), ("untold", "order_id"), ("orders", "id")):
        connection.execute(text(f"DELETE FROM {table} WHERE {column} IN ('closed', 'open', 'queue')"))  # noqa: S608 -- our own names


def _count(connection: Connection) -> None:
    """What listings keep beside each variant, and the shop's numbers: nothing is there of what is waited for."""
    waited = f"(SELECT variant_id FROM order_lines WHERE store = '{STORE}' AND waiting > 0)"  # noqa: S608 -- our own names
    units = (
        f"(SELECT sum(waiting) FROM order_lines AS l WHERE l.store = '{STORE}' AND l.waiting > 0 AND l.variant_id = "  # noqa: S608 -- as above
    )
    for change in (
        f"UPDATE variants SET waits = TRUE, less = -{units} variants.id) WHERE id IN {waited}",  # noqa: S608 -- as above
        f"UPDATE pools SET available = -{units} pools.id) WHERE id IN {waited}",  # noqa: S608 -- as above
        f"UPDATE deliveries SET state = '{DeliveryState.DONE.value}'",  # noqa: S608 -- as above
    ):
        connection.execute(text(change))


def _numbered(letter: str, expression: str) -> str:
    return f"numbered('{letter}', {expression})"


def _copy(
    connection: Connection, table: str, model: str, times: int, changed: Mapping[str, str], *, without: str = ""
) -> None:
    """``times`` copies of the model rows with other values in some columns, of which the table need not have all."""
    columns = [column.name for column in metadata.tables[table].columns if column.name != without]
    values = ", ".join(changed.get(name, f'model."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    connection.execute(text(f"CREATE TEMPORARY TABLE model AS SELECT * FROM {table} AS model WHERE {model}"))  # noqa: S608 -- our own words
    if connection.dialect.name == "sqlite":
        series = f"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {times - 1})"  # noqa: S608 -- as above
        copy = f"INSERT INTO {table} ({names}) {series} SELECT {values} FROM n CROSS JOIN model"  # noqa: S608 -- as above
        copy = copy.replace("numbered(", "printf('%s%09d', ")
    else:
        series = f"generate_series(0, {times - 1})"
        copy = f"INSERT INTO {table} ({names}) SELECT {values} FROM {series} AS n(i) CROSS JOIN model"  # noqa: S608 -- as above
        copy = copy.replace("numbered(", "pg_temp.numbered(")
        connection.execute(text(NUMBERED))
    connection.execute(text(copy.replace(":", r"\:")))
    connection.execute(text("DROP TABLE model"))


NUMBERED = r"""
    CREATE OR REPLACE FUNCTION pg_temp.numbered(letter text, number bigint) RETURNS text IMMUTABLE LANGUAGE sql
    AS $$ SELECT letter || lpad(number\:\:text, 9, '0') $$
"""
