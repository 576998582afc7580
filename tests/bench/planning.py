"""What planning one pool costs in a young database and in one with a million orders: it must be the same.

A pool with some open lines is planned again and again, in turns between the two databases, and the medians are
compared.  The past is put in by bulk SQL, straight into the tables: made order by order it would take an hour.
"""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from bench_table import Figure, Row, at_most

from connector.bootstrap.service import Service, open_service
from connector.domain.facts import Demand, PlatformStatus
from connector.domain.queue import Sighting
from connector.ports.clock import system_clock
from connector.ports.records import LineRecord, OrderRecord, PoolRecord, SupplyRecord, VariantRecord
from connector.services.context import StoreContext
from connector.services.plan import plan

FEW, MANY = 1_000, 1_000_000
PLANS = 200
OPEN_LINES = 20
POOLS = 1_000
ONE_IN = 100
"""One order in so many is still open."""

WITHIN = 1.25
STORE, POOL = "main", "p0"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)

CONFIG = """
[server]
public_url = "https://backorders.example.com"
[database]
url = "sqlite:///orders.db"
[security]
encryption_key = "file:secret.key"
[logging]
level = "error"
[[stores]]
key = "main"
platform = "woocommerce"
url = "https://shop.example.com"
consumer_key = "ck_bench"
consumer_secret = "cs_bench"
webhook_secrets = ["bench-secret"]
"""


def measure(few: int = FEW, many: int = MANY, plans: int = PLANS) -> dict[str, float]:
    """Medians in milliseconds, and their ratio; ``bytes``: the size of the larger database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-bench-")))
        young = stack.enter_context(closing(_database(folder / "few", few)))
        old = stack.enter_context(closing(_database(folder / "many", many)))
        took: dict[str, list[float]] = {"few": [], "many": []}
        for turn in range(plans + 10):
            for name, service in (("few", young), ("many", old)):
                seconds = _planned(service.stores[STORE], turn)
                if turn >= 10:  # what comes before is for the caches
                    took[name].append(seconds * 1000)
        size = (folder / "many" / "orders.db").stat().st_size
    few_ms, many_ms = median(took["few"]), median(took["many"])
    return {
        "few_orders": few,
        "many_orders": many,
        "few_ms": round(few_ms, 3),
        "many_ms": round(many_ms, 3),
        "ratio": round(many_ms / few_ms, 3),
        "bytes": size,
    }


def _database(folder: Path, orders: int) -> Service:
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG)
    service = open_service(folder / "config.toml", {})
    service.prepare()
    _catalogue(service.stores[STORE])
    _queue(service.stores[STORE])
    _past(folder / "orders.db", orders - OPEN_LINES)
    return service


def _catalogue(store: StoreContext) -> None:
    variants = [
        VariantRecord(f"p{n}", f"p{n}", f"p{n}", f"SKU-{n}", "Kettle", (), (), sellable=True, changed_at=BEGAN)
        for n in range(POOLS)
    ]
    with store.work() as uow:
        uow.catalogue.save(STORE, variants)
        uow.pools.save_stock(STORE, [_pool(f"p{n}", 0) for n in range(POOLS)])
        for weeks in range(1, 4):
            due = (BEGAN + timedelta(days=400 + 7 * weeks)).date()
            uow.supplies.add(STORE, SupplyRecord(0, POOL, "SKU-0", 4, 0, due, "", BEGAN))
        uow.commit()


def _pool(pool_id: str, available: int) -> PoolRecord:
    return PoolRecord(pool_id, available, PlatformStatus.BACKORDER, system_clock(), system_clock())


def _queue(store: StoreContext) -> None:
    """The pool's own open lines, and one order of each kind that the past is copied from."""
    waiting = [_order(f"o{n}", "p0", 1, BEGAN + timedelta(hours=n)) for n in range(OPEN_LINES)]
    with store.work() as uow:
        uow.orders.save(STORE, [*waiting, _order("open", "p1", 1, BEGAN), _order("done", "p1", 0, BEGAN)])
        uow.commit()


def _order(order_id: str, pool_id: str, outstanding: int, at: datetime) -> OrderRecord:
    demand, status = (Demand.OPEN, "processing") if outstanding else (Demand.DONE, "completed")
    line = LineRecord("1", pool_id, pool_id, "SKU", "Kettle", 1, 1, 1 - outstanding, outstanding, (Sighting(at, 1),))
    return OrderRecord(order_id, order_id, demand, status, at, at, at, at, at, "en", test=False, lines={"1": line})


def _past(file: Path, orders: int) -> None:
    """Copies of the two model orders, spread over all pools but the measured one gets no open line more."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -300000")
        number = "printf('%09d', n.i)"
        is_open = f"n.i % {ONE_IN} = 0"
        pool = f"'p' || CASE WHEN {is_open} THEN 1 + n.i / {ONE_IN} % {POOLS - 1} ELSE n.i % {POOLS} END"
        _copy(connection, "orders", "id", orders, {"id": number, "number": number})
        _copy(connection, "order_lines", "order_id", orders, {"order_id": number, "variant_id": pool, "pool_id": pool})
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(connection: sqlite3.Connection, table: str, key: str, orders: int, changed: Mapping[str, str]) -> None:
    columns: Sequence[str] = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changed.get(column, f"model.{column}") for column in columns)
    connection.execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {orders}) "  # noqa: S608 -- our own words
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM n JOIN {table} AS model "
        f"ON model.store = '{STORE}' AND model.{key} = CASE WHEN n.i % {ONE_IN} = 0 THEN 'open' ELSE 'done' END"
    )


def _planned(store: StoreContext, turn: int) -> float:
    """Seconds of one plan, for which each other time three units more are there."""
    with store.work() as uow:
        uow.pools.save_stock(STORE, [_pool(POOL, -OPEN_LINES + 3 * (turn % 2))])
        uow.pools.touch(STORE, [POOL], system_clock())
        uow.commit()
    began = time.perf_counter()
    planned = plan(store)
    seconds = time.perf_counter() - began
    if planned != 1:
        raise AssertionError(f"{planned} pools were planned instead of the one that was touched")
    return seconds


def rows(found: Mapping[str, float]) -> list[Row]:
    return [
        Row(
            f"planning one pool, {found['many_orders']:,.0f} orders",
            f"{found['many_ms']:.1f} ms",
            f"the same with {found['few_orders']:,.0f} orders",
            f"{found['few_ms']:.1f} ms",
            found["ratio"],
            f"ratio at most {WITHIN}",
            at_most(found["ratio"], WITHIN),
        )
    ]


FIGURE = Figure("plan", "planning one pool in a young and in an old database", lambda _: rows(measure()))
