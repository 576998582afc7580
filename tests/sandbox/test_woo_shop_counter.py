"""What the merchant and the shoppers do, and what they see of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from woo_stage import Stage, open_stage

from connector.ports.sandbox import SandboxShop, Shelf, Told

META = {"_backorder_status": "", "_backorder_expected_on": "", "_backorder_expected_from": "", "_backorder_message": ""}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def test_the_shop_is_a_sandbox_shop(stage: Stage) -> None:
    shop: SandboxShop = stage.shop
    assert shop.platform == "woocommerce"


def test_the_storefront_refuses_to_oversell_without_leave(stage: Stage) -> None:
    stage.shop.add_product("A", 2)
    with pytest.raises(ValueError, match="3 of A"):
        stage.shop.place_order({"A": 3})
    stage.shop.place_order({"A": 2})
    assert stage.shop.shelf("A") == Shelf("A", 0, buyable=False, fields={"backorders": "no", **META})


def test_lines_that_draw_from_one_number_are_counted_together(stage: Stage) -> None:
    stage.shop.add_variations("Boot", {"B-40": None, "B-41": None}, shared_stock=3)
    with pytest.raises(ValueError, match="B-41"):
        stage.shop.place_order({"B-40": 2, "B-41": 2})
    assert stage.shop.shelf("Boot").available == 3


def test_with_leave_the_storefront_sells_below_zero_and_marks_what_was_short(stage: Stage) -> None:
    stage.shop.add_product("A", 2, oversell=True)
    order = stage.get(f"orders/{stage.shop.place_order({'A': 5})}")
    marks = {row["key"]: row["value"] for row in order["line_items"][0]["meta_data"]}
    assert marks == {"Backordered": "3", "_reduced_stock": "5"}
    assert (stage.shop.shelf("A").available, stage.shop.shelf("A").buyable) == (-3, True)


def test_the_silent_kind_of_leave_marks_nothing(stage: Stage) -> None:
    stage.shop.add_product("A", 2)
    stage.shop.set_field("A", "backorders", "yes")
    order = stage.get(f"orders/{stage.shop.place_order({'A': 5})}")
    assert [row["key"] for row in order["line_items"][0]["meta_data"]] == ["_reduced_stock"]


def test_fields_that_may_be_written_depend_on_who_keeps_the_stock(stage: Stage) -> None:
    shop = stage.shop
    shop.add_product("NONE", None)
    shop.add_product("OWN", 1, oversell=True)
    shop.add_variations("Boot", {"B-40": None, "B-OWN": 4}, shared_stock=3)
    shown = {sku: dict(shop.shelf(sku).fields) for sku in ("NONE", "OWN", "B-40", "B-OWN", "Boot")}
    own = {"backorders": "no", **META}
    assert shown == {
        "NONE": {},
        "OWN": {"backorders": "notify", **META},
        "B-40": META,
        "B-OWN": own,
        "Boot": own,
    }


def test_a_field_the_merchant_changes_shows_on_the_shelf_and_in_rest(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 0)
    stage.shop.set_field("A", "_backorder_message", "soon")
    stage.shop.set_field("A", "backorders", "notify")
    assert stage.shop.shelf("A").fields == {"backorders": "notify", **META, "_backorder_message": "soon"}
    body = stage.get(f"products/{variant}")
    assert (body["backorders"], body["meta_data"][0]["value"]) == ("notify", "soon")
    stage.shop.set_field("A", "_backorder_message", "")
    assert stage.get(f"products/{variant}")["meta_data"] == []


def test_goods_that_arrive_add_to_the_number(stage: Stage) -> None:
    stage.shop.add_product("A", -8, oversell=True)
    stage.shop.receive_goods("A", 10)
    assert stage.shop.shelf("A").available == 2
    stage.shop.set_stock("A", 7)
    assert stage.shop.shelf("A").available == 7


def test_an_unpaid_order_holds_its_stock_until_it_is_paid(stage: Stage) -> None:
    stage.shop.add_product("A", 2)
    order = stage.shop.place_order({"A": 2}, paid=False)
    body = stage.get(f"orders/{order}")
    assert (body["status"], body["date_paid_gmt"], stage.shop.shelf("A").available) == ("on-hold", None, 0)
    stage.shop.pay_order(order)
    body = stage.get(f"orders/{order}")
    assert (body["status"], body["date_paid_gmt"]) == ("processing", "2026-11-21T12:00:00")


def test_an_order_goes_its_way(stage: Stage) -> None:
    stage.shop.add_product("A", 10)
    shop = stage.shop
    first, second, third = (shop.place_order({"A": 3}) for _ in range(3))
    shop.cancel_order(first)
    shop.change_quantity(second, "A", 1)
    shop.refund(third, "A", 1)
    shop.refund(third, "A", 1, restock=False)
    assert shop.shelf("A").available == 10 - 1 - 3 + 1
    shop.ship(second)
    assert [stage.get(f"orders/{one}")["status"] for one in (first, second, third)] == [
        "cancelled",
        "completed",
        "processing",
    ]
    shop.delete_order(third)
    assert list(shop.order_ids()) == [first, second]


def test_core_ships_whole_orders_only(stage: Stage) -> None:
    stage.shop.add_product("A", 10)
    order = stage.shop.place_order({"A": 3})
    with pytest.raises(ValueError, match="whole orders"):
        stage.shop.ship(order, {"A": 1})


def test_an_order_bears_what_it_was_told(stage: Stage) -> None:
    stage.shop.add_product("A", 10)
    order = stage.shop.place_order({"A": 3})
    assert stage.shop.told(order) == Told()
    stage.post(f"orders/{order}/notes", {"note": "first", "customer_note": True})
    stage.post(f"orders/{order}/notes", {"note": "inside"})
    stage.post(f"orders/{order}/notes", {"note": "second", "customer_note": True})
    marks = [{"key": "_backorder_status", "value": "waiting"}, {"key": "other", "value": "x"}]
    stage.put(f"orders/{order}", {"meta_data": marks})
    assert stage.shop.told(order) == Told(("first", "second"), (), {"_backorder_status": "waiting"})


def test_a_language_other_than_the_sites_is_kept_with_the_order(stage: Stage) -> None:
    stage.shop.add_product("A", 10)
    orders = [stage.get(f"orders/{stage.shop.place_order({'A': 1}, language=one)}") for one in ("en", "de")]
    kept = [{row["key"]: row["value"] for row in order["meta_data"]}.get("wpml_language") for order in orders]
    assert kept == [None, "de"]


def test_a_line_of_a_product_in_the_bin_can_still_be_refunded(stage: Stage) -> None:
    product = stage.shop.add_product("A", 10)
    order = stage.shop.place_order({"A": 3})
    stage.shop.delete_product("A")
    stage.shop.refund(order, "A", 1)
    assert stage.stock(int(product)) == 8


def test_a_deleted_product_is_gone_from_the_shelf(stage: Stage) -> None:
    stage.shop.add_product("A", 10)
    stage.shop.delete_product("A")
    with pytest.raises(KeyError):
        stage.shop.shelf("A")
