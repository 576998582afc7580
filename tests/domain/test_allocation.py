from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

import pytest
from domain_strategies import day, got, hands, held, moment, queues, ref, supplies, units, waiting, wanted_by_line
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.allocation import (
    ON_HAND,
    LineRef,
    OpenLine,
    Plan,
    Source,
    allocate,
    on_hand,
    open_pieces,
    queue_order,
)
from connector.domain.queue import Tranche


def test_units_on_hand_go_to_the_head_of_the_queue() -> None:
    plan = allocate([waiting(2, 3, hour=1), waiting(1, 3, hour=0)], 4, [])
    assert plan.by_line().keys() == {ref(1), ref(2)}
    assert got(plan, ref(1)) == {ON_HAND: 3}
    assert got(plan, ref(2)) == {ON_HAND: 1}
    assert plan.short == ((ref(2), 2),)


def test_a_line_is_split_over_sources_where_it_must_be() -> None:
    plan = allocate([waiting(1, 6)], 1, [Source("PO-1", 2, day(3)), Source("PO-2", 9, day(8))])
    assert [(one.source, one.units, one.due) for one in plan.allocations] == [
        (ON_HAND, 1, date.min),
        ("PO-1", 2, day(3)),
        ("PO-2", 3, day(8)),
    ]
    assert plan.left == {"PO-2": 6}


def test_the_soonest_supply_gives_first_and_one_without_a_date_last() -> None:
    incoming = [Source("someday", 1, None), Source("late", 1, day(9)), Source("soon", 1, day(2))]
    plan = allocate([waiting(1, 3)], 0, incoming)
    assert [one.source for one in plan.allocations] == ["soon", "late", "someday"]


def test_supplies_of_one_day_give_in_the_order_of_their_references() -> None:
    plan = allocate([waiting(1, 2)], 0, [Source("B", 1, day(2)), Source("A", 1, day(2))])
    assert [one.source for one in plan.allocations] == ["A", "B"]


def test_orders_of_one_moment_stand_by_their_numbers_and_ten_comes_after_nine() -> None:
    plan = allocate([waiting(10, 1), waiting(9, 1)], 1, [])
    assert got(plan, ref(9)) == {ON_HAND: 1}
    assert plan.short == ((ref(10), 1),)


def test_lines_of_one_order_stand_by_their_numbers() -> None:
    plan = allocate([waiting(1, 1, line=10), waiting(1, 1, line=9)], 1, [])
    assert plan.short == ((ref(1, 10), 1),)


def test_a_smaller_priority_is_served_before_an_older_order() -> None:
    plan = allocate([waiting(1, 1, hour=0, rank=1), waiting(2, 1, hour=5, rank=0)], 1, [])
    assert plan.short == ((ref(1), 1),)


def test_announced_units_are_served_before_any_priority() -> None:
    plan = allocate([waiting(1, 1, rank=0), waiting(2, 1, hour=5, announced=1, rank=2)], 1, [])
    assert plan.short == ((ref(1), 1),)


def test_owing_to_orders_we_have_not_seen_gives_nobody_anything() -> None:
    assert allocate([waiting(1, 2)], -3, []) == Plan((), ((ref(1), 2),), {})


def test_without_lines_everything_is_left() -> None:
    plan = allocate([], 4, [Source("PO-1", 5, day(1)), Source("empty", 0, day(1))])
    assert plan == Plan((), (), {ON_HAND: 4, "PO-1": 5})


@pytest.mark.parametrize(
    ("announced", "pieces"),
    [
        (0, [(1, 0, 2), (1, 4, 3)]),
        (1, [(0, 0, 1), (1, 0, 1), (1, 4, 3)]),
        (2, [(0, 0, 2), (1, 4, 3)]),
        (4, [(0, 0, 2), (0, 4, 2), (1, 4, 1)]),
        (9, [(0, 0, 2), (0, 4, 3)]),
    ],
)
def test_announced_units_are_the_oldest_of_their_line(announced: int, pieces: list[tuple[int, int, int]]) -> None:
    parts = [Tranche(moment(0), 2), Tranche(moment(4), 3)]
    found = list(open_pieces(ref(7), parts, announced=announced, priority=3))
    assert [(one.place.announced, one.place.since, one.units) for one in found] == [
        (told, moment(hour), units) for told, hour, units in pieces
    ]
    assert {(one.ref, one.place.priority) for one in found} == {(ref(7), 3)}


def given_by(plan: Plan) -> Counter[tuple[LineRef, str]]:
    """Units by line and source."""
    total: Counter[tuple[LineRef, str]] = Counter()
    for one in plan.allocations:
        total[one.line, one.source] += one.units
    return total


@given(queues(), hands, supplies())
def test_no_source_gives_more_than_it_holds_and_the_rest_is_left(
    lines: list[OpenLine], hand: int, incoming: list[Source]
) -> None:
    plan = allocate(lines, hand, incoming)
    gave: Counter[str] = Counter()
    for one in plan.allocations:
        assert one.units > 0
        gave[one.source] += one.units
    gave.update(plan.left)
    assert dict(gave) == {source: units for source, units in held(hand, incoming).items() if units}


@given(queues(), hands, supplies())
def test_what_a_line_gets_and_is_short_of_is_what_it_wants(
    lines: list[OpenLine], hand: int, incoming: list[Source]
) -> None:
    plan = allocate(lines, hand, incoming)
    served: Counter[LineRef] = Counter(dict(plan.short))
    for one in plan.allocations:
        served[one.line] += one.units
    assert dict(served) == wanted_by_line(lines)
    assert [units for _, units in plan.short if units <= 0] == []


@given(queues(), hands, supplies())
def test_nobody_is_served_while_one_ahead_waits_for_the_same_unit(
    lines: list[OpenLine], hand: int, incoming: list[Source]
) -> None:
    """Replayed one unit at a time: the n-th unit of the queue gets the n-th unit of the sources."""
    plan = allocate(lines, hand, incoming)
    in_line = [one.ref for one in sorted(lines, key=lambda one: one.place) for _ in range(one.units)]
    soonest = sorted(incoming, key=lambda one: (one.due is None, one.due or date.max, one.ref))
    to_give = [ON_HAND] * max(0, hand) + [one.ref for one in soonest for _ in range(one.units)]
    assert given_by(plan) == Counter(zip(in_line, to_give, strict=False))


@given(queues(), hands, supplies(), st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_is_irrelevant(
    lines: list[OpenLine], hand: int, incoming: list[Source], dice: Random
) -> None:
    plan = allocate(lines, hand, incoming)
    dice.shuffle(lines)
    dice.shuffle(incoming)
    assert allocate(lines, hand, incoming) == plan


@given(queues())
def test_the_queue_is_sorted_by_place(lines: list[OpenLine]) -> None:
    assert [one.place for one in queue_order(lines)] == sorted(one.place for one in lines)


@given(queues(announced=False, ranks=False), hands, supplies(), units, st.integers(6, 8))
def test_a_later_order_never_takes_an_earlier_unit(
    lines: list[OpenLine], hand: int, incoming: list[Source], wanted: int, hour: int
) -> None:
    """Neither units nor dates of those before it change."""
    before = allocate(lines, hand, incoming)
    after = allocate([*lines, waiting(999, wanted, hour=hour)], hand, incoming)
    earlier = tuple(one for one in after.allocations if one.line != ref(999))
    assert earlier == before.allocations
    assert tuple(one for one in after.short if one[0] != ref(999)) == before.short


@given(queues(), st.integers(-30, 30), supplies())
def test_the_backordered_total_is_what_the_platform_owes(
    lines: list[OpenLine], available: int, incoming: list[Source]
) -> None:
    """While every order is known: then the number can be no lower than minus all that is outstanding."""
    outstanding = sum(one.units for one in lines)
    hand = on_hand(max(available, -outstanding), outstanding)
    plan = allocate(lines, hand, incoming)
    ready = sum(one.units for one in plan.allocations if one.source == ON_HAND)
    assert outstanding - ready == max(0, -max(available, -outstanding))


@given(queues(ranks=True), st.data())
def test_announced_units_stay_with_their_line(lines: list[OpenLine], data: st.DataObject) -> None:
    """Whoever joins, in whatever class, while the units announced are there."""
    told = wanted_by_line([one for one in lines if one.place.announced == 0])
    hand = sum(told.values()) + data.draw(st.integers(0, 5))
    newcomer = waiting(999, data.draw(units), hour=data.draw(st.integers(-5, 8)), rank=data.draw(st.integers(0, 2)))
    plan = allocate([*lines, newcomer], hand, [])
    for line, announced in told.items():
        assert given_by(plan)[line, ON_HAND] >= announced
