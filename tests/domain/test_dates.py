"""From the day goods arrive to the day that is promised."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.allocation import LineRef, Plan
from connector.domain.availability import Availability, Incoming, Mode, Policy, Status, decide
from connector.domain.dates import AT_ONCE, Road
from connector.domain.promise import outcomes
from connector.domain.promises import UNKNOWN_DAY, Expected

FRIDAY = date(2026, 12, 4)
MONDAY = date(2026, 12, 7)
HOLIDAY = date(2026, 12, 8)
ALWAYS = Policy(Mode.ALWAYS)


def weekday(day: date) -> bool:
    return day.weekday() < 5 and day != HOLIDAY


def on(day: date) -> Expected:
    return Expected(day, day)


@pytest.mark.parametrize(
    ("handling", "arrives", "leaves"),
    [
        (0, FRIDAY, FRIDAY),
        (0, date(2026, 12, 5), date(2026, 12, 5)),  # a Saturday somebody named stays a Saturday
        (1, FRIDAY, MONDAY),
        (2, FRIDAY, date(2026, 12, 9)),  # Tuesday is a holiday
        (1, date(2026, 12, 5), MONDAY),
        (5, MONDAY, date(2026, 12, 15)),
    ],
)
def test_handling_takes_working_days(handling: int, arrives: date, leaves: date) -> None:
    assert Road(handling, is_working=weekday).dispatch(on(arrives)) == on(leaves)


def test_days_on_the_way_make_a_range_that_counts_from_when_goods_leave() -> None:
    road = Road(1, 2, 4, weekday)
    assert road.delivery(on(FRIDAY)) == Expected(date(2026, 12, 9), date(2026, 12, 11))


def test_a_range_of_arrival_becomes_wider_never_narrower() -> None:
    road = Road(0, 2, 4)
    assert road.delivery(Expected(FRIDAY, MONDAY)) == Expected(date(2026, 12, 6), date(2026, 12, 11))


@pytest.mark.parametrize("road", [AT_ONCE, Road(3, 2, 4, weekday)])
def test_what_is_not_known_stays_unknown(road: Road) -> None:
    assert (road.dispatch(UNKNOWN_DAY), road.delivery(UNKNOWN_DAY), road.until(None)) == (UNKNOWN_DAY,) * 3


def test_without_any_setting_the_day_of_arrival_is_the_day_that_is_promised() -> None:
    assert AT_ONCE.delivery(on(FRIDAY)) == on(FRIDAY)


@given(
    handling=st.integers(0, 30),
    least=st.integers(0, 20),
    more=st.integers(0, 20),
    first=st.dates(date(2026, 1, 1), date(2036, 1, 1)),
    days=st.integers(0, 60),
)
def test_what_arrives_later_is_never_delivered_sooner(
    handling: int, least: int, more: int, first: date, days: int
) -> None:
    road = Road(handling, least, least + more, weekday)
    sooner, later = road.delivery(on(first)), road.delivery(on(first + timedelta(days=days)))
    assert sooner.latest is not None
    assert later.latest is not None
    assert sooner.latest <= later.latest
    assert road.dispatch(on(first)).latest == road.left_by(sooner.latest)
    assert road.until(sooner.latest) == sooner


def test_a_broken_calendar_does_not_put_a_day_off_for_ever() -> None:
    never = Road(2, is_working=lambda day: day.year < 2000).dispatch(on(FRIDAY))
    assert never.latest is not None
    assert never.latest - FRIDAY < timedelta(days=200)


def test_the_storefront_shows_the_day_of_delivery_of_a_unit_that_is_ordered_now() -> None:
    incoming = [Incoming("supply 1", 5, FRIDAY)]
    decided = decide(0, incoming, ALWAYS, date(2026, 11, 23), Road(1, 2, 4, weekday))
    assert decided == Availability(Status.BACKORDER, True, None, date(2026, 12, 11), date(2026, 12, 9))  # noqa: FBT003 -- as it stands there


def test_one_day_is_no_range() -> None:
    decided = decide(0, [Incoming("supply 1", 5, FRIDAY)], ALWAYS, date(2026, 11, 23), Road(1, is_working=weekday))
    assert (decided.earliest_on, decided.expected_on) == (None, MONDAY)


def test_a_lead_time_with_a_beginning_is_shown_as_a_range_of_which_the_last_day_counts() -> None:
    policy = Policy(Mode.ALWAYS, lead_days=14, lead_days_from=10)
    decided = decide(0, [], policy, date(2026, 11, 23))
    assert (decided.earliest_on, decided.expected_on) == (date(2026, 12, 3), date(2026, 12, 7))


def test_a_waiting_line_is_promised_the_last_day_of_delivery() -> None:
    line = LineRef("1001", "1")
    policy = Policy(Mode.ALWAYS, lead_days=11)
    (outcome,) = outcomes(
        Plan((), ((line, 2),)), {line: date(2026, 11, 23)}, {line: policy}, date(2026, 11, 24), Road(1, 2, 4, weekday)
    )
    assert outcome.expected_on == date(2026, 12, 11)
