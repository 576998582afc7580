"""How many deliveries a second become facts, beside what no digest could do without: reading them, and writing rows.

Both shops trade, and what they send is kept as the web part keeps it.  Then it is digested, several times from the same
start; and the same bodies are only translated, and the rows that came of them only inserted.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench_stage import STORES, Collector, Stage, stage
from bench_table import Figure, Row
from bench_trade import Trade, open_trade

from connector.bootstrap.store_jobs import heal_webhooks
from connector.domain.facts import OrderSeen, StockSeen, VariantSeen
from connector.ports.records import NewDelivery
from connector.services.context import StoreContext
from connector.services.digest import BATCH, digest
from connector.services.turn import drain
from connector.storage.engine import configure, open_database
from connector.storage.inbox import GroupCommitInbox

DELIVERIES = 2_000
ROUNDS = 3
TITLES = {"chairs": "WooCommerce", "tents": "Shopify"}
ROWS_OF = {"orders": "id", "order_lines": "order_id", "variants": "id", "pools": "id"}
"""Tables that the digest writes, and their column that names what a fact is about."""


def measure(deliveries: int = DELIVERIES, rounds: int = ROUNDS) -> dict[str, dict[str, float]]:
    """Deliveries a second by store: ``digest``, ``translate`` (pure), ``insert`` (the bare driver)."""
    collector = Collector()
    with stage(collector) as one:
        for key in STORES:
            heal_webhooks(one.service, one.store(key))
        trades = open_trade(one)
        for key in STORES:
            # The catalogue comes by webhook as well: reading it would be Shopify's budget to wait for, not ours.
            _keep(one, _sent(collector, trades[key], key, 0))
            drain(digest, one.store(key))
        return {key: _of_store(one, key, _sent(collector, trades[key], key, deliveries), rounds) for key in STORES}


def _sent(collector: Collector, trade: Trade, key: str, deliveries: int) -> list[NewDelivery]:
    """What the shop has sent and not been asked for yet, and then trades for: so many deliveries, or all (0)."""
    trade.shop.flush()
    while len(collector.kept[key]) < deliveries:
        trade.step()
    sent = collector.kept[key][: deliveries or None]
    collector.kept[key].clear()
    return sent


def _keep(one: Stage, sent: Sequence[NewDelivery]) -> None:
    inbox = GroupCommitInbox(one.service.settings.database.url.get_secret_value(), one.service.bodies)
    with ThreadPoolExecutor(16) as hands:
        list(hands.map(inbox.keep, sent))
    inbox.close()


def _of_store(one: Stage, key: str, sent: Sequence[NewDelivery], rounds: int) -> dict[str, float]:
    start = one.folder / "backorder.db"
    _keep(one, sent)
    one.service.database.close()
    _emptied(start)
    took: dict[str, list[float]] = {"translate": [], "digest": [], "insert": []}
    for number in range(rounds):
        digested, inserted = one.folder / f"{key}-{number}-digested.db", one.folder / f"{key}-{number}-inserted.db"
        shutil.copy(start, digested)
        shutil.copy(start, inserted)
        took["translate"].append(_translate(one.store(key), sent))
        took["digest"].append(_digest(one.store(key), digested, len(sent)))
        took["insert"].append(_insert(one.store(key), sent, digested, inserted))
    return {name: round(len(sent) / median(seconds), 1) for name, seconds in took.items()} | {
        "bytes": round(sum(len(one.body) for one in sent) / len(sent))
    }


def _emptied(file: Path) -> None:
    """Bring what is in the write-ahead log into the file, so that copying the file copies everything."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _translate(store: StoreContext, sent: Sequence[NewDelivery]) -> float:
    began = time.perf_counter()
    for delivery in sent:
        store.platform.translate(delivery.topic, delivery.body)
    return time.perf_counter() - began


def _digest(store: StoreContext, file: Path, deliveries: int) -> float:
    database = open_database(f"sqlite:///{file}")
    there = replace(store, work=database.work)
    began = time.perf_counter()
    digested = drain(digest, there)
    seconds = time.perf_counter() - began
    database.close()
    if digested != deliveries:
        raise AssertionError(f"{digested} deliveries were digested instead of {deliveries}")
    return seconds


def _insert(store: StoreContext, sent: Sequence[NewDelivery], source: Path, target: Path) -> float:
    """Write the rows that the digest wrote, in as many transactions, by bare ``executemany``."""
    with closing(sqlite3.connect(source)) as connection:
        ids = connection.execute("SELECT id FROM deliveries WHERE store = ? ORDER BY id DESC", (store.key,)).fetchall()
        batches = []
        for first in range(0, len(sent), BATCH):
            batch = _rows_of(connection, store, sent[first : first + BATCH])
            batches.append({**batch, "deliveries": ids[first : first + BATCH]})
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        configure(connection)
        connection.execute("PRAGMA foreign_keys = OFF")  # replacing an order must not take its lines along
        began = time.perf_counter()
        for batch in batches:
            _write(connection, batch)
        return time.perf_counter() - began


def _rows_of(
    connection: sqlite3.Connection, store: StoreContext, sent: Sequence[NewDelivery]
) -> Mapping[str, Sequence[tuple[object, ...]]]:
    facts = [fact for one in sent for fact in store.platform.translate(one.topic, one.body).facts]
    orders = {fact.id for fact in facts if isinstance(fact, OrderSeen)}
    wanted = {
        "orders": orders,
        "order_lines": orders,
        "variants": {fact.id for fact in facts if isinstance(fact, VariantSeen)},
        "pools": {fact.pool_id for fact in facts if isinstance(fact, StockSeen)},
    }
    return {
        table: [
            row
            for id_ in sorted(ids)
            for row in connection.execute(
                f"SELECT * FROM {table} WHERE store = ? AND {ROWS_OF[table]} = ?",  # noqa: S608 -- our own names
                (store.key, id_),
            )
        ]
        for table, ids in wanted.items()
    }


def _write(connection: sqlite3.Connection, batch: Mapping[str, Sequence[tuple[object, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for table in ROWS_OF:
        if batch[table]:
            places = ", ".join("?" * len(batch[table][0]))
            connection.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({places})", batch[table])  # noqa: S608 -- our own names
    connection.executemany("UPDATE deliveries SET state = 'done' WHERE id = ?", batch["deliveries"])
    connection.execute("COMMIT")


def rows(found: Mapping[str, Mapping[str, float]]) -> list[Row]:
    return [
        Row(
            f"digest, {TITLES[key]} ({of['bytes'] / 1000:.1f} kB)",
            f"{of['digest']:,.0f}/s",
            what,
            f"{of[name]:,.0f}/s",
            round(of["digest"] / of[name], 2),
        )
        for key, of in found.items()
        for name, what in (
            ("translate", "the same bodies only translated"),
            ("insert", "bare inserts of the same rows"),
        )
    ]


FIGURE = Figure("digest", "deliveries that become facts", lambda _: rows(measure()))
