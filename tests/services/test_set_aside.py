"""What is set aside, and what is not: a fault in one thing blames that thing alone, and whatever ends the turn none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from restock_stage import KEY, Stage, status_of

from connector.domain.facts import Fact, StockSeen, Thing, Unread
from connector.jobs.fence import Superseded
from connector.ports.aside import AsideRecord, Task
from connector.ports.failures import DatabaseAway, OwnerMustAct, TryLater, Unreadable
from connector.services import taking
from connector.services.apply import Apply
from connector.services.confirm import take_read
from connector.services.patience import LAST
from connector.services.set_aside import put_aside, set_aside, try_again
from connector.services.stumbled import named
from connector.services.taking import read_and_take, take
from connector.storage.engine import Database

ENDS = (
    TryLater("the shop is busy"),
    OwnerMustAct("read", "The key was revoked.", "Make another."),
    Unreadable("$", "is not JSON"),
    DatabaseAway("locked"),
    Superseded(KEY),
)
POOLS = [f"pool {n}" for n in range(7)]


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    for one in POOLS:
        made.shelf(f"variant of {one}", one, available=1)
    made.shop.numbers = dict.fromkeys(POOLS, 5)
    return made


def aside(stage: Stage) -> dict[tuple[Task, str], AsideRecord]:
    with stage.work(read_only=True) as uow:
        return {(one.task, one.id): one for one in uow.aside.find(KEY, 99)}


def numbers(stage: Stage) -> dict[str, int | None]:
    with stage.work(read_only=True) as uow:
        return {one.id: one.available for one in uow.pools.get(KEY, POOLS).values()}


def stumbling_over(stage: Stage, *bad: str, error: Exception | None = None) -> Any:
    def read(ids: Sequence[str]) -> Iterator[Fact]:
        if set(bad) & set(ids):
            raise error or ZeroDivisionError("made up")
        return stage.shop.read_pools(ids)

    return read


@pytest.mark.parametrize("bad", [POOLS[:1], POOLS[-1:], [POOLS[2], POOLS[5]], POOLS])
def test_those_that_reading_fails_for_are_found_among_the_others(stage: Stage, bad: list[str]) -> None:
    taken = read_and_take(stage.store, Task.POOL, stumbling_over(stage, *bad), POOLS)
    assert taken.stumbled == {(Task.POOL, one) for one in bad}
    assert set(aside(stage)) == taken.stumbled
    assert numbers(stage) == {one: 1 if one in bad else 5 for one in POOLS}


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
def test_what_ends_the_turn_blames_nothing_that_was_read(stage: Stage, error: Exception) -> None:
    with pytest.raises(type(error)):
        read_and_take(stage.store, Task.POOL, stumbling_over(stage, POOLS[0], error=error), POOLS)
    assert aside(stage) == {}


@pytest.mark.parametrize("error", ENDS, ids=lambda error: type(error).__name__)
def test_what_ends_the_turn_blames_nothing_that_is_written_down(
    stage: Stage, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Apply, "take", fail)
    with pytest.raises(type(error)):
        read_and_take(stage.store, Task.POOL, stage.shop.read_pools, POOLS)
    assert aside(stage) == {}


def test_a_turn_that_was_given_to_another_sets_nothing_aside(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where what it stumbled over really was a row: it must not write any more."""
    bad = stumbling_over(stage, POOLS[0])

    def given_away(*_: object, **__: object) -> None:
        raise Superseded(KEY)

    monkeypatch.setattr(taking, "put_aside", given_away)
    with pytest.raises(Superseded):
        read_and_take(stage.store, Task.POOL, bad, POOLS)
    assert aside(stage) == {}


def test_what_is_set_aside_waits_longer_each_time_and_an_hour_at_most(stage: Stage) -> None:
    waits: list[timedelta] = []
    for _ in range(14):
        put_aside(stage.store, Task.POOL, POOLS[0], ZeroDivisionError(), [POOLS[0]])
        held = aside(stage)[Task.POOL, POOLS[0]]
        waits.append(held.next_at - stage.now)
        stage.wait(hours=1)
    assert held.attempts == len(waits)
    assert waits[0] <= timedelta(seconds=10)
    assert all(later > sooner for sooner, later in zip(waits[:5], waits[2:7], strict=True)), "doubled, less a quarter"
    assert LAST * 0.75 <= min(waits[-3:]) <= max(waits[-3:]) <= LAST


def test_it_is_told_once_and_its_goods_are_in_doubt_until_it_is_done(stage: Stage) -> None:
    for _ in range(3):
        put_aside(stage.store, Task.POOL, POOLS[0], ZeroDivisionError(), [POOLS[0]])
    with stage.work(read_only=True) as uow:
        told = [link.entry for link in uow.journal.read(KEY, limit=99) if link.entry.kind == "set_aside"]
        assert [one.facts["why"] for one in told] == ["a fault of ours: ZeroDivisionError"]
        assert set(uow.pools.unconfirmed_among(KEY, POOLS)) == {POOLS[0]}
        assert uow.aside.doubtful(KEY) == {POOLS[0]}


def test_what_waits_is_passed_over_until_its_time_and_done_when_asked_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Apply, "_stock", failing_for(POOLS[0]))
        take_read(stage.store, Task.PRODUCT, stage.shop.read_pools, POOLS)
    assert set(aside(stage)) == {(Task.POOL, POOLS[0])}
    take_read(stage.store, Task.PRODUCT, stage.shop.read_pools, POOLS)
    assert numbers(stage)[POOLS[0]] == 1, "nobody stumbles over it twice in a row"
    assert try_again(stage.work, KEY, stage.now) == 1
    take_read(stage.store, Task.PRODUCT, stage.shop.read_pools, POOLS)
    assert numbers(stage) == dict.fromkeys(POOLS, 5)


def failing_for(pool: str) -> Any:
    verb = Apply._stock

    def stock(self: Any, fact: StockSeen, *args: Any, **kwargs: Any) -> None:
        if fact.pool_id == pool:
            raise ZeroDivisionError("made up")
        verb(self, fact, *args, **kwargs)

    return stock


def test_what_the_shop_says_in_no_readable_way_is_set_aside_and_holds_up_nobody(stage: Stage) -> None:
    facts: list[Fact] = [Unread(Thing.POOL, POOLS[0], "it cannot be read: $.tracked is missing")]
    facts += [StockSeen(one, 5, status_of(5), stage.now) for one in POOLS[1:]]
    for _ in range(2):
        assert take(stage.store, facts, stage.now).stumbled == {(Task.POOL, POOLS[0])}
        (held,) = aside(stage).values()
        assert (held.why, held.attempts) == ("it cannot be read: $.tracked is missing", 1), "a poll that repeats it"
    assert numbers(stage) == {one: 1 if one == POOLS[0] else 5 for one in POOLS}
    readable: list[Fact] = [StockSeen(POOLS[0], 5, status_of(5), stage.now)]
    take(stage.store, readable, stage.now)
    assert numbers(stage)[POOLS[0]] == 5, "as soon as it can be read it is"


def test_a_reading_that_is_not_of_a_thing_fails_as_a_whole(stage: Stage) -> None:
    """What is written with the last of it is not a row's fault."""

    def also(_: object) -> None:
        raise ZeroDivisionError("made up")

    with pytest.raises(ZeroDivisionError):
        take(stage.store, [], stage.now, also=also)
    assert aside(stage) == {}


def test_another_reason_and_more_goods_are_added_to_what_waits(stage: Stage) -> None:
    with stage.work() as uow:
        set_aside(stage.store, uow, Task.ORDER, "1", named(ValueError()), POOLS[:1])
        set_aside(stage.store, uow, Task.ORDER, "1", named(KeyError()), POOLS[1:2])
        uow.commit()
    held = aside(stage)[Task.ORDER, "1"]
    assert replace(held, next_at=stage.now) == AsideRecord(
        Task.ORDER, "1", "a fault of ours: KeyError", stage.now, stage.now, 2, (POOLS[0], POOLS[1])
    )
