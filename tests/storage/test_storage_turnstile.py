"""Whose turn it is to write into an SQLite file, by logic: what is asked and in which order, never how long it took."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread
from typing import cast

import pytest
from sqlalchemy import make_url, text
from storage_rows import NOON, SHOP, a_delivery

from connector.ports.failures import DatabaseAway
from connector.storage import engine
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox, NotKept
from connector.storage.turnstile import INTAKE_SECONDS, LONG_SECONDS, OTHERS_SECONDS, Line, Turnstile

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

PATIENCE = 600.0
"""Seconds that nobody waits unless something is broken."""


class Queue:
    """Threads that come to a line one after the other and note when they pass."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.passed: list[str] = []
        self.threads: list[Thread] = []

    def join(self, name: str, seconds: float = PATIENCE, inside: Callable[[], None] = lambda: None) -> None:
        """The thread stands in the line when this returns."""

        def stand() -> None:
            with self.line.place(seconds):
                self.passed.append(name)
                inside()

        before = len(self.line)
        thread = Thread(target=stand)
        self.threads.append(thread)
        thread.start()
        while len(self.line) == before and thread.is_alive():
            thread.join(0.001)

    def end(self) -> list[str]:
        for thread in self.threads:
            thread.join()
        return self.passed


def test_who_came_first_goes_first() -> None:
    line = Line()
    queue = Queue(line)
    with line.place(PATIENCE):
        for name in "abcdefgh":
            queue.join(name)
        assert queue.passed == []
    assert queue.end() == list("abcdefgh")


def test_one_at_a_time_passes() -> None:
    line, inside, most = Line(), [], []

    def go(number: int) -> None:
        with line.place(PATIENCE):
            inside.append(number)
            most.append(len(inside))
            inside.remove(number)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(go, range(2_000)))
    assert (set(most), len(most), len(line)) == ({1}, 2_000, 0)


def test_who_has_run_out_of_time_goes_on_and_holds_nobody_up() -> None:
    line = Line()
    queue = Queue(line)
    with line.place(PATIENCE):
        queue.join("patient")
        with line.place(0):
            assert queue.passed == []
        queue.join("last")
        assert len(line) == 3
    assert queue.end() == ["patient", "last"]


def test_who_ran_out_of_time_at_the_head_lets_the_next_one_pass() -> None:
    line = Line()
    queue = Queue(line)
    left = Event()
    first = line.place(PATIENCE)
    first.__enter__()
    queue.join("late", seconds=0, inside=lambda: cast("None", left.wait()))
    queue.join("next")
    first.__exit__(None, None, None)  # "late" is now the first, and has long gone ahead
    left.set()
    assert queue.end() == ["late", "next"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_lets_the_next_one_pass() -> None:
    line = Line()
    queue = Queue(line)

    def die() -> None:
        raise SystemExit

    with line.place(PATIENCE):
        queue.join("dies", inside=die)
        queue.join("next")
    assert queue.end() == ["dies", "next"]


class Clock:
    """Time passes while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        yield connection


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file that somebody else writes into."""
    with connected(path) as holder, connected(path) as driver:
        holder.execute("BEGIN IMMEDIATE")
        yield driver
        holder.execute("ROLLBACK")


def begin(turnstile: Turnstile, driver: sqlite3.Connection, patience: float = 1.0) -> None:
    turnstile.begin(driver, patience, lambda: driver.execute("BEGIN IMMEDIATE"))


def asked_at(pause: float, tmp_path: Path) -> list[float]:
    """When somebody asks for a lock he does not get, in seconds from his coming, for the first second."""
    clock = Clock()
    with locked(tmp_path / "asked.db") as driver, pytest.raises(sqlite3.OperationalError, match="locked"):
        begin(Turnstile(pause, lambda: clock.now, clock.sleep), driver)
    return [sum(clock.pauses[:n]) for n in range(len(clock.pauses) + 1)]


def test_the_inbox_finds_the_lock_before_others_do(tmp_path: Path) -> None:
    """At whatever moment the lock is let go, while neither has waited for long."""
    inbox, other = asked_at(INTAKE_SECONDS, tmp_path), asked_at(OTHERS_SECONDS, tmp_path)

    def first_after(moment: float, asked: list[float]) -> float:
        return next(one for one in asked if one > moment)

    # Both came at some moment of a transaction of another: every distance between them is as likely as another.
    apart = [OTHERS_SECONDS * n / 50 for n in range(50)]
    moments = [LONG_SECONDS / 2 + OTHERS_SECONDS * n / 50 for n in range(50)]
    first = [
        first_after(moment, inbox) < first_after(moment - later, other) + later for moment in moments for later in apart
    ]
    assert sum(first) / len(first) > 0.9


def test_who_has_waited_long_asks_as_often_as_the_inbox(tmp_path: Path) -> None:
    asked = asked_at(OTHERS_SECONDS, tmp_path)
    pauses = [round(later - one, 6) for one, later in pairwise(asked)]
    early = [pause for pause, at in zip(pauses, asked, strict=False) if at < LONG_SECONDS - OTHERS_SECONDS]
    late = [pause for pause, at in zip(pauses, asked, strict=False) if at > LONG_SECONDS]
    assert set(early) == {OTHERS_SECONDS}
    assert set(late) == {INTAKE_SECONDS}


def test_nobody_sleeps_for_a_lock_that_is_free(tmp_path: Path) -> None:
    clock = Clock()
    with connected(tmp_path / "free.db") as driver:
        begin(Turnstile(OTHERS_SECONDS, lambda: clock.now, clock.sleep), driver)
        assert (driver.in_transaction, clock.pauses) == (True, [])


def test_another_failure_than_a_lock_is_told_at_once(tmp_path: Path) -> None:
    clock = Clock()
    (tmp_path / "broken.db").write_bytes(b"These are not the orders of a shop. " * 40)
    with connected(tmp_path / "broken.db") as driver:
        with pytest.raises(sqlite3.DatabaseError, match="not a database"):
            begin(Turnstile(OTHERS_SECONDS, lambda: clock.now, clock.sleep), driver)
        assert clock.pauses == []


@pytest.fixture
def hasty(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database for whose lock nobody waits for long."""
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.05)
    opened = open_database(database_url)
    yield opened
    opened.close()


def touch(database: Database, pool: str) -> None:
    with database.work() as work:
        work.pools.touch(SHOP, [pool], NOON)
        work.commit()


def pools(database: Database, *names: str) -> list[str]:
    with database.work(read_only=True) as work:
        return sorted(work.pools.get(SHOP, names))


@on_sqlite
def test_a_unit_of_work_within_another_fails_as_before_and_the_outer_one_goes_on(hasty: Database) -> None:
    with hasty.work() as outer:
        outer.pools.touch(SHOP, ["outer"], NOON)
        with pytest.raises(DatabaseAway):
            touch(hasty, "inner")
        outer.commit()
    touch(hasty, "next")
    assert pools(hasty, "outer", "inner", "next") == ["next", "outer"]
    with hasty.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA busy_timeout")) == 50, "what does not begin a transaction waits as before"
    assert len(hasty.turnstile.line) == 0


@on_sqlite
def test_the_inbox_says_not_kept_where_the_lock_is_not_to_be_had(hasty: Database, database_url: str) -> None:
    inbox = GroupCommitInbox(database_url)
    with hasty.work() as other:
        other.pools.touch(SHOP, ["p"], NOON)
        with pytest.raises(NotKept, match="locked"):
            inbox.keep(a_delivery("early"))
    assert inbox.keep(a_delivery("later"))
    inbox.close()


def test_who_only_reads_stands_in_no_line(database: Database) -> None:
    touch(database, "p")
    with database.turnstile.line.place(PATIENCE):
        assert pools(database, "p") == ["p"]
        assert database.version_problem() is None


@on_postgresql
def test_on_postgresql_nobody_stands_in_line(database: Database) -> None:
    with database.turnstile.line.place(PATIENCE):
        touch(database, "p")
        assert pools(database, "p") == ["p"]


@on_sqlite
def test_nothing_is_held_while_a_transaction_lasts(database: Database) -> None:
    with database.work() as work:
        work.pools.touch(SHOP, ["p"], NOON)
        assert len(database.turnstile.line) == 0


@on_sqlite
def test_after_a_commit_that_failed_the_next_one_has_its_turn(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(database.engine.dialect, "do_commit", fail)
        with pytest.raises(DatabaseAway):
            touch(database, "lost")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: touch(database, name), "abcd"))
    assert pools(database, "lost", *"abcd") == list("abcd")


def touch_in_child(database: Database) -> None:
    touch(database, "child")
    os._exit(0 if len(database.turnstile.line) == 0 else 3)


@on_sqlite
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_does_not_wait_for_the_threads_of_its_parent(database: Database, database_url: str) -> None:
    touch(database, "parent")
    with database.turnstile.line.place(PATIENCE):
        child = get_context("fork").Process(target=touch_in_child, args=(database,))
        child.start()
        child.join(PATIENCE)
        assert child.exitcode == 0
    assert Path(str(make_url(database_url).database)).exists()
    assert pools(database, "child", "parent") == ["child", "parent"]
