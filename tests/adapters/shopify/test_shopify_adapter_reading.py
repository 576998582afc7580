"""GraphQL answers mean what webhook bodies about the same thing mean, and bring the stock number."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.reader import Reader
from adapters.shopify.inbound import translate
from adapters.shopify.reading import order_seen, pool_facts
from connector.domain.facts import Demand, PlatformStatus, ShownSeen, StockSeen, VariantSeen
from connector.ports.failures import Unreadable

T1, T2, T3 = "2026-11-20T08:00:00Z", "2026-11-20T09:00:00Z", "2026-11-20T10:00:00Z"


def when(hour: int) -> datetime:
    return datetime(2026, 11, 20, hour, tzinfo=UTC)


def order_node(**changed: object) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/6001",
        "name": "#1001",
        "createdAt": T1,
        "processedAt": T1,
        "updatedAt": T2,
        "cancelledAt": None,
        "closedAt": None,
        "test": False,
        "customerLocale": "de",
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        **changed,
    }


def line_node(**changed: object) -> dict[str, Any]:
    return {
        "id": "gid://shopify/LineItem/11",
        "sku": "A",
        "name": "Lamp - red",
        "quantity": 3,
        "currentQuantity": 3,
        "unfulfilledQuantity": 3,
        "isGiftCard": False,
        "product": {"id": "gid://shopify/Product/31"},
        "variant": {"id": "gid://shopify/ProductVariant/21"},
        **changed,
    }


@pytest.mark.parametrize(
    ("node", "line", "body"),
    [
        pytest.param({}, {}, {}, id="fresh"),
        pytest.param({"displayFinancialStatus": "PENDING"}, {}, {"financial_status": "pending"}, id="unpaid"),
        pytest.param({"displayFinancialStatus": None}, {}, {"financial_status": None}, id="no payment word"),
        pytest.param({"cancelledAt": T2}, {}, {"cancelled_at": T2}, id="cancelled"),
        pytest.param({"closedAt": T2}, {}, {"closed_at": T2}, id="closed"),
        pytest.param({"test": True, "customerLocale": None}, {}, {"test": True, "customer_locale": None}, id="a test"),
        pytest.param(
            {"displayFulfillmentStatus": "PARTIALLY_FULFILLED"},
            {"unfulfilledQuantity": 1},
            {"fulfillment_status": "partial", "line": {"fulfillable_quantity": 1}},
            id="two shipped",
        ),
        pytest.param(
            {"displayFulfillmentStatus": "FULFILLED"},
            {"unfulfilledQuantity": 0},
            {"fulfillment_status": "fulfilled", "line": {"fulfillable_quantity": 0}},
            id="all shipped",
        ),
        pytest.param(
            {"displayFinancialStatus": "REFUNDED"},
            {"currentQuantity": 0, "unfulfilledQuantity": 0},
            {"financial_status": "refunded", "line": {"current_quantity": 0, "fulfillable_quantity": 0}},
            id="given back",
        ),
        pytest.param({}, {"isGiftCard": True}, {"line": {"gift_card": True}}, id="a gift card"),
        pytest.param(
            {},
            {"variant": None, "product": None, "sku": None},
            {"line": {"variant_id": None, "product_id": None, "sku": None}},
            id="product deleted",
        ),
    ],
)
def test_an_order_read_and_an_order_told_are_the_same_fact(
    node: dict[str, Any], line: dict[str, Any], body: dict[str, Any]
) -> None:
    told_line = {
        "id": 11,
        "variant_id": 21,
        "product_id": 31,
        "sku": "A",
        "name": "Lamp - red",
        "quantity": 3,
        "current_quantity": 3,
        "fulfillable_quantity": 3,
        **body.pop("line", {}),
    }
    told = {
        "id": 6001,
        "name": "#1001",
        "created_at": T1,
        "processed_at": T1,
        "updated_at": T2,
        "customer_locale": "de",
        "financial_status": "paid",
        "line_items": [told_line],
        **body,
    }
    (expected,) = translate("orders/updated", json.dumps(told).encode()).facts
    assert expected == order_seen(Reader(order_node(**node)), [Reader(line_node(**line))])


@pytest.mark.parametrize("word", ["ON_HOLD", "IN_PROGRESS", "SCHEDULED", "OPEN", "REQUEST_DECLINED"])
def test_a_held_or_scheduled_order_still_waits(word: str) -> None:
    seen = order_seen(Reader(order_node(displayFulfillmentStatus=word)), [Reader(line_node())])
    assert seen.demand is Demand.OPEN


def level(available: int, *, online: bool = True, active: bool = True, at: str | None = T2) -> Reader:
    return Reader(
        {
            "location": {"isActive": active, "fulfillsOnlineOrders": online},
            "quantities": [
                {"name": "available", "quantity": available, "updatedAt": at},
                {"name": "incoming", "quantity": 99, "updatedAt": T3},
            ],
        }
    )


def item(*, tracked: bool = True) -> Reader:
    return Reader({"id": "gid://shopify/InventoryItem/41", "tracked": tracked, "updatedAt": T1})


def variant(number: int = 21, *, for_sale: bool = True, **changed: object) -> Reader:
    return Reader(
        {
            "id": f"gid://shopify/ProductVariant/{number}",
            "sku": "A",
            "title": "red",
            "updatedAt": T1,
            "availableForSale": for_sale,
            "inventoryPolicy": "DENY",
            "product": {
                "id": "gid://shopify/Product/31",
                "title": "Lamp",
                "productType": "Lights",
                "tags": ["new", "sale"],
                "updatedAt": T2,
            },
            "status": None,
            "expected_on": None,
            "expected_from": None,
            "message": None,
            **changed,
        }
    )


def test_the_number_counts_active_locations_that_fulfil_online_orders() -> None:
    levels = [level(-8), level(5), level(100, online=False), level(100, active=False), level(0, at=None)]
    _, stock, _ = pool_facts(item(), levels, [variant()])
    assert StockSeen("41", -3, PlatformStatus.BACKORDER, when(9)) == stock


def test_an_item_stocked_nowhere_online_has_none() -> None:
    _, stock, _ = pool_facts(item(), [], [variant(for_sale=False)])
    assert StockSeen("41", 0, PlatformStatus.SOLD_OUT, when(8)) == stock


def test_an_untracked_item_has_no_number_and_nothing_to_write() -> None:
    _, stock, shown = pool_facts(item(tracked=False), [level(3)], [variant()])
    assert StockSeen("41", None, PlatformStatus.IN_STOCK, when(9)) == stock
    assert ShownSeen("21", {}, when(8)) == shown


@pytest.mark.parametrize(
    ("available", "for_sale", "status"),
    [
        (1, True, PlatformStatus.IN_STOCK),
        (0, True, PlatformStatus.BACKORDER),
        (0, False, PlatformStatus.SOLD_OUT),
        (5, False, PlatformStatus.SOLD_OUT),
    ],
)
def test_the_shop_says_whether_a_shopper_can_buy(available: int, for_sale: bool, status: PlatformStatus) -> None:  # noqa: FBT001 -- a column of the table
    _, stock, _ = pool_facts(item(), [level(available)], [variant(for_sale=for_sale)])
    assert isinstance(stock, StockSeen)
    assert stock.status is status


def test_what_a_variant_shows_is_its_policy_and_our_metafields_as_of_the_newest_of_them() -> None:
    bearing = variant(
        inventoryPolicy="CONTINUE",
        status={"value": "backorder", "updatedAt": T3},
        expected_on={"value": "2026-12-24", "updatedAt": T2},
    )
    *_, shown = pool_facts(item(), [], [bearing])
    fields = {
        "inventoryPolicy": "CONTINUE",
        "status": "backorder",
        "expected_on": "2026-12-24",
        "expected_from": "",
        "message": "",
    }
    assert ShownSeen("21", fields, when(10)) == shown


def test_variants_that_share_an_item_come_with_one_number_and_before_what_they_show() -> None:
    facts = pool_facts(item(), [level(4)], [variant(21), variant(22, title="Default Title")])
    assert [VariantSeen, VariantSeen, StockSeen, ShownSeen, ShownSeen] == [type(fact) for fact in facts]
    first, second = facts[:2]
    assert VariantSeen("21", "31", "41", "A", "Lamp - red", when(9), ("Lights",), ("new", "sale")) == first
    assert VariantSeen("22", "31", "41", "A", "Lamp", when(9), ("Lights",), ("new", "sale")) == second


def test_a_product_without_a_type_has_no_category() -> None:
    bare = {"id": "gid://shopify/Product/31", "title": "Lamp", "productType": "", "tags": [], "updatedAt": T2}
    seen, *_ = pool_facts(item(), [], [variant(product=bare)])
    assert isinstance(seen, VariantSeen)
    assert seen.categories == ()


def test_an_answer_of_the_wrong_shape_is_refused_with_its_path() -> None:
    with pytest.raises(Unreadable) as refused:
        order_seen(Reader(order_node(id="gid://elsewhere/Order/1"), "$.data.nodes[3]"), [])
    assert refused.value.path == "$.data.nodes[3].id"
