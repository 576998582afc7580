from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.restock import COOL_DOWN, Waiter, allowance, may_open, wave

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

waiters = st.lists(
    st.builds(
        Waiter,
        id=st.integers(1, 10_000),
        units=st.integers(1, 10),
        since=st.integers(0, 50).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        failures=st.integers(0, 2),
    ),
    unique_by=lambda one: one.id,
    max_size=40,
)
free = st.integers(-20, 60)
outstanding = st.integers(0, 60)
factors = st.integers(100, 1000).map(lambda hundredths: hundredths / 100)


def someone(number: int, units: int = 1, minute: int = 0, failures: int = 0) -> Waiter:
    return Waiter(number, units, NOON + timedelta(minutes=minute), failures)


@given(free, outstanding, waiters, factors)
def test_no_more_units_are_offered_than_are_free_times_the_factor(
    units: int, out: int, people: list[Waiter], factor: float
) -> None:
    invited = wave(units, out, people, factor, 1000)
    most = Fraction(str(factor)) * max(0, units)
    assert not invited or sum(one.units for one in invited) + out <= most


@given(free, outstanding, waiters, factors)
def test_nobody_is_passed_over(units: int, out: int, people: list[Waiter], factor: float) -> None:
    invited = [one.id for one in wave(units, out, people, factor, 1000)]
    queue = [one.id for one in sorted(people, key=lambda one: (one.failures, one.since, one.id))]
    assert invited == queue[: len(invited)]


@given(free, outstanding, waiters, factors)
def test_nothing_free_is_kept_back_while_somebody_waits(
    units: int, out: int, people: list[Waiter], factor: float
) -> None:
    invited = wave(units, out, people, factor, 1000)
    left = allowance(units, out, factor) - sum(one.units for one in invited)
    assert left == 0 or len(invited) == len(people)


@given(free, outstanding, waiters, factors, st.randoms(use_true_random=False))
def test_the_order_they_are_passed_in_is_irrelevant(
    units: int, out: int, people: list[Waiter], factor: float, luck: Random
) -> None:
    shuffled = list(people)
    luck.shuffle(shuffled)
    assert wave(units, out, shuffled, factor, 1000) == wave(units, out, people, factor, 1000)


@given(free, st.integers(0, 30), outstanding, waiters, factors)
def test_less_stock_never_invites_more(units: int, fewer: int, out: int, people: list[Waiter], factor: float) -> None:
    less = wave(units - fewer, out, people, factor, 1000)
    more = wave(units, out, people, factor, 1000)
    assert sum(one.units for one in less) <= sum(one.units for one in more)
    assert [one.id for one in less] == [one.id for one in more][: len(less)]


@given(st.lists(st.integers(-5, 12), min_size=1, max_size=12), waiters, factors)
def test_wave_after_wave_never_more_is_outstanding_than_the_last_wave_allowed(
    stock: list[int], people: list[Waiter], factor: float
) -> None:
    waiting, out = list(people), 0
    for units in stock:
        invited = wave(units, out, waiting, factor, 1000)
        out += sum(one.units for one in invited)
        gone = {one.id for one in invited}
        waiting = [one for one in waiting if one.id not in gone]
        assert not invited or out <= Fraction(str(factor)) * units


@pytest.mark.parametrize(
    ("available", "invited"),
    [
        (-8, 0),  # units owed
        (-8 + 10, 2),  # eight were served, two are left
        (0, 0),
        (1, 1),
        (5, 3),  # more than wait
    ],
)
def test_backorders_come_first(available: int, invited: int) -> None:
    people = [someone(1), someone(2), someone(3)]
    assert len(wave(available, 0, people, 1.0, 100)) == invited


def test_who_wants_more_than_is_there_is_told_of_what_is_there() -> None:
    invited = wave(3, 0, [someone(1, units=5), someone(2, minute=1)], 1.0, 100)
    assert [(one.id, one.units) for one in invited] == [(1, 3)]


def test_who_could_not_be_reached_goes_behind_those_who_were_not_tried() -> None:
    invited = wave(2, 0, [someone(1, failures=1), someone(2, minute=1), someone(3, minute=2)], 1.0, 100)
    assert [one.id for one in invited] == [2, 3]


def test_a_shop_that_counts_nothing_and_has_it_invites_all() -> None:
    assert [one.id for one in wave(None, 7, [someone(2, minute=1), someone(1)], 1.0, 100)] == [1, 2]


def test_a_wave_has_an_end() -> None:
    assert len(wave(None, 0, [someone(number) for number in range(1, 9)], 1.0, 5)) == 5


@pytest.mark.parametrize(
    ("free_units", "factor", "most"),
    [(10, 1.1, 11), (100, 1.15, 115), (3, 1.5, 4), (1, 1.99, 1), (7, 1.0, 7), (0, 10.0, 0), (-3, 10.0, 0)],
)
def test_a_factor_is_taken_as_it_is_written(free_units: int, factor: float, most: int) -> None:
    assert allowance(free_units, 0, factor) == most


@pytest.mark.parametrize(
    ("last", "armed", "opens"),
    [
        (None, False, True),
        (NOON, True, True),  # it was sold out in between
        (NOON, False, False),
        (NOON - COOL_DOWN + timedelta(seconds=1), False, False),
        (NOON - COOL_DOWN, False, True),
    ],
)
def test_a_wave_follows_another_after_an_hour_or_after_it_was_sold_out(
    last: datetime | None, *, armed: bool, opens: bool
) -> None:
    assert may_open(NOON, last, armed=armed) == opens
