from __future__ import annotations

import pickle
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.context import ForkContext, SpawnContext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from storage_rows import NOON, SHOP, a_delivery

from connector.ports.failures import TryLater
from connector.ports.records import StoreRecord
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox, NotKept

BODY = b'{"id": 7, "lines": [' + b'{"sku": "MUG", "quantity": 1}, ' * 250 + b"]}"


@pytest.fixture(autouse=True)
def _the_store_is_known(request: pytest.FixtureRequest) -> None:
    if "database" in request.fixturenames:
        know(request.getfixturevalue("database"))


def know(database: Database) -> None:
    with database.work() as work:
        work.stores.save(StoreRecord(SHOP, "woocommerce"))
        work.commit()


def count(database: Database) -> int:
    with database.engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM deliveries")) or 0


def test_sixteen_threads_lose_nothing_and_know_what_was_kept_before(
    database: Database, inbox: GroupCommitInbox
) -> None:
    # Every delivery comes twice, and the twins close together, so that many share a group.
    deliveries = [a_delivery(str(n // 2), body=BODY) for n in range(4000)]
    with ThreadPoolExecutor(16) as pool:
        new = list(pool.map(inbox.keep, deliveries))
    assert (new.count(True), new.count(False), count(database)) == (2000, 2000, 2000)
    assert all(first != second for first, second in zip(new[::2], new[1::2], strict=True))


@pytest.mark.parametrize(
    ("change", "new"),
    [
        ({}, False),
        ({"received_at": NOON.replace(year=2027)}, False),
        ({"body": b"{}"}, True),
        ({"topic": "order.created"}, True),
        ({"external_id": "other"}, True),
        ({"store": "second"}, True),
    ],
)
def test_the_same_delivery_is_known_by_store_topic_id_and_body(
    inbox: GroupCommitInbox,
    change: dict[str, Any],
    new: bool,  # noqa: FBT001 -- a parameter
) -> None:
    assert inbox.keep(a_delivery())
    assert inbox.keep(a_delivery(**change)) is new


def test_a_delivery_kept_is_there_for_whoever_looks_next(database: Database, inbox: GroupCommitInbox) -> None:
    for n in range(5):
        inbox.keep(a_delivery(str(n)))
        assert count(database) == n + 1


def test_counters_add_up_and_lag_no_longer_than_a_second_or_so(database: Database, inbox: GroupCommitInbox) -> None:
    for name in ("forged", "ping", "forged"):
        inbox.count(SHOP, name)
    inbox.keep(a_delivery())
    assert counters(database) == {"forged": 2, "ping": 1}
    inbox.count(SHOP, "forged")
    deadline = time.monotonic() + 60
    while counters(database) != {"forged": 3, "ping": 1}:
        assert time.monotonic() < deadline, "The counter was never written."
        time.sleep(0.05)


def test_a_counter_that_lags_does_not_bring_back_a_store_that_was_forgotten(
    database: Database, inbox: GroupCommitInbox
) -> None:
    inbox.count(SHOP, "ping")
    with database.work() as work:
        work.stores.remove(SHOP)
        work.commit()
    inbox.close()
    assert counters(database) == {}


def counters(database: Database) -> dict[str, int]:
    with database.work(read_only=True) as work:
        return dict(work.stores.counters(SHOP))


def test_closing_writes_what_waits_and_refuses_the_rest(database: Database, database_url: str) -> None:
    inbox = GroupCommitInbox(database_url)
    inbox.count(SHOP, "ping")
    inbox.close()
    assert counters(database) == {"ping": 1}
    with pytest.raises(NotKept, match="shutting down"):
        inbox.keep(a_delivery())


def test_a_failed_commit_is_told_to_every_caller_and_the_next_one_works(
    database: Database, inbox: GroupCommitInbox
) -> None:
    inbox.keep(a_delivery("before"))
    rename(database, "deliveries", "hidden")
    deliveries = [a_delivery(str(n)) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        failures = list(pool.map(lambda one: failure(inbox, one.external_id), deliveries))
    rename(database, "hidden", "deliveries")
    assert all(isinstance(one, TryLater) for one in failures)
    assert inbox.keep(a_delivery("0"))
    assert count(database) == 2


def failure(inbox: GroupCommitInbox, external_id: str) -> Exception | None:
    try:
        inbox.keep(a_delivery(external_id))
    except NotKept as error:
        return error
    return None


def rename(database: Database, old: str, new: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


def test_counts_outlive_a_failed_commit(database: Database, inbox: GroupCommitInbox) -> None:
    rename(database, "deliveries", "hidden")
    inbox.count(SHOP, "ping")
    assert failure(inbox, "d1") is not None
    rename(database, "hidden", "deliveries")
    inbox.keep(a_delivery())
    assert counters(database) == {"ping": 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_told_and_loses_nothing_that_was_kept(
    database: Database, database_url: str, inbox: GroupCommitInbox
) -> None:
    inbox.keep(a_delivery("before", body=BODY))
    log = Path(str(make_url(database_url).database) + "-wal")
    with file_size_limit(log.stat().st_size):
        assert failure(inbox, "lost") is not None
    assert inbox.keep(a_delivery("after"))
    assert count(database) == 2
    assert database.check() == []


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process may grow beyond ``size`` bytes: to SQLite that is a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def keep_in_child(inbox: GroupCommitInbox) -> None:
    assert inbox.keep(a_delivery("child"))
    inbox.close()


@pytest.mark.parametrize("processes", [get_context("fork"), get_context("spawn")], ids=["fork", "spawn"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_inbox_that_was_used_works_in_a_child_too(
    database: Database, inbox: GroupCommitInbox, processes: ForkContext | SpawnContext
) -> None:
    inbox.keep(a_delivery("before"))
    child = processes.Process(target=keep_in_child, args=(inbox,))
    child.start()
    child.join(120)
    assert child.exitcode == 0
    assert inbox.keep(a_delivery("after"))
    assert count(database) == 3


def test_a_copy_of_an_inbox_writes_to_the_same_database(database: Database, inbox: GroupCommitInbox) -> None:
    copy = pickle.loads(pickle.dumps(inbox))  # noqa: S301 -- our own
    copy.keep(a_delivery())
    copy.close()
    assert inbox.keep(a_delivery()) is False
    assert count(database) == 1
