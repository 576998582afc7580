"""Alternatives at Shopify: which are offered, and how one takes the place of what was ordered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from shopify_adapter_stage import Stage, open_stage, scripted

from adapters.shopify.sandbox.trade import Checkout
from connector.ports.acting import Alternative, Done, Swapping
from connector.ports.failures import OwnerMustAct, Refused, TryLater

KEY = "0b0e7f4c-6f0a-4a86-9d2b-1c3c1f4b9a10"
RIGHTS = {"write_products", "read_inventory", "read_locations", "write_orders"}


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        stock(stage)
        yield stage


def stock(stage: Stage) -> None:
    """Chairs at 10.00 and stools at 7.50."""
    stage.shop.add_product("CHAIR", 50)
    stage.shop.add_product("STOOL", 5, title="A stool")
    stage.shop.set_price("STOOL", "7.50")


def line_of(stage: Stage, order: str) -> str:
    return str(stage.shop.store.orders[int(order)].lines[0].ref)


def variant(stage: Stage, sku: str) -> str:
    return str(stage.shop.store.variant_of(sku).ref)


def swapping(stage: Stage, order: str, units: int = 1, sku: str = "STOOL") -> Swapping:
    return Swapping("BO-1-1", KEY, order, line_of(stage, order), units, variant(stage, sku), "The shopper chose it.")


def offered(stage: Stage, order: str, limit: int = 10) -> list[Alternative]:
    return list(stage.client.alternatives(order, line_of(stage, order), limit))


# Offered


def test_an_alternative_says_what_it_costs_and_what_comes_back(stage: Stage) -> None:
    stage.shop.relate("CHAIR", ["STOOL"])
    (stool,) = offered(stage, stage.shop.place_order({"CHAIR": 1}))
    product = stage.product_of(variant(stage, "STOOL"))
    assert stool == Alternative(
        variant_id=variant(stage, "STOOL"),
        product_id=product,
        sku="STOOL",
        title="A stool",
        price="7.50",
        paid="10.0",
        back="2.50",
        currency="EUR",
        url="https://sandbox.example.com/products/a-stool",
        image=f"https://cdn.sandbox.example.com/{product}.jpg",
    )


def test_what_was_paid_counts_and_not_what_it_once_cost(stage: Stage) -> None:
    stage.shop.relate("CHAIR", ["STOOL"])
    cheap = stage.shop.place_order({"CHAIR": 1}, how=Checkout(off=Decimal(3)))
    assert offered(stage, cheap) == []


def test_complementary_products_follow_the_related_ones_and_none_comes_twice(stage: Stage) -> None:
    for sku in ("BENCH", "CUSHION"):
        stage.shop.add_product(sku, 5)
    stage.shop.relate("CHAIR", ["CUSHION", "STOOL"], kind="complementary_products")
    stage.shop.relate("CHAIR", ["BENCH", "STOOL"])
    assert [one.sku for one in offered(stage, stage.shop.place_order({"CHAIR": 1}))] == ["BENCH", "STOOL", "CUSHION"]


def test_a_product_of_many_sizes_does_not_take_every_place(stage: Stage) -> None:
    stage.shop.add_variations("Shirt", {"S": 1, "M": 1, "L": 0})
    stage.shop.relate("CHAIR", ["S", "STOOL"])
    order = stage.shop.place_order({"CHAIR": 1})
    assert [one.sku for one in offered(stage, order)] == ["S", "STOOL", "M"]
    assert [one.title for one in offered(stage, order)] == ["Shirt - S", "A stool", "Shirt - M"]
    assert [one.sku for one in offered(stage, order, limit=2)] == ["S", "STOOL"]


def test_of_the_same_product_only_other_variants_are_offered(stage: Stage) -> None:
    stage.shop.add_variations("Shirt", {"S": 1, "M": 1})
    stage.shop.relate("S", ["S"])
    assert [one.sku for one in offered(stage, stage.shop.place_order({"S": 1}))] == ["M"]


@pytest.mark.parametrize("change", ["draft", "gift card", "deleted", "only at the counter"])
def test_what_cannot_be_bought_online_is_not_offered(stage: Stage, change: str) -> None:
    stage.shop.relate("CHAIR", ["STOOL"])
    stool = stage.shop.store.variant_of("STOOL").product
    match change:
        case "draft":
            stool.status = "DRAFT"
        case "gift card":
            stool.is_gift_card = True
        case "deleted":
            stage.shop.delete_product("STOOL")
        case _:
            stage.shop.set_stock("STOOL", 0)
    assert offered(stage, stage.shop.place_order({"CHAIR": 1})) == []


def test_a_variant_that_is_not_counted_is_there(stage: Stage) -> None:
    stage.shop.add_product("SERVICE", None)
    stage.shop.relate("CHAIR", ["SERVICE"])
    assert [one.sku for one in offered(stage, stage.shop.place_order({"CHAIR": 1}))] == ["SERVICE"]


def test_where_nothing_is_related_or_the_product_is_gone_there_is_nothing_to_offer(stage: Stage) -> None:
    order = stage.shop.place_order({"CHAIR": 1})
    assert offered(stage, order) == []
    stage.shop.delete_product("CHAIR")
    assert offered(stage, order) == []


def related(**changed: object) -> dict[str, Any]:
    line = {
        "id": "gid://shopify/LineItem/11",
        "discountedUnitPriceAfterAllDiscountsSet": {"shopMoney": {"amount": "10.0", "currencyCode": "EUR"}},
        "variant": None,
        "product": {"related": None, "complementary": None},
    }
    order = {"currencyCode": "EUR", "presentmentCurrencyCode": "EUR", **changed}
    return {"order": order, "line": line}


def test_metafields_that_the_app_may_not_see_are_no_alternatives() -> None:
    denied = {
        "message": "Access denied for metafield.",
        "path": ["line", "product", "related"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    with scripted() as script:
        script.answers({"data": related(), "errors": [denied]})
        assert list(script.client.alternatives("1", "11", 5)) == []


def test_an_order_in_another_currency_gets_none_because_its_prices_are_not_known() -> None:
    data = related(presentmentCurrencyCode="USD")
    stray: dict[str, Any] = {"related": {"references": {"nodes": [None, {}]}}, "complementary": None}
    with scripted() as script:
        script.answers({"data": data}, {"data": related() | {"line": related()["line"] | {"product": stray}}})
        assert [list(script.client.alternatives("1", "11", 5)) for _ in range(2)] == [[], []]


# Taken


def test_a_swap_changes_the_line_and_sends_the_difference_back(stage: Stage) -> None:
    order = stage.shop.place_order({"CHAIR": 3})
    done = stage.client.swap(swapping(stage, order, 2))
    assert (done.refunded, done.currency, done.by_hand, done.at) == ("5.0", "EUR", "", stage.clock.now)
    assert stage.shop.books(order).units == {"CHAIR": 1, "STOOL": 2}
    (refund,) = stage.shop.store.orders[int(order)].refunds
    assert refund.note == "The shopper chose it. [BO-1-1]"


@pytest.mark.parametrize("why", ["selling plan", "locked", "cancelled"])
def test_what_cannot_be_edited_is_refused_and_nothing_changes(stage: Stage, why: str) -> None:
    how = Checkout(selling_plan="Pre-order" if why == "selling plan" else None)
    order = stage.shop.place_order({"CHAIR": 1}, how=how)
    if why == "locked":
        stage.shop.lock_order(order, "The order is too old.")
    if why == "cancelled":
        stage.shop.cancel_order(order)
    before = stage.shop.books(order)
    with pytest.raises(Refused) as refused:
        stage.client.swap(swapping(stage, order))
    assert refused.value.code == ("cancelled" if why == "cancelled" else "not_editable")
    assert stage.shop.books(order) == before


def test_a_discounted_line_is_not_swapped_for_what_costs_more_than_was_paid(stage: Stage) -> None:
    order = stage.shop.place_order({"CHAIR": 1}, how=Checkout(off=Decimal("2.60")))
    with pytest.raises(Refused, match="dearer"):
        stage.client.swap(swapping(stage, order))
    assert stage.shop.books(order).units == {"CHAIR": 1}


def test_without_the_right_to_edit_orders_the_owner_must_act() -> None:
    with open_stage(scopes=RIGHTS) as stage:
        stock(stage)
        order = stage.shop.place_order({"CHAIR": 1})
        with pytest.raises(OwnerMustAct, match="write_order_edits"):
            stage.client.swap(swapping(stage, order))


def test_only_what_this_swap_made_too_much_goes_back(stage: Stage) -> None:
    """The merchant took a line off before, and has not sent the money back yet: that is theirs to do."""
    order = stage.shop.place_order({"CHAIR": 3})
    stage.shop.change_quantity(order, "CHAIR", 2)
    assert stage.client.swap(swapping(stage, order)).refunded == "2.5"
    assert stage.shop.books(order).refunded == "2.50"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Checkout(gateway="Cash on Delivery (COD)", by_hand=True), "send 2.5 EUR by hand"),
        (Checkout(), "did not take the refund of 2.5 EUR"),
    ],
    ids=["cash", "the bank refuses"],
)
def test_a_swap_that_stands_is_never_refused_for_its_money(stage: Stage, how: Checkout, said: str) -> None:
    order = stage.shop.place_order({"CHAIR": 1}, how=how)
    stage.shop.refuse_refunds()
    for again in (False, True):
        done = stage.client.swap(replace(swapping(stage, order), again=again))
        assert (done.refunded, said in done.by_hand) == ("", True)
        assert stage.shop.books(order).units == {"STOOL": 1}


def test_a_merchants_own_edit_to_the_same_variant_is_not_taken_for_ours(stage: Stage) -> None:
    """The first try died before its commit; meanwhile the order already has a line of that variant."""
    order = stage.shop.place_order({"CHAIR": 1, "STOOL": 1})
    done = lost_at(stage, swapping(stage, order), "EditCommit", before=True)
    assert done.refunded == "2.5"
    assert stage.shop.books(order).units == {"STOOL": 2}


@pytest.mark.parametrize("name", ["OrderNow", "EditBegin", "EditStage", "Note", "EditCommit", "RefundCreate"])
@pytest.mark.parametrize("before", [True, False], ids=["not carried out", "carried out"])
def test_a_swap_that_died_at_any_call_happens_once(stage: Stage, name: str, *, before: bool) -> None:
    order = stage.shop.place_order({"CHAIR": 2})
    done = lost_at(stage, swapping(stage, order), name, before=before)
    assert Decimal(done.refunded) == Decimal("2.50")
    assert stage.shop.books(order).units == {"CHAIR": 1, "STOOL": 1}
    assert stage.shop.books(order).refunded == "2.50"


def lost_at(stage: Stage, wanted: Swapping, at: str, *, before: bool) -> Done:
    """The first call of that name breaks down, ``before`` it is carried out or after; then the act is tried again."""
    next_fault = stage.shop.next_fault
    broken: list[str] = []

    def fail(name: str) -> tuple[str, float]:
        if name == at and not broken:
            broken.append(name)
            if before:
                stage.shop.faults.answer_500 = 1
            else:
                stage.shop.faults.lose_answer = 1
        return next_fault(name)

    stage.shop.next_fault = fail  # type: ignore[method-assign]  # the stage's own shop
    with pytest.raises(TryLater):
        stage.client.swap(wanted)
    assert broken == [at]
    return stage.client_with().swap(replace(wanted, again=True))
