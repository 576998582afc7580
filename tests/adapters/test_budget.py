"""A rate budget never lets more through than the platform restores."""

from __future__ import annotations

from datetime import timedelta

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from adapters.budget import Budget
from adapters.http import NO_RETRIES, Channel
from connector.ports.failures import TryLater


class Watch:
    """A monotonic clock that moves by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


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
