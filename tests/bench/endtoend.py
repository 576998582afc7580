"""From accepted to in effect: how fast waiting deliveries become facts and plans, by database and number of workers.

Twenty stores have sent; their deliveries lie in the inbox as the web part keeps them.  Then the shipped processes are
started, and the clock runs from the first delivery that has left the inbox until none is left and all is planned.
The yardstick is the same rows inserted bare, in batches, into the same kind of database in the same run.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Mapping, Sequence

from bench_fleet import PATIENCE_SECONDS, Fleet, Letter, fleet, letters, postgresql, running
from bench_table import Figure, Row, at_least
from sqlalchemy import insert

from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState
from connector.storage.tables import deliveries as inbox_rows

STORES = 20
LETTERS = 200
BATCH = 200
SQLITE = "sqlite:///backorder.db"
WORKERS = (1, 2, 4)
SCALES = 1.7
ENOUGH_CORES = 4
# Nothing is read from or written to the shops while it is measured but what the start itself asks for.
QUIET = "[sync]\nsettle = 3600\nreconcile = 3600\n"


def measure(stores: int = STORES, each: int = LETTERS, workers: Sequence[int] = WORKERS) -> dict[str, float]:
    """Deliveries a second: ``sqlite``, ``postgresql 1`` and so on by workers, ``insert sqlite`` and so on."""
    sent = letters(each)
    found = {"insert sqlite": _inserted(SQLITE, sent, stores), "sqlite": _drained(SQLITE, sent, stores, [("serve",)])}
    if workers:
        with postgresql() as url:
            found["insert postgresql"] = _inserted(url, sent, stores)
    for number in workers:
        with postgresql() as url:
            processes = [("scheduler",), *[("worker",)] * number]
            found[f"postgresql {number}"] = _drained(url, sent, stores, processes)
    return found


def _drained(url: str, sent: Sequence[Letter], stores: int, processes: Sequence[tuple[str, ...]]) -> float:
    with fleet(url, stores, settings=QUIET) as one:
        with running(one, *processes):
            one.wait_until_connected()
        kept = one.keep(sent)
        with running(one, *processes):
            return kept / _seconds(one, kept)


def _seconds(one: Fleet, kept: int) -> float:
    """From the first that left the inbox until all has taken effect."""
    give_up = time.perf_counter() + PATIENCE_SECONDS
    began = None
    while (left := one.waiting()) or began is None:
        now = time.perf_counter()
        if began is None and left < kept:
            began = now
        if now > give_up:
            raise TimeoutError(f"{left} deliveries and pools still wait after {PATIENCE_SECONDS:.0f} seconds")
        time.sleep(0.02)
    return time.perf_counter() - began


def _inserted(url: str, sent: Sequence[Letter], stores: int) -> float:
    """The same deliveries as bare rows, so many a second."""
    now = system_clock()
    with fleet(url, 1) as one:
        rows = [
            {
                "store": f"bare{store}",
                "platform": "woocommerce",
                "topic": headers["X-WC-Webhook-Topic"],
                "external_id": headers["X-WC-Webhook-Delivery-ID"],
                "digest": number.to_bytes(4, "big"),
                "body": zlib.compress(body, 1),
                "received_at": now,
                "triggered_at": None,
                "state": DeliveryState.DONE,
                "reason": "",
            }
            for number, (headers, body) in enumerate(sent)
            for store in range(stores)
        ]
        began = time.perf_counter()
        for first in range(0, len(rows), BATCH):
            with one.service.database.engine.begin() as connection:
                connection.execute(insert(inbox_rows), rows[first : first + BATCH])
        return len(rows) / (time.perf_counter() - began)


def rows(found: Mapping[str, float]) -> list[Row]:
    made = [
        Row(
            f"accepted to in effect, {_title(name)}",
            f"{per_second:,.0f}/s",
            "bare inserts of the same rows",
            f"{found[bare]:,.0f}/s",
            round(per_second / found[bare], 3),
        )
        for name, per_second in found.items()
        if not name.startswith("insert")
        for bare in [f"insert {name.split()[0]}"]
    ]
    if {"postgresql 1", "postgresql 2"} <= found.keys():
        one, two = found["postgresql 1"], found["postgresql 2"]
        scaled = round(two / one, 2)
        limit = f"ratio at least {SCALES} where cores are free"
        made.append(Row("two workers", f"{two:,.0f}/s", "one worker", f"{one:,.0f}/s", scaled, limit, _scales(scaled)))
    return made


def _scales(ratio: float) -> bool | None:
    """Two workers, the database and what measures them want four cores; with fewer nothing can be said."""
    return at_least(ratio, SCALES) if (os.cpu_count() or 1) >= ENOUGH_CORES else None


def _title(name: str) -> str:
    database, _, workers = name.partition(" ")
    return f"PostgreSQL, {workers} worker{'s' * (workers != '1')}" if workers else database.replace("sqlite", "SQLite")


FIGURE = Figure("endtoend", "accepted deliveries that take effect", lambda _: rows(measure()))
