"""What the leader asks for: what is due, what its time has come for, and what a worker left behind; each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self, cast

import psycopg
import pytest
import structlog
from databases import postgresql_database
from queue_stand import PATIENCE, Till, arguments_of, connection_to, stores_of
from scheduling import a_store, eventually

from connector.jobs import leader as leader_module
from connector.jobs import leadership
from connector.jobs.leader import Leader
from connector.jobs.queue import Ask, Ran
from connector.jobs.schedule import TURN, Begun, Job
from connector.ports.due import Look
from connector.ports.history import JobRun
from connector.ports.unit_of_work import Due, Work
from connector.services.context import StoreContext
from connector.storage.engine import Database, open_database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUSH = frozenset({Look.PUSH})


@pytest.fixture(scope="module")
def served(postgresql_server: str) -> Iterator[Database]:
    with postgresql_database(postgresql_server) as url:
        database = open_database(url)
        database.upgrade()
        yield database
        database.close()


@pytest.fixture
def connection(served: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection[Any]]:
    monkeypatch.setattr(leadership, "SILENT_SECONDS", 600)
    monkeypatch.setattr(leadership, "SURE_SECONDS", 600.0)  # no leader is taken for paused because the machine is slow
    with connection_to(served) as connection:
        yield connection
        connection.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@dataclass
class Rows:
    """Stands for our own tables: what is due, and when which job ran."""

    due_now: dict[str, frozenset[Look]] = field(default_factory=dict)
    runs: Sequence[JobRun] = ()
    away: bool = False

    def __call__(self, *, read_only: bool = False) -> Self:
        assert read_only, "a look must keep nobody waiting"
        if self.away:
            raise OSError("the database is away")
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    @property
    def job_runs(self) -> Self:
        return self

    def of(self, _store: None) -> Sequence[JobRun]:
        return self.runs

    def due(self, *_: object, **__: object) -> Sequence[Due]:
        return [Due(store, looks) for store, looks in self.due_now.items()]


@dataclass
class Stand:
    """A leader that looks when it is told to, at a time that is given."""

    database: Database
    till: Till
    rows: Rows
    stores: dict[str, StoreContext]
    jobs: Sequence[Job]
    begun: Begun
    now: datetime = NOON

    @contextmanager
    def leading(self, *, stands_by: bool = False) -> Iterator[Leader]:
        leader = Leader(
            lambda: self.stores,
            self.jobs,
            arguments=arguments_of(self.database),
            begun=self.begun,
            work=cast("Work", self.rows),
            clock=lambda: self.now,
            tick=timedelta(hours=1),
            rest=timedelta(seconds=1),
            settle=timedelta(seconds=1),
            patience=PATIENCE,
        )
        leader.start()
        # The one before has gone, and the server may still be about to notice.
        assert stands_by or eventually(lambda: leader.leads)
        try:
            yield leader
        finally:
            leader.stop()

    def asked(self) -> list[str]:
        """What lies in the queue, in the order in which it is to be done; it is taken out."""
        rows = self.till.connection.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'todo' RETURNING queueing_lock, priority, id"
        ).fetchall()
        return [str(row[0]) for row in sorted(rows, key=lambda row: (-row[1], row[2]))]

    def looked(self, leader: Leader) -> list[str]:
        """What one look asks for."""
        leader.look()
        return self.asked()

    def taken_by_a_worker_silent_for(self, silence: timedelta) -> None:
        """Everything in the queue."""
        run = self.till.connection.execute
        run("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s)", (silence,))
        run("UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)")

    def tell(self, store: str, job: str, looks: frozenset[Look], done: int) -> None:
        self.till.connection.execute("SELECT pg_notify('backorder_done', %s)", (Ran(store, job, looks, done).text(),))


Make = Callable[..., Stand]


@pytest.fixture
def stand(served: Database, connection: psycopg.Connection[Any]) -> Make:
    def make(
        *jobs: Job, stores: Sequence[str] = ("a",), begun: Any = lambda *_, **__: (), rows: Rows | None = None
    ) -> Stand:
        till = Till(connection, jobs)
        return Stand(served, till, rows or Rows(), stores_of(served, *stores), jobs, begun)

    return make


def job(name: str = TURN, **more: Any) -> Job:
    return Job(name, lambda _: 1, **more)


def test_what_is_due_is_asked_for_once_until_it_was_done(stand: Make) -> None:
    there = stand(job(due=PUSH), job("other", due=frozenset({Look.DIRTY})), stores=("a", "b"))
    there.rows.due_now = {"a": PUSH}
    with there.leading() as leader:
        for _ in range(3):
            leader.look()
        assert there.asked() == ["turn a"]
        leader.look()
        assert there.asked() == ["turn a"]


def test_what_runs_now_is_not_asked_for_besides(stand: Make) -> None:
    there = stand(job(due=PUSH))
    there.rows.due_now = {"a": PUSH}
    with there.leading() as leader:
        leader.look()
        there.taken_by_a_worker_silent_for(timedelta())
        leader.look()
        assert there.asked() == []


def test_what_was_done_in_vain_rests_and_news_do_not_wait_for_it(stand: Make) -> None:
    there = stand(job(due=PUSH | {Look.DIRTY}))
    there.rows.due_now = {"a": PUSH}
    with there.leading() as leader:
        leader.look()
        assert there.asked() == ["turn a"]
        there.tell("a", TURN, PUSH, 0)
        assert eventually(lambda: there.looked(leader) == [])  # the server passes on what was told when it likes
        there.rows.due_now = {"a": PUSH | {Look.DIRTY}}
        leader.look()
        assert there.asked() == ["turn a"]
        there.rows.due_now = {"a": PUSH}
        there.now += timedelta(seconds=1)
        leader.look()
        assert there.asked() == ["turn a"]


def test_what_was_done_with_success_is_asked_for_again_at_once_if_more_is_due(stand: Make) -> None:
    there = stand(job(due=PUSH))
    there.rows.due_now = {"a": PUSH}
    with there.leading() as leader:
        leader.look()
        assert there.asked() == ["turn a"]
        there.tell("a", TURN, PUSH, 7)
        leader.look()
        assert there.asked() == ["turn a"]


def test_a_new_store_gets_what_runs_at_a_start_and_one_that_goes_gets_nothing_more(stand: Make) -> None:
    there = stand(job("keys", at_start=True), job("sweep", every=timedelta(minutes=1)), stores=("a",))
    with there.leading() as leader:
        leader.look()
        assert there.asked() == ["keys a"]
        there.stores = {**there.stores, "b": replace(a_store("b"), revision=3)}
        leader.look()
        assert there.asked() == ["keys b"]
        there.stores = {"b": there.stores["b"]}
        there.now += timedelta(minutes=2)
        leader.look()
        assert there.asked() == ["sweep b"]


def test_other_keys_are_a_new_start_and_other_settings_are_not(stand: Make) -> None:
    there = stand(job("keys", at_start=True))
    with there.leading() as leader:
        leader.look()
        there.asked()
        there.stores = {"a": replace(there.stores["a"], push=False, revision=1)}
        leader.look()
        assert there.asked() == []
        there.stores = {"a": replace(there.stores["a"], storefront=cast("Any", object()), revision=2)}
        leader.look()
        assert there.asked() == ["keys a"]


def test_another_leader_is_no_new_start_unless_the_config_says_something_else_than_before(stand: Make) -> None:
    ran = [JobRun(store, name, NOON, 0.1) for store in "ab" for name in ("keys", "sweep")]
    there = stand(
        job("keys", at_start=True),
        job("never ran", at_start=True),
        job("sweep", every=timedelta(hours=1)),
        stores=("a", "b"),
        begun=lambda keys, *_, **__: [key for key in keys if key == "b"],
        rows=Rows(runs=ran),
    )
    with there.leading() as leader:
        leader.look()
        assert there.asked() == ["never ran a", "keys b", "never ran b"]


def test_all_stores_are_planned_anyway_where_the_leaders_clock_told_a_wrong_time(stand: Make) -> None:
    told: list[tuple[list[str], list[str], bool]] = []

    def begun(came: Collection[str], changed: Collection[str] = (), *, anyway: bool = False) -> Collection[str]:
        told.append((sorted(came), sorted(changed), anyway))
        return ()

    there = stand(job("keys", at_start=True), stores=("a", "b"), begun=begun)
    with there.leading() as leader:
        for passed in (timedelta(), timedelta(days=3), timedelta(days=-3), timedelta(), timedelta(seconds=-5)):
            there.now += passed
            leader.look()
    assert told == [(["a", "b"], [], False), (["a", "b"], [], True)]


def test_ten_thousand_jobs_that_are_due_do_not_lie_in_the_queue_at_once_and_each_has_its_turn(
    stand: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader_module, "MOST_WAITING", 10)
    names = [f"store-{number:02}" for number in range(35)]
    there = stand(job(due=PUSH), stores=names)
    there.rows.due_now = dict.fromkeys(names, PUSH)
    asked: Counter[str] = Counter()
    with there.leading() as leader:
        for _ in range(7):
            leader.look()
            batch = there.asked()
            assert len(batch) <= 10
            asked.update(batch)
    assert set(asked) == {f"turn {name}" for name in names}
    assert max(asked.values()) == 2


def test_periodic_jobs_leave_room_for_what_is_due(stand: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leader_module, "MOST_PERIODIC", 3)
    names = [f"store-{number}" for number in range(9)]
    there = stand(job(due=PUSH), job("sweep", every=timedelta(minutes=1)), stores=names)
    with there.leading() as leader:
        leader.look()
        there.now += timedelta(minutes=5)
        there.rows.due_now = {"store-1": PUSH}
        leader.look()
        leader.look()
        asked = there.asked()
    assert asked[0] == "turn store-1"
    assert len(asked) == 3


def test_a_job_that_somebody_else_asked_for_meanwhile_keeps_the_others_from_nothing(stand: Make) -> None:
    there = stand(job(due=PUSH))
    there.till.ask(Ask("a", TURN))
    there.till.queue.ask(there.till.connection, [Ask("a", TURN), Ask("b", TURN)], NOON)
    assert sorted(there.asked()) == ["turn a", "turn b"]


@pytest.mark.parametrize("alive", [True, False], ids=["a worker that beats", "a worker that is silent"])
def test_the_jobs_of_a_worker_that_is_gone_are_given_to_others(stand: Make, alive: bool) -> None:  # noqa: FBT001 -- a case
    there = stand(job())
    there.till.ask(Ask("a", TURN, PUSH))
    there.taken_by_a_worker_silent_for(timedelta() if alive else 1.5 * PATIENCE)
    with structlog.testing.capture_logs() as said, there.leading() as leader:
        leader.look()
        there.now += PATIENCE
        leader.look()
    assert there.asked() == ([] if alive else ["turn a"])
    assert [one["event"] for one in said if one["event"] == "job.abandoned"] == ([] if alive else ["job.abandoned"])


def test_two_schedulers_ask_as_one_and_the_second_goes_on_where_the_first_ends(stand: Make) -> None:
    there = stand(job(due=PUSH))
    there.rows.due_now = {"a": PUSH}
    with there.leading() as first, there.leading(stands_by=True) as second:
        second.look()
        assert (first.leads, second.leads, there.asked()) == (True, False, [])
        first.look()
        assert there.asked() == ["turn a"]
        first.stop()
        assert eventually(lambda: second.leads)
        second.look()
        assert there.asked() == ["turn a"]


def test_a_database_that_is_away_is_said_once_and_what_is_due_stays_so(stand: Make) -> None:
    there = stand(job(due=PUSH))
    there.rows.due_now = {"a": PUSH}
    with structlog.testing.capture_logs() as said, there.leading() as leader:
        there.rows.away = True
        for _ in range(3):
            leader.look()
        there.rows.away = False
        leader.look()
    assert [one["event"] for one in said].count("look.failed") == 1
    assert there.asked() == ["turn a"]
