"""Notices of the law: once, in time, and counted only from the moment at which they were sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from promise_desk import KEY, Desk, on

from connector.domain.facts import Demand
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.services.confirm import plan_all
from connector.services.context import Rules
from connector.services.delays import look_again, option_sent, watch_delays
from connector.settings.promise import LawSettings, QuietSettings, SenderSettings

CONFIRMED, LATER, OPTION, REMINDER, READY = (
    MessageKind.CONFIRMED,
    MessageKind.LATER,
    MessageKind.OPTION,
    MessageKind.REMINDER,
    MessageKind.READY,
)
US = Rules(law=LawSettings(packs=("us",), seller="US"), mail=SenderSettings(owner="owner@example.com"))
EU = Rules(law=LawSettings(packs=("eu",), seller="DE"))


def opened(rules: Rules = US, **more: Any) -> Desk:
    """A shop that shows 5 December for a chair, and an order of two that was told so."""
    desk = Desk(rules, **more)
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(hours=1)
    desk.order(units=2, country=rules.law.seller)
    desk.turn()
    desk.wait(minutes=1)
    desk.turn()
    desk.wait(hours=1)
    return desk


@pytest.fixture
def desk() -> Desk:
    return opened()


def options(desk: Desk, *states: MessageState) -> list[MessageRecord]:
    return [one for one in desk.messages("1001", *states) if one.kind is OPTION]


def test_a_miss_is_asked_about_as_soon_as_it_is_known(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    (message,) = options(desk)
    values = message.values
    assert (values["promised"], values["revised"], values["answer_by"]) == ("2026-12-05", "2026-12-20", "2026-12-20")
    assert (values["silence"], values["rule"], values["reason"]) == ("consents", "16 CFR 435.2(b)(1)", "late")
    assert (message.rule, message.line_ids) == ("16 CFR 435.2(b)(1)", ("1",))
    assert message.deadline == datetime(2026, 12, 5, 23, 59, 59, tzinfo=UTC)


def test_the_notice_takes_the_place_of_the_word_that_it_comes_later(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.turn()
    desk.wait(minutes=1)
    desk.turn()
    assert desk.said() == [CONFIRMED, OPTION]


def test_without_messages_of_our_own_the_notice_takes_the_place_of_the_shops_note() -> None:
    desk = opened(talks=False)
    assert desk.said() == []
    desk.slips(1, on(20))
    desk.settle()
    ((kind, text),) = desk.tell()
    # Nobody composes anything there, so the shop's own note is all that there is.
    assert (kind, "December 20, 2026" in text) == ("changed", True)


def test_judging_again_asks_no_second_time(desk: Desk) -> None:
    desk.slips(1, on(20))
    for _ in range(4):
        desk.settle()
        with desk.work() as uow:
            look_again(uow, desk.store, "1001", desk.now)
            uow.commit()
        watch_delays(desk.store)
    assert [one.reference for one in options(desk)] == ["BO-1001-O1"]
    desk.wait(minutes=1)
    for _ in range(3):
        desk.turn()
        desk.wait(hours=1)
    assert desk.said() == [CONFIRMED, OPTION]


def test_a_day_that_moves_again_before_the_notice_left_changes_the_notice(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    desk.slips(1, on(28))
    desk.settle()
    assert [(one.state, one.values["revised"]) for one in options(desk)] == [
        (MessageState.DROPPED, "2026-12-20"),
        (MessageState.PENDING, "2026-12-28"),
    ]


def test_a_day_that_moves_there_and_back_is_asked_about_as_it_is_in_the_end(desk: Desk) -> None:
    for day in (20, 28, 20):
        desk.slips(1, on(day))
        desk.settle()
    (pending,) = options(desk, MessageState.PENDING)
    assert pending.values["revised"] == "2026-12-20"


def test_a_miss_that_is_taken_back_is_not_asked_about(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    desk.slips(1, on(4))
    desk.settle()
    assert options(desk, MessageState.PENDING) == []
    assert desk.waits_to_be_said() == [MessageKind.EARLIER]


def test_only_what_was_sent_was_asked(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    assert EventKind.OPTION not in desk.kinds_of()
    desk.wait(minutes=1)
    sent_at = desk.now
    desk.send()
    event = desk.events()[-1]
    assert (event.kind, event.at, event.expected.latest) == (EventKind.OPTION, sent_at, on(20))
    assert (event.text, event.where, event.rule) == ("words", "e-mail", "16 CFR 435.2(b)(1)")
    assert (event.reference, event.units) == ("BO-1001-O1", 2)


def test_a_message_that_is_sent_twice_was_asked_once(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    desk.wait(minutes=1)
    (message,) = [one for one in desk.send() if one.kind is OPTION]
    with desk.work() as uow:
        option_sent(uow, desk.store, message, desk.now)
        uow.commit()
    assert desk.kinds_of().count(EventKind.OPTION) == 1


def test_a_notice_that_reaches_nobody_is_none_and_the_owner_hears_of_it_early(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    desk.park()
    desk.wait(minutes=1)
    watch_delays(desk.store)
    (word,) = desk.to_owner()
    assert (word["matter"], word["order"], word["deadline"]) == ("unsent", "1001", "2026-12-05")
    assert (word["said"], word["rule"]) == ("nobody took it", "16 CFR 435.2(b)(1)")
    assert EventKind.OPTION not in desk.kinds_of()
    desk.until(on(7))
    assert desk.events()[-1].kind is EventKind.CANCEL_ASKED
    assert len([one for one in desk.to_owner() if one["matter"] == "unsent"]) == 1


def test_an_order_without_a_day_counts_thirty_days_from_its_payment() -> None:
    desk = Desk(US)
    desk.stock(0)
    desk.order(units=1)
    desk.wait(minutes=1)
    desk.until(on(24))
    (first,) = options(desk)
    assert (first.values["promised"], first.values["revised"], first.values["silence"]) == (
        "2026-12-23",
        None,
        "cancels",
    )
    assert first.sent_at is not None
    assert first.sent_at < datetime(2026, 12, 23, tzinfo=UTC)


def test_an_open_choice_is_reminded_of_once(desk: Desk) -> None:
    desk.slips(1, None)
    desk.until(on(6, 1).replace(year=2027))
    assert (desk.said().count(REMINDER), desk.kinds_of().count(EventKind.REMINDED)) == (1, 1)


def test_who_consented_to_a_day_is_asked_again_before_that_is_missed(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.turn()
    desk.wait(minutes=1)
    desk.turn()
    desk.until(on(10))
    desk.slips(1, on(28))
    desk.until(on(11))
    renewed = options(desk)[-1].values
    assert (renewed["renewed"], renewed["silence"], renewed["revised"]) == (True, "cancels", "2026-12-28")
    assert renewed["rule"] == "16 CFR 435.2(b)(2)"


@pytest.mark.parametrize("demand", [Demand.UNPAID, Demand.UNKNOWN])
def test_nobody_is_asked_about_an_order_that_is_not_paid(desk: Desk, demand: Demand) -> None:
    desk.order("1002", demand=demand)
    desk.slips(1, on(20))
    desk.until(on(30))
    assert (desk.messages("1002"), desk.amendments("1002")) == ([], [])


def test_who_is_served_in_time_is_asked_nothing(desk: Desk) -> None:
    desk.until(on(3))
    desk.comes(1)
    desk.until(on(4))
    desk.change("1001", shipped=2, demand=Demand.DONE)
    desk.until(on(30))
    assert (desk.said(), desk.amendments()) == ([CONFIRMED, READY], [])


def test_in_the_union_a_delay_is_told_and_nothing_is_cancelled_by_silence() -> None:
    desk = opened(EU)
    desk.slips(1, on(20))
    desk.until(on(30))
    first = options(desk)[0].values
    assert (first["silence"], first["answer_by"], first["rule"]) == ("", None, "Directive 2011/83, art. 18(2)")
    assert (first["laws"], first["may_end"]) == (["eu"], False)
    assert desk.amendments() == []


def test_with_every_pack_switched_off_nothing_is_asked_and_what_is_later_is_said() -> None:
    desk = opened(Rules(law=LawSettings(packs=(), seller="US")))
    desk.slips(1, on(20))
    desk.until(on(30))
    assert desk.said()[:2] == [CONFIRMED, LATER]
    assert options(desk) == []


def test_the_law_does_not_wait_for_quiet_hours() -> None:
    quiet = Rules(law=US.law, quiet=QuietSettings(start="00:00", end="23:59"))
    desk = opened(quiet)
    desk.slips(1, on(20))
    desk.settle()
    desk.wait(seconds=21)
    assert [one.kind for one in desk.send()] == [OPTION]


def test_a_paused_store_asks_nobody(desk: Desk) -> None:
    with desk.work() as uow:
        record = uow.stores.get(KEY)
        record.paused = True
        uow.stores.save(record)
        look_again(uow, desk.store, "1001", desk.now)
        uow.commit()
    assert watch_delays(desk.store) == 0


def test_an_order_whose_plan_is_being_confirmed_waits_for_it_but_not_for_ever(desk: Desk) -> None:
    desk.slips(1, on(20))
    plan_all(desk.store)
    with desk.work() as uow:
        look_again(uow, desk.store, "1001", desk.now)
        uow.commit()
    watch_delays(desk.store)
    assert options(desk) == []
    for _ in range(16):
        desk.wait(minutes=5)
        watch_delays(desk.store)
    assert [one.values["revised"] for one in options(desk)] == ["2026-12-20"]


def test_an_answer_is_taken_into_account_at_the_next_look(desk: Desk) -> None:
    desk.slips(1, None)
    desk.until(on(1))
    assert options(desk, MessageState.SENT) != []
    with desk.work() as uow:
        waits = PromiseEvent(desk.now, EventKind.CONSENTED, Actor.SHOPPER, 2)
        uow.promises.append(KEY, "1001", "1", [waits])
        look_again(uow, desk.store, "1001", desk.now)
        uow.commit()
    desk.until(on(20, 1).replace(year=2027))
    assert desk.amendments() == []


def test_the_journal_cites_the_rule_of_everything_that_was_asked(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.until(on(22))
    acts = [entry for kind in ("option_due", "asked", "cancel_due") for entry in desk.journal(kind)]
    assert len(acts) >= 3
    assert all(entry.facts["rule"].startswith("16 CFR 435") for entry in acts)
