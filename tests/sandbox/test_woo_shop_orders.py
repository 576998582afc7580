"""Orders and what each status, edit and refund does to stock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from woo_stage import Stage, open_stage, problem


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def _meta(rows: list[dict[str, Any]]) -> dict[str, object]:
    return {row["key"]: row["value"] for row in rows}


def _line(order: Any) -> Any:
    return order["line_items"][0]


@pytest.mark.parametrize(
    ("status", "left", "mark"),
    [
        ("processing", 6, {"_reduced_stock": "4"}),
        ("on-hold", 6, {"_reduced_stock": "4"}),
        ("completed", 6, {"_reduced_stock": "4"}),
        ("pending", 10, {}),
        ("checkout-draft", 10, {}),
        ("failed", 10, {}),
        ("cancelled", 10, {}),
    ],
)
def test_creating_an_order_takes_stock_by_its_status(
    stage: Stage, status: str, left: int, mark: dict[str, str]
) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 4, status)
    assert (stage.stock(product), _meta(_line(order)["meta_data"])) == (left, mark)


@pytest.mark.parametrize(
    ("status", "left", "mark"),
    [
        ("cancelled", 10, {}),
        ("pending", 10, {}),
        ("failed", 6, {"_reduced_stock": "4"}),
        ("refunded", 6, {"_reduced_stock": "4"}),
        ("on-hold", 6, {"_reduced_stock": "4"}),
        ("completed", 6, {"_reduced_stock": "4"}),
    ],
)
def test_leaving_processing_gives_stock_back_by_the_new_status(
    stage: Stage, status: str, left: int, mark: dict[str, str]
) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 4)
    moved = stage.put(f"orders/{order['id']}", {"status": status})
    assert (stage.stock(product), _meta(_line(moved)["meta_data"])) == (left, mark)


def test_stock_is_taken_once_however_often_the_status_moves(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 4)
    for status in ("on-hold", "completed", "failed", "processing", "cancelled", "cancelled", "processing"):
        stage.put(f"orders/{order['id']}", {"status": status})
    assert stage.stock(product) == 6


def test_the_bin_and_deleting_for_good_give_nothing_back(stage: Stage) -> None:
    product = stage.product("A", 10)
    first, second = stage.order(product, 4), stage.order(product, 1)
    answer = stage.api.delete(f"orders/{first['id']}")
    assert answer.json()["status"] == "processing"
    assert stage.get(f"orders/{first['id']}")["status"] == "trash"
    assert problem(stage.api.delete(f"orders/{first['id']}")) == (410, "woocommerce_rest_already_trashed")
    stage.api.delete(f"orders/{second['id']}", params={"force": True})
    assert problem(stage.api.get(f"orders/{second['id']}")) == (404, "woocommerce_rest_shop_order_invalid_id")
    assert stage.stock(product) == 5


def test_rest_sells_what_the_storefront_refuses(stage: Stage) -> None:
    product = stage.product("A", 0)
    order = stage.order(product, 2)
    assert stage.stock(product) == -2
    assert _meta(_line(order)["meta_data"]) == {"_reduced_stock": "2"}


def test_orders_placed_at_once_lose_no_unit(stage: Stage) -> None:
    product = stage.product("A", 3)
    with ThreadPoolExecutor(8) as shoppers:
        orders = list(shoppers.map(lambda _: stage.order(product, 1), range(8)))
    assert (len({order["id"] for order in orders}), stage.stock(product)) == (8, -5)


def test_an_edited_line_moves_the_stock_and_leaves_the_money(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 2)
    line = {"id": _line(order)["id"], "quantity": 5}
    edited = stage.put(f"orders/{order['id']}", {"line_items": [line]})
    assert (stage.stock(product), _meta(_line(edited)["meta_data"])) == (5, {"_reduced_stock": "5"})
    assert (_line(edited)["total"], edited["total"], _line(edited)["price"]) == ("20.00", "20.00", 4)


def test_a_line_added_takes_stock_and_a_line_set_to_zero_goes_and_gives_it_back(stage: Stage) -> None:
    first, second = stage.product("A", 10), stage.product("B", 10)
    order = stage.order(first, 2)
    stage.put(f"orders/{order['id']}", {"line_items": [{"product_id": second, "quantity": 3}]})
    assert (stage.stock(first), stage.stock(second)) == (8, 7)
    edited = stage.put(f"orders/{order['id']}", {"line_items": [{"id": _line(order)["id"], "quantity": 0}]})
    assert (stage.stock(first), [line["sku"] for line in edited["line_items"]]) == (10, ["B"])


def test_a_line_of_another_order_is_refused(stage: Stage) -> None:
    order = stage.order(stage.product("A", 10), 2)
    answer = stage.api.put(f"orders/{order['id']}", {"line_items": [{"id": 999999, "quantity": 1}]})
    assert problem(answer) == (400, "woocommerce_rest_invalid_item_id")


def test_an_unknown_product_makes_an_empty_line(stage: Stage) -> None:
    line = _line(stage.order(999999, 1))
    shown = [line[key] for key in ("name", "product_id", "variation_id", "quantity", "total", "sku", "price")]
    assert shown == ["", 0, 0, 1, "0.00", None, 0]


def test_a_product_deleted_for_good_leaves_only_its_name(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 1)
    stage.api.delete(f"products/{product}", params={"force": True})
    line = _line(stage.get(f"orders/{order['id']}"))
    assert [line[key] for key in ("name", "product_id", "variation_id", "sku")] == ["A", 0, 0, None]


def test_a_line_of_a_variation_names_its_parent(stage: Stage) -> None:
    ids = stage.shop.add_variations("Chair", {"RED": 3})
    order = stage.order(int(ids["RED"]), 1)
    line = _line(order)
    assert (line["name"], line["parent_name"], line["sku"]) == ("Chair - RED", "Chair", "RED")
    assert (str(line["variation_id"]), str(line["product_id"])) == (ids["RED"], stage.shop.parent_of(ids["RED"]))


def test_variations_that_share_a_number_draw_it_from_the_parent(stage: Stage) -> None:
    ids = stage.shop.add_variations("Boot", {"B-40": None, "B-41": None}, shared_stock=5)
    stage.order(int(ids["B-40"]), 2)
    stage.order(int(ids["B-41"]), 4)
    assert (stage.shop.shelf("B-40").available, stage.shop.shelf("Boot").available) == (-1, -1)


@pytest.mark.parametrize(
    ("status", "method", "paid"),
    [
        ("processing", "", True),
        ("processing", "cod", False),
        ("completed", "cod", True),
        ("on-hold", "bacs", False),
    ],
)
def test_when_an_order_counts_as_paid(stage: Stage, status: str, method: str, *, paid: bool) -> None:
    order = stage.order(stage.product("A", 10), 1, status, payment_method=method)
    assert (order["date_paid_gmt"] is not None) == paid


def test_a_refund_of_lines_puts_them_back_and_counts_them(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 3)
    row = {"id": _line(order)["id"], "quantity": 1, "refund_total": 10}
    made = stage.post(f"orders/{order['id']}/refunds", {"amount": "10.00", "api_refund": False, "line_items": [row]})
    after = stage.get(f"orders/{order['id']}")
    assert (made["line_items"][0]["quantity"], made["amount"]) == (-1, "10.00")
    assert _meta(_line(after)["meta_data"]) == {"_reduced_stock": "2", "_restock_refunded_items": "1"}
    assert [refund["total"] for refund in after["refunds"]] == ["-10.00"]
    assert (after["total"], stage.stock(product)) == ("30.00", 8)


def test_a_refund_may_leave_the_goods_with_the_shopper(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 3)
    row = {"id": _line(order)["id"], "quantity": 1, "refund_total": 10}
    stage.post(f"orders/{order['id']}/refunds", {"api_refund": False, "api_restock": False, "line_items": [row]})
    assert stage.stock(product) == 7


def test_units_refunded_and_put_back_are_not_taken_again_by_an_edit(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 3)
    line = _line(order)["id"]
    row = {"id": line, "quantity": 1, "refund_total": 10}
    stage.post(f"orders/{order['id']}/refunds", {"api_refund": False, "line_items": [row]})
    edited = stage.put(f"orders/{order['id']}", {"line_items": [{"id": line, "quantity": 5}]})
    assert _meta(_line(edited)["meta_data"]) == {"_reduced_stock": "4", "_restock_refunded_items": "1"}
    assert stage.stock(product) == 6


def test_refunding_all_of_it_makes_the_order_refunded(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 3)
    row = {"id": _line(order)["id"], "quantity": 3, "refund_total": 30}
    stage.post(f"orders/{order['id']}/refunds", {"amount": "30.00", "api_refund": False, "line_items": [row]})
    after = stage.get(f"orders/{order['id']}")
    assert after["status"] == "refunded"
    assert _meta(_line(after)["meta_data"]) == {"_reduced_stock": "0", "_restock_refunded_items": "3"}
    assert stage.stock(product) == 10


def test_refunding_by_status_alone_moves_money_only(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 2)
    moved = stage.put(f"orders/{order['id']}", {"status": "refunded"})
    assert [(one["reason"], one["total"]) for one in moved["refunds"]] == [("Order fully refunded.", "-20.00")]
    assert stage.stock(product) == 8


@pytest.mark.parametrize(
    ("refund", "message"),
    [
        ({"amount": "1.00"}, "The payment gateway for this order does not support automatic refunds."),
        ({"amount": "999.00", "api_refund": False}, "Invalid refund amount."),
    ],
)
def test_a_refused_refund_is_an_error_of_its_own_shape(stage: Stage, refund: dict[str, object], message: str) -> None:
    order = stage.order(stage.product("A", 10), 1, payment_method="cod")
    answer = stage.api.post(f"orders/{order['id']}/refunds", refund)
    expected = {"code": "woocommerce_rest_cannot_create_order_refund", "message": message, "data": 500}
    assert (answer.status_code, answer.json()) == (500, expected)


def test_deleting_a_refund_changes_no_stock(stage: Stage) -> None:
    product = stage.product("A", 10)
    order = stage.order(product, 2)
    refund = stage.post(f"orders/{order['id']}/refunds", {"amount": "1.00", "api_refund": False})
    path = f"orders/{order['id']}/refunds/{refund['id']}"
    assert problem(stage.api.delete(path)) == (501, "woocommerce_rest_trash_not_supported")
    stage.api.delete(path, params={"force": True})
    assert (stage.get(f"orders/{order['id']}")["refunds"], stage.stock(product)) == ([], 8)


def test_a_customer_note_is_mailed_once_and_moves_no_date(stage: Stage) -> None:
    order = stage.order(stage.product("A", 10), 1, billing={"email": "zoe@example.test"})
    stage.clock.pass_seconds(60)
    path = f"orders/{order['id']}/notes"
    stage.post(path, {"note": "for us"})
    stage.post(path, {"note": "Grüße & bis bald", "customer_note": True})
    assert [(mail.to, mail.text) for mail in stage.shop.mails] == [("zoe@example.test", "Grüße & bis bald")]
    assert [note["note"] for note in stage.get(path, type="customer")] == ["Grüße & bis bald"]
    assert stage.get(f"orders/{order['id']}")["date_modified_gmt"] == "2026-11-21T12:00:00"


def test_a_customer_note_without_an_address_is_kept_and_not_mailed(stage: Stage) -> None:
    order = stage.order(stage.product("A", 10), 1)
    stage.post(f"orders/{order['id']}/notes", {"note": "", "customer_note": True})
    assert (stage.shop.mails, stage.shop.told(str(order["id"])).notes) == ((), ("",))


@pytest.mark.parametrize(
    ("path", "note", "expected"),
    [
        ("orders/{}/notes", {"customer_note": True}, (400, "rest_missing_callback_param")),
        ("orders/{}/notes", {"note": "x" * 70_000}, (500, "woocommerce_api_cannot_create_order_note")),
        ("orders/999999/notes", {"note": "x"}, (404, "woocommerce_rest_order_invalid_id")),
    ],
)
def test_notes_that_are_refused(stage: Stage, path: str, note: dict[str, object], expected: tuple[int, str]) -> None:
    order = stage.order(stage.product("A", 10), 1)
    assert problem(stage.api.post(path.format(order["id"]), note)) == expected
