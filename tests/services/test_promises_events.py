"""What was promised for a line is written down once; every other day is one more event with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from promise_desk import KEY, MONDAY, Desk, exactly, on

from connector.domain.availability import Mode, Policy
from connector.domain.facts import Demand
from connector.domain.promises import UNKNOWN_DAY, EventKind, Expected, ShownToBuyer
from connector.domain.rules import PolicyBook
from connector.services.confirm import plan_all
from connector.services.context import Rules
from connector.services.explain import order_story
from connector.services.message_values import Reason
from connector.services.promises import NOTHING_STATED, reason_of
from connector.settings.promise import DatesSettings, LawSettings, SenderSettings

PROMISED, REVISED, SHIPPED = EventKind.PROMISED, EventKind.REVISED, EventKind.SHIPPED
NO_LAW = Rules(law=LawSettings(packs=()))


@pytest.fixture
def desk() -> Desk:
    """A shop that shows 5 December for a chair."""
    made = Desk(NO_LAW)
    made.stock(0)
    made.supply(5, on(5))
    made.settle()
    made.wait(hours=1)
    return made


def test_the_promise_is_what_the_shop_showed_when_the_order_was_made(desk: Desk) -> None:
    desk.order(units=2)
    desk.settle()
    (event,) = desk.events()
    assert (event.kind, event.at, event.units) == (PROMISED, desk.now, 2)
    assert (event.expected, event.where) == (exactly(on(5)), "product page")
    assert "December 5, 2026" in event.text
    assert event.basis == "stock number 0, 5 on the way, by the store's policy"


def test_a_date_that_was_pushed_after_the_order_is_not_its_promise(desk: Desk) -> None:
    desk.order()
    desk.wait(minutes=5)
    desk.slips(1, on(20))
    desk.settle()
    assert desk.days() == [(PROMISED, on(5)), (REVISED, on(20))]


def test_where_nothing_was_shown_nothing_is_made_up() -> None:
    desk = Desk(NO_LAW)
    desk.order()
    desk.wait(minutes=1)
    desk.settle()
    (event,) = desk.events()
    assert (event.expected, event.text, event.basis) == (UNKNOWN_DAY, "", NOTHING_STATED)


def test_what_the_shop_wrote_on_the_line_is_the_promise_and_nothing_changes_it(desk: Desk) -> None:
    shown = ShownToBuyer("Here by 4 or 5 December", Expected(on(4), on(5)), None, "cart")
    desk.order(shown=shown)
    assert [(one.kind, one.expected, one.text, one.where) for one in desk.events()] == [
        (PROMISED, Expected(on(4), on(5)), "Here by 4 or 5 December", "cart")
    ]
    first = desk.events()
    desk.wait(minutes=1)
    desk.change("1001")
    desk.take(desk.versions["1001"])
    desk.settle()
    assert desk.events() == first


def test_a_shop_that_writes_it_down_late_changes_no_promise(desk: Desk) -> None:
    desk.order()
    desk.settle()
    first = desk.events()
    desk.wait(minutes=1)
    desk.change("1001", shown=ShownToBuyer("by the 1st", exactly(on(1))))
    desk.settle()
    assert desk.events() == first


@pytest.mark.parametrize("demand", [Demand.UNPAID, Demand.UNKNOWN])
def test_an_order_that_is_not_paid_is_promised_nothing_until_it_is(desk: Desk, demand: Demand) -> None:
    placed = desk.now
    desk.order(demand=demand)
    desk.settle()
    assert (desk.events(), desk.messages()) == ([], [])
    desk.wait(hours=3)
    desk.change("1001", demand=Demand.OPEN, paid_at=desk.now)
    desk.settle()
    (event,) = desk.events()
    assert (event.at, event.expected) == (placed, exactly(on(5)))


def test_a_test_order_is_promised_nothing(desk: Desk) -> None:
    desk.order(test=True)
    desk.settle()
    assert desk.events() == []


def test_an_order_from_before_the_connection_was_promised_by_somebody_else() -> None:
    desk = Desk(NO_LAW)
    desk.now = MONDAY - timedelta(days=31)
    desk.order()
    desk.now = MONDAY
    desk.settle()
    assert (desk.events(), desk.messages(), desk.known().told.status.value) == ([], [], "waiting")


def test_a_plan_that_is_not_confirmed_revises_nothing(desk: Desk) -> None:
    desk.order()
    desk.settle()
    desk.slips(1, on(20))
    plan_all(desk.store)
    assert desk.known().lines["1"].expected_on == on(20)
    assert desk.days() == [(PROMISED, on(5))]


def test_planning_the_same_again_adds_nothing(desk: Desk) -> None:
    desk.order()
    for _ in range(3):
        desk.settle()
        desk.stock(desk.available)
        desk.turn()
    assert desk.days() == [(PROMISED, on(5))]


@pytest.mark.parametrize(
    ("happens", "reason", "day"),
    [
        (lambda desk: desk.slips(1, on(20)), Reason.LATE, on(20)),
        (lambda desk: desk.slips(1, on(1)), Reason.EARLY, on(1)),
        (lambda desk: desk.slips(1, None), Reason.OVERDUE, None),
        (lambda desk: desk.slips(1, on(5), units=1), Reason.NO_SUPPLY, None),
        (lambda desk: desk.comes(1, 1, last=True), Reason.SHORT, on(18)),
    ],
)
def test_a_revised_day_says_why(desk: Desk, happens: Any, reason: Reason, day: object) -> None:
    desk.order(units=2)
    desk.settle()
    if reason is Reason.SHORT:
        desk.supply(5, on(18))
        desk.wait(minutes=1)
        desk.slips(1, on(6))
        desk.settle()
    desk.wait(hours=1)
    happens(desk)
    desk.settle()
    assert (desk.days()[-1], reason_of(desk.events())) == ((REVISED, day), reason)


def test_units_that_were_there_and_are_gone_are_the_reason(desk: Desk) -> None:
    """Goods that came damaged are written off after the shopper was told that they are there."""
    desk.order(units=1)
    desk.settle()
    desk.comes(1, 1, booked=1)
    desk.settle()
    assert desk.known().lines["1"].ready == 1
    desk.stock(-1)
    desk.slips(1, on(9), units=5)
    desk.settle()
    assert (desk.days()[-1], reason_of(desk.events())) == ((REVISED, on(9)), Reason.DAMAGED)


def test_what_leaves_the_house_is_told_once_however_often_the_shop_says_so(desk: Desk) -> None:
    desk.order(units=3)
    desk.settle()
    desk.wait(hours=1)
    desk.change("1001", shipped=1)
    desk.settle()
    desk.take(desk.versions["1001"])
    desk.wait(hours=1)
    desk.change("1001", shipped=3, demand=Demand.DONE)
    desk.turn()
    left = [(one.kind, one.units) for one in desk.events() if one.kind is SHIPPED]
    assert left == [(SHIPPED, 1), (SHIPPED, 2)]


def test_an_order_that_never_waited_has_no_events() -> None:
    desk = Desk(NO_LAW)
    desk.stock(10)
    desk.settle()
    desk.order(units=2)
    desk.settle()
    desk.change("1001", shipped=2, demand=Demand.DONE)
    desk.turn()
    assert desk.events() == []


def test_the_day_that_is_promised_is_that_of_delivery() -> None:
    desk = Desk(Rules(law=LawSettings(packs=()), dates=DatesSettings(handling_days=1, transit_days=(2, 4))))
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.order()
    desk.settle()
    (event,) = desk.events()
    assert event.expected == Expected(on(8), on(10))
    assert desk.known().lines["1"].expected_on == on(10)


def test_a_lead_time_is_promised_as_it_is_shown() -> None:
    desk = Desk(NO_LAW, policy=PolicyBook(Policy(Mode.ALWAYS, lead_days=14, lead_days_from=10)))
    desk.stock(0)
    desk.settle()
    desk.wait(hours=1)
    desk.order()
    desk.settle()
    (event,) = desk.events()
    assert event.expected == Expected(on(3), on(7))


def test_the_owner_is_asked_for_a_new_day_once_when_a_supply_is_overdue() -> None:
    desk = Desk(Rules(law=LawSettings(packs=()), mail=SenderSettings(owner="owner@example.com")))
    desk.stock(0)
    desk.supply(5, on(5), reference="PO-7")
    desk.settle()
    desk.wait(hours=1)
    desk.order("1001")
    desk.order("1002")
    desk.until(on(8))
    assert [(one["matter"], one["said"]) for one in desk.to_owner()] == [("new_date", "supply 1 (PO-7)")]


def test_explain_tells_what_was_promised_and_what_became_of_it(desk: Desk) -> None:
    desk.order()
    desk.settle()
    desk.wait(days=1)
    desk.slips(1, on(20))
    desk.settle()
    with desk.work(read_only=True) as uow:
        said = order_story(uow, KEY, desk.known(), 20).stands
    assert "2026-11-23 10:00: when it was ordered, the shop showed 2026-12-05." in said
    assert "2026-11-24 10:00: 2026-12-20 is expected: supply 1." in said
