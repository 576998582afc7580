"""Units taken off an order at Shopify: by which way, with which money, and once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest
from shopify_adapter_stage import Stage, open_stage

from adapters.shopify import platform
from adapters.shopify.cancelling import PAUSES
from adapters.shopify.sandbox.sales import Line
from adapters.shopify.sandbox.trade import Checkout
from connector.domain.facts import OrderSeen
from connector.ports.acting import Cancelling, Done
from connector.ports.failures import OwnerMustAct, Refused, TryLater

KEY = "0b0e7f4c-6f0a-4a86-9d2b-1c3c1f4b9a10"
CASH = Checkout(gateway="Cash on Delivery (COD)", by_hand=True)
RIGHTS = {"write_products", "read_inventory", "read_locations", "write_orders"}


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        stock(stage)
        yield stage


def stock(stage: Stage) -> None:
    stage.shop.add_product("A", 50)
    stage.shop.add_product("B", 50)


def cancelling(
    stage: Stage, order: str, units: Mapping[str, int], *, whole: bool = False, reference: str = "BO-1-1"
) -> Cancelling:
    """``units`` by SKU."""
    lines = {line.sku: str(line.ref) for line in stage.shop.store.orders[int(order)].lines}
    by_line = {lines[sku]: number for sku, number in units.items()}
    return Cancelling(reference, KEY, order, by_line, whole, "The shopper does not want to wait.")


def ways(stage: Stage) -> set[str]:
    """By which of the three ways something was taken off."""
    return {"OrderCancel", "RefundCreate", "EditCommit"} & set(stage.shop.calls)


@pytest.mark.parametrize(
    ("paid", "whole", "units", "way", "left"),
    [
        (True, True, {"A": 2, "B": 1}, "OrderCancel", {}),
        (False, True, {"A": 2, "B": 1}, "OrderCancel", {}),
        (True, False, {"A": 2, "B": 1}, "RefundCreate", {}),
        (True, True, {"A": 2}, "RefundCreate", {"B": 1}),  # the merchant has added something meanwhile
        (True, False, {"A": 1}, "RefundCreate", {"A": 1, "B": 1}),
        (False, False, {"A": 1}, "EditCommit", {"A": 1, "B": 1}),
    ],
)
def test_the_order_as_it_stands_says_what_is_done(
    stage: Stage, *, paid: bool, whole: bool, units: dict[str, int], way: str, left: dict[str, int]
) -> None:
    order = stage.shop.place_order({"A": 2, "B": 1}, paid=paid)
    stage.client.cancel(cancelling(stage, order, units, whole=whole))
    assert ways(stage) == {way}
    assert stage.shop.books(order).units == left


def test_all_of_an_order_gives_back_the_shipping_and_a_part_of_it_does_not(stage: Stage) -> None:
    how = Checkout(shipping=Decimal("4.90"))
    whole, part = (stage.shop.place_order({"A": 2}, how=how) for _ in range(2))
    done = stage.client.cancel(cancelling(stage, whole, {"A": 2}, whole=True))
    assert (done.refunded, done.currency, done.by_hand) == ("24.9", "EUR", "")
    assert done.at == stage.clock.now
    assert stage.client.cancel(cancelling(stage, part, {"A": 2})).refunded == "20.0"


def test_a_tip_is_no_goods_and_goes_back_with_the_whole_order(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 2}, paid=False)
    record = stage.shop.store.orders[int(order)]
    tip = Line(
        ref=77, order=record, variant=None, item=None, title="Tip", variant_title=None, sku="", vendor="",
        price=Decimal(3), quantity=1, requires_shipping=False,
    )  # fmt: skip
    record.lines.append(stage.shop.store.keep(tip))
    stage.shop.pay_order(order)
    assert stage.client.cancel(cancelling(stage, order, {"A": 2}, whole=True)).refunded == "23.0"
    assert ways(stage) == {"OrderCancel"}


def test_what_goes_back_is_what_was_paid_after_every_discount(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 2}, how=Checkout(off=Decimal("2.50")))
    assert stage.client.cancel(cancelling(stage, order, {"A": 1})).refunded == "7.5"


def test_an_order_of_which_a_part_has_shipped_is_refunded_and_not_cancelled(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3})
    stage.shop.ship(order, {"A": 1})
    assert stage.client.cancel(cancelling(stage, order, {"A": 2}, whole=True)).refunded == "20.0"
    assert ways(stage) == {"RefundCreate"}
    assert stage.shop.store.orders[int(order)].cancelled_at is None


@pytest.mark.parametrize(
    ("act", "units", "code"),
    [
        ("ship", {"A": 2}, "shipped"),
        ("cancel_order", {"A": 1}, "cancelled"),
        ("nothing", {"A": 3}, "gone"),
    ],
)
def test_what_cannot_be_taken_off_is_refused_with_its_reason(
    stage: Stage, act: str, units: dict[str, int], code: str
) -> None:
    order = stage.shop.place_order({"A": 2})
    wanted = cancelling(stage, order, units)
    if act != "nothing":
        getattr(stage.shop, act)(order)
    before = stage.shop.books(order)
    with pytest.raises(Refused) as refused:
        stage.client.cancel(wanted)
    assert (refused.value.code, stage.shop.books(order), ways(stage)) == (code, before, set())


def test_the_merchant_reads_why_and_by_which_reference(stage: Stage) -> None:
    part, whole, long = (stage.shop.place_order({"A": 2}) for _ in range(3))
    stage.client.cancel(cancelling(stage, part, {"A": 1}))
    stage.client.cancel(cancelling(stage, whole, {"A": 2}, whole=True))
    stage.client.cancel(replace(cancelling(stage, long, {"A": 2}, whole=True), reason="x" * 400))
    orders = stage.shop.store.orders
    said = "The shopper does not want to wait. [BO-1-1]"
    assert [one.note for one in orders[int(part)].refunds] == [said]
    assert (orders[int(whole)].staff_note, orders[int(whole)].cancel_reason) == (said, "INVENTORY")
    assert len(orders[int(long)].staff_note or "") == 255
    assert (orders[int(long)].staff_note or "").endswith(" [BO-1-1]")


def test_a_reference_that_begins_another_one_is_another_one(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3})
    stage.client.cancel(cancelling(stage, order, {"A": 1}, reference="BO-1-11"))
    second = replace(cancelling(stage, order, {"A": 1}, reference="BO-1-1"), key="5d9e8b9e-3c55-4f57-8f61-2e2f5a0f9d11")
    stage.client.cancel(replace(second, again=True))
    assert stage.shop.books(order).units == {"A": 1}


# Money that Shopify cannot move


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_paid_by_hand_is_sent_back_by_hand_and_never_noted_as_sent(stage: Stage, *, whole: bool) -> None:
    order = stage.shop.place_order({"A": 2}, how=CASH)
    wanted = cancelling(stage, order, {"A": 2}, whole=whole)
    for again in (False, True):
        done = stage.client.cancel(replace(wanted, again=again))
        assert (done.refunded, "send 20.0 EUR by hand" in done.by_hand) == ("", True)
        assert (stage.shop.books(order).units, stage.shop.books(order).refunded) == ({}, "0.00")
        assert (stage.shop.store.orders[int(order)].cancelled_at is not None) is whole


@pytest.mark.parametrize("lost", range(12))
def test_of_an_order_paid_in_two_ways_each_part_goes_back_its_own_way_once(stage: Stage, lost: int) -> None:
    order = stage.shop.place_order({"A": 1})
    paid_the_rest_in_cash(stage, order)
    wanted = cancelling(stage, order, {"A": 3}, whole=True)
    done = through(stage, wanted, lost)
    assert (done.refunded, "send 20.0 EUR by hand" in done.by_hand) == ("10.0", True)
    assert stage.shop.books(order).refunded == "10.00"
    assert stage.shop.store.orders[int(order)].cancelled_at is not None


def paid_the_rest_in_cash(stage: Stage, order: str) -> None:
    """Two more units are added to the order and paid at the counter."""
    stage.shop.change_quantity(order, "A", 3)
    record = stage.shop.store.orders[int(order)]
    record.gateway, record.pays_by_hand = "cash", True
    stage.shop.pay_order(order)


def through(stage: Stage, wanted: Cancelling, lost: int) -> Done:
    """Tried until it is done; of the first try the answer to one call is lost."""
    calls, next_fault = 0, stage.shop.next_fault

    def lose(name: str) -> tuple[str, float]:
        nonlocal calls
        calls += 1
        stage.shop.faults.lose_answer = 1 if calls == lost else 0
        return next_fault(name)

    stage.shop.next_fault = lose  # type: ignore[method-assign]  # the stage's own shop
    try:
        return stage.client.cancel(wanted)
    except TryLater:
        return stage.client_with().cancel(replace(wanted, again=True))


@pytest.mark.parametrize("whole", [True, False])
def test_a_refund_that_the_bank_refuses_is_for_a_person_and_is_not_called_sent(stage: Stage, *, whole: bool) -> None:
    order = stage.shop.place_order({"A": 2})
    stage.shop.refuse_refunds()
    wanted = cancelling(stage, order, {"A": 2}, whole=whole)
    for again in (False, True):
        done = stage.client.cancel(replace(wanted, again=again))
        assert (done.refunded, done.currency) == ("", "")
        assert "did not take the refund of 20.0 EUR" in done.by_hand


# A cancellation takes its time


def test_a_slow_cancellation_is_waited_for(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 1})
    stage.shop.take_time(3)
    assert stage.client.cancel(cancelling(stage, order, {"A": 1}, whole=True)).refunded == "10.0"
    assert stage.clock.slept == list(PAUSES[:4])


def test_one_that_is_too_slow_is_looked_at_later_and_not_asked_for_twice(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 1})
    stage.shop.take_time(50)
    wanted = cancelling(stage, order, {"A": 1}, whole=True)
    with pytest.raises(TryLater):
        stage.client.cancel(wanted)
    stage.shop.take_time(0)
    for _ in range(60):
        stage.shop.flush()
    assert stage.client.cancel(replace(wanted, again=True)).refunded == "10.0"
    assert stage.shop.calls.count("OrderCancel") == 1
    assert stage.shop.books(order).refunded == "10.00"


def test_one_that_shopify_gives_up_is_refused(stage: Stage) -> None:
    """Shipped between the call and the work."""
    order = stage.shop.place_order({"A": 1})
    stage.shop.take_time(1)
    wanted = cancelling(stage, order, {"A": 1}, whole=True)
    next_fault = stage.shop.next_fault

    def ship(name: str) -> tuple[str, float]:
        if name == "CancelState" and not stage.shop.store.orders[int(order)].fulfillments:
            stage.shop.ship(order)
        return next_fault(name)

    stage.shop.next_fault = ship  # type: ignore[method-assign]  # the stage's own shop
    with pytest.raises(Refused, match="not_cancelled"):
        stage.client.cancel(wanted)
    assert stage.shop.books(order).refunded == "0.00"


# Rights


def test_without_the_right_to_edit_unpaid_units_are_taken_off_as_a_refund_of_nothing() -> None:
    with open_stage(scopes=RIGHTS) as stage:
        stock(stage)
        order = stage.shop.place_order({"A": 3}, paid=False)
        done = stage.client.cancel(cancelling(stage, order, {"A": 2}))
        assert (done.refunded, done.by_hand, stage.shop.books(order).units) == ("", "", {"A": 1})
        assert ways(stage) == {"RefundCreate"}


def test_without_the_right_to_orders_the_owner_must_act() -> None:
    with open_stage(scopes=RIGHTS - {"write_orders"} | {"read_orders"}) as stage:
        stock(stage)
        order = stage.shop.place_order({"A": 3})
        with pytest.raises(OwnerMustAct) as denied:
            stage.client.cancel(cancelling(stage, order, {"A": 2}))
        assert (denied.value.act, "write_orders" in denied.value.fix) == ("amend", True)
        assert stage.shop.books(order).units == {"A": 3}


def test_our_own_act_comes_back_as_news_that_change_nothing(stage: Stage) -> None:
    for topic in platform().topics:
        stage.client.subscribe(topic, "https://connector.example.com/webhooks/shopify/main", "")
    order = stage.shop.place_order({"A": 3})
    stage.client.cancel(cancelling(stage, order, {"A": 2}))
    (read,) = stage.client.read_orders([order])
    stage.shop.flush()
    topics = {platform().envelope(headers).topic for headers, _ in stage.letters}
    seen = [
        fact
        for headers, body in stage.letters
        for fact in platform().translate(platform().envelope(headers).topic, body).facts
        if isinstance(fact, OrderSeen)
    ]
    assert {"refunds/create", "orders/updated", "inventory_levels/update"} <= topics
    assert replace(seen[-1], country="", email="") == read
