from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

import pytest
from domain_strategies import moment, sighted
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.queue import (
    LONGEST,
    Sighting,
    Tranche,
    drop_newest,
    drop_oldest,
    remember,
    tranches,
)

TAKEN = moment(-1)


def remembered(seen: Sequence[Sighting]) -> tuple[Sighting, ...]:
    history: tuple[Sighting, ...] = ()
    for one in seen:
        history = remember(history, one)
    return history


def places(numbers: Sequence[int], first_waiting_at: datetime | None = None) -> list[tuple[datetime, int]]:
    """The tranches of a line seen once an hour from the moment its order first waited."""
    return [(part.since, part.units) for part in tranches(sighted(numbers), TAKEN, first_waiting_at or moment(0))]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param([5], [(TAKEN, 5)], id="a line takes its place when the platform took the stock"),
        pytest.param([5, 5, 5], [(TAKEN, 5)], id="and keeps it while nobody edits"),
        pytest.param([5, 7], [(TAKEN, 5), (moment(1), 2)], id="an edit up queues at edit time"),
        pytest.param([5, 7, 6], [(TAKEN, 5), (moment(1), 1)], id="an edit down takes the newest"),
        pytest.param([5, 7, 3], [(TAKEN, 3)], id="and then the older ones"),
        pytest.param([5, 3, 5], [(TAKEN, 3), (moment(2), 2)], id="units given up and wanted again join again"),
        pytest.param([5, 0, 5], [(moment(2), 5)], id="an order cancelled and restored goes to the end"),
        pytest.param([5, 0], [], id="a cancelled line has no place"),
        pytest.param([], [], id="a line never seen has none"),
    ],
)
def test_units_stand_where_they_joined(numbers: list[int], expected: list[tuple[datetime, int]]) -> None:
    assert places(numbers) == expected


def test_a_line_added_by_an_edit_queues_then() -> None:
    """The order waited since an hour ago, the line is in it only now."""
    assert tranches([Sighting(moment(1), 4)], TAKEN, moment(0)) == [Tranche(moment(1), 4)]


def test_a_line_of_an_order_that_was_not_waiting_yet_takes_the_orders_place() -> None:
    assert tranches([Sighting(moment(0), 0), Sighting(moment(2), 4)], TAKEN, moment(2)) == [Tranche(TAKEN, 4)]


def test_a_line_of_an_order_never_seen_waiting_takes_the_orders_place() -> None:
    assert tranches([Sighting(moment(3), 4)], TAKEN, None) == [Tranche(TAKEN, 4)]


@pytest.mark.parametrize("numbers", [[5, 7], [2, 0, 2]])
def test_what_joins_such_an_order_later_queues_later_too(numbers: list[int]) -> None:
    assert tranches(sighted(numbers), TAKEN, None)[-1] == Tranche(moment(len(numbers) - 1), 2)


def test_a_second_reading_of_one_moment_replaces_the_first() -> None:
    """WooCommerce counts whole seconds: what is read last is the newest of them."""
    assert remembered([Sighting(moment(0), 5), Sighting(moment(0), 3)]) == (Sighting(moment(0), 3),)


@pytest.mark.parametrize(
    ("shipped", "expected"),
    [
        (0, [Tranche(moment(0), 2), Tranche(moment(1), 3)]),
        (1, [Tranche(moment(0), 1), Tranche(moment(1), 3)]),
        (2, [Tranche(moment(1), 3)]),
        (4, [Tranche(moment(1), 1)]),
        (5, []),
        (9, []),
    ],
)
def test_shipped_units_leave_from_the_head(shipped: int, expected: list[Tranche]) -> None:
    assert drop_oldest([Tranche(moment(0), 2), Tranche(moment(1), 3)], shipped) == expected


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        (0, [Tranche(moment(0), 2), Tranche(moment(1), 3)]),
        (1, [Tranche(moment(0), 2), Tranche(moment(1), 2)]),
        (3, [Tranche(moment(0), 2)]),
        (4, [Tranche(moment(0), 1)]),
        (9, []),
    ],
)
def test_units_taken_back_leave_from_the_end(taken: int, expected: list[Tranche]) -> None:
    assert drop_newest([Tranche(moment(0), 2), Tranche(moment(1), 3)], taken) == expected


# A sighting of a moment has one value: two of the same second are the test above.
histories = st.lists(st.integers(0, 6), max_size=9)


@given(histories, st.data())
def test_however_the_versions_arrive_the_same_places_come_out(numbers: list[int], data: st.DataObject) -> None:
    seen = sighted(numbers)
    doubled = seen + (data.draw(st.lists(st.sampled_from(seen))) if seen else [])
    arrived = data.draw(st.permutations(doubled))
    first = moment(0)
    assert tranches(remembered(arrived), TAKEN, first) == tranches(seen, TAKEN, first)


def test_a_late_version_inside_a_long_run_counts_from_the_version_after_it() -> None:
    """Arriving last, it must split the run where it would have split it arriving first."""
    seen = [Sighting(moment(hour), units) for hour, units in ((0, 5), (1, 3), (2, 5), (3, 5), (4, 5))]
    late = [seen[0], *seen[2:], seen[1]]
    assert tranches(remembered(late), TAKEN, moment(0)) == [Tranche(TAKEN, 3), Tranche(moment(2), 2)]


@given(histories)
def test_the_places_add_up_to_the_last_number_seen(numbers: list[int]) -> None:
    parts = tranches(remembered(sighted(numbers)), TAKEN, moment(0))
    assert sum(part.units for part in parts) == (numbers[-1] if numbers else 0)
    assert [part for part in parts if part.units <= 0] == []
    assert [part.since for part in parts] == sorted(part.since for part in parts)


@given(histories, st.integers(0, 9))
def test_a_refund_and_a_shipment_leave_what_is_outstanding(numbers: list[int], units: int) -> None:
    parts = tranches(sighted(numbers), TAKEN, moment(0))
    total = sum(part.units for part in parts)
    for drop in (drop_newest, drop_oldest):
        assert sum(part.units for part in drop(parts, units)) == max(0, total - units)


def test_an_order_touched_without_end_keeps_a_bounded_history() -> None:
    history = remembered(sighted([3] * 10 * LONGEST))
    assert len(history) <= LONGEST
    assert (history[0], history[-1]) == (Sighting(moment(0), 3), Sighting(moment(10 * LONGEST - 1), 3))


def test_a_shortened_history_says_the_same_of_those_who_arrived_in_order() -> None:
    dice = Random(7)  # noqa: S311 -- a history to try, not a secret
    numbers = [units for _ in range(40) for units in [dice.randint(0, 5)] * dice.randint(1, 9)]
    seen = sighted(numbers)
    kept = remembered(seen)
    assert len(kept) < len(seen)
    assert tranches(kept, TAKEN, moment(0)) == tranches(seen, TAKEN, moment(0))
