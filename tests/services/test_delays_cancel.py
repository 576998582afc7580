"""What the law cancels is cancelled once, by itself or by the owner, and the money for it is watched."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import pytest
from promise_desk import KEY, Desk, on

from connector.domain.facts import Demand
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind
from connector.services.context import Rules
from connector.services.delays import look_again, watch_delays
from connector.settings.promise import LawSettings, SenderSettings

MAIL = SenderSettings(owner="owner@example.com")


def opened(cancel: Literal["ask_owner", "by_itself"] = "ask_owner") -> Desk:
    """An order of two whose supply was lost; the buyer was asked and did not answer."""
    rules = Rules(law=LawSettings(packs=("us",), seller="US", cancel=cancel), mail=MAIL)
    desk = Desk(rules, is_working=lambda day: day.weekday() < 5)
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.order(units=2)
    desk.turn()
    desk.slips(1, None)
    return desk


def january(day: int) -> date:
    return on(day, 1).replace(year=2027)


@pytest.fixture
def desk() -> Desk:
    made = opened()
    made.until(january(5))
    return made


def test_silence_cancels_and_the_owner_is_asked_with_the_laws_deadline(desk: Desk) -> None:
    (amendment,) = desk.amendments()
    assert (amendment.kind, amendment.units, amendment.by) == (AmendmentKind.CANCEL, 2, Actor.SERVICE)
    assert (amendment.state, amendment.reference) == (AmendmentState.OWNER, "BO-1001-1-C0")
    assert amendment.rule == "16 CFR 435.2(c)(2)"
    # Deemed cancelled at the end of 4 January; seven working days later.
    assert amendment.deadline == datetime(2027, 1, 13, 23, 59, 59, tzinfo=UTC)
    asked = [(one["matter"], one["deadline"]) for one in desk.to_owner() if one["matter"] == "cancel_due"]
    assert asked == [("cancel_due", "2027-01-13")]


def test_it_is_asked_for_once_however_often_the_order_is_judged(desk: Desk) -> None:
    for _ in range(5):
        with desk.work() as uow:
            look_again(uow, desk.store, "1001", desk.now)
            uow.commit()
        desk.turn()
        desk.wait(minutes=10)
    assert (len(desk.amendments()), desk.kinds_of().count(EventKind.CANCEL_ASKED)) == (1, 1)


def test_where_the_owner_wants_it_so_it_is_carried_out_without_them() -> None:
    desk = opened("by_itself")
    desk.until(january(5))
    (amendment,) = desk.amendments()
    assert (amendment.state, amendment.reference) == (AmendmentState.ASKED, "BO-1001-1-C0")
    assert desk.to_owner() == []


def test_the_same_cancellation_bears_the_same_key_after_a_crash() -> None:
    """Two lives of the same history: what a platform was told before the crash it knows after it."""
    first, second = opened("by_itself"), opened("by_itself")
    first.until(january(5))
    second.until(january(5))
    assert first.amendments()[0].key == second.amendments()[0].key


def test_of_what_is_cancelled_nobody_is_told_that_it_comes_later(desk: Desk) -> None:
    said = desk.said()
    desk.supply(5, january(20))
    desk.until(january(7))
    assert desk.said() == said


def test_money_that_was_not_sent_is_shown_to_the_owner_two_working_days_before_it_is_due(desk: Desk) -> None:
    desk.until(january(10))
    assert desk.journal("refund_watched") == []
    desk.until(january(12))
    (entry,) = desk.journal("refund_watched")
    assert (entry.facts["deadline"], entry.facts["units"], entry.facts["rule"]) == (
        "2027-01-13",
        2,
        "16 CFR 435.2(c)(2)",
    )
    assert [one["refund"]["by"] for one in desk.to_owner() if one["matter"] == "refund_due"] == ["2027-01-13"]
    desk.until(january(20))
    assert len(desk.journal("refund_watched")) == 1


def test_money_that_was_sent_is_watched_no_more() -> None:
    desk = opened("by_itself")
    desk.until(january(5))
    with desk.work() as uow:
        done = [
            PromiseEvent(desk.now, EventKind.CANCELLED, Actor.SERVICE, 2),
            PromiseEvent(desk.now, EventKind.REFUNDED, Actor.PLATFORM, 2),
        ]
        uow.promises.append(KEY, "1001", "1", done)
        look_again(uow, desk.store, "1001", desk.now)
        uow.commit()
    desk.cancel("1001")
    desk.until(january(20))
    assert (desk.journal("refund_watched"), desk.to_owner()) == ([], [])


def test_an_owner_who_cancels_at_the_shop_has_acted_and_only_the_money_is_watched(desk: Desk) -> None:
    desk.cancel("1001")
    desk.turn()
    (amendment,) = desk.amendments()
    assert (amendment.state, desk.kinds_of()[-1]) == (AmendmentState.BY_HAND, EventKind.CANCELLED)
    desk.until(january(14))
    assert len(desk.journal("refund_watched")) == 1


def test_an_owner_who_sends_the_goods_after_all_leaves_nothing_to_cancel(desk: Desk) -> None:
    desk.comes(1)
    desk.change("1001", shipped=2, demand=Demand.DONE)
    desk.turn()
    (amendment,) = desk.amendments()
    assert (amendment.state, desk.kinds_of()[-1]) == (AmendmentState.DROPPED, EventKind.SHIPPED)
    desk.until(january(20))
    assert desk.journal("refund_watched") == []


def test_who_was_never_reached_is_cancelled_and_the_rule_says_why() -> None:
    desk = opened()
    desk.settle()
    desk.park()
    while desk.now < datetime(2026, 12, 6, 1, tzinfo=UTC):
        desk.wait(hours=1)
        desk.settle()
        desk.park()
        watch_delays(desk.store)
    (amendment,) = desk.amendments()
    assert amendment.rule == "16 CFR 435.2(c)(5)"
    assert MessageKind.OPTION not in desk.said()
