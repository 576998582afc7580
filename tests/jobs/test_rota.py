from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from connector.jobs.rota import Rota, next_after, phase
from connector.jobs.schedule import Job

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
STORES = [f"store-{number}" for number in range(1000)]


def job(name: str, every: timedelta | None) -> Job:
    return Job(name, lambda _: 0, every=every)


def walk(rota: Rota, until: timedelta, step: timedelta = timedelta(seconds=1), most: int = 10_000) -> Counter[str]:
    """How often each store's turn came, looking every ``step``."""
    came: Counter[str] = Counter()
    at = NOON
    while at < NOON + until:
        at += step
        came.update(store for store, _ in rota.take(at, most))
    return came


def test_each_store_comes_once_in_each_period() -> None:
    rota = Rota([job("sweep", MINUTE)])
    for store in STORES:
        rota.add(store, {}, NOON)
    assert walk(rota, 5 * MINUTE) == dict.fromkeys(STORES, 5)


def test_stores_are_spread_over_the_period_and_do_not_come_all_at_once() -> None:
    phases = sorted(phase(store, "sweep", HOUR) for store in STORES)
    in_each_tenth = Counter(int(one / HOUR * 10) for one in phases)
    assert sorted(in_each_tenth) == list(range(10))
    assert max(in_each_tenth.values()) < 150


def test_the_jobs_of_one_store_are_spread_too() -> None:
    assert len({phase("main", name, HOUR) for name in ("reconcile", "webhooks", "promises")}) == 3


def test_the_moment_of_a_store_is_the_same_after_every_restart() -> None:
    assert phase("main", "reconcile", HOUR) == timedelta(seconds=1901, microseconds=223881)
    first = next_after(NOON, "main", "reconcile", HOUR)
    assert next_after(first - timedelta(microseconds=1), "main", "reconcile", HOUR) == first
    assert next_after(first, "main", "reconcile", HOUR) == first + HOUR


def test_what_ran_in_this_period_already_is_not_wanted_again_under_another_leader() -> None:
    last = next_after(NOON, "main", "sweep", HOUR)
    rota = Rota([job("sweep", HOUR)])
    rota.add("main", {"sweep": last + MINUTE}, last + 2 * MINUTE)
    assert rota.take(last + HOUR - MINUTE, 9) == []
    assert rota.take(last + HOUR, 9) == [("main", "sweep")]


def test_what_was_missed_is_wanted_at_once_and_once() -> None:
    rota = Rota([job("sweep", MINUTE)])
    rota.add("main", {"sweep": NOON - 10 * HOUR}, NOON)
    assert rota.take(NOON, 9) == [("main", "sweep")]
    assert rota.take(NOON, 9) == []


def test_what_there_is_no_room_for_is_taken_later() -> None:
    rota = Rota([job("sweep", MINUTE)])
    for store in STORES:
        rota.add(store, {}, NOON)
    late = NOON + HOUR
    taken = [store for _ in range(10) for store, _ in rota.take(late, 100)]
    assert sorted(taken) == sorted(STORES)
    assert rota.take(late, 100) == []


def test_a_store_that_goes_and_comes_back_has_its_jobs_once() -> None:
    rota = Rota([job("sweep", MINUTE), job("seldom", HOUR), job("when due", None)])
    rota.add("main", {}, NOON)
    rota.drop("main")
    assert rota.take(NOON + HOUR, 9) == []
    rota.add("main", {}, NOON)
    rota.add("main", {}, NOON)
    assert sorted(rota.take(NOON + HOUR, 9)) == [("main", "seldom"), ("main", "sweep")]


def test_a_clock_that_was_ahead_keeps_no_job_waiting() -> None:
    rota = Rota([job("sweep", MINUTE)])
    rota.add("main", {"sweep": NOON + 10 * HOUR}, NOON)
    assert rota.take(NOON + MINUTE, 9) == [("main", "sweep")]
