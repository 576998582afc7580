"""A rate budget never lets more through than the platform restores."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from adapters.budget import Budget
from adapters.http import NO_RETRIES, Channel
from connector.ports.budgets import InMemory
from connector.ports.failures import TryLater

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Watch:
    """A clock that moves by hand; ``ahead``: of the right time, in seconds."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.seconds = 0.0
        self.ahead = ahead

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds + self.ahead)


def test_callers_queue_up_behind_each_other() -> None:
    budget = Budget(100, 10, Watch())
    assert [budget.wait_for(50) for _ in range(4)] == [0.0, 0.0, 5.0, 10.0]


def test_points_flow_back_up_to_the_maximum() -> None:
    watch = Watch()
    budget = Budget(100, 10, watch)
    assert budget.wait_for(100) == 0.0
    watch.seconds = 1000.0
    assert [budget.wait_for(100), budget.wait_for(10)] == [0.0, 1.0]


def test_a_call_dearer_than_the_bucket_waits_for_a_full_one() -> None:
    budget = Budget(100, 10, Watch())
    assert [budget.wait_for(5000), budget.wait_for(5000)] == [0.0, 10.0]


def test_the_platform_knows_its_own_bucket_best() -> None:
    budget = Budget(1000, 50, Watch())
    budget.learn(20, 2000, 100)
    assert budget.wait_for(120) == 1.0
    budget.learn(2000)
    assert budget.wait_for(2000) == 0.0


def test_a_bucket_that_makes_no_sense_is_not_believed() -> None:
    budget = Budget(100, 10, Watch())
    budget.learn(0, 0, -1)
    assert budget.wait_for(10) == 1.0


def test_points_not_used_are_given_back() -> None:
    budget = Budget(100, 10, Watch())
    budget.wait_for(100)
    budget.give_back(100)
    assert budget.wait_for(100) == 0.0


@pytest.mark.parametrize(("points", "restore"), [(0, 1), (1, 0), (-1, 1)])
def test_a_budget_that_would_never_let_a_call_through_is_refused(points: float, restore: float) -> None:
    with pytest.raises(ValueError, match="never let a call through"):
        Budget(points, restore)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 200)), max_size=30))
def test_no_more_goes_out_than_the_bucket_held_and_restored(calls: list[tuple[float, float]]) -> None:
    watch = Watch()
    budget = Budget(200, 10, watch)
    spent, latest = 0.0, 0.0
    for pause, cost in calls:
        watch.seconds += pause
        latest = max(latest, watch.seconds + budget.wait_for(cost))
        spent += cost
    assert spent <= 200 + 10 * latest + 1e-6


def test_two_that_share_a_bucket_queue_up_behind_each_other() -> None:
    keeper, watch = InMemory(), Watch()
    one, other = Budget(100, 10, watch, keeper), Budget(100, 10, watch, keeper)
    assert [one.wait_for(50), other.wait_for(50), one.wait_for(50), other.wait_for(50)] == [0.0, 0.0, 5.0, 10.0]


def test_what_one_is_told_the_other_knows() -> None:
    keeper, watch = InMemory(), Watch()
    one, other = Budget(1000, 50, watch, keeper), Budget(1000, 50, watch, keeper)
    one.wait_for(10)
    one.learn(20, 2000, 100)
    assert other.wait_for(120) == 1.0


def test_an_answer_that_knows_nothing_of_anothers_call_gives_its_points_to_nobody() -> None:
    keeper, watch = InMemory(), Watch()
    one, other = Budget(1000, 100, watch, keeper), Budget(1000, 100, watch, keeper)
    one.wait_for(100)
    other.wait_for(800)  # still on its way when the answer to the first is made
    one.learn(950, unused=50)
    assert one.wait_for(150) == 0.0
    assert one.wait_for(100) == 1.0


def test_a_bucket_that_is_smaller_than_we_thought_is_so_for_calls_that_are_on_their_way_too() -> None:
    keeper, watch = InMemory(), Watch()
    one, other = Budget(2000, 100, watch, keeper), Budget(2000, 100, watch, keeper)
    one.wait_for(50)
    other.wait_for(200)  # still on its way when the answer to the first is made
    one.learn(250, 300)
    assert one.wait_for(50) == 0.0
    assert one.wait_for(100) == 1.0


def test_alone_the_platform_is_believed_that_there_is_more_than_we_thought() -> None:
    budget = Budget(100, 10, Watch(), InMemory())
    budget.wait_for(100)
    budget.learn(90)
    assert budget.wait_for(90) == 0.0


def test_with_another_call_on_its_way_only_what_was_not_used_comes_back() -> None:
    budget = Budget(100, 10, Watch())
    budget.wait_for(40)
    budget.wait_for(60)
    budget.learn(100, unused=30)
    assert budget.wait_for(40) == 1.0


@pytest.mark.parametrize("ahead", [5, 3600, 86_400 * 365])
def test_a_clock_that_is_ahead_keeps_nobody_waiting_for_longer_than_a_bucket_fills(ahead: float) -> None:
    keeper, watch = InMemory(), Watch()
    Budget(100, 10, Watch(ahead), keeper).wait_for(100)
    behind = Budget(100, 10, watch, keeper)
    behind.give_back(0)
    watch.seconds = 20.0
    assert behind.wait_for(100) == 0.0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(0, 20), st.floats(0, 150), st.booleans()), max_size=40),
    st.lists(st.floats(-8, 8), min_size=4, max_size=4),
)
def test_any_who_share_a_bucket_never_take_more_than_it_held_and_restored(
    calls: list[tuple[int, float, float, bool]], clocks: list[float]
) -> None:
    keeper = InMemory()
    watches = [Watch(ahead) for ahead in clocks]
    budgets = [Budget(200, 10, watch, keeper) for watch in watches]
    now, latest, spent = 0.0, 0.0, 0.0
    for who, pause, cost, used in calls:
        now += pause
        for watch in watches:
            watch.seconds = now
        wait = budgets[who].wait_for(cost)
        if used:
            latest, spent = max(latest, now + wait), spent + cost
        else:
            budgets[who].give_back(cost)
    # Clocks that differ let once as much more through as they differ by.
    assert spent <= 200 + 10 * (latest + max(clocks) - min(clocks)) + 1e-6


def test_a_channel_sleeps_for_a_short_wait_and_leaves_a_long_one_to_the_row() -> None:
    slept: list[float] = []
    shop = Channel(
        "https://shop.example.com",
        allow_private=True,
        retries=NO_RETRIES,
        budget=Budget(100, 10, Watch()),
        sleep=slept.append,
    )
    with responses.RequestsMock() as mock:
        mock.get("https://shop.example.com/orders", json=[])
        shop.read("GET", "orders", cost=100)
        shop.read("GET", "orders", cost=50)
        with pytest.raises(TryLater) as caught:
            shop.read("GET", "orders", cost=100)
        assert len(mock.calls) == 2
    assert slept == [5.0]
    assert caught.value.after == timedelta(seconds=15)
