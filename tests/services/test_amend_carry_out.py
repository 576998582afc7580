"""Changes of orders that were asked for are carried out at the shop, told, and written down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from amend_stage import KEY, Stage

from connector.domain.facts import Demand
from connector.domain.promises import Actor, EventKind
from connector.ports.acting import Cancelling
from connector.ports.failures import OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind
from connector.services.amend import amend_turn, carry_out
from connector.storage.engine import Database

DONE, REFUSED, DROPPED, OWNER = (
    AmendmentState.DONE,
    AmendmentState.REFUSED,
    AmendmentState.DROPPED,
    AmendmentState.OWNER,
)


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database.work)


def asked(stage: Stage) -> Cancelling:
    (one,) = stage.shop.asked
    assert isinstance(one, Cancelling)
    return one


def test_a_cancellation_is_done_at_the_shop_refunded_told_once_and_journalled(stage: Stage) -> None:
    stage.place(one=2, two=1)
    stage.ask(units=1, rule="16 CFR 435.2(c)(1)")
    assert carry_out(stage.store) == 1
    assert asked(stage).units == {"one": 1}
    assert stage.states() == [DONE]
    assert (stage.amendments()[0].refunded, stage.amendments()[0].currency) == ("12.00", "EUR")
    assert stage.kinds() == [EventKind.CANCELLED, EventKind.REFUNDED]
    assert {(one.units, one.rule, one.actor) for one in stage.events()[1:]} == {
        (1, "16 CFR 435.2(c)(1)", Actor.SHOPPER),
        (1, "16 CFR 435.2(c)(1)", Actor.PLATFORM),
    }
    ((kind, values),) = stage.messages()
    assert kind is MessageKind.CANCELLED
    assert (values["why"], values["refund"]) == ("shopper", {"amount": "12.00", "currency": "EUR", "by": None})
    assert stage.journal() == ["amendment_done"]
    assert carry_out(stage.store) == 0


@pytest.mark.parametrize(
    ("lines", "units", "shipped", "whole"),
    [
        ({"one": 2}, 2, 0, True),
        ({"one": 2}, 1, 0, False),
        ({"one": 2, "two": 1}, 2, 0, False),
        ({"one": 3}, 2, 1, False),
    ],
)
def test_an_order_is_cancelled_whole_only_where_nothing_of_it_was_or_will_be_sent(
    stage: Stage, lines: Any, units: int, shipped: int, *, whole: bool
) -> None:
    stage.place("7", shipped=shipped, **lines)
    stage.ask(units=units)
    carry_out(stage.store)
    assert asked(stage).whole is whole


def test_the_last_of_several_cancellations_makes_it_whole(stage: Stage) -> None:
    stage.place(one=1, two=1)
    stage.ask(line_id="one")
    stage.ask(line_id="two")
    assert carry_out(stage.store) == 2
    assert [one.whole for one in stage.shop.asked if isinstance(one, Cancelling)] == [False, True]


def test_a_line_whose_stock_nobody_counts_may_have_been_sent_so_nothing_is_whole(stage: Stage) -> None:
    stage.place(one=1, two=1)
    stage.shop.change("7", two={"wanted": 0})
    fresh = stage.shop.orders["7"]
    stage.place("8", one=1)
    stage.shop.orders["8"] = replace(fresh, id="8")
    stage.ask("8")
    carry_out(stage.store)
    assert asked(stage).whole is False


def test_one_about_the_whole_order_takes_all_that_is_outstanding_and_tells_it_in_one_message(stage: Stage) -> None:
    stage.place(one=2, two=1)
    stage.ask(line_id="", units=3)
    carry_out(stage.store)
    assert (asked(stage).units, asked(stage).whole) == ({"one": 2, "two": 1}, True)
    assert stage.said() == [MessageKind.CANCELLED]
    assert stage.kinds(line_id="two") == [EventKind.CANCELLED, EventKind.REFUNDED]


def test_fewer_units_than_were_asked_for_are_taken_where_some_have_shipped(stage: Stage) -> None:
    stage.place(one=3)
    stage.ask(units=3)
    stage.shop.change("7", one={"shipped": 2})
    carry_out(stage.store)
    assert (asked(stage).units, asked(stage).whole) == ({"one": 1}, False)
    assert stage.amendments()[0].units == 1


@pytest.mark.parametrize(
    ("change", "said", "messages"),
    [
        ({"shipped": 2}, "shipped", [MessageKind.NOT_DONE]),
        ({"wanted": 0}, "cancelled", []),
    ],
)
def test_what_was_overtaken_is_dropped_and_the_shop_is_not_asked(
    stage: Stage, change: dict[str, int], said: str, messages: list[MessageKind]
) -> None:
    stage.place(one=2)
    stage.ask(units=2)
    stage.shop.change("7", one=change)
    assert carry_out(stage.store) == 1
    assert (stage.states(), stage.amendments()[0].said) == ([DROPPED], said)
    assert stage.shop.asked == []
    assert stage.said() == messages
    assert EventKind.CANCELLED not in stage.kinds()


def test_an_order_that_is_gone_from_the_shop_ends_what_was_asked_about_it(stage: Stage) -> None:
    stage.place()
    stage.ask()
    del stage.shop.orders["7"]
    carry_out(stage.store)
    assert (stage.states(), stage.shop.asked) == ([DROPPED], [])


def test_a_withdrawal_that_shipping_overtook_is_the_owners_to_settle(stage: Stage) -> None:
    stage.place(one=2)
    stage.ask(units=2, kind=AmendmentKind.WITHDRAW)
    stage.shop.change("7", one={"shipped": 2})
    carry_out(stage.store)
    assert (stage.states(), stage.amendments()[0].said) == ([OWNER], "shipped")


def test_of_a_withdrawal_what_shipped_goes_to_the_owner_and_the_rest_is_cancelled(stage: Stage) -> None:
    stage.place(one=3)
    stage.ask(units=3, kind=AmendmentKind.WITHDRAW)
    stage.shop.change("7", one={"shipped": 1})
    carry_out(stage.store)
    assert [(one.state, one.units) for one in stage.amendments()] == [(DONE, 2), (OWNER, 1)]


def test_money_that_only_a_person_can_send_is_left_to_the_owner_with_the_last_day_for_it(stage: Stage) -> None:
    stage.rule(mail={"owner": "owner@example.com"})
    stage.shop.by_hand = "It was paid on delivery."
    stage.place(country="US")
    stage.ask()
    carry_out(stage.store)
    assert stage.states() == [AmendmentState.BY_HAND]
    assert stage.kinds() == [EventKind.CANCELLED]
    (cancelled, to_owner) = stage.messages()
    assert cancelled[1]["refund"]["by"] == to_owner[1]["deadline"]
    assert cancelled[1]["refund"]["by"] is not None
    assert (to_owner[0], to_owner[1]["matter"]) == (MessageKind.TO_OWNER, "refund_due")


def test_what_the_shop_refuses_is_told_to_the_shopper_and_the_owner(stage: Stage) -> None:
    stage.rule(mail={"owner": "owner@example.com"})
    stage.shop.troubles = [Refused("not_editable", "The order cannot be edited.")]
    stage.place()
    stage.ask()
    carry_out(stage.store)
    assert (stage.states(), stage.amendments()[0].said) == ([REFUSED], "not_editable: “The order cannot be edited.”")
    assert [(kind, values.get("why") or values.get("matter")) for kind, values in stage.messages()] == [
        (MessageKind.NOT_DONE, "refused"),
        (MessageKind.TO_OWNER, "refused"),
    ]
    assert stage.kinds() == []


def test_what_a_rule_asked_for_and_the_shop_refuses_is_the_owners_alone(stage: Stage) -> None:
    stage.shop.troubles = [Refused("not_editable", "The order cannot be edited.")]
    stage.place()
    stage.ask(by=Actor.SERVICE)
    carry_out(stage.store)
    assert (stage.states(), stage.said()) == ([REFUSED], [])


@pytest.mark.parametrize(
    "failure",
    [TryLater("busy"), Unreadable("$.id", "is missing"), OwnerMustAct("amend", "No right to refund.", "Grant it.")],
)
@pytest.mark.parametrize("lost", [False, True])
def test_a_shop_that_fails_is_asked_again_later_for_the_very_same(
    stage: Stage, failure: Exception, *, lost: bool
) -> None:
    stage.place(one=2)
    stage.ask(units=2)
    stage.shop.troubles, stage.shop.loses_answers = [failure], lost
    with pytest.raises(type(failure)):
        carry_out(stage.store)
    assert carry_out(stage.store) == 0  # not at once
    stage.clock.shift(timedelta(hours=1))
    assert carry_out(stage.store) == 1
    first, second = stage.shop.asked
    assert (first, second) == (replace(second, again=False), replace(first, again=True))
    assert (stage.states(), stage.said()) == ([DONE], [MessageKind.CANCELLED])
    assert len(stage.shop.happened()) == 1


def test_what_an_owner_must_mend_stops_the_changing_of_orders_and_nothing_else(stage: Stage) -> None:
    stage.place()
    stage.ask()
    stage.shop.troubles = [OwnerMustAct("amend", "No right to refund.", "Grant it.")]
    assert amend_turn(stage.store) == 0
    with stage.work() as uow:
        record = uow.stores.get(KEY)
    assert record is not None
    assert record.stopped == {"amend": "No right to refund. Grant it."}
    stage.clock.shift(timedelta(hours=2))
    assert amend_turn(stage.store) == 0


def test_an_order_that_fails_does_not_keep_others_from_their_turn(stage: Stage) -> None:
    stage.place("7")
    stage.place("8")
    stage.ask("7")
    stage.ask("8")
    stage.shop.troubles = [TryLater("busy")]
    with pytest.raises(TryLater):
        carry_out(stage.store)
    assert carry_out(stage.store) == 1
    assert stage.states("8") == [DONE]


@pytest.mark.parametrize("held", ["paused", "plan only", "outdated"])
def test_nothing_is_changed_at_a_shop_that_is_held_back(stage: Stage, held: str) -> None:
    stage.place()
    stage.ask()
    if held == "plan only":
        stage.store = replace(stage.store, push=False)
    else:
        with stage.work() as uow:
            record = uow.stores.get(KEY)
            assert record is not None
            record.paused, record.revision = held == "paused", 1 if held == "outdated" else 0
            uow.stores.save(record)
            uow.commit()
    assert carry_out(stage.store) == 0
    assert (stage.states(), stage.shop.asked) == ([AmendmentState.ASKED], [])


def test_an_exchange_is_done_and_the_difference_told(stage: Stage) -> None:
    stage.shop.price = "2.50"
    stage.place(one=2)
    stage.ask(units=2, kind=AmendmentKind.SWAP, variant_id="v-9")
    carry_out(stage.store)
    assert [type(one).__name__ for one in stage.shop.asked] == ["Swapping"]
    assert stage.kinds() == [EventKind.CANCELLED, EventKind.REFUNDED]
    ((kind, values),) = stage.messages()
    assert (kind, values["refund"]["amount"]) == (MessageKind.REFUNDED, "2.50")


@pytest.mark.parametrize(
    ("by", "rule", "why"),
    [
        (Actor.SERVICE, "16 CFR 435.2(c)(2)", "silence"),
        (Actor.SERVICE, "16 CFR 435.2(c)(3)", "missed"),
        (Actor.SERVICE, "16 CFR 435.2(c)(5)", "missed"),
        (Actor.OWNER, "", "owner"),
        (Actor.SHOPPER, "16 CFR 435.2(c)(1)", "shopper"),
    ],
)
def test_the_shopper_is_told_why_it_was_cancelled(stage: Stage, by: Actor, rule: str, why: str) -> None:
    stage.place()
    stage.ask(by=by, rule=rule)
    carry_out(stage.store)
    assert stage.messages()[0][1]["why"] == why


def test_of_an_order_nobody_has_paid_nothing_is_sent_back_and_the_clock_for_it_stops(stage: Stage) -> None:
    stage.shop.price = ""
    stage.place()
    stage.ask()
    carry_out(stage.store)
    assert stage.kinds() == [EventKind.CANCELLED, EventKind.REFUNDED]
    assert (stage.events()[-1].text, stage.states()) == ("", [DONE])


@pytest.mark.parametrize(("kind", "together"), [(AmendmentKind.SHIP_NOW, False), (AmendmentKind.SHIP_TOGETHER, True)])
def test_how_it_is_sent_is_written_down_and_the_shop_is_asked_for_nothing(
    stage: Stage, kind: AmendmentKind, *, together: bool
) -> None:
    stage.place(one=2, waiting=1)
    stage.ask(line_id="", units=0, kind=kind)
    carry_out(stage.store)
    with stage.work(read_only=True) as uow:
        assert uow.promises.terms(KEY, ["7"])["7"].together is together
    assert (stage.states(), stage.shop.asked) == ([DONE], [])


def test_the_order_is_read_again_after_it_was_changed(stage: Stage) -> None:
    stage.place()
    stage.ask()
    carry_out(stage.store)
    with stage.work(read_only=True) as uow:
        assert "7" in {row.reread.id for row in uow.rereads.due(KEY, 10)}
    assert stage.shop.orders["7"].demand is Demand.OPEN
