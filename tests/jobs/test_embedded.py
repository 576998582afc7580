"""The scheduler of one process: what runs beside what, what is never lost, and what a quiet day costs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import structlog
from databases import address_in
from house import CONFIG
from scheduling import NEVER, REST, SOON, TICK, Desk, a_store, due, eventually
from sqlalchemy import event

from connector.bootstrap.service import Service
from connector.bootstrap.store_jobs import store_jobs
from connector.checked_settings import read_settings
from connector.jobs.embedded import Embedded
from connector.jobs.schedule import TURN, Job, Verb
from connector.ports.clock import system_clock
from connector.ports.due import Due, Look
from connector.ports.records import ShowingRecord
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext
from connector.services.turn import turn

LATE = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


DOES = frozenset({Look.DELIVERIES, Look.DIRTY, Look.PUSH})


def turns(verb: Verb) -> Job:
    return Job(TURN, verb, due=DOES)


@contextmanager
def running(
    jobs: Sequence[Job],
    *stores: str | StoreContext,
    desk: object = None,
    tick: timedelta = NEVER,
    clock: Callable[[], datetime] = system_clock,
) -> Iterator[Embedded]:
    contexts = [a_store(one) if isinstance(one, str) else one for one in stores]
    by_key: Mapping[str, StoreContext] = {one.key: one for one in contexts}
    work = cast("Work", desk or Desk())
    embedded = Embedded(lambda: by_key, jobs, work=work, clock=clock, tick=tick, rest=REST)
    embedded.start()
    try:
        yield embedded
    finally:
        assert list(embedded.stop(SOON)) == []


def look(embedded: Embedded) -> None:
    """One look at what is due; when it returns, whatever was called for has been done."""
    embedded._look()
    assert eventually(lambda: not embedded._asked)


def test_turns_of_one_store_never_overlap_and_those_of_two_stores_do() -> None:
    together = threading.Barrier(2, timeout=SOON)
    inside: dict[str, int] = {"a": 0, "b": 0}
    most: dict[str, int] = {"a": 0, "b": 0}
    met: list[str] = []

    def verb(store: StoreContext) -> int:
        inside[store.key] += 1
        most[store.key] = max(most[store.key], inside[store.key])
        if store.key not in met:
            met.append(store.key)
            together.wait()
        time.sleep(0.002)
        inside[store.key] -= 1
        return 1

    jobs = [Job("one", verb), Job("two", verb)]
    with running(jobs, "a", "b") as embedded:
        for _ in range(50):
            for store in ("a", "b"):
                for job in ("one", "two"):
                    embedded.want(store, job)
            time.sleep(0.001)
        assert eventually(lambda: len(met) == 2)  # nothing begins once we stop
    assert most == {"a": 1, "b": 1}
    assert sorted(met) == ["a", "b"]


def test_a_job_asked_for_many_times_while_it_runs_runs_once_more_and_not_less() -> None:
    began, go_on = threading.Semaphore(0), threading.Semaphore(0)
    runs: list[str] = []

    def verb(store: StoreContext) -> int:
        runs.append(store.key)
        began.release()
        assert go_on.acquire(timeout=SOON)
        return 1

    with running([Job("look", verb)], "a") as embedded:
        embedded.want("a", "look")
        assert began.acquire(timeout=SOON)
        for _ in range(20):
            embedded.want("a", "look")
        go_on.release()
        assert began.acquire(timeout=SOON), "what was wanted during a run came after it"
        go_on.release()
        assert not began.acquire(timeout=0.1)
    assert runs == ["a", "a"]


def test_no_want_is_lost_in_the_moment_a_thread_gives_its_store_back() -> None:
    wanted = done = 0
    finished = threading.Semaphore(0)

    def verb(_: StoreContext) -> int:
        nonlocal done
        done = wanted
        finished.release()
        return 1

    with running([Job("look", verb)], "a") as embedded:
        for number in range(1, 300):
            wanted = number
            embedded.want("a", "look")
            # Sometimes at once, sometimes just as the last run ends: no want may fall between.
            if number % 3:
                assert finished.acquire(timeout=SOON)
        assert eventually(lambda: done == wanted)


def test_jobs_of_one_store_run_in_the_order_in_which_they_are_listed() -> None:
    ran: list[str] = []
    began, hold = threading.Event(), threading.Event()

    def named(name: str) -> Callable[[StoreContext], int]:
        def verb(_: StoreContext) -> int:
            began.set()
            if not hold.is_set():
                assert hold.wait(SOON)
            ran.append(name)
            return 1

        return verb

    jobs = [Job(name, named(name)) for name in ("first", "second", "third")]
    with running(jobs, "a") as embedded:
        for name in ("first", "third", "second", "first"):
            embedded.want("a", name)
            assert began.wait(SOON)
        hold.set()
        assert eventually(lambda: len(ran) == 4)
    assert ran == ["first", "first", "second", "third"]


def test_stores_that_hang_do_not_delay_another_however_many_they_are() -> None:
    let_go = threading.Event()
    ran: list[str] = []

    def verb(store: StoreContext) -> int:
        if store.key.startswith("hanging"):
            assert let_go.wait(2 * SOON)
        ran.append(store.key)
        return 1

    hanging = [f"hanging-{number}" for number in range(12)]
    with running([Job("look", verb)], *hanging, "well") as embedded:
        for store in (*hanging, "well"):
            embedded.want(store, "look")
        assert eventually(lambda: ran == ["well"])
        let_go.set()
        assert eventually(lambda: len(ran) == 13)


def test_a_job_that_raises_is_said_and_tried_again() -> None:
    tries: list[int] = []

    def verb(_: StoreContext) -> int:
        tries.append(len(tries))
        if len(tries) < 3:
            raise LookupError("a bug of ours")
        return 1

    desk = Desk(lambda _: [due("a", Look.PUSH)] if len(tries) < 3 else [])
    with (
        structlog.testing.capture_logs() as said,
        running([turns(verb)], "a", desk=desk, tick=TICK),
    ):
        assert eventually(lambda: len(tries) == 3)
    failed = [one for one in said if one["event"] == "job.failed"]
    assert [(one["store"], one["job"], one["log_level"]) for one in failed] == [("a", TURN, "error")] * 2


def test_what_was_wanted_besides_a_job_that_raises_still_runs() -> None:
    ran: list[str] = []

    def bad(_: StoreContext) -> int:
        raise LookupError("a bug of ours")

    def good(store: StoreContext) -> int:
        ran.append(store.key)
        return 1

    with structlog.testing.capture_logs(), running([Job("bad", bad), Job("good", good)], "a") as embedded:
        embedded.want("a", "good")
        embedded.want("a", "bad")
        assert eventually(lambda: ran == ["a"])


def test_a_periodic_job_runs_for_every_store_again_and_again_and_one_at_the_start_at_once() -> None:
    ran: list[tuple[str, str]] = []

    def named(name: str) -> Callable[[StoreContext], None]:
        return lambda store: ran.append((name, store.key))

    jobs = [
        Job("often", named("often"), every=timedelta(milliseconds=30)),
        Job("start", named("start"), at_start=True),
        Job("rare", named("rare"), every=NEVER),
    ]
    with running(jobs, "a", "b"):
        assert eventually(lambda: all(ran.count(("often", store)) >= 3 for store in ("a", "b")))
    assert sorted(one for one in ran if one[0] != "often") == [("start", "a"), ("start", "b")]


def test_stopping_lets_a_running_job_end_and_begins_no_other() -> None:
    began, ran = threading.Event(), list[str]()

    def verb(store: StoreContext) -> int:
        began.set()
        assert eventually(lambda: embedded._stopping)
        time.sleep(0.1)
        ran.append(store.key)
        return 1

    with running([Job("look", verb), Job("more", verb)], "a", "b") as embedded:
        embedded.want("a", "look")
        assert began.wait(SOON)
        embedded.want("a", "more")
        assert list(embedded.stop(SOON)) == []
        embedded.want("b", "look")
    assert ran == ["a"]


def test_stopping_does_not_wait_for_a_shop_that_hangs_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.jobs.embedded.STOP_SECONDS", 3600.0)
    at_work, let_go = threading.Event(), threading.Event()

    def verb(_: StoreContext) -> int:
        at_work.set()
        assert let_go.wait(2 * SOON)
        return 1

    with running([Job("look", verb)], "a", "slow") as embedded:
        embedded.want("slow", "look")
        assert at_work.wait(SOON)
        # It hangs for minutes, and is at work still when this returns.
        assert list(embedded.stop(patience=0.2)) == ["slow"]
        let_go.set()


def test_a_store_whose_turn_does_nothing_is_left_alone_for_longer_and_longer() -> None:
    now, ran = LATE, list[datetime]()
    waiting = {Look.PUSH}
    desk = Desk(lambda _: [due("a", *waiting)])
    with running([turns(lambda _: ran.append(now))], "a", desk=desk, clock=lambda: now) as embedded:
        for _ in range(16):
            look(embedded)
            now += REST / 2
        assert [later - sooner for sooner, later in pairwise(ran)] == [REST, 2 * REST, 4 * REST]
        waiting.add(Look.DELIVERIES)
        look(embedded)
        assert ran[4:] == [now], "news is worked on at once"


def test_each_job_is_called_by_what_is_due_for_it_and_by_nothing_else() -> None:
    ran: list[str] = []

    def named(name: str) -> Verb:
        return lambda _: ran.append(name)

    jobs = [turns(named("turn")), Job("tell", named("tell"), due=frozenset({Look.NOTICES})), Job("idle", named("idle"))]
    desk = Desk(lambda _: [] if ran else [due("a", Look.NOTICES, Look.RENEWAL)])
    with running(jobs, "a", desk=desk, tick=TICK):
        assert eventually(lambda: ran != [])
        time.sleep(0.1)
    assert set(ran) == {"tell"}


def test_what_one_job_makes_due_for_another_is_done_at_the_next_look() -> None:
    chain = [Look.DELIVERIES, Look.CONFIRM, Look.NOTICES, Look.MESSAGES]
    left = list(chain)
    ran: list[Look] = []

    def doing(look: Look) -> Verb:
        def verb(_: StoreContext) -> int:
            if left[:1] != [look]:
                return 0
            ran.append(left.pop(0))
            return 1

        return verb

    jobs = [Job(one.value, doing(one), due=frozenset({one}), rest=NEVER) for one in chain]
    with running(jobs, "a", desk=Desk(lambda _: [due("a", *left[:1])]), tick=TICK):
        assert eventually(lambda: ran == chain)


def test_one_job_that_does_nothing_keeps_no_other_of_its_store_waiting() -> None:
    ran: list[str] = []

    def good(_: StoreContext) -> int:
        ran.append("good")
        return 1

    jobs = [
        Job("vain", lambda _: ran.append("vain"), due=frozenset({Look.MESSAGES}), rest=NEVER),
        Job("good", good, due=frozenset({Look.CONFIRM}), rest=NEVER),
    ]
    with running(jobs, "a", desk=Desk(lambda _: [due("a", Look.MESSAGES, Look.CONFIRM)])) as embedded:
        for _ in range(3):
            look(embedded)
    assert sorted(ran) == ["good", "good", "good", "vain"]


def test_a_store_that_is_only_planned_is_not_called_to_write() -> None:
    ran: list[str] = []
    jobs = [replace(turns(lambda one: ran.append(one.key)), rest=TICK)]
    stores = [replace(a_store("planned"), push=False), a_store("pushed")]
    desk = Desk(lambda _: [due("planned", Look.PUSH), due("pushed", Look.PUSH)])
    with running(jobs, *stores, desk=desk, tick=TICK):
        assert eventually(lambda: len(ran) >= 3)
    assert set(ran) == {"pushed"}


def test_a_store_that_nobody_has_set_up_is_left_alone() -> None:
    desk = Desk(lambda _: [due("stranger", Look.PUSH)])
    with running([turns(lambda _: 1)], "a", desk=desk, tick=TICK) as embedded:
        assert eventually(lambda: desk.looks > 3)
        assert embedded._wanted == {}


def test_the_day_that_decides_is_the_stores_own() -> None:
    seen: dict[str, date] = {}

    def asked(today: Callable[[str], date]) -> Sequence[Due]:
        seen.update({key: today(key) for key in ("utc", "york", "sydney", "stranger")})
        return []

    stores = [
        a_store("utc"),
        a_store("york", "America/New_York"),
        a_store("sydney", "Australia/Sydney"),
    ]
    with running([turns(lambda _: 1)], *stores, desk=Desk(asked), tick=TICK, clock=lambda: LATE):
        assert eventually(lambda: seen != {})
    assert {key: day.day for key, day in seen.items()} == {"utc": 23, "york": 23, "sydney": 24, "stranger": 23}


def test_a_database_that_is_away_is_said_once_and_asked_again() -> None:
    away = True
    ran: list[str] = []

    def asked(_: Callable[[str], date]) -> Sequence[Due]:
        if away:
            raise OSError("the disk is gone")
        return [due("a", Look.DELIVERIES)]

    desk = Desk(asked)
    with (
        structlog.testing.capture_logs() as said,
        running([turns(lambda one: ran.append(one.key))], "a", desk=desk, tick=TICK),
    ):
        assert eventually(lambda: desk.looks > 5)
        away = False
        assert eventually(lambda: "a" in ran)
    assert [one["event"] for one in said] == ["look.failed"]


@contextmanager
def quiet_service(folder: Path) -> Iterator[Service]:
    """Real stores over a real database; their shops are never to be called."""
    path = folder / "config.toml"
    nowhere = {"woo": "http://127.0.0.1:9", "shopify": "http://127.0.0.1:9"}
    path.write_text(CONFIG.format(database=address_in(folder), **nowhere))
    with ExitStack() as stack:
        service = Service(read_settings(path, {}))
        stack.callback(service.close)
        service.prepare()
        yield service


@pytest.mark.parametrize("does", ["a look", "a job whose time has come"])
def test_whoever_stops_it_may_close_the_database_then(does: str) -> None:
    began, go_on = threading.Event(), threading.Event()

    def asks_the_database() -> dict[str, StoreContext]:
        if threading.current_thread() is not threading.main_thread():
            began.set()
            assert go_on.wait(SOON)
        return {}

    every = TICK if does == "a job whose time has come" else NEVER
    tick = TICK if does == "a look" else NEVER
    jobs = [Job("job", lambda _: 0, every=every)]
    embedded = Embedded(asks_the_database, jobs, work=cast("Work", Desk()), clock=system_clock, tick=tick, rest=REST)
    embedded.start()
    assert began.wait(SOON)
    stopping = threading.Thread(target=embedded.stop, args=[SOON])
    stopping.start()
    stopping.join(0.2)
    assert stopping.is_alive(), "it waits for whoever is at the database"
    go_on.set()
    stopping.join()
    assert embedded._ticking == 0


def test_an_idle_service_asks_the_database_one_question_a_tick(tmp_path: Path) -> None:
    with quiet_service(tmp_path) as service:
        asked: list[str] = []
        stores = service.stores
        event.listen(
            service.database.engine,
            "before_cursor_execute",
            lambda _c, _cur, statement, *_: (
                asked.append(statement) if statement.startswith(("SELECT", "WITH")) else None
            ),
        )
        looks = 0
        work = service.work

        def counted(*, read_only: bool = False) -> Any:
            nonlocal looks
            looks += 1
            return work(read_only=read_only)

        jobs = [replace(one, at_start=False) for one in store_jobs(service)]
        embedded = Embedded(lambda: stores, jobs, work=cast("Work", counted), clock=system_clock, tick=TICK, rest=REST)
        embedded.start()
        assert eventually(lambda: len(asked) >= 10)
        assert list(embedded.stop(SOON)) == []
        assert len(asked) <= looks


def test_a_paused_store_does_not_spin(tmp_path: Path) -> None:
    with quiet_service(tmp_path) as service:
        with service.work() as uow:
            record = uow.stores.get("chairs")
            assert record is not None
            record.paused = True
            uow.stores.save(record)
            uow.showings.save("chairs", [ShowingRecord("7", "7", {"backorders": "no"}, due=True)])
            uow.commit()
        now, ran = service.clock(), list[str]()

        def counted(store: StoreContext) -> int:
            ran.append(store.key)
            return turn(store)

        stores = list(service.stores.values())
        with running([turns(counted)], *stores, desk=service.work, clock=lambda: now) as embedded:
            for _ in range(60):
                look(embedded)
                now += TICK
        assert ran == ["chairs"] * 3, "tried now and then, not at every look"
