from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from domain_strategies import day
from hypothesis import given
from hypothesis import strategies as st

from connector.domain.facts import Demand, LineSeen
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus, marks_of, news

NONE = OrderMarks()


def line(
    number: int = 1, *, ready: int = 0, waiting: int = 0, on: date | None = None, title: str = "Chair"
) -> LineMark:
    return LineMark(str(number), f"SKU-{number}", title, ready, waiting, on)


def is_waiting(*lines: LineMark) -> OrderMarks:
    return OrderMarks(OrderStatus.WAITING, lines)


def is_ready(*lines: LineMark) -> OrderMarks:
    return OrderMarks(OrderStatus.READY, lines)


WAITS, THERE = line(waiting=2, on=day(4)), line(ready=2)


@pytest.mark.parametrize(
    ("lines", "told", "expected"),
    [
        pytest.param([], NONE, NONE, id="nothing ordered, nothing marked"),
        pytest.param([THERE], NONE, NONE, id="served from stock at once: never marked"),
        pytest.param([WAITS], NONE, is_waiting(WAITS), id="a backordered line marks its order"),
        pytest.param([line(2, ready=1), WAITS], NONE, is_waiting(WAITS, line(2, ready=1)), id="with all its lines"),
        pytest.param([THERE], is_waiting(WAITS), is_ready(THERE), id="what waited is there"),
        pytest.param([THERE], is_ready(THERE), is_ready(THERE), id="and stays so"),
        pytest.param([], is_waiting(WAITS), NONE, id="cancelled"),
        pytest.param([line()], is_waiting(WAITS), NONE, id="a line without open units is no line"),
        pytest.param([], is_ready(THERE), NONE, id="shipped"),
        pytest.param([WAITS], is_ready(THERE), is_waiting(WAITS), id="waiting again"),
    ],
)
def test_an_order_bears_marks_while_it_waits_or_has_waited(
    lines: list[LineMark], told: OrderMarks, expected: OrderMarks
) -> None:
    assert marks_of(lines, told) == expected


@pytest.mark.parametrize(
    ("told", "now", "expected"),
    [
        pytest.param(NONE, NONE, None, id="nothing"),
        pytest.param(NONE, is_waiting(WAITS), NoticeKind.WAITING, id="it waits"),
        pytest.param(is_waiting(WAITS), is_waiting(WAITS), None, id="it still waits"),
        pytest.param(is_waiting(WAITS), is_waiting(line(waiting=2, on=day(9))), NoticeKind.CHANGED, id="a later day"),
        pytest.param(is_waiting(WAITS), is_waiting(line(waiting=2)), NoticeKind.CHANGED, id="no day any more"),
        pytest.param(is_waiting(WAITS), is_waiting(line(waiting=1, on=day(4))), NoticeKind.CHANGED, id="fewer units"),
        pytest.param(is_waiting(WAITS), is_waiting(WAITS, line(2, waiting=1)), NoticeKind.CHANGED, id="one more line"),
        pytest.param(
            is_waiting(WAITS, line(2, ready=1)), is_waiting(WAITS), None, id="a line that did not wait has shipped"
        ),
        pytest.param(
            is_waiting(WAITS), is_waiting(replace(WAITS, title="Stool")), None, id="only the title has changed"
        ),
        pytest.param(is_waiting(WAITS), is_ready(THERE), NoticeKind.READY, id="it is there"),
        pytest.param(is_ready(THERE), is_ready(line(ready=1)), None, id="a unit shipped: no second message"),
        pytest.param(is_ready(THERE), NONE, None, id="all shipped"),
        pytest.param(is_waiting(WAITS), NONE, NoticeKind.CLEARED, id="cancelled while it waited"),
        pytest.param(is_ready(THERE), is_waiting(WAITS), NoticeKind.WAITING, id="it waits again"),
    ],
)
def test_what_is_news_to_a_shopper(told: OrderMarks, now: OrderMarks, expected: NoticeKind | None) -> None:
    assert news(now, told) == expected


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        (NONE, None),
        (is_waiting(WAITS), day(4)),
        (is_waiting(WAITS, line(2, waiting=1, on=day(9))), day(9)),
        (is_waiting(WAITS, line(2, waiting=1)), None),
        (is_waiting(WAITS, line(2, ready=1, on=day(9))), day(4)),
        (is_ready(THERE), None),
    ],
)
def test_an_order_is_expected_when_its_last_waiting_line_is(marks: OrderMarks, expected: date | None) -> None:
    assert marks.expected_on == expected


line_marks = st.builds(
    line, st.integers(1, 4), ready=st.integers(0, 2), waiting=st.integers(0, 2), on=st.none() | st.just(day(4))
)
orders = st.lists(line_marks, max_size=4, unique_by=lambda one: one.line_id)


@given(st.lists(orders, max_size=6))
def test_each_state_is_told_once_and_ready_only_to_those_who_were_told_to_wait(states: list[list[LineMark]]) -> None:
    told, said = NONE, []
    for lines in states:
        now = marks_of(lines, told)
        kind = news(now, told)
        assert news(marks_of(lines, now), now) is None
        said += [kind] if kind else []
        told = now
    waits = [NoticeKind.WAITING, NoticeKind.CHANGED]
    for before, after in zip([None, *said], said, strict=False):
        assert (before in waits) == (after is not NoticeKind.WAITING)


@given(orders, st.data())
def test_the_order_of_the_lines_makes_no_news(lines: list[LineMark], data: st.DataObject) -> None:
    told = marks_of(lines, NONE)
    assert marks_of(data.draw(st.permutations(lines)), told) == told


@pytest.mark.parametrize(
    ("demand", "waits"),
    [
        (Demand.NONE, False),
        (Demand.UNPAID, True),
        (Demand.OPEN, True),
        (Demand.DONE, False),
        (Demand.VOID, False),
        (Demand.UNKNOWN, True),
    ],
)
def test_which_orders_stand_in_the_queue(demand: Demand, waits: bool) -> None:  # noqa: FBT001 -- a column of the table
    assert demand.waits == waits


@pytest.mark.parametrize(("wanted", "shipped", "outstanding"), [(5, 0, 5), (5, 2, 3), (5, 5, 0), (3, 5, 0), (0, 0, 0)])
def test_what_has_shipped_is_not_outstanding(wanted: int, shipped: int, outstanding: int) -> None:
    assert LineSeen("1", "7", "SKU", "Chair", 5, wanted, shipped).outstanding == outstanding
