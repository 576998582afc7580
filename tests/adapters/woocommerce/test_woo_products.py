"""What the body of a product or a variation says, by who manages its stock."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from adapters.woocommerce import platform
from connector.domain.facts import PlatformStatus, ProductGone, ShownSeen, StockSeen, Translation, VariantSeen
from connector.ports.failures import Unreadable

Json = dict[str, object]
AT = datetime(2026, 11, 21, 20, 31, 42, tzinfo=UTC)
NOTHING_SHOWN = {
    "_backorder_status": "",
    "_backorder_expected_on": "",
    "_backorder_expected_from": "",
    "_backorder_message": "",
}


def product(**changed: object) -> Json:
    return {
        "id": 25,
        "type": "simple",
        "status": "publish",
        "parent_id": 0,
        "name": "Chair &amp; Table",
        "sku": "CT",
        "manage_stock": True,
        "stock_quantity": -2,
        "stock_status": "onbackorder",
        "backorders": "notify",
        "date_modified_gmt": "2026-11-21T20:31:42",
        "categories": [{"id": 15, "name": "Tables &amp; Chairs", "slug": "tables"}],
        "tags": [{"id": 3, "name": "new", "slug": "new"}],
        "meta_data": [],
        **changed,
    }


def variation(**changed: object) -> Json:
    return product(id=26, type="variation", parent_id=25, sku="CT-R", categories=[], tags=[], **changed)


def translate(body: Json, topic: str = "product.updated") -> Translation:
    return platform().translate(topic, json.dumps(body).encode())


def variant(
    own: str = "25",
    pool: str = "25",
    sku: str = "CT",
    named: tuple[tuple[str, ...], tuple[str, ...]] = (("Tables & Chairs",), ("new",)),
    *,
    sellable: bool = True,
) -> VariantSeen:
    categories, tags = named
    return VariantSeen(own, "25", pool, sku, "Chair & Table", AT, categories, tags, sellable)


def stock(pool: str, available: int | None, status: PlatformStatus = PlatformStatus.BACKORDER) -> StockSeen:
    return StockSeen(pool, available, status, AT)


CASES = [
    pytest.param(
        product(),
        (variant(), stock("25", -2), ShownSeen("25", {**NOTHING_SHOWN, "backorders": "notify"}, AT)),
        id="simple with a number",
    ),
    pytest.param(
        product(manage_stock=False, stock_quantity=None, backorders="no"),
        (variant(), stock("25", None), ShownSeen("25", {}, AT)),
        id="simple without a number",
    ),
    pytest.param(
        product(stock_quantity=None, stock_status="outofstock"),
        (
            variant(),
            stock("25", None, PlatformStatus.SOLD_OUT),
            ShownSeen("25", {**NOTHING_SHOWN, "backorders": "notify"}, AT),
        ),
        id="simple that was never given its number",
    ),
    pytest.param(
        product(type="variable"),
        (variant(sellable=False), stock("25", -2), ShownSeen("25", {**NOTHING_SHOWN, "backorders": "notify"}, AT)),
        id="parent with the number of its variations",
    ),
    pytest.param(
        product(type="variable", manage_stock=False, stock_quantity=None, backorders="no"),
        (variant(sellable=False), stock("25", None), ShownSeen("25", {}, AT)),
        id="parent without a number",
    ),
    pytest.param(
        variation(),
        (
            variant("26", "26", "CT-R", ((), ())),
            stock("26", -2),
            ShownSeen("26", {**NOTHING_SHOWN, "backorders": "notify"}, AT),
        ),
        id="variation with its own number",
    ),
    pytest.param(
        variation(manage_stock="parent"),
        (variant("26", "25", "CT-R", ((), ())), ShownSeen("26", NOTHING_SHOWN, AT)),
        id="variation that draws from its parent",
    ),
    pytest.param(
        variation(manage_stock=False, stock_quantity=None),
        (
            variant("26", "26", "CT-R", ((), ())),
            stock("26", None),
            ShownSeen("26", {}, AT),
        ),
        id="variation without a number",
    ),
    pytest.param(product(status="trash"), (ProductGone("25"),), id="in the bin"),
    pytest.param(
        product(type="composite", stock_quantity=3, stock_status="instock"),
        (
            variant(),
            stock("25", 3, PlatformStatus.IN_STOCK),
            ShownSeen("25", {**NOTHING_SHOWN, "backorders": "notify"}, AT),
        ),
        id="type of a plugin",
    ),
]


@pytest.mark.parametrize(("body", "facts"), CASES)
@pytest.mark.parametrize("topic", ["product.created", "product.updated", "product.restored"])
def test_a_product_says_what_it_is_its_number_and_what_is_shown(
    topic: str, body: Json, facts: tuple[object, ...]
) -> None:
    assert facts == translate(body, topic).facts


def test_a_variation_from_a_list_that_names_no_type_knows_its_parent() -> None:
    body = variation()
    for key in ("type", "categories", "tags"):
        del body[key]
    assert translate(variation()) == translate(body)


@pytest.mark.parametrize("kind", ["grouped", "external"])
def test_a_product_that_is_never_in_stock_is_none_of_our_business(kind: str) -> None:
    assert Translation(note=f"a product that has no stock ({kind})") == translate(product(type=kind, status="trash"))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("instock", PlatformStatus.IN_STOCK),
        ("onbackorder", PlatformStatus.BACKORDER),
        ("outofstock", PlatformStatus.SOLD_OUT),
        ("preorder", PlatformStatus.UNKNOWN),
    ],
)
def test_the_status_is_read_and_never_derived_from_the_number(word: str, status: PlatformStatus) -> None:
    assert stock("25", 7, status) in translate(product(stock_quantity=7, stock_status=word)).facts


def test_what_is_shown_is_read_from_our_own_metadata() -> None:
    entries = [
        {"id": 1, "key": "_restock_notice", "value": "2026-12-01"},
        {"id": 2, "key": "_backorder_status", "value": "backorder"},
        {"id": 3, "key": "_backorder_expected_on", "value": "2026-12-01"},
        {"id": 4, "key": "_backorder_message", "value": ["no", "text"]},
    ]
    shown = {
        **NOTHING_SHOWN,
        "_backorder_status": "backorder",
        "_backorder_expected_on": "2026-12-01",
        "_backorder_expected_from": "",
        "backorders": "yes",
    }
    assert ShownSeen("25", shown, AT) in translate(product(backorders="yes", meta_data=entries)).facts


@pytest.mark.parametrize(("quantity", "units"), [(4.0, 4), ("4", 4), ("4.00", 4), (0, 0)])
def test_a_whole_number_is_whole_however_it_is_written(quantity: object, units: int) -> None:
    assert stock("25", units) in translate(product(stock_quantity=quantity)).facts


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"stock_quantity": 1.5}, "$.stock_quantity"),
        ({"stock_quantity": "1.5"}, "$.stock_quantity"),
        ({"manage_stock": "yes"}, "$.manage_stock"),
        ({"backorders": None}, "$.backorders"),
        ({"type": "variation", "parent_id": None}, "$.parent_id"),
        ({"type": ["simple"]}, "$.type"),
        ({"categories": [{"id": 1, "name": 5}]}, "$.categories[0].name"),
    ],
)
def test_a_product_of_the_wrong_shape_is_refused_with_its_path(changed: Json, path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(product(**changed))
    assert path == refused.value.path
