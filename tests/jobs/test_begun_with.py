"""Before anything is asked for, whoever keeps the time tells which stores it begins with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import structlog
from scheduling import NEVER, REST, SOON, Desk, a_store, due, eventually

from connector.jobs.embedded import Embedded
from connector.jobs.schedule import TURN, Job
from connector.ports.due import Look
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Start:
    """A scheduler that looks when the test says so."""

    stores: Mapping[str, StoreContext]
    now: datetime = NOON
    told: list[tuple[list[str], list[str], bool]] = field(default_factory=list)
    failing: int = 0
    ran: list[str] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)

    def begun(self, came: Collection[str], changed: Collection[str] = (), *, anyway: bool = False) -> Collection[str]:
        if self.failing:
            self.failing -= 1
            raise OSError("the database is away")
        self.told.append((sorted(came), sorted(changed), anyway))
        return ()

    def embedded(self) -> Embedded:
        def verb(store: StoreContext) -> int:
            self.ran.append(store.key if self.told else f"{store.key} before anything was told")
            return 1

        return Embedded(
            lambda: self.stores,
            [Job("keys", verb, at_start=True), Job(TURN, verb, due=frozenset({Look.DIRTY}))],
            work=cast("Work", self.desk),
            clock=lambda: self.now,
            tick=NEVER,
            rest=REST,
            begun=self.begun,
        )

    @contextmanager
    def running(self) -> Iterator[Embedded]:
        embedded = self.embedded()
        embedded.start()
        try:
            yield embedded
        finally:
            assert list(embedded.stop(SOON)) == []


def stores(*keys: str) -> dict[str, StoreContext]:
    return {key: a_store(key) for key in keys}


def test_all_stores_come_at_a_start_and_are_told_of_before_any_of_them_is_worked_for() -> None:
    there = Start(stores("a", "b"))
    with there.running() as embedded:
        assert eventually(lambda: len(there.ran) == 2)
        embedded._look()
    assert there.told == [(["a", "b"], [], False)]
    assert sorted(there.ran) == ["a", "b"]


def test_a_store_that_comes_is_told_apart_from_one_whose_settings_are_changed() -> None:
    there = Start(stores("a", "b"))
    with there.running() as embedded:
        there.stores = {**there.stores, "b": replace(there.stores["b"], revision=1), **stores("c")}
        embedded._look()
        embedded._look()
    assert there.told[1:] == [(["c"], ["b"], False)]


def test_a_start_that_fails_leaves_nothing_running_and_the_next_one_tells_the_same() -> None:
    there = Start(stores("a"), failing=1)
    embedded = there.embedded()
    with pytest.raises(OSError, match="away"):
        embedded.start()
    assert not embedded._scheduler.running
    assert there.ran == []
    with there.running():
        assert eventually(lambda: there.ran == ["a"])
    assert there.told == [(["a"], [], False)]


def test_a_store_that_could_not_be_begun_with_is_begun_with_at_the_next_look() -> None:
    there = Start(stores("a"))
    with structlog.testing.capture_logs() as said, there.running() as embedded:
        there.stores, there.failing = {**there.stores, **stores("b")}, 1
        embedded._look()
        assert there.told[1:] == []
        embedded._look()
        assert eventually(lambda: "b" in there.ran)
    assert there.told[1:] == [(["b"], [], False)]
    assert [one["event"] for one in said] == ["look.failed"]


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (timedelta(days=3), [(["a", "b"], [], True)]),
        (timedelta(hours=1), [(["a", "b"], [], True)]),
        (timedelta(seconds=30), []),  # as a time server mends a clock
        (timedelta(hours=-30), []),  # a machine that slept
    ],
)
def test_all_stores_are_planned_anyway_where_our_clock_told_a_wrong_time(
    back: timedelta, told: list[tuple[list[str], list[str], bool]]
) -> None:
    there = Start(stores("a", "b"))
    with there.running() as embedded:
        there.now -= back
        there.failing = len(told)  # also if the database is away just then
        with structlog.testing.capture_logs():
            for _ in range(3):
                embedded._look()
    assert there.told[1:] == told


def test_what_rests_for_days_after_our_clock_was_wrong_is_done_at_once_when_it_is_right_again() -> None:
    there = Start(stores("a"), now=NOON + timedelta(days=3))
    there.desk = Desk(lambda _: [due("a", Look.DIRTY)])
    ran: list[str] = []

    def in_vain(store: StoreContext) -> int:
        ran.append(store.key)
        return 0

    embedded = Embedded(
        lambda: there.stores,
        [Job(TURN, in_vain, due=frozenset({Look.DIRTY}))],
        work=cast("Work", there.desk),
        clock=lambda: there.now,
        tick=NEVER,
        rest=REST,
        begun=cast("Any", there.begun),
    )
    embedded.start()
    try:
        embedded._look()
        assert eventually(lambda: ran == ["a"] and not embedded._asked)
        there.now = NOON
        embedded._look()
        assert eventually(lambda: ran == ["a", "a"])
    finally:
        assert list(embedded.stop(SOON)) == []
