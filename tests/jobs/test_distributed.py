"""Workers over a real PostgreSQL: one store's work one at a time, each want once, and nothing lost."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
import structlog
from databases import postgresql_database
from queue_stand import (
    PATIENCE,
    Diary,
    Till,
    arguments_of,
    asks,
    connection_to,
    cut_off_the_others,
    stores_of,
    turn,
    working,
)
from scheduling import SOON, eventually

from connector.jobs import distributed
from connector.jobs.distributed import Distributed
from connector.jobs.queue import Ask, Priorities
from connector.jobs.schedule import TURN, Job
from connector.ports.clock import system_clock
from connector.ports.due import Look
from connector.services.context import StoreContext
from connector.services.turn import drain
from connector.storage.engine import Database, open_database


@pytest.fixture(scope="module")
def served(postgresql_server: str) -> Iterator[Database]:
    with postgresql_database(postgresql_server) as url:
        database = open_database(url)
        database.upgrade()
        yield database
        database.close()


@pytest.fixture
def connection(served: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with connection_to(served) as connection:
        yield connection
        connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def test_the_jobs_of_one_store_never_run_side_by_side_and_those_of_several_do(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    diary = Diary(together=2)
    jobs = diary.jobs("a", TURN, "b", "c")
    till = Till(connection, jobs)
    stores = stores_of(served, "one", "other", "third")
    with working(served, jobs, stores, workers=2):
        for _ in range(5):
            till.ask(*asks(stores, "a", TURN, "b", "c"))
            time.sleep(0.05)  # now they find some of it waiting, some running and some done
        assert eventually(lambda: till.count() == 0)
    assert diary.beside == []
    assert diary.together > 1
    assert set(Counter(diary.ran)) == {(store, job.name) for store in stores for job in jobs}


def test_what_is_asked_for_twice_before_it_ran_is_done_once(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    diary = Diary()
    jobs = diary.jobs(TURN, "b")
    till = Till(connection, jobs)
    for _ in range(3):
        till.ask(*asks(["one"], TURN))
    till.ask(*asks(["one"], TURN, "b"))  # one of a batch that stands already keeps no other from being asked for
    with working(served, jobs, stores_of(served, "one"), workers=2):
        assert eventually(lambda: till.count() == 0)
    assert Counter(diary.ran) == {("one", TURN): 1, ("one", "b"): 1}


def test_what_is_done_leaves_nothing_behind(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    def bad(_: StoreContext) -> int:
        raise LookupError("a bug of ours")

    jobs = [turn(lambda _: 1), Job("bad", bad), Job("vain", lambda _: 0)]
    till = Till(connection, jobs)
    with structlog.testing.capture_logs(), working(served, jobs, stores_of(served, "one")):
        till.ask(*asks(["one"], TURN, "bad", "vain", "unheard of"), *asks(["nowhere"], TURN))
        assert eventually(lambda: till.count() == 0)
    tables = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers", "procrastinate_workers")
    assert [till.count(table) for table in tables] == [0, 0, 0, 0]


def test_a_turn_goes_before_what_has_waited_only_a_little_longer(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    diary = Diary()
    jobs = diary.jobs("keys", TURN, "sweep")
    till = Till(connection, jobs)
    till.ask(*asks(["a", "b"], "sweep"))
    till.ask(*asks(["c", "a"], TURN), *asks(["d"], "keys"))
    with working(served, jobs, stores_of(served, *"abcd"), threads=1):
        assert eventually(lambda: till.count() == 0)
    assert diary.ran == [("c", TURN), ("a", TURN), ("d", "keys"), ("a", "sweep"), ("b", "sweep")]


def test_what_has_waited_long_goes_before_a_turn() -> None:
    priorities, now = Priorities(Diary().jobs(TURN, "sweep")), system_clock()
    longer = [priorities.of("sweep", now - timedelta(seconds=one)) for one in (0, 29, 31, 3600)]
    assert [one > priorities.of(TURN, now) for one in longer] == [False, False, True, True]


def test_a_store_that_floods_lets_the_others_in_between(
    served: Database, connection: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "SLICE_SECONDS", 0.1)
    order: list[str] = []
    left = [100]
    others_wait = threading.Event()

    def verb(store: StoreContext) -> int:
        order.append(store.key)
        if store.key != "flood":
            return 1

        def one_batch(_: StoreContext) -> int:
            assert others_wait.wait(SOON)
            time.sleep(0.01)
            left[0] = max(0, left[0] - 1)
            return int(left[0] > 0)

        return drain(one_batch, store)

    jobs = [turn(verb)]
    till = Till(connection, jobs)
    with working(served, jobs, stores_of(served, "flood", "quiet", "calm"), threads=1):
        till.ask(Ask("flood", TURN, frozenset({Look.DELIVERIES})))
        assert eventually(lambda: order[:1] == ["flood"])
        till.ask(*asks(["quiet", "calm"], TURN))
        others_wait.set()
        assert eventually(lambda: till.count() == 0 and not left[0])
    assert order[:4] == ["flood", "quiet", "calm", "flood"]
    assert order.count("flood") > 4, "it was asked for again and again, by itself"


def test_how_a_run_ended_that_something_was_due_for_is_told(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    jobs = [turn(lambda _: 3), Job("vain", lambda _: None)]
    till = Till(connection, jobs)
    looks = frozenset({Look.PUSH, Look.DIRTY})
    with working(served, jobs, stores_of(served, "one")):
        till.ask(Ask("one", TURN, looks), Ask("one", "vain", looks), Ask("gone", TURN, looks), Ask("gone", "vain"))
        assert eventually(lambda: till.count() == 0)
    told = sorted((one.store, one.job, one.looks, one.done) for one in till.told())
    assert told == [("gone", TURN, looks, 0), ("one", TURN, looks, 3), ("one", "vain", looks, 0)]


def test_to_stop_is_to_finish_what_runs_and_to_begin_nothing_new(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    began, ended = threading.Event(), threading.Event()
    crew: list[Distributed] = []

    def verb(_: StoreContext) -> int:
        began.set()
        assert eventually(lambda: crew[0]._stopping)
        time.sleep(0.2)
        ended.set()
        return 1

    jobs = [turn(verb), Job("later", lambda _: 1)]
    till = Till(connection, jobs)
    with working(served, jobs, stores_of(served, "one"), threads=1) as workers:
        crew += workers
        till.ask(*asks(["one"], TURN, "later"))
        assert began.wait(SOON)
        assert list(crew[0].stop(SOON)) == []
        assert ended.is_set()
    waiting, doing = till.queue.waiting(connection)
    assert (waiting, doing) == ({"later one"}, set())


def test_a_shop_that_does_not_answer_keeps_nobody_from_stopping(
    served: Database, connection: psycopg.Connection[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(distributed, "CUT_OFF_SECONDS", 0.2)
    began, answer = threading.Event(), threading.Event()

    def verb(_: StoreContext) -> int:
        began.set()
        return int(answer.wait(3 * SOON))

    till = Till(connection, [turn(verb)])
    with structlog.testing.capture_logs(), working(served, [turn(verb)], stores_of(served, "slow")) as (worker,):
        till.ask(*asks(["slow"], TURN))
        assert began.wait(SOON)
        assert list(worker.stop(SOON)) == ["slow"]
        assert till.queue.waiting(connection) == ({"turn slow"}, set()), "another worker is to go on from there"
        answer.set()
        assert eventually(lambda: list(worker.stop(0)) == [])


def test_a_store_that_is_connected_while_workers_run_is_looked_for_at_once(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    known, revisions, looked = stores_of(served, "old"), list[int](), list[str]()

    def look_again() -> None:
        looked.append("again")
        known.update({key: replace(one, revision=2) for key, one in stores_of(served, "old", "new").items()})

    jobs = [turn(lambda store: revisions.append(store.revision))]
    till = Till(connection, jobs)
    with working(served, jobs, lambda: known, look_again=look_again):
        till.ask(Ask("old", TURN, revision=0))
        assert eventually(lambda: revisions == [0])
        assert looked == []
        till.ask(Ask("new", TURN, revision=2))
        assert eventually(lambda: revisions == [0, 2])
        till.ask(Ask("old", TURN, revision=2))
        assert eventually(lambda: revisions == [0, 2, 2])
    assert looked == ["again"]


def connections(besides: psycopg.Connection[tuple[object, ...]]) -> int:
    asked = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    return len(besides.execute(asked).fetchall())


def test_a_worker_goes_on_when_the_database_comes_back(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    diary = Diary()
    jobs = diary.jobs(TURN)
    till = Till(connection, jobs)
    with structlog.testing.capture_logs(), working(served, jobs, stores_of(served, "one")):
        till.ask(*asks(["one"], TURN))
        assert eventually(lambda: till.count() == 0)
        assert eventually(lambda: connections(connection) >= 2), "one that works, and one that listens"
        assert cut_off_the_others(connection) >= 2
        till.ask(*asks(["one"], TURN))
        assert eventually(lambda: diary.ran == [("one", TURN)] * 2)


def test_a_job_whose_end_could_not_be_written_down_frees_its_store_all_the_same(
    served: Database, connection: psycopg.Connection[tuple[object, ...]]
) -> None:
    diary = Diary()
    jobs = diary.jobs(TURN, "b")
    till = Till(connection, jobs)
    with working(served, jobs, stores_of(served, "one"), patience=timedelta(seconds=2)):
        till.ask(*asks(["one"], TURN))
        assert eventually(lambda: till.count() == 0)
        row = connection.execute("SELECT id FROM procrastinate_workers").fetchone()
        assert row is not None
        with connection.transaction():  # before the worker can take it itself
            till.ask(*asks(["stuck"], TURN))
            connection.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", row)
            assert till.count() == 1
        assert eventually(lambda: till.count() == 0)


def test_a_worker_that_was_never_started_can_be_stopped(served: Database) -> None:
    idle = Distributed(
        dict,
        lambda: None,
        [],
        arguments=arguments_of(served),
        threads=1,
        patience=PATIENCE,
        clock=system_clock,
    )
    assert list(idle.stop()) == []


def test_a_worker_that_is_paused_while_it_takes_a_job_keeps_it_from_the_others_for_a_minute_at_most(
    served: Database,
) -> None:
    """The job lies in the queue as before, so no leader sees that it is stuck: the server itself ends the taking."""
    with connection_to(served) as connection:
        row = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
    assert row == ("1min",)
