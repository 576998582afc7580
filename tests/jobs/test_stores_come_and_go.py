"""The scheduler with stores that are connected and disconnected while it runs, and what it writes down of its work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, cast

import pytest
import structlog
from app_stores import choose, enter, record_of, service_of
from scheduling import NEVER, REST, SOON, TICK, Desk, a_store, due, eventually

from connector.bootstrap.scheduler import embedded_scheduler
from connector.bootstrap.store_jobs import store_jobs
from connector.jobs.embedded import Embedded
from connector.jobs.runs import Runs
from connector.jobs.schedule import TURN, Job
from connector.ports.clock import system_clock
from connector.ports.due import Look
from connector.ports.history import JobRun
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Town:
    """Stores that come, change and go; a new mapping for each change, as the known stores give it."""

    def __init__(self, *stores: StoreContext) -> None:
        self.stores: Mapping[str, StoreContext] = {one.key: one for one in stores}

    def __call__(self) -> Mapping[str, StoreContext]:
        return self.stores

    def put(self, store: StoreContext) -> None:
        self.stores = {**self.stores, store.key: store}

    def drop(self, key: str) -> None:
        self.stores = {one: store for one, store in self.stores.items() if one != key}


@contextmanager
def running(
    jobs: Sequence[Job], town: Town, desk: Desk | None = None, noted: Callable[[JobRun], None] = lambda _run: None
) -> Iterator[Embedded]:
    work = cast("Work", desk or Desk())
    embedded = Embedded(town, jobs, work=work, clock=system_clock, tick=TICK, rest=REST, noted=noted)
    embedded.start()
    try:
        yield embedded
    finally:
        assert list(embedded.stop(SOON)) == []


def with_storefront(key: str) -> StoreContext:
    return replace(a_store(key), storefront=cast("Any", object()))


def named(name: str, ran: list[tuple[str, str]]) -> Callable[[StoreContext], None]:
    return lambda store: ran.append((name, store.key))


def test_a_store_that_comes_gets_at_once_what_runs_at_a_start() -> None:
    ran: list[tuple[str, str]] = []
    jobs = [Job("keys", named("keys", ran), at_start=True), Job("webhooks", named("webhooks", ran), at_start=True)]
    jobs.append(Job("rare", named("rare", ran), every=NEVER))
    town = Town(a_store("a"))
    with running(jobs, town):
        assert eventually(lambda: len(ran) == 2)
        town.put(a_store("b"))
        assert eventually(lambda: len(ran) == 4)
        time.sleep(0.1)
    assert ran == [("keys", "a"), ("webhooks", "a"), ("keys", "b"), ("webhooks", "b")]


def test_a_store_that_goes_is_left_alone_and_one_that_comes_back_is_begun_with_anew() -> None:
    ran: list[tuple[str, str]] = []
    town = Town(a_store("a"), a_store("b"))
    with running(
        [Job("start", named("start", ran), every=timedelta(milliseconds=30), at_start=True)], town
    ) as embedded:
        assert eventually(lambda: ran.count(("start", "b")) >= 2)
        town.drop("b")
        assert eventually(lambda: "b" not in embedded._working)  # what had begun has ended
        before = ran.count(("start", "b"))
        assert eventually(lambda: ran.count(("start", "a")) >= before + 4)
        assert ran.count(("start", "b")) == before
        town.put(a_store("b"))
        assert eventually(lambda: ran.count(("start", "b")) > before)


def test_the_first_look_does_not_begin_a_second_time_with_what_the_start_begins_with() -> None:
    ran: list[tuple[str, str]] = []
    stores, desk = Town(a_store("a"))(), Desk()
    asked = threading.Semaphore(0)
    twice = threading.Event()

    def slowly() -> Mapping[str, StoreContext]:
        """As a machine is that lets the first look in while the start has just asked for the stores."""
        if asked.acquire(blocking=False):
            twice.set()
        else:
            asked.release()
            twice.wait(0.3)
        return stores

    embedded = Embedded(
        slowly,
        [Job("keys", named("keys", ran), at_start=True)],
        work=cast("Work", desk),
        clock=system_clock,
        tick=TICK,
        rest=REST,
    )
    embedded.start()
    assert eventually(lambda: desk.looks > 2)
    assert list(embedded.stop(SOON)) == []
    assert ran == [("keys", "a")]


def test_other_keys_are_a_new_start_and_other_settings_are_not() -> None:
    ran: list[tuple[str, str]] = []
    first = with_storefront("a")
    town, desk = Town(first), Desk()
    with running([Job("start", named("start", ran), at_start=True)], town, desk):
        assert eventually(lambda: len(ran) == 1)
        town.put(replace(first, push=False, revision=1))
        looks = desk.looks
        assert eventually(lambda: desk.looks > looks + 2)
        time.sleep(0.1)
        assert len(ran) == 1
        town.put(with_storefront("a"))
        assert eventually(lambda: len(ran) == 2)


def test_what_was_done_in_vain_with_other_settings_is_tried_at_once_with_the_new_ones() -> None:
    turns: list[bool] = []
    first = replace(with_storefront("a"), revision=1)
    town = Town(first)

    def verb(store: StoreContext) -> int:
        turns.append(store.revision == 2)
        return int(store.revision == 2)

    desk = Desk(lambda _: [due("a", Look.PUSH)])
    with running([Job(TURN, verb, due=frozenset({Look.PUSH}), rest=NEVER)], town, desk):
        looks = desk.looks
        assert eventually(lambda: turns != [] and desk.looks > looks + 2)  # the next try is far away
        town.put(replace(first, revision=2))
        assert eventually(lambda: True in turns)


def test_more_stores_than_there_were_at_the_start_work_side_by_side() -> None:
    town = Town(a_store("first"))
    together = threading.Barrier(20, timeout=SOON)
    met: list[str] = []

    def verb(store: StoreContext) -> int:
        if store.key != "first":
            together.wait()
            met.append(store.key)
        return 1

    with running([Job("look", verb, at_start=True)], town):
        for number in range(20):
            town.put(a_store(f"later-{number}"))
        assert eventually(lambda: len(met) == 20)


def test_every_run_is_told_with_its_time_and_how_it_ended() -> None:
    runs: list[JobRun] = []

    def bad(_: StoreContext) -> int:
        raise LookupError("Ada Lovelace, 12 St James's Square")

    jobs = [Job("good", lambda _: time.sleep(0.02), at_start=True), Job("bad", bad, at_start=True)]
    with structlog.testing.capture_logs(), running(jobs, Town(a_store("a")), noted=runs.append):
        assert eventually(lambda: len(runs) == 2)
    good, failed = runs
    assert (good.store, good.job, good.failed, good.seconds >= 0.02) == ("a", "good", "", True)
    assert (failed.job, failed.failed) == ("bad", "LookupError")


class Rows:
    """Stands for the database: keeps job runs, or refuses to."""

    def __init__(self) -> None:
        self.kept: list[JobRun] = []
        self.away = False
        self.job_runs = self

    def __call__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        if self.away:
            raise OSError("the disk is gone")
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def save(self, run: JobRun) -> None:
        self.kept.append(run)

    def commit(self) -> None:
        pass


def run(seconds: float, failed: str = "", job: str = "turn", store: str = "a") -> JobRun:
    return JobRun(store, job, NOON + timedelta(seconds=seconds), 0.1, failed)


@pytest.mark.parametrize(
    ("runs", "kept"),
    [
        ([(0, ""), (1, ""), (59, ""), (60, ""), (61, "")], [0, 60]),
        ([(0, ""), (1, "KeyError"), (2, "KeyError"), (3, ""), (4, "")], [0, 1, 2, 3]),
    ],
    ids=["once a minute while all is well", "at once where it failed or is well again"],
)
def test_runs_are_written_down(runs: list[tuple[int, str]], kept: list[int]) -> None:
    rows, now = Rows(), [0.0]
    note = Runs(cast("Work", rows), lambda: now[0])
    for second, failed in runs:
        now[0] = second
        note(run(second, failed))
    assert [one.began_at for one in rows.kept] == [NOON + timedelta(seconds=second) for second in kept]


def test_each_job_of_each_store_is_written_down_for_itself() -> None:
    rows = Rows()
    note = Runs(cast("Work", rows), lambda: 0.0)
    for store, job in (("a", "turn"), ("a", "confirm"), ("b", "turn"), ("a", "turn")):
        note(run(0, job=job, store=store))
    assert [(one.store, one.job) for one in rows.kept] == [("a", "turn"), ("a", "confirm"), ("b", "turn")]


def test_a_run_that_cannot_be_written_down_is_said_and_stops_nothing() -> None:
    rows = Rows()
    rows.away = True
    with structlog.testing.capture_logs() as said:
        Runs(cast("Work", rows), lambda: 0.0)(run(0))
    assert [(one["event"], one["cause"]) for one in said] == [("job_run.not_kept", "OSError")]


def test_runs_of_a_real_service_are_found_in_its_database(tmp_path: Path) -> None:
    with service_of(tmp_path, stores=False) as service:
        enter(service)
        Runs(service.work)(run(0, "KeyError", store="lamps"))
        with service.work(read_only=True) as uow:
            assert uow.job_runs.of("lamps") == [run(0, "KeyError", store="lamps")]


def test_lapsed_keys_are_renewed_before_anything_else_is_done(tmp_path: Path) -> None:
    with service_of(tmp_path) as service:
        jobs = store_jobs(service)
    assert (jobs[0].name, jobs[0].at_start, jobs[0].due) == ("renew", True, frozenset({Look.RENEWAL}))
    assert {job.name for job in jobs if job.at_start} == {
        *("renew", "leave", "webhooks", "promises", "amend", "messages", "reconcile", "sample", "privacy"),
    }


def test_the_queue_is_sampled_and_what_is_past_its_time_is_forgotten(tmp_path: Path) -> None:
    with service_of(tmp_path, "[retention]\nsamples = 1\n") as service:
        jobs = {job.name: job.verb for job in store_jobs(service)}
        jobs["sample"](service.stores["chairs"])
        with service.work(read_only=True) as uow:
            (sampled,) = uow.history.samples("chairs", NOON - timedelta(days=9999))
        assert (sampled.units, sampled.orders) == (0, 0)
        jobs["housekeeping"](replace(service.stores["chairs"], clock=lambda: sampled.at + timedelta(days=2)))
        with service.work(read_only=True) as uow:
            assert uow.history.samples("chairs", NOON - timedelta(days=9999)) == []


def test_a_running_service_finds_a_store_that_is_connected_and_stops_for_one_whose_keys_are_gone(
    tmp_path: Path,
) -> None:
    with service_of(tmp_path, stores=False) as service:
        service.known._ticks = lambda: time.monotonic() * 50  # what is a second to us is long for a test
        embedded = embedded_scheduler(service)
        embedded.start()
        try:
            enter(service)
            choose(service, "lamps", "shop", {"push": False})

            def runs() -> set[str]:
                with service.work(read_only=True) as uow:
                    return {one.job for one in uow.job_runs.of("lamps")}

            assert eventually(lambda: {"renew", "webhooks", "reconcile", "sample"} <= runs())
            assert eventually(lambda: record_of(service, "lamps").failures > 0), "its shop is nowhere"
        finally:
            embedded.stop(SOON)
