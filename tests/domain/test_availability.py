from __future__ import annotations

from datetime import date

import pytest
from domain_strategies import TODAY, day
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.availability import Availability, Incoming, Mode, Policy, Status, believed, decide, lead_date

NEVER, ALWAYS, WHILE_INCOMING = Policy(Mode.NEVER), Policy(Mode.ALWAYS), Policy(Mode.WHILE_INCOMING)
LATE, SOON, SOMEDAY = Incoming("PO-0", 2, day(-1)), Incoming("PO-1", 3, day(4)), Incoming("PO-2", 5, None)


def up_to(units: int, lead_days: int | None = None) -> Policy:
    return Policy(Mode.UP_TO, units, lead_days)


def shown(available: int, policy: Policy, *incoming: Incoming) -> tuple[Status, bool, int | None, date | None]:
    found = decide(available, incoming, policy, TODAY)
    return found.status, found.sells, found.sellable, found.expected_on


IN_STOCK, BACKORDER, SOLD_OUT = Status.IN_STOCK, Status.BACKORDER, Status.SOLD_OUT


@pytest.mark.parametrize(
    ("available", "policy", "incoming", "expected"),
    [
        pytest.param(2, NEVER, (), (IN_STOCK, False, 2, None), id="what is there may be sold"),
        pytest.param(0, NEVER, (SOON,), (SOLD_OUT, False, 0, None), id="never beyond it, whatever comes"),
        pytest.param(-8 + 10, NEVER, (), (IN_STOCK, False, 2, None), id="ten come, eight are owed: two to sell"),
        pytest.param(2, ALWAYS, (), (IN_STOCK, True, None, None), id="always sells on without limit"),
        pytest.param(-99, ALWAYS, (), (BACKORDER, True, None, None), id="always, without a date to give"),
        pytest.param(2, WHILE_INCOMING, (SOON,), (IN_STOCK, True, 5, None), id="stock and what comes"),
        pytest.param(0, WHILE_INCOMING, (), (SOLD_OUT, False, 0, None), id="nothing comes"),
        pytest.param(0, WHILE_INCOMING, (SOON,), (BACKORDER, True, 3, day(4)), id="three come, none promised"),
        pytest.param(-2, WHILE_INCOMING, (SOON,), (BACKORDER, True, 1, day(4)), id="the last of three"),
        pytest.param(-3, WHILE_INCOMING, (SOON,), (SOLD_OUT, False, 0, None), id="all three are promised"),
        pytest.param(-3, WHILE_INCOMING, (SOMEDAY, SOON), (BACKORDER, True, 5, None), id="then one without a date"),
        pytest.param(0, WHILE_INCOMING, (LATE,), (BACKORDER, True, 2, None), id="an overdue supply gives no date"),
        pytest.param(-2, WHILE_INCOMING, (LATE, SOON), (BACKORDER, True, 3, day(4)), id="behind the overdue one"),
        pytest.param(0, up_to(4), (), (BACKORDER, True, 4, None), id="up to four may be owed"),
        pytest.param(-3, up_to(4), (), (BACKORDER, True, 1, None), id="one more"),
        pytest.param(-4, up_to(4), (), (SOLD_OUT, False, 0, None), id="four are owed"),
        pytest.param(0, up_to(0), (), (SOLD_OUT, False, 0, None), id="up to none is never"),
        pytest.param(1, up_to(0), (), (IN_STOCK, False, 1, None), id="up to none still sells what is there"),
        pytest.param(0, up_to(4, 10), (), (BACKORDER, True, 4, day(10)), id="the lead time where no supply covers it"),
        pytest.param(0, up_to(4, 10), (SOON,), (BACKORDER, True, 4, day(4)), id="a supply before the lead time"),
        pytest.param(-3, up_to(4, 10), (SOON,), (BACKORDER, True, 1, day(10)), id="the lead time behind the supply"),
    ],
)
def test_what_the_storefront_should_say(
    available: int,
    policy: Policy,
    incoming: tuple[Incoming, ...],
    expected: tuple[Status, bool, int | None, date | None],
) -> None:
    assert shown(available, policy, *incoming) == expected


def test_a_supply_due_today_is_still_believed() -> None:
    assert (believed(TODAY, TODAY), believed(day(-1), TODAY), believed(None, TODAY)) == (TODAY, None, None)


def test_without_a_lead_time_there_is_no_lead_date() -> None:
    assert (lead_date(Policy(lead_days=None), TODAY), lead_date(Policy(lead_days=0), TODAY)) == (None, TODAY)


numbers = st.integers(-12, 12)
policies = st.builds(Policy, st.sampled_from(Mode), st.integers(0, 9), st.none() | st.integers(0, 20))


@st.composite
def arrivals(draw: st.DrawFn, earliest: int = -3) -> list[Incoming]:
    due = st.none() | st.integers(earliest, 9).map(day)
    return [Incoming(f"PO-{n}", draw(st.integers(0, 6)), draw(due)) for n in range(draw(st.integers(0, 4)))]


def room(found: Availability) -> float:
    return float("inf") if found.sellable is None else found.sellable


def wait(found: Availability) -> date:
    """How long a shopper waits; an unknown day is later than any, today is none at all."""
    return date.min if found.status is IN_STOCK else found.expected_on or date.max


RANK = {SOLD_OUT: 0, BACKORDER: 1, IN_STOCK: 2}


@given(numbers, arrivals(), policies)
def test_status_and_numbers_never_contradict_each_other(
    available: int, incoming: list[Incoming], policy: Policy
) -> None:
    found = decide(available, incoming, policy, TODAY)
    assert room(found) >= max(0, available)
    assert (found.status is IN_STOCK) == (available > 0)
    assert (found.status is SOLD_OUT) == (room(found) == 0)
    assert found.sells or found.status is not BACKORDER
    assert found.expected_on is None or (found.status is BACKORDER and found.expected_on >= TODAY)


@given(numbers, numbers, arrivals(), policies)
def test_more_stock_never_makes_less_available(one: int, other: int, incoming: list[Incoming], policy: Policy) -> None:
    less, more = (decide(available, incoming, policy, TODAY) for available in sorted((one, other)))
    assert room(less) <= room(more)
    assert RANK[less.status] <= RANK[more.status]


@given(numbers, arrivals(), st.integers(0, 6), st.none() | st.integers(-3, 9).map(day), policies)
def test_more_supply_never_makes_less_available(
    available: int, incoming: list[Incoming], units: int, due: date | None, policy: Policy
) -> None:
    less = decide(available, incoming, policy, TODAY)
    more = decide(available, [*incoming, Incoming("PO-new", units, due)], policy, TODAY)
    assert room(less) <= room(more)
    assert RANK[less.status] <= RANK[more.status]


@given(numbers, numbers, arrivals(earliest=0), st.sampled_from(Mode))
def test_more_stock_never_makes_the_wait_longer(one: int, other: int, incoming: list[Incoming], mode: Mode) -> None:
    """Among supplies that are on time; an overdue one tells those it serves nothing, and a lead time is the owner's."""
    less, more = (decide(available, incoming, Policy(mode, 5), TODAY) for available in sorted((one, other)))
    assert wait(more) <= wait(less)


@given(numbers, arrivals(earliest=0), st.integers(1, 6), st.integers(0, 9).map(day))
def test_one_more_supply_on_time_never_makes_the_wait_longer(
    available: int, incoming: list[Incoming], units: int, due: date
) -> None:
    less = decide(available, incoming, WHILE_INCOMING, TODAY)
    more = decide(available, [*incoming, Incoming("PO-new", units, due)], WHILE_INCOMING, TODAY)
    assert wait(more) <= wait(less)


@given(numbers, arrivals(), policies, st.data())
def test_the_order_of_the_supplies_is_irrelevant(
    available: int, incoming: list[Incoming], policy: Policy, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(incoming))
    assert decide(available, mixed, policy, TODAY) == decide(available, incoming, policy, TODAY)
