from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from storage_rows import NOON, OTHER, SHOP, TODAY, a_pool, after

from connector.domain.facts import PlatformStatus
from connector.ports.records import PoolRecord
from connector.ports.unit_of_work import Pools
from connector.storage.engine import Database

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def pools(database: Database) -> Iterator[Pools]:
    with database.work() as work:
        yield work.pools


def names(found: Sequence[PoolRecord]) -> list[str]:
    return [one.id for one in found]


def test_news_makes_a_new_pool_dirty_and_unconfirmed(pools: Pools) -> None:
    pools.touch(SHOP, ["p1", "p1"], NOON)
    expected = a_pool(touched_at=NOON, unconfirmed_since=NOON, dirty_at=NOON)
    assert pools.get(SHOP, ["p1", "p2"]) == {"p1": expected}
    assert pools.get(OTHER, ["p1"]) == {}


def test_older_news_never_takes_a_touch_back(pools: Pools) -> None:
    pools.touch(SHOP, ["p1"], NOON)
    pools.touch(SHOP, ["p1"], after(9))
    pools.touch(SHOP, ["p1"], after(-9))
    pool = pools.get(SHOP, ["p1"])["p1"]
    assert (pool.touched_at, pool.unconfirmed_since) == (after(9), NOON)


def test_stock_is_saved_without_the_marks_of_planning(pools: Pools) -> None:
    pools.touch(SHOP, ["p1"], NOON)
    pools.planned(SHOP, [a_pool(replan_on=TOMORROW, missing=2)])
    stock = a_pool(
        available=-4,
        status=PlatformStatus.BACKORDER,
        changed_at=after(1),
        seen_at=after(2),
        missing=99,
        dirty_at=after(3),
    )
    pools.save_stock(SHOP, [stock, a_pool("p2", available=None)])
    expected = replace(stock, touched_at=NOON, unconfirmed_since=NOON, dirty_at=NOON, replan_on=TOMORROW, missing=2)
    assert pools.get(SHOP, ["p1", "p2"]) == {"p1": expected, "p2": a_pool("p2")}


def test_planning_takes_the_longest_dirty_first(pools: Pools) -> None:
    for name, second in (("b", 2), ("a", 1), ("c", 3)):
        pools.touch(SHOP, [name], after(second))
    assert names(pools.dirty(SHOP, 2, TODAY)) == ["a", "b"]


def test_a_pool_that_is_touched_all_the_time_keeps_its_turn(pools: Pools) -> None:
    pools.touch(SHOP, ["busy"], NOON)
    pools.touch(SHOP, ["quiet"], after(1))
    pools.touch(SHOP, ["busy"], after(2))
    assert names(pools.dirty(SHOP, 1, TODAY)) == ["busy"]


def test_a_day_that_has_come_makes_a_pool_dirty(pools: Pools) -> None:
    pools.touch(SHOP, ["p1", "p2", "p3"], NOON)
    read = pools.get(SHOP, ["p1", "p2"])
    pools.planned(SHOP, [replace(read["p1"], replan_on=TODAY), replace(read["p2"], replan_on=TOMORROW)])
    # The day began before noon, so it has waited longer than what was touched at noon.
    assert names(pools.dirty(SHOP, 9, TODAY)) == ["p1", "p3"]
    assert names(pools.dirty(SHOP, 9, TOMORROW)) == ["p1", "p3", "p2"]


@pytest.mark.parametrize("at", [after(1), NOON, after(-1)], ids=["later", "at the same moment", "earlier"])
def test_a_pool_touched_while_it_was_planned_is_planned_again(pools: Pools, at: datetime) -> None:
    pools.touch(SHOP, ["p1", "p2"], NOON)
    read = pools.dirty(SHOP, 9, TODAY)
    pools.touch(SHOP, ["p2"], at)
    pools.planned(SHOP, [replace(one, missing=1) for one in read])
    assert names(pools.dirty(SHOP, 9, TODAY)) == ["p2"]
    assert {one.missing for one in pools.get(SHOP, ["p1", "p2"]).values()} == {1}


def test_planning_again_disturbs_no_confirmation(pools: Pools) -> None:
    pools.save_stock(SHOP, [a_pool("p1"), a_pool("p2")])
    pools.redirty(SHOP, ["p1", "unknown"], NOON)
    assert pools.get(SHOP, ["p1", "unknown"]) == {"p1": a_pool(dirty_at=NOON)}
    pools.redirty(SHOP, None, after(1))
    assert names(pools.dirty(SHOP, 9, TODAY)) == ["p1", "p2"]
    assert pools.unconfirmed_among(SHOP, ["p1", "p2"]) == set()


def test_replanning_marks_a_pool_that_is_being_planned(pools: Pools) -> None:
    pools.touch(SHOP, ["p1"], NOON)
    read = pools.dirty(SHOP, 9, TODAY)
    pools.redirty(SHOP, None, NOON)
    pools.planned(SHOP, read)
    assert names(pools.dirty(SHOP, 9, TODAY)) == ["p1"]


def test_only_a_read_that_began_after_the_last_news_confirms(pools: Pools) -> None:
    pools.touch(SHOP, ["quiet"], NOON)
    pools.touch(SHOP, ["same"], after(5))
    pools.touch(SHOP, ["busy"], after(6))
    pools.save_stock(SHOP, [a_pool("untouched")])
    asked = ["quiet", "same", "busy", "untouched", "unknown"]
    assert pools.confirm(SHOP, asked, after(5)) == {"quiet", "same", "untouched"}
    assert pools.unconfirmed_among(SHOP, asked) == {"busy"}
    quiet = pools.get(SHOP, ["quiet"])["quiet"]
    assert (quiet.confirmed_at, quiet.unconfirmed_since, quiet.touched_at) == (after(5), None, NOON)


def test_news_after_a_confirmation_begins_a_new_wait(pools: Pools) -> None:
    pools.touch(SHOP, ["p1"], NOON)
    pools.confirm(SHOP, ["p1"], after(1))
    pools.touch(SHOP, ["p1"], after(2))
    assert pools.get(SHOP, ["p1"])["p1"].unconfirmed_since == after(2)


def test_a_pool_is_confirmed_when_it_has_settled_or_waited_long(pools: Pools) -> None:
    pools.touch(SHOP, ["settled"], after(10))
    pools.touch(SHOP, ["long"], after(0))
    pools.touch(SHOP, ["long"], after(50))
    pools.touch(SHOP, ["fresh"], after(45))

    def found(limit: int) -> list[str]:
        return names(pools.unconfirmed(SHOP, touched_before=after(20), since_before=after(5), limit=limit))

    assert found(9) == ["long", "settled"]
    assert found(1) == ["long"]
    pools.confirm(SHOP, ["settled"], after(60))
    assert found(9) == ["long"]


def test_all_pools_are_walked_in_pages_each_once(pools: Pools) -> None:
    many = [f"p{i:02}" for i in range(25)]
    pools.touch(SHOP, many, NOON)
    pools.touch(OTHER, ["other"], NOON)
    walked: list[str] = []
    while page := pools.ids_after(SHOP, walked[-1] if walked else "", 10):
        assert len(page) <= 10
        walked += page
    assert walked == many
    assert (pools.size(SHOP), pools.size(OTHER), pools.size("nobody")) == (25, 1, 0)


def test_more_pools_than_one_query_takes_are_touched_and_found(pools: Pools) -> None:
    many = [f"p{i}" for i in range(1100)]
    pools.touch(SHOP, many, NOON)
    assert len(pools.dirty(SHOP, 5000, date.max)) == 1100
    assert pools.confirm(SHOP, many, NOON) == set(many)
