from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from domain_strategies import TODAY, day, hands, queues, ref, supplies, waiting, wanted_by_line
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.allocation import ON_HAND, OpenLine, Source, allocate
from connector.domain.availability import Policy
from connector.domain.promise import Outcome, outcomes

LINE = ref(1)
SOON, LATER, SOMEDAY, OVERDUE = (
    Source("PO-1", 2, day(4)),
    Source("PO-2", 2, day(9)),
    Source("PO-3", 2, None),
    Source("PO-0", 2, day(-1)),
)


def promised(
    wanted: int, hand: int, incoming: Sequence[Source], lead_days: int | None = None, joined: date = TODAY
) -> Outcome:
    plan = allocate([waiting(1, wanted)], hand, incoming)
    [outcome] = outcomes(plan, {LINE: joined}, {LINE: Policy(lead_days=lead_days)}, TODAY)
    return outcome


@pytest.mark.parametrize(
    ("wanted", "hand", "incoming", "lead_days", "expected"),
    [
        pytest.param(2, 2, [SOON], None, (2, 0, None, ON_HAND), id="all there"),
        pytest.param(2, 0, [SOON], None, (0, 2, day(4), "PO-1"), id="the supply that completes the line"),
        pytest.param(3, 1, [SOON], None, (1, 2, day(4), "PO-1"), id="a part is there"),
        pytest.param(4, 0, [SOON, LATER], None, (0, 4, day(9), "PO-2"), id="the last of two supplies"),
        pytest.param(4, 0, [SOON, SOMEDAY], None, (0, 4, None, "PO-3, overdue or without a date"), id="no date"),
        pytest.param(2, 0, [OVERDUE], 30, (0, 2, None, "PO-0, overdue or without a date"), id="overdue"),
        pytest.param(2, 0, [], None, (0, 2, None, "no supply covers it"), id="nobody knows"),
        pytest.param(2, 0, [], 30, (0, 2, day(30), "lead time"), id="the lead time"),
        pytest.param(3, 0, [SOON], 30, (0, 3, day(30), "lead time"), id="the lead time is later than the supply"),
        pytest.param(3, 0, [LATER], 7, (0, 3, day(9), "PO-2"), id="the supply is later than the lead time"),
        pytest.param(3, 0, [SOON], None, (0, 3, None, "no supply covers it"), id="one unit nobody covers"),
        pytest.param(3, 0, [OVERDUE], 7, (0, 3, None, "PO-0, overdue or without a date"), id="part of it overdue"),
    ],
)
def test_a_line_is_promised_for_the_day_of_its_last_unit(
    wanted: int, hand: int, incoming: list[Source], lead_days: int | None, expected: tuple[int, int, date | None, str]
) -> None:
    assert promised(wanted, hand, incoming, lead_days) == Outcome(LINE, *expected)


def test_a_lead_time_counts_from_the_order_and_not_from_today() -> None:
    assert promised(1, 0, [], lead_days=30, joined=day(-10)).expected_on == day(20)


def test_a_lead_time_that_has_passed_is_no_date() -> None:
    outcome = promised(1, 0, [], lead_days=5, joined=day(-10))
    assert (outcome.expected_on, outcome.why) == (None, "no supply covers it")


def test_a_line_that_wants_nothing_waits_for_nothing() -> None:
    [outcome] = outcomes(allocate([], 3, []), {LINE: TODAY}, {LINE: Policy()}, TODAY)
    assert outcome == Outcome(LINE, 0, 0, None, ON_HAND)


@given(queues(), hands, supplies(), st.none() | st.integers(0, 20))
def test_every_line_is_told_of_all_its_units_and_of_no_day_that_has_passed(
    lines: list[OpenLine], hand: int, incoming: list[Source], lead_days: int | None
) -> None:
    wanted = wanted_by_line(lines)
    joined = dict.fromkeys(wanted, TODAY)
    told = outcomes(allocate(lines, hand, incoming), joined, dict.fromkeys(wanted, Policy(lead_days=lead_days)), TODAY)
    assert [one.line for one in told] == list(joined)
    assert {one.line: one.ready + one.waiting for one in told} == wanted
    assert [one for one in told if one.expected_on and (not one.waiting or one.expected_on < TODAY)] == []
