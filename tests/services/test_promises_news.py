"""What the shopper is told where the marks of an order change: one message for one thing, and true when it leaves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from promise_desk import Desk, on

from connector.domain.facts import Demand
from connector.ports.promising import MessageKind, MessageState
from connector.services.context import Rules
from connector.services.holds import retell
from connector.settings.promise import DatesSettings, LawSettings

CONFIRMED, EARLIER, LATER, READY = (
    MessageKind.CONFIRMED,
    MessageKind.EARLIER,
    MessageKind.LATER,
    MessageKind.READY,
)
NO_LAW = Rules(law=LawSettings(packs=()))


def opened(desk: Desk) -> Desk:
    """A shop that shows 5 December for a chair, and one order of two."""
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.order(units=2)
    return desk


@pytest.fixture
def desk() -> Desk:
    return opened(Desk(NO_LAW))


def told(desk: Desk) -> None:
    """The first word is said."""
    desk.settle()
    desk.wait(minutes=1)
    desk.turn()
    desk.wait(hours=1)


def test_a_backorder_is_confirmed_with_the_day_that_was_shown(desk: Desk) -> None:
    told(desk)
    (message,) = desk.messages()
    (line,) = message.values["lines"]
    assert (message.kind, message.state, message.values["order"]) == (CONFIRMED, MessageState.SENT, "1001")
    assert (line["units"], line["ready"]) == (2, 0)
    assert (line["expected_until"], line["promised_until"]) == ("2026-12-05", "2026-12-05")


def test_where_messages_talk_the_notice_to_the_shop_bears_marks_only(desk: Desk) -> None:
    desk.settle()
    assert desk.tell() == [("waiting", "")]


def test_where_nothing_else_talks_the_shop_says_it_as_ever() -> None:
    desk = opened(Desk(NO_LAW, talks=False))
    desk.settle()
    (notice,) = desk.tell()
    assert (notice[0], "December 5, 2026" in notice[1], desk.messages()) == ("waiting", True, [])


def test_nothing_leaves_before_it_has_settled(desk: Desk) -> None:
    desk.settle()
    assert (desk.waits_to_be_said(), desk.send()) == ([CONFIRMED], [])
    desk.wait(seconds=21)
    assert [one.kind for one in desk.send()] == [CONFIRMED]


def test_an_unpaid_order_is_told_nothing(desk: Desk) -> None:
    desk.order("1002", demand=Demand.UNPAID)
    told(desk)
    desk.slips(1, on(20))
    told(desk)
    assert (desk.messages("1002"), desk.events("1002")) == ([], [])


@pytest.mark.parametrize(
    ("day", "kind", "reason"), [(on(20), LATER, "late"), (on(1), EARLIER, "early"), (None, LATER, "overdue")]
)
def test_another_day_is_told_with_the_one_before_and_the_reason(
    desk: Desk, day: date | None, kind: MessageKind, reason: str
) -> None:
    told(desk)
    desk.slips(1, day)
    told(desk)
    message = desk.messages()[-1]
    assert (desk.said(), message.values["promised"], message.values["reason"]) == (
        [CONFIRMED, kind],
        "2026-12-05",
        reason,
    )
    assert message.values["expected"] == (day.isoformat() if day else None)


def test_several_changes_within_the_settle_time_become_one_message(desk: Desk) -> None:
    told(desk)
    for day in (20, 28, 24):
        desk.slips(1, on(day))
        desk.settle()
        desk.tell()
        desk.wait(seconds=5)
    told(desk)
    message = desk.messages()[-1]
    assert desk.said() == [CONFIRMED, LATER]
    assert (message.values["promised"], message.values["expected"]) == ("2026-12-05", "2026-12-24")


def test_a_change_that_is_taken_back_before_it_was_told_is_never_told(desk: Desk) -> None:
    told(desk)
    desk.slips(1, on(20))
    desk.settle()
    desk.slips(1, on(5))
    told(desk)
    assert (desk.said(), desk.waits_to_be_said()) == ([CONFIRMED], [])


def test_a_first_word_that_was_not_said_yet_is_said_with_the_newer_day(desk: Desk) -> None:
    desk.settle()
    desk.tell()
    desk.slips(1, on(20))
    told(desk)
    message = desk.messages()[-1]
    assert desk.said() == [CONFIRMED]
    assert (message.values["promised"], message.values["expected"]) == ("2026-12-05", "2026-12-20")


def test_what_came_is_told_and_what_still_waits(desk: Desk) -> None:
    told(desk)
    desk.comes(1, 1)
    told(desk)
    message = desk.messages()[-1]
    (line,) = message.values["lines"]
    assert (message.kind, line["units"], message.values["rest"]) == (READY, 1, 1)


def test_a_served_order_is_told_so(desk: Desk) -> None:
    told(desk)
    desk.comes(1)
    told(desk)
    assert (desk.said(), desk.messages()[-1].values["rest"]) == ([CONFIRMED, READY], 0)


def test_an_order_that_is_cancelled_before_the_first_word_hears_nothing_of_waiting(desk: Desk) -> None:
    desk.settle()
    desk.cancel("1001")
    told(desk)
    assert (desk.said(), desk.waits_to_be_said()) == ([], [])


def test_an_order_from_before_the_connection_is_marked_and_not_told() -> None:
    desk = Desk(NO_LAW)
    desk.stock(0)
    desk.now -= timedelta(days=31)
    desk.order()
    desk.now += timedelta(days=31)
    told(desk)
    assert (desk.messages(), desk.known().told.status.value) == ([], "waiting")


def test_a_kind_that_the_owner_switched_off_is_not_sent() -> None:
    desk = opened(Desk(NO_LAW, kinds=("ready",)))
    told(desk)
    desk.slips(1, on(20))
    told(desk)
    desk.comes(1)
    told(desk)
    assert desk.said() == [READY]


def test_a_confirmation_that_is_switched_off_is_sent_where_the_shop_had_shown_an_earlier_day() -> None:
    desk = opened(Desk(NO_LAW, kinds=()))
    desk.wait(minutes=1)
    desk.slips(1, on(20))
    told(desk)
    assert desk.said() == [CONFIRMED]


def test_the_day_in_a_message_is_a_range_where_the_way_is_one() -> None:
    desk = opened(Desk(Rules(law=LawSettings(packs=()), dates=DatesSettings(transit_days=(2, 4)))))
    told(desk)
    (line,) = desk.messages()[-1].values["lines"]
    assert (line["expected_from"], line["expected_until"]) == ("2026-12-07", "2026-12-09")


def test_a_new_telling_says_nothing_and_loses_no_word_that_was_not_said() -> None:
    desk = opened(Desk(NO_LAW, talks=False))
    desk.settle()
    with desk.work() as uow:
        assert retell(desk.store, uow, "1001") is True
        uow.commit()
    ((kind, text),) = desk.tell()
    assert (kind, "December 5, 2026" in text) == ("waiting", True)
    with desk.work() as uow:
        assert retell(desk.store, uow, "1001") is True
        uow.commit()
    assert desk.tell() == [("changed", "")]


def test_an_order_without_marks_is_not_told_anew() -> None:
    desk = Desk(NO_LAW)
    desk.stock(9)
    desk.order()
    desk.settle()
    with desk.work() as uow:
        assert retell(desk.store, uow, "1001") is False
        assert retell(desk.store, uow, "9999") is False
