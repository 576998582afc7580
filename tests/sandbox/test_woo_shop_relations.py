"""What the sandbox shop relates to a product, and the statuses and settings that plugins bring."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from woo_stage import Stage, open_stage, problem

SIGN_UPS = "settings/products/woocommerce_customer_stock_notifications_allow_signups"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def test_five_at_most_of_the_same_category_are_related_and_none_that_is_named_better(stage: Stage) -> None:
    ids = [stage.product(sku, 5) for sku in "ABCDEFGH"]
    stage.put(f"products/{ids[0]}", {"upsell_ids": [ids[1]], "cross_sell_ids": [ids[7]]})
    shown = stage.get(f"products/{ids[0]}")
    assert (shown["upsell_ids"], shown["cross_sell_ids"]) == ([ids[1]], [ids[7]])
    assert shown["related_ids"] == ids[2:7]


def test_another_category_is_not_related_and_a_common_tag_is(stage: Stage) -> None:
    plain = stage.product("A", 5, tags=[{"id": 9, "name": "oak"}])
    lamps = {"categories": [{"id": 3, "name": "Lamps"}]}
    other, tagged = stage.product("B", 5, **lamps), stage.product("C", 5, **lamps, tags=[{"id": 9, "name": "oak"}])
    assert stage.get(f"products/{plain}")["related_ids"] == [tagged]
    assert stage.get(f"products/{other}")["related_ids"] == [tagged]


def test_drafts_and_variations_are_not_related(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.product("DRAFT", 5, status="draft")
    red = stage.shop.add_variations("Sofa", {"RED": 1})["RED"]
    assert stage.get(f"products/{product}")["related_ids"] == [int(stage.shop.parent_of(red))]
    assert stage.get(f"products/{red}")["related_ids"] == []


def test_a_status_of_our_plugin_is_only_there_with_our_plugin(stage: Stage) -> None:
    product = stage.product("A", 5)
    order = stage.order(product, 2)
    path = f"orders/{order['id']}"
    assert problem(stage.api.put(path, {"status": "backordered"})) == (400, "rest_invalid_param")
    assert problem(stage.api.get("orders", params={"status": "processing,backordered"})) == (400, "rest_invalid_param")
    stage.shop.install_our_plugin()
    assert stage.put(path, {"status": "backordered"})["status"] == "backordered"
    assert [one["id"] for one in stage.get("orders", status="processing,backordered")] == [order["id"]]
    assert stage.stock(product) == 3


def test_in_a_status_of_a_plugin_an_edit_moves_no_stock(stage: Stage) -> None:
    stage.shop.install_our_plugin()
    product = stage.product("A", 5)
    order = stage.order(product, 2)
    stage.put(f"orders/{order['id']}", {"status": "backordered"})
    stage.put(f"orders/{order['id']}", {"line_items": [{"id": order["line_items"][0]["id"], "quantity": 1}]})
    assert stage.stock(product) == 3
    stage.put(f"orders/{order['id']}", {"status": "cancelled"})
    assert stage.stock(product) == 5


def test_the_totals_name_every_status_a_person_can_choose(stage: Stage) -> None:
    stage.order(stage.product("A", 5), 1)
    counts = {one["slug"]: one["total"] for one in stage.get("reports/orders/totals")}
    assert (counts["processing"], counts["on-hold"], "backordered" in counts) == (1, 0, False)
    stage.shop.install_our_plugin()
    assert "backordered" in {one["slug"] for one in stage.get("reports/orders/totals")}


def test_the_shop_says_which_plugins_are_active(stage: Stage) -> None:
    assert stage.get("system_status")["active_plugins"] == []
    stage.shop.install_our_plugin()
    (plugin,) = stage.get("system_status", _fields="active_plugins")["active_plugins"]
    assert plugin["plugin"] == "backorder-connector/backorder-connector.php"


def test_the_currency_is_a_general_setting(stage: Stage) -> None:
    assert stage.get("settings/general/woocommerce_currency")["value"] == "USD"
    assert problem(stage.api.get("settings/products/woocommerce_currency")) == (404, "rest_setting_setting_invalid")
    assert "woocommerce_currency" not in {one["id"] for one in stage.get("settings/products")}


def test_the_setting_of_the_shops_own_mails_is_only_there_where_it_has_them(stage: Stage) -> None:
    assert problem(stage.api.get(SIGN_UPS)) == (404, "rest_setting_setting_invalid")
    stage.shop.mail_back_in_stock(on=True)
    assert stage.get(SIGN_UPS)["value"] == "yes"
