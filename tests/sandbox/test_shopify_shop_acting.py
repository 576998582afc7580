"""What the sandbox shop does when orders are acted on, beside what the orders' own tests show: edits, rights, protected
data, relations.  Messages are those recorded from real shops, where they are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shopify_bench import Bench, gid, open_bench

from adapters.shopify.sandbox.trade import Checkout

BEGIN = """mutation($id: ID!) { orderEditBegin(id: $id) {
  calculatedOrder { id totalOutstandingSet { shopMoney { amount } } lineItems(first: 5) { nodes { id sku quantity } } }
  userErrors { field message } } }"""
SET = """mutation($id: ID!, $line: ID!, $to: Int!) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $to, restock: true) {
  calculatedOrder { totalOutstandingSet { shopMoney { amount } } } userErrors { field message } } }"""
ADD = """mutation($id: ID!, $variant: ID!, $units: Int!, $twice: Boolean) {
  orderEditAddVariant(id: $id, variantId: $variant, quantity: $units, allowDuplicates: $twice) {
  calculatedLineItem { id } calculatedOrder {
    lineItems(first: 5) { nodes { id } } addedLineItems(first: 5) { nodes { id } } }
  userErrors { field message } } }"""
COMMIT = "mutation($id: ID!) { orderEditCommit(id: $id) { order { totalOutstandingSet { shopMoney { amount } } } } }"

NO_LINE, NO_VARIANT = gid("CalculatedLineItem", 1), gid("ProductVariant", 1)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        opened.shop.add_product("A", 9)
        opened.shop.add_product("B", 9)
        opened.shop.set_price("B", "7.50")
        yield opened


def variant(bench: Bench, sku: str) -> str:
    return bench.shop.store.variant_of(sku).gid


def begun(bench: Bench, order: str) -> Any:
    return bench.data(BEGIN, id=gid("Order", order))["orderEditBegin"]["calculatedOrder"]


def test_an_edit_that_takes_something_off_leaves_too_much_paid(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 2})
    edit = begun(bench, order)
    staged = bench.data(SET, id=edit["id"], line=edit["lineItems"]["nodes"][0]["id"], to=1)["orderEditSetQuantity"]
    done = bench.data(COMMIT, id=edit["id"])["orderEditCommit"]["order"]

    assert edit["totalOutstandingSet"] == {"shopMoney": {"amount": "0.0"}}
    assert staged["calculatedOrder"]["totalOutstandingSet"] == {"shopMoney": {"amount": "-10.0"}}
    assert done["totalOutstandingSet"] == {"shopMoney": {"amount": "-10.0"}}


def test_a_line_that_an_edit_adds_stands_apart_and_is_named_by_no_number(bench: Bench) -> None:
    edit = begun(bench, bench.shop.place_order({"A": 2}))
    said = bench.data(ADD, id=edit["id"], variant=variant(bench, "B"), units=1)["orderEditAddVariant"]
    added = said["calculatedLineItem"]["id"]

    assert said["calculatedOrder"]["addedLineItems"]["nodes"] == [{"id": added}]
    assert [one["id"] for one in said["calculatedOrder"]["lineItems"]["nodes"]] == [edit["lineItems"]["nodes"][0]["id"]]
    assert added.removeprefix("gid://shopify/CalculatedLineItem/").count("-") == 4


@pytest.mark.parametrize(
    ("query", "given", "field", "message"),
    [
        (
            SET,
            {"line": gid("CalculatedLineItem", 1), "to": 1},
            "lineItemId",
            "The line item does not exist on the order.",
        ),
        (SET, {"to": -1}, "quantity", "must be greater than or equal to 0"),
        (
            ADD,
            {"variant": gid("ProductVariant", 1), "units": 1},
            "variantId",
            "The variant does not exist in the shop.",
        ),
        (ADD, {"units": 0}, "quantity", "must be greater than 0"),
        (ADD, {"variant": "A", "units": 1}, "id", "A was not added because it's already on the order."),
    ],
)
def test_what_an_edit_refuses_is_said_as_the_real_shop_says_it(
    bench: Bench, query: str, given: dict[str, Any], field: str, message: str
) -> None:
    edit = begun(bench, bench.shop.place_order({"A": 2}))
    variables = {"line": edit["lineItems"]["nodes"][0]["id"], "variant": variant(bench, "B"), **given}
    variables["variant"] = variant(bench, "A") if variables["variant"] == "A" else variables["variant"]
    (said,) = bench.data(query, id=edit["id"], **variables).values()

    assert said["userErrors"] == [{"field": [field], "message": message}]
    assert said["calculatedOrder"] is None


def test_an_order_with_a_selling_plan_takes_nothing_new(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 2}, how=Checkout(selling_plan="Pre-order"))
    edit = begun(bench, order)
    line = edit["lineItems"]["nodes"][0]["id"]
    more = bench.data(SET, id=edit["id"], line=line, to=3)["orderEditSetQuantity"]["userErrors"]
    other = bench.data(ADD, id=edit["id"], variant=variant(bench, "B"), units=1)["orderEditAddVariant"]["userErrors"]
    less = bench.data(SET, id=edit["id"], line=line, to=1)["orderEditSetQuantity"]["userErrors"]

    assert (len(more), len(other), less) == (1, 1, [])


def test_an_order_that_the_merchant_cannot_edit_says_why(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 1})
    bench.shop.lock_order(order, "The order is too old.")
    query = "query E($id: ID!) { order(id: $id) { merchantEditable merchantEditableErrors } }"

    assert bench.data(query, id=gid("Order", order))["order"] == {
        "merchantEditable": False,
        "merchantEditableErrors": ["The order is too old."],
    }
    assert bench.data(BEGIN, id=gid("Order", order))["orderEditBegin"] == {
        "calculatedOrder": None,
        "userErrors": [{"field": None, "message": "The order is too old."}],
    }


def test_to_an_unapproved_app_protected_fields_are_null_with_an_error_each(bench: Bench) -> None:
    bench.shop.disapprove()
    order = bench.shop.place_order({"A": 1})
    query = "query P($id: ID!) { order(id: $id) { name email phone shippingAddress { countryCodeV2 } } }"
    said = bench.ask(query, id=gid("Order", order))

    assert said["data"]["order"] == {"name": "#1001", "email": None, "phone": None, "shippingAddress": None}
    assert sorted(one["path"][-1] for one in said["errors"]) == ["email", "phone", "shippingAddress"]
    assert {one["extensions"]["code"] for one in said["errors"]} == {"ACCESS_DENIED"}


def test_nor_does_its_webhook_say_who_ordered(bench: Bench) -> None:
    bench.shop.disapprove()
    bench.subscribe("ORDERS_CREATE")
    bench.shop.place_order({"A": 1})
    (letter,) = bench.post_out()

    hidden = ("email", "contact_email", "phone", "shipping_address", "billing_address")
    assert [letter.body[key] for key in hidden] == [None] * len(hidden)


def test_held_units_cannot_be_fulfilled_and_are_still_unfulfilled(bench: Bench) -> None:
    """Recorded from a real shop: ``fulfillableQuantity`` falls with the hold, nothing else does."""
    order = bench.shop.place_order({"A": 3})
    bench.shop.hold_by_another(order)
    query = """query L($id: ID!) { order(id: $id) { displayFulfillmentStatus lineItems(first: 1) { nodes {
      fulfillableQuantity unfulfilledQuantity currentQuantity } } } }"""
    found = bench.data(query, id=gid("Order", order))["order"]

    units = {"fulfillableQuantity": 0, "unfulfilledQuantity": 3, "currentQuantity": 3}
    assert found == {"displayFulfillmentStatus": "ON_HOLD", "lineItems": {"nodes": [units]}}


def test_related_products_are_a_list_of_references_in_the_merchants_order(bench: Bench) -> None:
    bench.shop.add_product("C", 1)
    bench.shop.relate("A", ["C", "B"])
    query = """query R($id: ID!) { product(id: $id) {
      metafield(namespace: "shopify--discovery--product_recommendation", key: "related_products") {
        type references(first: 5) { nodes { ... on Product { title } } } } } }"""
    product = bench.shop.store.variant_of("A").product

    def related() -> Any:
        return bench.data(query, id=product.gid)["product"]["metafield"]

    assert related() == {
        "type": "list.product_reference",
        "references": {"nodes": [{"title": "C"}, {"title": "B"}]},
    }
    bench.shop.delete_product("C")
    assert related()["references"]["nodes"] == [{"title": "B"}]


def test_a_cancelled_order_without_a_refund_keeps_its_money_and_says_so(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 2})
    cancel = """mutation C($id: ID!, $method: OrderCancelRefundMethodInput) {
      orderCancel(orderId: $id, reason: INVENTORY, restock: true, refundMethod: $method) {
      orderCancelUserErrors { message } } }"""
    bench.data(cancel, id=gid("Order", order), method=None)
    bench.shop.flush()

    books = bench.shop.books(order)
    assert (books.units, books.refunded, books.worth) == ({}, "0.00", "20.00")
    assert bench.shop.shelf("A").available == 9


@pytest.mark.parametrize(("units", "actions"), [(1, {"MERGE"}), (2, {"SPLIT", "MERGE"})])
def test_one_unit_cannot_be_split_and_two_open_orders_of_one_place_can_be_merged(
    bench: Bench, units: int, actions: set[str]
) -> None:
    order = bench.shop.place_order({"A": 3})
    query = """query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 5) { nodes {
      id supportedActions { action } lineItems(first: 1) { nodes { id } } } } } }"""

    def found() -> Any:
        return bench.data(query, id=gid("Order", order))["order"]["fulfillmentOrders"]["nodes"]

    (whole,) = found()
    split = """mutation S($s: [FulfillmentOrderSplitInput!]!) { fulfillmentOrderSplit(fulfillmentOrderSplits: $s) {
      userErrors { code } } }"""
    parts = [{"id": whole["lineItems"]["nodes"][0]["id"], "quantity": units}]
    bench.data(split, s=[{"fulfillmentOrderId": whole["id"], "fulfillmentOrderLineItems": parts}])

    assert {one["action"] for one in whole["supportedActions"]} & {"SPLIT", "MERGE"} == {"SPLIT"}
    assert {one["action"] for one in found()[1]["supportedActions"]} & {"SPLIT", "MERGE"} == actions
