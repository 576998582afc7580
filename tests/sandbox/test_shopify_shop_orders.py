"""Orders through the API: their lines and states, cancellation, refund, edit, fulfilment orders and holds."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from shopify_bench import Bench, gid, open_bench

from adapters.shopify.sandbox.trade import Checkout

ORDER = """query O($id: ID!) { order(id: $id) {
  displayFinancialStatus displayFulfillmentStatus closed cancelledAt cancelReason customerLocale edited
  lineItems(first: 10) { nodes { sku quantity currentQuantity unfulfilledQuantity } } } }"""
PARTS = """query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 10) { nodes { id status
  supportedActions { action } fulfillmentHolds { id handle reason }
  lineItems(first: 10) { nodes { id sku remainingQuantity totalQuantity } } } } } }"""
HOLD = """mutation H($id: ID!, $hold: FulfillmentOrderHoldInput!) {
  fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) {
  fulfillmentHold { id handle } fulfillmentOrder { id status } remainingFulfillmentOrder { id status }
  userErrors { code } } }"""
RELEASE = """mutation R($id: ID!, $holds: [ID!]) { fulfillmentOrderReleaseHold(id: $id, holdIds: $holds) {
  fulfillmentOrder { status } userErrors { code } } }"""
CANCEL = """mutation C($id: ID!, $note: String) { orderCancel(orderId: $id, reason: INVENTORY, restock: true,
  refundMethod: {originalPaymentMethodsRefund: true}, staffNote: $note) {
  job { id done } orderCancelUserErrors { field message code } } }"""
REFUND = """mutation R($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { totalRefundedSet { shopMoney { amount currencyCode } } } userErrors { field message } } }"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        opened.shop.add_product("A", 5)
        opened.shop.add_product("B", 0, oversell=True)
        yield opened


def seen(bench: Bench, order: str) -> Any:
    return bench.data(ORDER, id=gid("Order", order))["order"]


def line(bench: Bench, order: str, sku: str) -> tuple[int, int, int]:
    """Quantity, current quantity, unfulfilled quantity."""
    found = [one for one in seen(bench, order)["lineItems"]["nodes"] if one["sku"] == sku]
    return found[0]["quantity"], found[0]["currentQuantity"], found[0]["unfulfilledQuantity"]


def parts(bench: Bench, order: str) -> list[tuple[str, dict[str, int]]]:
    """Every fulfilment order's status with what is left on it."""
    nodes = bench.data(PARTS, id=gid("Order", order))["order"]["fulfillmentOrders"]["nodes"]
    return [
        (one["status"], {each["sku"]: each["remainingQuantity"] for each in one["lineItems"]["nodes"]}) for one in nodes
    ]


def fulfillment_orders(bench: Bench, order: str) -> Any:
    return bench.data(PARTS, id=gid("Order", order))["order"]["fulfillmentOrders"]["nodes"]


def states(bench: Bench, order: str) -> tuple[str, str, bool]:
    found = seen(bench, order)
    return found["displayFinancialStatus"], found["displayFulfillmentStatus"], found["closed"]


def test_an_order_goes_from_pending_to_archived(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 2, "B": 1}, paid=False, language="de-DE")
    walked = [states(bench, order)]
    bench.shop.pay_order(order)
    walked.append(states(bench, order))
    bench.shop.ship(order, {"A": 1})
    walked.append(states(bench, order))
    bench.shop.ship(order)
    walked.append(states(bench, order))

    expected = [
        ("PENDING", "UNFULFILLED", False),
        ("PAID", "UNFULFILLED", False),
        ("PAID", "PARTIALLY_FULFILLED", False),
        ("PAID", "FULFILLED", True),
    ]
    assert expected == walked
    assert seen(bench, order)["customerLocale"] == "de-DE"


def test_shipping_more_than_is_left_is_refused(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 2})
    with pytest.raises(ValueError, match="not open to be shipped"):
        bench.shop.ship(order, {"A": 3})

    assert line(bench, order, "A") == (2, 2, 2)


@pytest.mark.parametrize(
    ("paid", "money"), [(True, ("REFUNDED", "RESTOCKED", True)), (False, ("VOIDED", "RESTOCKED", True))]
)
def test_a_cancellation_is_carried_out_after_its_answer(
    bench: Bench, *, paid: bool, money: tuple[str, str, bool]
) -> None:
    order = bench.shop.place_order({"A": 2}, paid=paid)
    said = bench.data(CANCEL, id=gid("Order", order), note="none left")["orderCancel"]
    available = bench.shop.shelf("A").available
    done = bench.data("query J($id: ID!) { job(id: $id) { done } }", id=said["job"]["id"])["job"]["done"]

    assert (said["job"]["done"], said["orderCancelUserErrors"], available) == (False, [], 3)
    assert (done, bench.shop.shelf("A").available) == (True, 5)
    assert money == states(bench, order)
    assert line(bench, order, "A") == (2, 0, 0)
    assert (
        seen(bench, order)["cancelReason"],
        seen(bench, order)["cancelledAt"],
    ) == ("INVENTORY", "2026-11-21T12:00:00Z")


def test_what_was_cancelled_or_sent_cannot_be_cancelled(bench: Bench) -> None:
    twice, sent = bench.shop.place_order({"A": 1}), bench.shop.place_order({"A": 1})
    bench.shop.cancel_order(twice)
    bench.shop.ship(sent)

    for order in (twice, sent):
        errors = bench.data(CANCEL, id=gid("Order", order))["orderCancel"]["orderCancelUserErrors"]
        assert [error["code"] for error in errors] == ["INVALID"]
    unknown = bench.data(CANCEL, id=gid("Order", 1))["orderCancel"]["orderCancelUserErrors"]
    assert [error["code"] for error in unknown] == ["NOT_FOUND"]


def test_a_staff_note_is_at_most_255_characters(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 1})
    said = bench.data(CANCEL, id=gid("Order", order), note="x" * 256)["orderCancel"]

    assert (said["job"], said["orderCancelUserErrors"][0]["field"]) == (None, ["staffNote"])


def test_a_refund_through_the_api_happens_once_for_its_key(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3})
    found = bench.data(
        """query L($id: ID!) { order(id: $id) { lineItems(first: 5) { nodes { id } }
        transactions { id kind gateway manualPaymentGateway amountSet { shopMoney { amount } } } } }""",
        id=gid("Order", order),
    )["order"]
    (payment,) = found["transactions"]
    item = {"lineItemId": found["lineItems"]["nodes"][0]["id"], "quantity": 2, "restockType": "CANCEL"}
    money = {"amount": "20.00", "gateway": "bogus", "kind": "REFUND", "orderId": gid("Order", order)}
    given = {
        "orderId": gid("Order", order),
        "refundLineItems": [item],
        "transactions": [{**money, "parentId": payment["id"]}],
    }
    first, again = (bench.data(REFUND, input=given, key="once")["refundCreate"] for _ in range(2))
    other = bench.data(REFUND, input=given, key="another")["refundCreate"]

    assert payment["amountSet"] == {"shopMoney": {"amount": "30.0"}}
    assert first["refund"]["totalRefundedSet"] == {"shopMoney": {"amount": "20.0", "currencyCode": "EUR"}}
    assert first == again
    assert [(one["field"], one["message"]) for one in other["userErrors"]] == [
        (["refundLineItems", "0", "quantity"], "Quantity cannot refund more items than were purchased"),
        (None, "Refund amount €20.00 is greater than net payment received €10.00"),
    ]
    assert (line(bench, order, "A"), states(bench, order)[0]) == ((3, 1, 1), "PARTIALLY_REFUNDED")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": "AUTHORIZATION"}, "Kind authorization is not a valid transaction"),
        ({"parentId": None}, "Transactions require a parent_id associated with the order"),
        ({"parentId": gid("OrderTransaction", 1)}, "Transactions require a parent_id associated with the order"),
    ],
)
def test_money_goes_back_by_a_payment_of_the_order_and_by_no_other(
    bench: Bench, changed: dict[str, Any], message: str
) -> None:
    order = bench.shop.place_order({"A": 1})
    query = "query T($id: ID!) { order(id: $id) { transactions { id } } }"
    (payment,) = bench.data(query, id=gid("Order", order))["order"]["transactions"]
    money = {
        "amount": "1.00",
        "gateway": "bogus",
        "kind": "REFUND",
        "orderId": gid("Order", order),
        "parentId": payment["id"],
        **changed,
    }
    said = bench.data(REFUND, input={"orderId": gid("Order", order), "transactions": [money]}, key="k")["refundCreate"]

    assert [one["message"] for one in said["userErrors"]] == [message]
    assert states(bench, order)[0] == "PAID"


def test_what_a_refund_would_be_is_told_before_it_is_made(bench: Bench) -> None:
    """With the shipping where all goes back, by the payments that can still give something."""
    how = Checkout(shipping=Decimal("4.90"), off=Decimal(1))
    order = bench.shop.place_order({"A": 2, "B": 1}, how=how)
    query = """query S($id: ID!, $lines: [RefundLineItemInput!], $full: Boolean) { order(id: $id) {
      lineItems(first: 5) { nodes { id } }
      suggestedRefund(refundLineItems: $lines, suggestFullRefund: $full, refundShipping: $full) {
        amountSet { shopMoney { amount } } shipping { amountSet { shopMoney { amount } } }
        refundLineItems { quantity restockType location { name } }
        suggestedTransactions { gateway kind amountSet { shopMoney { amount } } parentTransaction { kind } } } } }"""
    lines = bench.data(query, id=gid("Order", order))["order"]["lineItems"]["nodes"]
    one = [{"lineItemId": lines[0]["id"], "quantity": 1, "restockType": "CANCEL"}]
    part = bench.data(query, id=gid("Order", order), lines=one)["order"]["suggestedRefund"]
    full = bench.data(query, id=gid("Order", order), full=True)["order"]["suggestedRefund"]

    assert part["amountSet"]["shopMoney"]["amount"] == "9.0"
    assert part["refundLineItems"] == [{"quantity": 1, "restockType": "CANCEL", "location": {"name": "Warehouse"}}]
    assert part["suggestedTransactions"] == [
        {
            "gateway": "bogus",
            "kind": "SUGGESTED_REFUND",
            "amountSet": {"shopMoney": {"amount": "9.0"}},
            "parentTransaction": {"kind": "SALE"},
        }
    ]
    assert (full["amountSet"], full["shipping"]["amountSet"]) == (
        {"shopMoney": {"amount": "31.9"}},
        {"shopMoney": {"amount": "4.9"}},
    )


def test_a_refund_takes_unsent_units_first_and_then_returns(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 4})
    bench.shop.ship(order, {"A": 2})
    bench.shop.refund(order, "A", 3)

    assert line(bench, order, "A") == (4, 1, 0)
    assert bench.shop.shelf("A").available == 4


def test_an_edit_swaps_a_line_and_shows_nothing_until_it_is_committed(bench: Bench) -> None:
    order = bench.shop.place_order({"B": 2})
    other = bench.shop.add_product("C", 9)
    begin = """mutation($id: ID!) { orderEditBegin(id: $id) {
      calculatedOrder { id lineItems(first: 5) { nodes { id sku } } } } }"""
    edit = bench.data(begin, id=gid("Order", order))["orderEditBegin"]["calculatedOrder"]
    calculated = edit["lineItems"]["nodes"][0]["id"]
    zero = """mutation($id: ID!, $line: ID!) {
      orderEditSetQuantity(id: $id, lineItemId: $line, quantity: 0, restock: true) {
      calculatedLineItem { quantity } userErrors { message } } }"""
    add = """mutation($id: ID!, $variant: ID!) { orderEditAddVariant(id: $id, variantId: $variant, quantity: 2) {
      calculatedLineItem { quantity } userErrors { message } } }"""
    commit = """mutation($id: ID!) { orderEditCommit(id: $id) { order { edited } userErrors { message } } }"""
    bench.data(zero, id=edit["id"], line=calculated)
    bench.data(add, id=edit["id"], variant=gid("ProductVariant", other))
    uncommitted = bench.shop.shelf("C").available
    said = bench.data(commit, id=edit["id"])["orderEditCommit"]
    again = bench.data(commit, id=edit["id"])["orderEditCommit"]

    assert calculated.startswith("gid://shopify/CalculatedLineItem/")
    assert (uncommitted, said) == (9, {"order": {"edited": True}, "userErrors": []})
    assert again["userErrors"] == [{"message": "The calculated order does not exist."}]
    assert (line(bench, order, "B"), line(bench, order, "C")) == ((2, 0, 0), (2, 2, 2))
    assert (bench.shop.shelf("B").available, bench.shop.shelf("C").available) == (0, 7)


def test_a_cancelled_order_cannot_be_edited(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 1})
    bench.shop.cancel_order(order)
    begin = "mutation($id: ID!) { orderEditBegin(id: $id) { calculatedOrder { id } userErrors { message } } }"
    said = bench.data(begin, id=gid("Order", order))["orderEditBegin"]

    assert said == {"calculatedOrder": None, "userErrors": [{"message": "The order cannot be edited."}]}


def test_holding_some_units_splits_the_rest_off_and_leaves_it_open(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3, "B": 2})
    whole = fulfillment_orders(bench, order)[0]
    waiting = next(each["id"] for each in whole["lineItems"]["nodes"] if each["sku"] == "B")
    hold = {
        "reason": "INVENTORY_OUT_OF_STOCK",
        "handle": "backorder-1",
        "fulfillmentOrderLineItems": [{"id": waiting, "quantity": 1}],
    }
    said = bench.data(HOLD, id=whole["id"], hold=hold)["fulfillmentOrderHold"]

    assert ({"id": whole["id"], "status": "ON_HOLD"}, "OPEN") == (
        said["fulfillmentOrder"],
        said["remainingFulfillmentOrder"]["status"],
    )
    assert parts(bench, order) == [("ON_HOLD", {"B": 1}), ("OPEN", {"A": 3, "B": 1})]


def test_a_handle_is_used_once_and_a_held_one_is_not_split(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3})
    one = fulfillment_orders(bench, order)[0]
    units = {"fulfillmentOrderLineItems": [{"id": one["lineItems"]["nodes"][0]["id"], "quantity": 1}]}

    def hold(**given: Any) -> list[str]:
        said = bench.data(HOLD, id=one["id"], hold={"reason": "OTHER", **given})["fulfillmentOrderHold"]
        return [error["code"] for error in said["userErrors"]]

    assert hold(handle="h1") == []
    assert hold(handle="h1") == ["DUPLICATE_FULFILLMENT_HOLD_HANDLE"]
    assert hold(handle="h2", **units) == ["FULFILLMENT_ORDER_NOT_SPLITTABLE"]
    assert [hold(handle=f"more-{number}") for number in range(9)] == [[]] * 9
    assert hold(handle="eleventh") == ["FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"]


def test_held_units_do_not_leave_until_the_last_hold_is_released(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3})
    one = fulfillment_orders(bench, order)[0]
    holds = [
        bench.data(HOLD, id=one["id"], hold={"reason": "OTHER", "handle": handle})["fulfillmentOrderHold"][
            "fulfillmentHold"
        ]["id"]
        for handle in ("ours", "theirs")
    ]
    with pytest.raises(ValueError, match="not in a fulfillable state"):
        bench.shop.ship(order)
    first = bench.data(RELEASE, id=one["id"], holds=holds[:1])["fulfillmentOrderReleaseHold"]
    last = bench.data(RELEASE, id=one["id"], holds=holds[1:])["fulfillmentOrderReleaseHold"]
    bench.shop.ship(order)

    assert (first["fulfillmentOrder"]["status"], last["fulfillmentOrder"]["status"]) == ("ON_HOLD", "OPEN")
    assert parts(bench, order) == [("CLOSED", {"A": 0})]


def test_a_release_without_ids_lifts_every_hold(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3})
    one = fulfillment_orders(bench, order)[0]
    for handle in ("ours", "theirs"):
        bench.data(HOLD, id=one["id"], hold={"reason": "OTHER", "handle": handle})
    bench.data(RELEASE, id=one["id"])

    assert fulfillment_orders(bench, order)[0]["fulfillmentHolds"] == []


def test_split_and_merge_move_units_between_fulfilment_orders(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 3})
    one = fulfillment_orders(bench, order)[0]
    split = """mutation S($s: [FulfillmentOrderSplitInput!]!) { fulfillmentOrderSplit(fulfillmentOrderSplits: $s) {
      fulfillmentOrderSplits { remainingFulfillmentOrder { id } } userErrors { code } } }"""
    merge = """mutation M($m: [FulfillmentOrderMergeInput!]!) { fulfillmentOrderMerge(fulfillmentOrderMergeInputs: $m) {
      userErrors { code } } }"""
    units = [{"id": one["lineItems"]["nodes"][0]["id"], "quantity": 1}]
    said = bench.data(split, s=[{"fulfillmentOrderId": one["id"], "fulfillmentOrderLineItems": units}])[
        "fulfillmentOrderSplit"
    ]
    parted = parts(bench, order)
    other = said["fulfillmentOrderSplits"][0]["remainingFulfillmentOrder"]["id"]
    bench.data(merge, m=[{"mergeIntents": [{"fulfillmentOrderId": one["id"]}, {"fulfillmentOrderId": other}]}])

    assert parted == [("OPEN", {"A": 2}), ("OPEN", {"A": 1})]
    assert parts(bench, order) == [("OPEN", {"A": 3}), ("CLOSED", {"A": 0})]


def test_units_taken_off_an_order_come_off_what_is_open_before_what_is_held(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 4})
    one = fulfillment_orders(bench, order)[0]
    units = [{"id": one["lineItems"]["nodes"][0]["id"], "quantity": 2}]
    bench.data(HOLD, id=one["id"], hold={"reason": "OTHER", "fulfillmentOrderLineItems": units})
    bench.shop.change_quantity(order, "A", 1)

    assert parts(bench, order) == [("ON_HOLD", {"A": 1}), ("CLOSED", {"A": 0})]


def test_a_line_of_a_deleted_product_no_longer_says_of_what(bench: Bench) -> None:
    order = bench.shop.place_order({"A": 1})
    bench.shop.delete_product("A")
    query = (
        "query L($id: ID!) { order(id: $id) { lineItems(first: 1) { nodes { sku variant { id } product { id } } } } }"
    )

    expected = {"sku": "A", "variant": None, "product": None}
    assert [expected] == bench.data(query, id=gid("Order", order))["order"]["lineItems"]["nodes"]
