"""Where units stand: what an order takes, and what gives them back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopify_bench import Bench, HandClock, gid, open_bench

from adapters.shopify.sandbox import ShopifyShop

LEVELS = """query Levels($q: String!) { inventoryItems(first: 1, query: $q) { nodes { id
  inventoryLevels(first: 5) { nodes {
  location { id name fulfillsOnlineOrders }
  quantities(names: ["available", "committed", "on_hand", "incoming"]) { name quantity } } } } } }"""
ADJUST = """mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { changes { name delta quantityAfterChange } } userErrors { field code } } }"""
SET = """mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) { userErrors { field code } } }"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def levels(bench: Bench, sku: str) -> tuple[str, dict[str, dict[str, int]], dict[str, str]]:
    """The item, its numbers by place, and the places' ids."""
    item = bench.data(LEVELS, q=f"sku:'{sku}'")["inventoryItems"]["nodes"][0]
    numbers, places = {}, {}
    for level in item["inventoryLevels"]["nodes"]:
        name = level["location"]["name"]
        numbers[name] = {one["name"]: one["quantity"] for one in level["quantities"]}
        places[name] = level["location"]["id"]
    return item["id"], numbers, places


def warehouse(bench: Bench, sku: str) -> tuple[int, int, int]:
    """Available, committed, on hand."""
    _item, numbers, _places = levels(bench, sku)
    here = numbers["Warehouse"]
    return here["available"], here["committed"], here["on_hand"]


def test_an_order_takes_its_units_at_once_paid_or_not(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 2}, paid=False)

    assert warehouse(bench, "A") == (3, 2, 5)


def test_deny_refuses_more_than_there_is_online(bench: Bench) -> None:
    bench.shop.add_product("A", 2)  # two more lie at the shop counter, and are not for sale online
    with pytest.raises(ValueError, match="sold out: 3 wanted, 2 available"):
        bench.shop.place_order({"A": 3})
    bench.shop.place_order({"A": 2})

    assert not bench.shop.shelf("A").buyable
    assert warehouse(bench, "A") == (0, 2, 2)


def test_continue_sells_into_what_does_not_exist(bench: Bench) -> None:
    bench.shop.add_product("A", 1, oversell=True)
    bench.shop.place_order({"A": 4})

    assert warehouse(bench, "A") == (-3, 4, 1)
    assert (bench.shop.shelf("A").buyable, bench.shop.shelf("A").available) == (True, -3)


def test_goods_that_arrive_raise_the_number(bench: Bench) -> None:
    bench.shop.add_product("A", 0, oversell=True)
    bench.shop.place_order({"A": 3})
    bench.shop.receive_goods("A", 10)

    assert warehouse(bench, "A") == (7, 3, 10)


def test_shipping_empties_the_shelf_not_the_number(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.shop.ship(order, {"A": 2})

    assert warehouse(bench, "A") == (2, 1, 3)


def test_cancelling_gives_everything_back(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.shop.cancel_order(order)

    assert warehouse(bench, "A") == (5, 0, 5)


@pytest.mark.parametrize(
    ("restock", "shipped", "numbers"),
    [(True, 0, (4, 1, 5)), (False, 0, (2, 1, 3)), (True, 3, (4, 0, 4)), (False, 3, (2, 0, 2))],
    ids=["CANCEL", "NO_RESTOCK unsent", "RETURN", "NO_RESTOCK sent"],
)
def test_a_refund_frees_units_only_with_restock(
    bench: Bench, *, restock: bool, shipped: int, numbers: tuple[int, ...]
) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    if shipped:
        bench.shop.ship(order, {"A": shipped})
    bench.shop.refund(order, "A", 2, restock=restock)

    assert numbers == warehouse(bench, "A")


def test_an_edit_takes_more_or_gives_back(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 2})
    bench.shop.change_quantity(order, "A", 7)
    up = warehouse(bench, "A")
    bench.shop.change_quantity(order, "A", 0)

    assert (up, warehouse(bench, "A")) == ((-2, 7, 5), (5, 0, 5))


def test_a_deleted_order_leaves_the_number_as_it_was(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    bench.shop.delete_order(bench.shop.place_order({"A": 2}))

    assert warehouse(bench, "A") == (3, 0, 3)


def test_the_counter_is_counted_in_the_total_but_never_sold_online(bench: Bench) -> None:
    variant = bench.shop.add_product("A", 5)
    query = "query V($id: ID!) { productVariant(id: $id) { inventoryQuantity sellableOnlineQuantity } }"
    _item, numbers, _places = levels(bench, "A")

    assert bench.data(query, id=gid("ProductVariant", variant))["productVariant"] == {
        "inventoryQuantity": 7,
        "sellableOnlineQuantity": 5,
    }
    assert (numbers["Warehouse"]["available"], numbers["Shop counter"]["available"]) == (5, 2)


def test_an_untracked_variant_takes_no_stock(bench: Bench) -> None:
    bench.shop.add_product("A", None)
    bench.shop.place_order({"A": 100})

    assert warehouse(bench, "A") == (0, 0, 0)
    with pytest.raises(ValueError, match="not tracked"):
        bench.shop.set_stock("A", 5)


def change(bench: Bench, delta: int, **more: Any) -> dict[str, Any]:
    item, _numbers, places = levels(bench, "A")
    return {"inventoryItemId": item, "locationId": places["Warehouse"], "delta": delta, **more}


def adjust(bench: Bench, name: str, key: str, *changes: dict[str, Any]) -> Any:
    given = {"name": name, "reason": "correction", "changes": list(changes)}
    return bench.ask(ADJUST, input=given, key=key)


def test_sixteen_mutations_want_an_idempotency_key(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    given = {"name": "available", "reason": "correction", "changes": [change(bench, 1, changeFromQuantity=None)]}
    query = ADJUST.replace("@idempotent(key: $key)", "").replace(", $key: String!", "")
    answer = bench.ask(query, input=given)

    message = "The @idempotent directive is required for this mutation but was not provided."
    assert [(message, "BAD_REQUEST")] == [(one["message"], one["extensions"]["code"]) for one in answer["errors"]]
    assert warehouse(bench, "A") == (5, 0, 5)


def test_the_same_key_changes_stock_once(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    one = change(bench, 2, changeFromQuantity=None)
    first, second = adjust(bench, "available", "k1", one)["data"], adjust(bench, "available", "k1", one)["data"]
    other = adjust(bench, "available", "k1", {**one, "delta": 3})["data"]["inventoryAdjustQuantities"]

    assert first == second
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]
    assert warehouse(bench, "A") == (7, 0, 7)


def test_a_key_whose_attempt_failed_is_spent(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    stale = change(bench, 2, changeFromQuantity=99)
    codes = [
        [
            error["code"]
            for error in adjust(bench, "available", "k1", stale)["data"]["inventoryAdjustQuantities"]["userErrors"]
        ]
        for _ in range(2)
    ]

    assert codes == [["CHANGE_FROM_QUANTITY_STALE"], ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]]


def test_the_compared_quantity_must_be_present_though_it_may_be_null(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    answer = adjust(bench, "available", "k1", change(bench, 2))

    assert [one["extensions"]["code"] for one in answer["errors"]] == ["INVALID_FIELD_ARGUMENTS"]


@pytest.mark.parametrize(
    ("name", "ledger", "codes"),
    [
        ("available", None, []),
        ("available", "gid://our-app/PurchaseOrder/1", ["INVALID_AVAILABLE_DOCUMENT"]),
        ("incoming", "gid://our-app/PurchaseOrder/1", []),
        ("incoming", None, ["INVALID_QUANTITY_DOCUMENT"]),
        ("incoming", "gid://shopify/Order/1", ["INTERNAL_LEDGER_DOCUMENT"]),
        ("committed", None, ["INVALID_QUANTITY_NAME"]),
        ("on_hand", None, ["INVALID_QUANTITY_NAME"]),
    ],
)
def test_every_number_but_available_needs_a_document(
    bench: Bench, name: str, ledger: str | None, codes: list[str]
) -> None:
    bench.shop.add_product("A", 5)
    said = adjust(bench, name, "k1", change(bench, 2, changeFromQuantity=None, ledgerDocumentUri=ledger))

    assert codes == [error["code"] for error in said["data"]["inventoryAdjustQuantities"]["userErrors"]]


@pytest.mark.parametrize(
    ("name", "quantity", "codes", "numbers"),
    [
        ("available", 9, [], (9, 2, 11)),
        ("on_hand", 9, [], (7, 2, 9)),
        ("available", -1, ["INVALID_QUANTITY_NEGATIVE"], (3, 2, 5)),
        ("incoming", 1, ["INVALID_NAME"], (3, 2, 5)),
    ],
)
def test_setting_a_number_leaves_what_is_committed(
    bench: Bench, name: str, quantity: int, codes: list[str], numbers: tuple[int, int, int]
) -> None:
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 2})
    item, _numbers, places = levels(bench, "A")
    line = {
        "inventoryItemId": item,
        "locationId": places["Warehouse"],
        "quantity": quantity,
        "changeFromQuantity": None,
    }
    said = bench.data(SET, input={"name": name, "reason": "correction", "quantities": [line]}, key="k1")

    assert codes == [error["code"] for error in said["inventorySetQuantities"]["userErrors"]]
    assert numbers == warehouse(bench, "A")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["place", "cancel", "ship", "refund", "edit", "receive", "set"]),
        st.integers(0, 5),
        st.integers(0, 4),
    ),
    max_size=25,
)


@settings(max_examples=60)
@given(ACTS)
def test_committed_is_always_what_open_lines_still_want(acts: list[tuple[str, int, int]]) -> None:
    shop = ShopifyShop(HandClock(), lambda *_letter: 200)
    shop.add_product("A", 3, oversell=True)
    on_hand = 3
    for act, which, units in acts:
        orders = shop.order_ids()
        order = orders[which % len(orders)] if orders else ""
        before = sum(line.fulfilled - line.returned for one in shop.store.orders.values() for line in one.lines)
        try:
            if act == "place":
                shop.place_order({"A": units})
            elif act == "receive":
                shop.receive_goods("A", units)
                on_hand += units
            elif act == "set":
                gone = shop.shelf("A").available or 0
                shop.set_stock("A", units)
                on_hand += units - gone
            elif order and act == "cancel":
                shop.cancel_order(order)
            elif order and act == "ship":
                shop.ship(order, {"A": units})
            elif order and act == "refund":
                shop.refund(order, "A", units)
            elif order and act == "edit":
                shop.change_quantity(order, "A", units)
        except (ValueError, KeyError):
            continue  # refused: nothing may have changed
        after = sum(line.fulfilled - line.returned for one in shop.store.orders.values() for line in one.lines)
        on_hand -= after - before
    level = shop.store.variant_of("A").inventory_item.levels[shop.store.online.ref]
    wanted = sum(line.unfulfilled_quantity for one in shop.store.orders.values() for line in one.lines)
    standing = sum(
        part.remaining_quantity
        for one in shop.store.orders.values()
        for bearer in one.fulfillment_orders
        for part in bearer.lines
    )

    assert (wanted, on_hand) == (level.numbers["committed"], level.number("on_hand"))
    assert standing == wanted
