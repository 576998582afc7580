"""A database that fails before or after it has done its part, is full, is locked by another program, or cuts us off:
nothing that was acknowledged is lost, nothing is done twice, and no row is blamed for it.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import postgresql_database
from faults import Boundaries
from house import house
from sqlalchemy import event, text
from trap_house import Trap
from whole import SHOPIFY, STORES, WOO, Stage, Whole, stage

from connector.ports.failures import DatabaseAway
from connector.ports.records import DeliveryState
from connector.services.turn import turn
from connector.storage import engine
from connector.storage.engine import Database

SKU = {WOO: "CHAIR", SHOPIFY: "TENT"}
KINDS = ("statement", "commit", "committed")
HOLDER = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def whole(stand: Stage) -> Iterator[Whole]:
    made = Whole(stand)
    yield made
    made.close()


def trade(whole: Whole) -> None:
    for key in STORES:
        whole.shops[key].place_order({SKU[key]: 5})


def fails_at(whole: Whole, kind: str, counts: range) -> None:
    """Work begun again and again, of which each time another statement or commit comes to nothing."""
    trade(whole)
    for count in counts:
        engine = whole.worker.database.engine
        whole.boundaries.arm(kind, count, whole.boundaries.fail(engine, "made up: disk I/O error"))
        whole.work()
        for key in STORES:
            whole.shops[key].receive_goods(SKU[key], 1)
    assert whole.boundaries.happened, "nothing failed"
    assert whole.settle() + whole.broken() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_statement_or_commit_that_fails_costs_nothing(whole: Whole, kind: str) -> None:
    fails_at(whole, kind, range(1, 40, 9))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("start", range(1, 200, 20))
def test_each_statement_and_commit_may_fail(whole: Whole, kind: str, start: int) -> None:
    fails_at(whole, kind, range(start, start + 20))


@contextmanager
def full(database: Database, spare: int) -> Iterator[None]:
    """As if the disk had room for so many pages more, and then for none."""

    def limit(connection: Any, *_: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {most.setdefault('pages', pages + spare)}")

    def free(connection: Any, *_: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1073741823")

    most: dict[str, int] = {}
    event.listen(database.engine, "checkout", limit)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", limit)
        event.listen(database.engine, "checkout", free)


@pytest.mark.parametrize("spare", [0, 3])
def test_a_full_disk_costs_time_alone(whole: Whole, spare: int) -> None:
    with full(whole.worker.database, spare):
        for _ in range(3):
            trade(whole)
            whole.work(2)
    assert any("full" in one for one in whole.bugs), "the disk was never full"
    whole.bugs.clear()
    whole.may_repeat = True  # a mail that left, and could not be written down
    assert whole.settle() + whole.broken() == []


@contextmanager
def locked_by_another_process(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def test_a_file_locked_by_another_process_for_longer_than_we_wait_parks_nothing(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    trade(whole)
    whole.flush()
    with monkeypatch.context() as patch:
        patch.setattr(engine, "WAIT_SECONDS", 0.1)
        whole.worker.close()
        whole.worker = whole._start()
    with locked_by_another_process(whole.folder / "backorder.db"):
        with pytest.raises(DatabaseAway):
            turn(whole.worker.stores[WOO])
        with whole.web.work(read_only=True) as uow:
            waiting = [one for one in uow.deliveries.find(store=WOO, limit=99) if one.state is DeliveryState.RECEIVED]
    assert waiting, "they wait, and nobody blames them"
    whole.restart()
    assert whole.settle() + whole.broken() == []


def test_a_connection_that_is_cut_in_a_commit_is_made_anew(tmp_path: Path, postgresql_server: str) -> None:
    """Before the server has the COMMIT it is cut off; after it, the answer is what gets lost."""
    with postgresql_database(postgresql_server) as url, house(tmp_path, database=url) as there:
        shop = Trap(there, "woocommerce")
        there.woo.add_product("CHAIR", 3)
        there.connect()
        database = there.service.database
        boundaries = Boundaries()
        boundaries.attach(database.engine)

        def cut(_: str) -> None:
            with boundaries.unwatched(), database.engine.connect() as other:
                others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                other.execute(text(f"{others} AND datname = current_database()"))

        orders: list[str] = []
        for count in range(1, 7):
            orders.append(shop.order({"CHAIR": 1}, paid=True) if count < 4 else orders[-1])
            there.woo.flush()
            for kind in ("commit", "committed"):
                boundaries.arm(kind, count, cut)
                with boundaries.watched():
                    try:
                        turn(there.store("chairs"))
                    except DatabaseAway:
                        continue
        assert len(boundaries.happened) > 3
        boundaries.disarm()
        there.clock.shift(timedelta(hours=2))
        there.reconcile()
        shop.is_right()
        assert all(shop.knows(one) for one in orders)
        assert {one.state for one in shop.deliveries()} == {DeliveryState.DONE}
