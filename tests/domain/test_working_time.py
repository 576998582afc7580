from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.working_time import LONGEST_REST, add_working_days, plus_days, weekly_closing_counts

FRIDAY = date(2026, 11, 20)
THANKSGIVING, CHRISTMAS, NEW_YEAR = date(2026, 11, 26), date(2026, 12, 25), date(2027, 1, 1)
HOLIDAYS = {THANKSGIVING, CHRISTMAS, NEW_YEAR}

days = st.dates(date(2020, 1, 1), date(2035, 1, 1))


@st.composite
def calendars(draw: st.DrawFn) -> Callable[[date], bool]:
    """Some weekdays, at least one, without some single days."""
    weekdays = draw(st.sets(st.integers(0, 6), min_size=1))
    free = draw(st.sets(days, max_size=10))
    return lambda day: day.weekday() in weekdays and day not in free


def office(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def never(day: date) -> bool:
    del day
    return False


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        pytest.param(FRIDAY, 1, date(2026, 11, 23), id="over a weekend"),
        pytest.param(FRIDAY, 5, date(2026, 11, 30), id="over a holiday"),
        pytest.param(FRIDAY, 0, FRIDAY, id="none, on a working day"),
        pytest.param(date(2026, 11, 21), 0, date(2026, 11, 23), id="none, on a Saturday: the next working day"),
        pytest.param(THANKSGIVING, 1, date(2026, 11, 27), id="from a holiday on"),
        pytest.param(date(2026, 12, 24), 7, date(2027, 1, 6), id="over two holidays"),
    ],
)
def test_working_days_leave_out_what_is_none(day: date, n: int, expected: date) -> None:
    assert add_working_days(day, n, office) == expected


@given(days, st.integers(1, 40), calendars())
def test_exactly_so_many_working_days_pass(day: date, n: int, is_working: Callable[[date], bool]) -> None:
    end = add_working_days(day, n, is_working)

    passed = [day + timedelta(days=one) for one in range(1, (end - day).days + 1)]
    assert sum(is_working(one) for one in passed) == n
    assert is_working(end)


@given(days, st.integers(0, 40), st.integers(0, 40), calendars())
def test_days_add_up(day: date, m: int, n: int, is_working: Callable[[date], bool]) -> None:
    start = add_working_days(day, 0, is_working)

    assert add_working_days(add_working_days(start, m, is_working), n, is_working) == add_working_days(
        start, m + n, is_working
    )


@given(days, days, st.integers(0, 40), calendars())
def test_who_starts_later_is_never_done_sooner(one: date, other: date, n: int, works: Callable[[date], bool]) -> None:
    first, second = sorted([one, other])
    assert add_working_days(first, n, works) <= add_working_days(second, n, works)


@given(days, st.integers(0, 40))
def test_a_calendar_without_working_days_counts_them_all(day: date, n: int) -> None:
    assert add_working_days(day, n, never) == day + timedelta(days=n)


def test_counting_goes_on_after_the_longest_rest() -> None:
    def in_two_months(day: date) -> bool:
        return day >= FRIDAY + timedelta(days=LONGEST_REST)

    assert add_working_days(FRIDAY, 1, in_two_months) == FRIDAY + timedelta(days=LONGEST_REST)


def test_the_calendar_ends_and_nothing_breaks() -> None:
    assert add_working_days(date.max, 3, office) == date.max
    assert plus_days(date.min, -1) == date.min


def test_nobody_counts_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        add_working_days(FRIDAY, -1, office)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 11, 23), True, id="a Monday on which this shop never works"),
        pytest.param(date(2026, 11, 24), True, id="a Tuesday on which it does"),
        pytest.param(THANKSGIVING, False, id="a holiday"),
        pytest.param(CHRISTMAS, False, id="a holiday with another one a week later"),
        pytest.param(NEW_YEAR, False, id="that other one"),
        pytest.param(date(2026, 11, 21), False, id="a Saturday"),
        pytest.param(date(2026, 11, 22), True, id="a Sunday on which it works"),
    ],
)
def test_a_weekly_closing_day_is_no_holiday_before_the_law(day: date, works: bool) -> None:  # noqa: FBT001 -- a column
    def shop(day: date) -> bool:
        return day.weekday() in {1, 2, 3, 4, 6} and day not in HOLIDAYS

    assert weekly_closing_counts(shop)(day) == works
