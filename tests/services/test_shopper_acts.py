"""What a shopper may decide about an order, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from amend_stage import DUE, KEY, Stage

from connector.domain.promises import Actor, EventKind, Expected
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind, MessageRecord, TermsRecord
from connector.services.amend import carry_out
from connector.services.message_people import stated
from connector.services.sent_once import SentBefore
from connector.services.shopper import OrderView, view
from connector.services.shopper_act import NotPossible, Page, Why
from connector.services.shopper_acts import cancel, choose_shipping, keep_waiting, set_term, swap
from connector.services.shopper_withdraw import withdraw
from connector.storage.engine import Database

ASKED, OWNER = AmendmentState.ASKED, AmendmentState.OWNER
LATER = date(2027, 1, 10)
RULE = "16 CFR 435.2(b)(1)"
forms = count()


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database.work)


def page(order_id: str = "7", form: str = "", generation: int = 0) -> Page:
    return Page(order_id, generation, form or f"form-{next(forms)}")


def look(stage: Stage, order_id: str = "7") -> OrderView:
    with stage.work(read_only=True) as uow:
        seen = view(stage.store, uow, order_id, 0, stage.clock())
    assert seen is not None
    return seen


def line(stage: Stage, line_id: str = "one") -> Any:
    found = look(stage).line(line_id)
    assert found is not None
    return found


def ask_option(stage: Stage, revised: date | None = LATER, silence: str = "consents") -> None:
    """The notice that asks "wait or cancel?" was sent, as the messages job writes it down."""
    reference = f"option-{next(forms)}"
    values = {"answer_by": "2027-01-23", "silence": silence, "lines": []}
    with stage.work() as uow:
        message = MessageRecord(0, MessageKind.OPTION, "7", 0, "en", values, reference, stage.clock(), stage.clock())
        uow.messages.add(KEY, message)
        uow.commit()
    stage.event(EventKind.OPTION, expected=Expected(revised, revised), rule=RULE, reference=reference)


def refusal(act: Callable[[], object]) -> Why:
    with pytest.raises(NotPossible) as refused:
        act()
    return refused.value.why


# Cancelling


def test_units_that_wait_can_be_taken_back_and_the_page_says_so_at_once(stage: Stage) -> None:
    stage.place(one=3)
    assert cancel(stage.store, page(), "one", 2) is ASKED
    seen = line(stage)
    assert (seen.free, [one.units for one in seen.changes]) == (1, [2])
    assert stage.kinds() == [EventKind.CANCEL_ASKED]
    assert stage.journal() == ["amendment_asked"]
    carry_out(stage.store)
    seen = line(stage)
    assert [(one.amendment.state, one.amendment.refunded) for one in seen.changes] == [(AmendmentState.DONE, "12.00")]


def test_units_are_not_offered_again_between_the_cancellation_and_the_news_of_it(stage: Stage) -> None:
    stage.place(one=2)
    cancel(stage.store, page(), "one", 2)
    carry_out(stage.store)
    assert stage.order().lines["one"].outstanding == 2  # the webhook has not come yet
    assert (line(stage).free, line(stage).cancel) == (0, None)
    assert refusal(lambda: cancel(stage.store, page(), "one", 1)) is Why.GONE


@pytest.mark.parametrize(("until", "waiting", "most"), [("shipped", 1, 3), ("ready", 1, 1), ("ready", 0, 0)])
def test_until_when_units_can_be_taken_back_is_the_shops_to_say(
    stage: Stage, until: str, waiting: int, most: int
) -> None:
    stage.rule(shopper={"cancel_until": until}, law={"packs": ()})
    stage.place(one=3, waiting=waiting)
    offered = line(stage).cancel
    assert (offered.most if offered else 0) == most
    assert refusal(lambda: cancel(stage.store, page(), "one", most + 1)) is Why.GONE


def test_a_shop_that_takes_nothing_back_still_owes_what_the_law_says(stage: Stage) -> None:
    stage.rule(shopper={"cancel": False, "fee": "5 EUR"})
    stage.place(one=2, country="US")
    assert line(stage).cancel is None
    ask_option(stage)
    offered = line(stage).cancel
    assert (offered.most, offered.rule, offered.fee) == (2, RULE, "")
    assert cancel(stage.store, page(), "one", 2) is ASKED
    made = stage.amendments()[0]
    # Seven working days after Monday 23 November: this store rests on no day.
    assert (made.rule, made.deadline) == (RULE, datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC))


def test_a_day_that_was_missed_gives_the_money_back_without_a_fee(stage: Stage) -> None:
    stage.rule(shopper={"fee": "5 EUR"})
    stage.place(one=2, country="DE")
    assert line(stage).cancel.fee == "5 EUR"
    stage.clock.shift(timedelta(days=40))
    offered = line(stage).cancel
    assert (offered.fee, offered.rule) == ("", "Directive 2011/83, art. 18(2)")


def test_with_a_fee_the_owner_settles_it_and_no_cancellation_is_pending_by_law(stage: Stage) -> None:
    stage.rule(shopper={"fee": "5 EUR"}, mail={"owner": "owner@example.com"}, law={"packs": ()})
    stage.place(one=2)
    assert cancel(stage.store, page(), "one", 1) is OWNER
    assert (stage.states(), stage.amendments()[0].said, stage.kinds()) == ([OWNER], "5 EUR", [])
    assert [(kind, values["matter"]) for kind, values in stage.messages()] == [(MessageKind.TO_OWNER, "asked")]
    assert carry_out(stage.store) == 0
    assert line(stage).free == 1


@pytest.mark.parametrize("units", [0, -1])
def test_no_units_are_none(stage: Stage, units: int) -> None:
    stage.place(one=2)
    assert refusal(lambda: cancel(stage.store, page(), "one", units)) is Why.CHOICE


# Acting once


def test_a_form_that_is_sent_twice_acts_once(stage: Stage) -> None:
    stage.place(one=3)
    sent = page()
    cancel(stage.store, sent, "one", 1)
    with pytest.raises(SentBefore):
        cancel(stage.store, sent, "one", 1)
    assert stage.states() == [ASKED]


def test_a_form_that_was_refused_is_not_used_up(stage: Stage) -> None:
    stage.place(one=3)
    sent = page()
    assert refusal(lambda: cancel(stage.store, sent, "one", 4)) is Why.GONE
    assert cancel(stage.store, sent, "one", 3) is ASKED


@pytest.mark.parametrize("forms_alike", [True, False])
def test_of_many_at_once_about_the_same_units_one_wins_and_the_others_are_told(
    stage: Stage, *, forms_alike: bool
) -> None:
    stage.place(one=2)

    def send(_number: int) -> str:
        try:
            cancel(stage.store, page(form="same" if forms_alike else ""), "one", 2)
        except SentBefore:
            return "before"
        except NotPossible as error:
            return error.why.value
        return "done"

    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(send, range(6)))
    assert answers == (["before"] * 5 + ["done"] if forms_alike else ["done"] + ["gone"] * 5)
    assert stage.states() == [ASKED]


def test_waiting_and_cancelling_at_once_leaves_one_answer(stage: Stage) -> None:
    stage.place(one=2, country="US")
    ask_option(stage)

    def send(number: int) -> bool:
        try:
            if number % 2:
                keep_waiting(stage.store, page(), "one")
            else:
                cancel(stage.store, page(), "one", 2)
        except NotPossible:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(4)))
    answers = [one for one in stage.kinds() if one is not EventKind.OPTION]
    # Whoever consents may still cancel before it is sent; who has cancelled cannot consent any more.
    assert answers in ([EventKind.CANCEL_ASKED], [EventKind.CONSENTED, EventKind.CANCEL_ASKED])


# Waiting


@pytest.mark.parametrize("revised", [LATER, None])
def test_who_will_wait_consents_to_the_day_that_was_offered(stage: Stage, revised: date | None) -> None:
    stage.place(one=2, country="US")
    ask_option(stage, revised, silence="consents" if revised else "cancels")
    assert line(stage).choice.answer_by == date(2027, 1, 23)
    keep_waiting(stage.store, page(), "one")
    event = stage.events()[-1]
    assert (event.kind, event.actor, event.expected, event.rule, event.where) == (
        EventKind.CONSENTED,
        Actor.SHOPPER,
        Expected(revised, revised),
        RULE,
        "own page",
    )
    assert line(stage).choice is None
    with stage.work(read_only=True) as uow:
        assert uow.promises.terms(KEY, ["7"])["7"].look_at == stage.clock()


def test_nobody_consents_to_what_was_not_asked(stage: Stage) -> None:
    stage.place(one=2, country="US")
    assert refusal(lambda: keep_waiting(stage.store, page(), "one")) is Why.GONE
    assert stage.kinds() == []


def test_a_last_day_can_be_set_once_the_promised_one_has_passed(stage: Stage) -> None:
    stage.place(one=2, country="DE")
    until = DUE + timedelta(days=30)
    assert refusal(lambda: set_term(stage.store, page(), "one", until)) is Why.GONE
    stage.clock.now = datetime(2026, 12, 28, 9, tzinfo=UTC)
    assert refusal(lambda: set_term(stage.store, page(), "one", date(2026, 12, 28))) is Why.CHOICE
    assert refusal(lambda: set_term(stage.store, page(), "one", date(2028, 1, 1))) is Why.CHOICE
    set_term(stage.store, page(), "one", until)
    event = stage.events()[-1]
    assert (event.kind, event.expected, event.rule) == (
        EventKind.TERM_SET,
        Expected(until, until),
        "Directive 2011/83, art. 18(2)",
    )


def test_the_states_know_no_last_day_that_a_shopper_sets(stage: Stage) -> None:
    stage.rule(law={"packs": ("us",)})
    stage.place(one=2, country="US")
    stage.clock.shift(timedelta(days=60))
    assert line(stage).sets_term == ""


# Something else instead, and how it is sent


def test_an_exchange_is_asked_for_with_what_was_chosen(stage: Stage) -> None:
    stage.place(one=3, waiting=2)
    assert line(stage).instead == 2
    swap(stage.store, page(), "one", 2, "v-9", "A stool")
    (made,) = stage.amendments()
    assert (made.kind, made.units, made.variant_id) == (AmendmentKind.SWAP, 2, "v-9")
    assert made.reason.endswith("A stool")
    assert refusal(lambda: swap(stage.store, page(), "one", 1, "v-9", "A stool")) is Why.GONE


def test_a_shop_can_offer_nothing_else(stage: Stage) -> None:
    stage.rule(shopper={"alternatives": False})
    stage.place(one=2)
    assert refusal(lambda: swap(stage.store, page(), "one", 1, "v-9", "A stool")) is Why.GONE


def test_how_it_is_sent_can_be_chosen_where_a_part_is_there(stage: Stage) -> None:
    stage.place(one=3, waiting=1)
    assert look(stage).shipping is AmendmentKind.SHIP_TOGETHER
    choose_shipping(stage.store, page(), together=True)
    assert refusal(lambda: choose_shipping(stage.store, page(), together=True)) is Why.GONE
    carry_out(stage.store)
    assert (look(stage).together, look(stage).shipping) == (True, AmendmentKind.SHIP_NOW)


@pytest.mark.parametrize("waiting", [0, 3])
def test_there_is_nothing_to_choose_where_all_is_there_or_nothing_is(stage: Stage, waiting: int) -> None:
    stage.place(one=3, waiting=waiting)
    assert look(stage).shipping is None
    assert refusal(lambda: choose_shipping(stage.store, page(), together=True)) is Why.GONE


# Withdrawing


def test_a_withdrawal_is_acknowledged_at_once_with_its_content_and_time(stage: Stage) -> None:
    stage.place(one=2, two=1, country="DE")
    withdraw(stage.store, page(), {"one": 2, "two": 1}, "Ada Lovelace", "ada@example.com")
    (made,) = stage.amendments()
    assert (made.kind, made.line_id, made.units, made.state) == (AmendmentKind.WITHDRAW, "", 3, ASKED)
    assert made.deadline == datetime(2026, 12, 7, 23, 59, 59, tzinfo=UTC)
    ((kind, values),) = stage.messages()
    assert kind is MessageKind.WITHDRAWAL
    with stage.work(read_only=True) as uow:
        (message,) = uow.messages.of_order(KEY, "7")
    assert stated(stage.store, message.to) == {"name": "Ada Lovelace", "contact": "ada@example.com"}
    assert "Ada" not in repr(message)
    assert values["whole"] is True
    assert values["at"] == "2026-11-23T12:00:00+00:00"
    assert {(one["line"], one["units"]) for one in values["lines"]} == {("one", 2), ("two", 1)}
    carry_out(stage.store)
    assert stage.shop.happened() == [made.reference]
    assert stage.said() == [MessageKind.WITHDRAWAL, MessageKind.CANCELLED]


def test_what_has_left_is_the_owners_to_take_back(stage: Stage) -> None:
    stage.place(one=3, shipped=1, country="DE")
    withdraw(stage.store, page(), {"one": 3}, "Ada", "ada@example.com")
    assert [(one.state, one.units) for one in stage.amendments()] == [(ASKED, 2), (OWNER, 1)]
    assert refusal(lambda: withdraw(stage.store, page(), {"one": 1}, "Ada", "a@example.com")) is Why.GONE


def test_a_part_can_be_withdrawn_from(stage: Stage) -> None:
    stage.place(one=2, two=1, country="FR")
    withdraw(stage.store, page(), {"one": 1}, "Ada", "ada@example.com")
    (made,) = stage.amendments()
    assert (made.line_id, made.units) == ("one", 1)
    assert stage.messages()[0][1]["whole"] is False


@pytest.mark.parametrize(
    ("country", "seller", "packs", "offered"),
    [
        ("DE", "", ("us", "eu", "uk"), True),
        ("US", "AT", ("us", "eu", "uk"), True),
        ("US", "US", ("us", "eu", "uk"), False),
        ("DE", "", ("us",), False),
    ],
)
def test_the_right_to_withdraw_is_there_where_the_goods_or_the_seller_are_in_the_union(
    stage: Stage, country: str, seller: str, packs: tuple[str, ...], *, offered: bool
) -> None:
    stage.rule(law={"seller": seller, "packs": packs})
    stage.place(country=country)
    assert look(stage).withdraws is offered
    if not offered:
        assert refusal(lambda: withdraw(stage.store, page(), {"one": 1}, "Ada", "a@example.com")) is Why.CLOSED


@pytest.mark.parametrize("units", [{}, {"one": 0}, {"one": 9}, {"nine": 1}, {"one": -1}])
def test_a_withdrawal_from_nothing_or_from_more_than_there_is_is_none(stage: Stage, units: dict[str, int]) -> None:
    stage.place(country="DE")
    assert refusal(lambda: withdraw(stage.store, page(), units, "Ada", "a@example.com")) in {Why.GONE, Why.CHOICE}
    assert (stage.amendments(), stage.messages()) == ([], [])


# Closed pages


def test_a_page_whose_links_were_made_void_takes_nothing(stage: Stage) -> None:
    stage.place()
    with stage.work() as uow:
        uow.promises.save_terms(KEY, [TermsRecord("7", link=1)])
        uow.commit()
    assert refusal(lambda: cancel(stage.store, page(), "one", 1)) is Why.CLOSED
    assert cancel(stage.store, page(generation=1), "one", 1) is ASKED


def test_a_shop_that_has_no_such_pages_takes_nothing(stage: Stage) -> None:
    stage.place()
    stage.rule(shopper={"page": False})
    assert refusal(lambda: cancel(stage.store, page(), "one", 1)) is Why.CLOSED


def test_who_was_asked_can_answer_even_where_the_shop_has_no_such_page(stage: Stage) -> None:
    stage.rule(shopper={"page": False})
    stage.place(one=3, waiting=2, country="US")
    ask_option(stage)
    seen = line(stage)
    assert (seen.cancel.rule, seen.instead, look(stage).shipping) == (RULE, 0, None)
    keep_waiting(stage.store, page(), "one")
    assert stage.kinds()[-1] is EventKind.CONSENTED


def test_where_nothing_is_written_to_the_shop_nothing_can_be_asked_of_it(stage: Stage) -> None:
    stage.place(country="DE")
    stage.store = replace(stage.store, push=False)
    seen = look(stage)
    assert (seen.withdraws, seen.shipping, seen.lines[0].cancel) == (False, None, None)
    assert refusal(lambda: cancel(stage.store, page(), "one", 1)) is Why.GONE
