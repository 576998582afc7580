"""Stock of products and variations as the shop counts and shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from woo_stage import Stage, open_stage, problem


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.mark.parametrize(
    ("quantity", "backorders", "status", "allowed", "backordered"),
    [
        (5, "no", "instock", False, False),
        (5, "notify", "instock", True, False),
        (5, "yes", "instock", True, False),
        (0, "no", "outofstock", False, False),
        (-2, "no", "outofstock", False, False),
        (0, "notify", "onbackorder", True, True),
        (-2, "notify", "onbackorder", True, True),
        (0, "yes", "onbackorder", True, True),
        (-2, "yes", "onbackorder", True, True),
    ],
)
def test_the_status_of_managed_stock_follows_number_and_switch(
    stage: Stage, quantity: int, backorders: str, status: str, *, allowed: bool, backordered: bool
) -> None:
    body = stage.get(f"products/{stage.product('A', quantity, backorders=backorders)}")
    shown = (body["stock_status"], body["backorders_allowed"], body["backordered"], body["purchasable"])
    assert shown == (status, allowed, backordered, True)


def test_a_status_written_to_managed_stock_is_ignored_in_silence(stage: Stage) -> None:
    product = stage.product("A", 5)
    assert stage.put(f"products/{product}", {"stock_status": "outofstock"})["stock_status"] == "instock"


def test_an_unmanaged_product_keeps_no_number_and_no_switch(stage: Stage) -> None:
    product = stage.product("A", stock_status="onbackorder", backorders="notify")
    body = stage.get(f"products/{product}")
    shown = [body[key] for key in ("manage_stock", "stock_quantity", "backorders", "backorders_allowed", "backordered")]
    assert shown == [False, None, "no", False, True]


def test_turning_management_off_keeps_the_status_and_loses_the_switch(stage: Stage) -> None:
    product = stage.product("A", -1, backorders="notify")
    stage.put(f"products/{product}", {"manage_stock": False})
    body = stage.put(f"products/{product}", {"manage_stock": True, "stock_quantity": -1})
    assert (body["backorders"], body["stock_status"]) == ("no", "outofstock")


def test_a_threshold_changes_the_status_only_when_a_product_is_saved(stage: Stage) -> None:
    product = stage.product("A", 2, backorders="yes")
    stage.put("settings/products/woocommerce_notify_no_stock_amount", {"value": "2"})
    assert stage.get(f"products/{product}")["stock_status"] == "instock"
    assert stage.put(f"products/{product}", {})["stock_status"] == "onbackorder"


def test_with_management_off_for_the_shop_a_number_is_ignored(stage: Stage) -> None:
    product = stage.product("A", 0)
    stage.put("settings/products/woocommerce_manage_stock", {"value": "no"})
    body = stage.put(f"products/{product}", {"stock_quantity": 9})
    assert (body["manage_stock"], body["stock_quantity"], body["stock_status"]) == (False, 0, "instock")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({"stock_quantity": "7"}, 7), ({"stock_quantity": None}, 0), ({"inventory_delta": -3}, 2)],
)
def test_what_a_single_write_of_stock_means(stage: Stage, sent: dict[str, object], kept: int) -> None:
    assert stage.put(f"products/{stage.product('A', 5)}", sent)["stock_quantity"] == kept


@pytest.mark.parametrize("wrong", [1.5, "", "abc"])
def test_a_single_write_refuses_what_is_no_whole_number(stage: Stage, wrong: object) -> None:
    product = stage.product("A", 5)
    answer = stage.api.put(f"products/{product}", {"stock_quantity": wrong})
    assert answer.status_code == 400
    assert answer.json()["data"]["params"] == {"stock_quantity": "stock_quantity is not of type integer."}
    assert stage.stock(product) == 5


def test_a_taken_sku_names_its_holder(stage: Stage) -> None:
    holder = stage.product("A", 5)
    answer = stage.api.post("products", {"name": "again", "sku": "A"})
    expected = {"status": 400, "resource_id": holder, "unique_sku": "A-1"}
    assert (answer.json()["code"], answer.json()["data"]) == ("product_invalid_sku", expected)


def test_names_come_back_half_escaped(stage: Stage) -> None:
    assert stage.post("products", {"name": "Q & <b>x</b> &amp; é"})["name"] == "Q &amp; <b>x</b> &amp; é"


def test_meta_is_written_by_key_and_deleted_by_null(stage: Stage) -> None:
    product = stage.product("A", 5)
    for value in ("one", "two"):
        stage.put(f"products/{product}", {"meta_data": [{"key": "_backorder_message", "value": value}]})
    rows = stage.get(f"products/{product}")["meta_data"]
    assert [(row["key"], row["value"]) for row in rows] == [("_backorder_message", "two")]
    gone = stage.put(f"products/{product}", {"meta_data": [{"key": "_backorder_message", "value": None}]})
    assert gone["meta_data"] == []


def _family(stage: Stage, **parent: object) -> int:
    options = [{"name": "Colour", "visible": True, "variation": True, "options": ["Red", "Blue"]}]
    fields = {"name": "Chair", "type": "variable", "sku": "CH", "attributes": options}
    return int(stage.post("products", {**fields, **parent})["id"])


def _variation(stage: Stage, parent: int, option: str, **fields: object) -> int:
    attributes = [{"name": "Colour", "option": option}]
    body = {"sku": f"CH-{option}", "regular_price": "20", "attributes": attributes, **fields}
    return int(stage.post(f"products/{parent}/variations", body)["id"])


def test_a_parent_managed_variation_mirrors_its_parent_and_ignores_writes(stage: Stage) -> None:
    parent = _family(stage, manage_stock=True, stock_quantity=2, backorders="notify")
    red = _variation(stage, parent, "Red")
    body = stage.put(f"products/{parent}/variations/{red}", {"backorders": "no", "stock_quantity": 50})
    shown = [body[key] for key in ("manage_stock", "stock_quantity", "stock_status", "backorders")]
    assert shown == ["parent", 2, "instock", "notify"]


def test_a_parent_managed_variation_keeps_its_date_while_its_status_moves(stage: Stage) -> None:
    parent = _family(stage, manage_stock=True, stock_quantity=2, backorders="notify")
    red = _variation(stage, parent, "Red")
    before = stage.get(f"products/{parent}/variations/{red}")
    stage.clock.pass_seconds(60)
    stage.order(red, 3)
    after = stage.get(f"products/{parent}/variations/{red}")
    assert (before["stock_status"], after["stock_status"]) == ("instock", "onbackorder")
    assert after["date_modified_gmt"] == before["date_modified_gmt"] == "2026-11-21T12:00:00"
    assert stage.get(f"products/{parent}")["date_modified_gmt"] == "2026-11-21T12:01:00"


def test_a_parents_status_follows_its_variations_and_its_date_moves_with_them(stage: Stage) -> None:
    parent = _family(stage)
    assert stage.get(f"products/{parent}")["stock_status"] == "outofstock"
    red = _variation(stage, parent, "Red", manage_stock=True, stock_quantity=1, backorders="notify")
    assert stage.get(f"products/{parent}")["stock_status"] == "instock"
    stage.clock.pass_seconds(60)
    stage.put(f"products/{parent}/variations/{red}", {"stock_quantity": 0})
    body = stage.get(f"products/{parent}")
    assert (body["stock_status"], body["date_modified_gmt"]) == ("onbackorder", "2026-11-21T12:01:00")


def test_a_parents_status_forgets_a_variation_in_the_bin(stage: Stage) -> None:
    parent = _family(stage)
    red = _variation(stage, parent, "Red", manage_stock=True, stock_quantity=1)
    _variation(stage, parent, "Blue", manage_stock=True, stock_quantity=0)
    stage.api.delete(f"products/{parent}/variations/{red}")
    assert stage.get(f"products/{parent}")["stock_status"] == "outofstock"


def test_a_variation_can_be_read_but_not_written_as_a_product(stage: Stage) -> None:
    parent = _family(stage)
    red = _variation(stage, parent, "Red", manage_stock=True, stock_quantity=1)
    body = stage.get(f"products/{red}")
    assert (body["type"], body["parent_id"], body["name"]) == ("variation", parent, "Chair - Red")
    answer = stage.api.put(f"products/{red}", {"stock_quantity": 9})
    assert problem(answer) == (404, "woocommerce_rest_invalid_product_id")


def test_variations_are_listed_as_products_only_by_sku(stage: Stage) -> None:
    parent = _family(stage)
    red = _variation(stage, parent, "Red")
    assert [row["id"] for row in stage.get("products")] == [parent]
    assert {row["id"] for row in stage.get("products", sku="CH,CH-Red")} == {parent, red}
    assert [row["id"] for row in stage.get("products", sku="CH, CH-Red")] == [parent]


def test_the_list_over_all_variations_filters_and_does_not_write(stage: Stage) -> None:
    first, second = _family(stage), _family(stage, sku="CH2")
    red, blue = _variation(stage, first, "Red"), _variation(stage, second, "Blue")
    assert [row["id"] for row in stage.get("variations")] == [blue, red]
    assert [row["id"] for row in stage.get("variations", parent=first)] == [red]
    assert [row["id"] for row in stage.get("variations", include=f"{blue},{first}")] == [blue]
    assert [row["id"] for row in stage.get("variations", sku="CH-Red")] == [red]
    assert problem(stage.api.post("variations/batch", {"update": []})) == (404, "rest_no_route")


def test_a_product_in_the_bin_leaves_the_lists_and_frees_its_sku(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.api.delete(f"products/{product}")
    assert stage.get("products") == []
    assert stage.get(f"products/{product}")["status"] == "trash"
    assert problem(stage.api.delete(f"products/{product}")) == (410, "woocommerce_rest_already_trashed")
    assert stage.product("A", 1) != product


def test_a_parent_deleted_for_good_takes_its_variations_along(stage: Stage) -> None:
    parent = _family(stage)
    red = _variation(stage, parent, "Red")
    stage.api.delete(f"products/{parent}", params={"force": True})
    assert problem(stage.api.get(f"products/{red}")) == (404, "woocommerce_rest_product_invalid_id")
