"""What the shop tells, how it is signed, and how stubbornly it is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from shopify_bench import HOOK, SUBSCRIBE, Bench, Letter, gid, open_bench

from connector.ports.sandbox import Faults

EVERYTHING = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_PAID",
    "ORDERS_CANCELLED",
    "ORDERS_EDITED",
    "ORDERS_FULFILLED",
    "ORDERS_PARTIALLY_FULFILLED",
    "REFUNDS_CREATE",
    "PRODUCTS_CREATE",
    "PRODUCTS_UPDATE",
    "PRODUCTS_DELETE",
    "INVENTORY_LEVELS_UPDATE",
)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def topics(letters: list[Letter]) -> list[str]:
    return sorted(letter.topic for letter in letters)


def one(letters: list[Letter], topic: str) -> Any:
    (found,) = [letter.body for letter in letters if letter.topic == topic]
    return found


def test_only_what_was_subscribed_is_sent(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    bench.subscribe("ORDERS_CREATE")
    bench.shop.place_order({"A": 1})
    bench.shop.set_stock("A", 9)

    assert topics(bench.post_out()) == ["orders/create"]


def test_a_delivery_bears_the_signature_of_its_bytes_and_the_eight_headers(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("Ä", 5, title="Übermütig")
    bench.shop.place_order({"Ä": 1})
    (letter,) = bench.post_out()
    signature = base64.b64encode(hmac.new(b"shpss_sandbox", letter.raw, hashlib.sha256).digest()).decode()

    assert letter.address == HOOK
    expected = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": signature,
        "X-Shopify-Shop-Domain": "sandbox.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Triggered-At": "2026-11-21T12:00:00.000000000Z",
        "Content-Type": "application/json",
    }
    assert expected.items() <= letter.headers.items()
    assert {"X-Shopify-Webhook-Id", "X-Shopify-Event-Id"} <= set(letter.headers)
    assert "Übermütig".encode() in letter.raw


def test_one_event_has_one_event_id_and_each_delivery_its_own_webhook_id(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE", "ORDERS_UPDATED", "INVENTORY_LEVELS_UPDATE")
    bench.subscribe("ORDERS_CREATE", address="https://other.example.com/hook")
    bench.shop.add_product("A", 5)
    for _ in range(2):
        bench.shop.place_order({"A": 1})
    letters = bench.post_out()

    assert sorted(Counter(letter.headers["X-Shopify-Event-Id"] for letter in letters).values()) == [4, 4]
    assert len({letter.headers["X-Shopify-Webhook-Id"] for letter in letters}) == 8


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            lambda shop, _order: shop.place_order({"A": 1}),
            "inventory_levels/update orders/create orders/paid orders/updated products/update",
        ),
        (
            lambda shop, _order: shop.place_order({"A": 1}, paid=False),
            "inventory_levels/update orders/create orders/updated products/update",
        ),
        (
            lambda shop, order: shop.cancel_order(order),
            "inventory_levels/update orders/cancelled orders/updated refunds/create",
        ),
        (lambda shop, order: shop.ship(order), "orders/fulfilled orders/updated"),
        (lambda shop, order: shop.ship(order, {"A": 1}), "orders/partially_fulfilled orders/updated"),
        (lambda shop, order: shop.refund(order, "A", 1), "inventory_levels/update orders/updated refunds/create"),
        (lambda shop, order: shop.refund(order, "A", 1, restock=False), "orders/updated refunds/create"),
        (
            lambda shop, order: shop.change_quantity(order, "A", 1),
            "inventory_levels/update orders/edited orders/updated",
        ),
        (lambda shop, _order: shop.set_stock("A", 9), "inventory_levels/update"),
        (lambda shop, _order: shop.receive_goods("A", 9), "inventory_levels/update"),
        (lambda shop, _order: shop.set_field("A", "inventoryPolicy", "CONTINUE"), "products/update"),
        (lambda shop, _order: shop.set_field("A", "message", "later"), "products/update"),
        (lambda shop, _order: shop.add_product("B", 1), "products/create"),
        (lambda shop, _order: shop.delete_product("A"), "products/delete"),
        (lambda shop, order: shop.delete_order(order), ""),
    ],
)
def test_each_act_tells_its_topics(bench: Bench, act: Any, told: str) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.subscribe(*EVERYTHING)
    act(bench.shop, order)

    assert told.split() == topics(bench.post_out())


def test_a_body_is_the_state_at_the_event_not_at_the_sending(bench: Bench) -> None:
    bench.subscribe("ORDERS_UPDATED", "INVENTORY_LEVELS_UPDATE")
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.shop.cancel_order(order)
    letters = bench.post_out()

    assert [letter.body["available"] for letter in letters if letter.topic == "inventory_levels/update"] == [2, 5]
    assert [letter.body["cancel_reason"] for letter in letters if letter.topic == "orders/updated"] == [
        None,
        "customer",
    ]


def test_an_order_body_counts_its_lines_as_the_platform_does(bench: Bench) -> None:
    variant = int(bench.shop.add_product("A", 5))
    order = bench.shop.place_order({"A": 5}, language="de-DE")
    bench.shop.ship(order, {"A": 2})
    bench.shop.refund(order, "A", 1)
    bench.subscribe("ORDERS_UPDATED")
    bench.clock.turn(60)
    bench.shop.change_quantity(order, "A", 3)
    body = one(bench.post_out(), "orders/updated")
    line = body["line_items"][0]

    assert {
        "quantity": 5,
        "current_quantity": 3,
        "fulfillable_quantity": 1,
        "fulfillment_status": "partial",
    }.items() <= line.items()
    assert (variant, "A", True, "shopify") == (
        line["variant_id"],
        line["sku"],
        line["product_exists"],
        line["variant_inventory_management"],
    )
    assert {
        "id": int(order),
        "fulfillment_status": "partial",
        "financial_status": "partially_refunded",
    }.items() <= body.items()
    assert (body["created_at"], body["updated_at"]) == ("2026-11-21T07:00:00-05:00", "2026-11-21T07:01:00-05:00")
    assert (
        body["customer_locale"],
        body["name"],
        body["order_number"],
        body["tags"],
        body["cancelled_at"],
    ) == ("de-DE", "#1001", 1001, "", None)


def test_a_stock_body_has_a_number_and_neither_sku_nor_order(bench: Bench) -> None:
    bench.subscribe("INVENTORY_LEVELS_UPDATE")
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 2})
    body = one(bench.post_out(), "inventory_levels/update")

    assert {"inventory_item_id", "location_id", "available", "updated_at", "admin_graphql_api_id"} == set(body)
    assert body["available"] == 3
    assert f"?inventory_item_id={body['inventory_item_id']}" in body["admin_graphql_api_id"]
    assert f"/{body['location_id']}?" not in body["admin_graphql_api_id"]


def test_an_edit_tells_line_ids_and_deltas_alone(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    bench.shop.add_product("B", 5)
    order = bench.shop.place_order({"A": 3, "B": 1})
    bench.subscribe("ORDERS_EDITED", "ORDERS_UPDATED")
    bench.shop.change_quantity(order, "A", 1)
    bench.shop.change_quantity(order, "B", 4)
    letters = bench.post_out()
    edits = [letter.body["order_edit"] for letter in letters if letter.topic == "orders/edited"]
    ids = {line["sku"]: line["id"] for line in letters[0].body.get("line_items", letters[1].body.get("line_items"))}

    assert [int(order), int(order)] == [edit["order_id"] for edit in edits]
    assert {"additions": [], "removals": [{"id": ids["A"], "delta": 2}]} == edits[0]["line_items"]
    assert {"additions": [{"id": ids["B"], "delta": 3}], "removals": []} == edits[1]["line_items"]


def test_a_refund_body_says_how_each_unit_was_restocked(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.shop.ship(order, {"A": 2})
    bench.subscribe("REFUNDS_CREATE")
    bench.shop.refund(order, "A", 2)
    body = one(bench.post_out(), "refunds/create")

    assert (int(order), True) == (body["order_id"], body["restock"])
    assert [(line["quantity"], line["restock_type"]) for line in body["refund_line_items"]] == [
        (1, "cancel"),
        (1, "return"),
    ]


def test_beyond_a_hundred_variants_a_product_body_has_their_ids_only(bench: Bench) -> None:
    bench.subscribe("PRODUCTS_CREATE")
    bench.shop.add_variations("Bolt", {f"B{number}": 1 for number in range(130)})
    body = one(bench.post_out(), "products/create")

    assert (len(body["variants"]), len(body["variant_gids"])) == (100, 130)


def test_our_own_write_comes_back_as_news_but_a_repeated_metafield_does_not(bench: Bench) -> None:
    variant = gid("ProductVariant", bench.shop.add_product("A", 5))
    bench.subscribe("PRODUCTS_UPDATE")
    write = """mutation S($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) { userErrors { code } } }"""
    given = {
        "ownerId": variant,
        "namespace": "$app:backorder",
        "key": "status",
        "value": "backorder",
        "type": "single_line_text_field",
    }
    sent = []
    for _ in range(2):
        bench.data(write, m=[given])
        sent.append(topics(bench.post_out()))

    assert sent == [["products/update"], []]


def test_holds_are_told_with_what_they_hold(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 3})
    bench.subscribe("FULFILLMENT_ORDERS_PLACED_ON_HOLD", "FULFILLMENT_ORDERS_HOLD_RELEASED", "FULFILLMENT_HOLDS_ADDED")
    query = "query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 1) { nodes { id } } } }"
    held = bench.data(query, id=gid("Order", order))["order"]["fulfillmentOrders"]["nodes"][0]["id"]
    hold = """mutation H($id: ID!) {
      fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: OTHER, handle: "h"}) { __typename } }"""
    bench.data(hold, id=held)
    bench.data("mutation R($id: ID!) { fulfillmentOrderReleaseHold(id: $id) { userErrors { code } } }", id=held)
    letters = bench.post_out()

    assert {"id": held, "status": "on_hold"}.items() <= one(letters, "fulfillment_orders/placed_on_hold")[
        "fulfillment_order"
    ].items()
    assert one(letters, "fulfillment_holds/added")["fulfillment_hold"]["handle"] == "h"
    assert {"fulfillment_order": {"id": held, "status": "open"}} == one(letters, "fulfillment_orders/hold_released")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://connector.example.com/hook", "Address protocol http:// is not supported"),
        ("ftp://connector.example.com/hook", "Address is invalid"),
        ("", "Address can't be blank"),
    ],
)
def test_an_address_must_be_https(bench: Bench, address: str, message: str) -> None:
    said = bench.data(SUBSCRIBE, topic="ORDERS_CREATE", sub={"uri": address})["webhookSubscriptionCreate"]

    assert [{"field": ["webhookSubscription", "callbackUrl"], "message": message}] == said["userErrors"]


def test_the_demo_may_have_http_addresses() -> None:
    with open_bench(allow_http_webhooks=True) as bench:
        said = bench.data(SUBSCRIBE, topic="ORDERS_CREATE", sub={"uri": "http://127.0.0.1:8000/webhooks/shopify/main"})

    assert said["webhookSubscriptionCreate"]["userErrors"] == []


def test_a_topic_is_taken_once_for_an_address_and_free_again_after_deletion(bench: Bench) -> None:
    (first,) = bench.subscribe("ORDERS_CREATE")
    again = bench.data(SUBSCRIBE, topic="ORDERS_CREATE", sub={"uri": HOOK})["webhookSubscriptionCreate"]["userErrors"]
    bench.data("mutation D($id: ID!) { webhookSubscriptionDelete(id: $id) { userErrors { message } } }", id=first)

    assert [error["message"] for error in again] == ["Address for this topic has already been taken"]
    assert len(bench.subscribe("ORDERS_CREATE")) == 1


def test_subscriptions_are_listed_by_topic_and_address(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE", "ORDERS_UPDATED")
    bench.subscribe("ORDERS_CREATE", address="https://other.example.com/hook")
    query = """query L($t: [WebhookSubscriptionTopic!], $u: String) {
      webhookSubscriptions(first: 10, topics: $t, uri: $u) {
      nodes { topic uri apiVersion { handle } } } }"""
    found = bench.data(query, t=["ORDERS_CREATE"], u=HOOK)["webhookSubscriptions"]["nodes"]

    assert found == [{"topic": "ORDERS_CREATE", "uri": HOOK, "apiVersion": {"handle": "2026-10"}}]


def test_chosen_fields_are_all_that_is_sent(bench: Bench) -> None:
    bench.data(SUBSCRIBE, topic="ORDERS_CREATE", sub={"uri": HOOK, "includeFields": ["id", "updated_at"]})
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 1})

    assert {"id", "updated_at"} == set(one(bench.post_out(), "orders/create"))


@pytest.mark.parametrize("answer", [None, 301, 404, 500])
def test_a_failed_delivery_is_sent_again_unchanged(bench: Bench, answer: int | None) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 1})
    bench.answers = [answer]
    (first,) = bench.post_out()
    at_once = bench.post_out()
    bench.clock.turn(60)
    (second,) = bench.post_out()
    bench.clock.turn(86_400)

    assert ([], first, []) == (at_once, second, bench.post_out())


def test_eight_retries_in_four_hours_and_then_the_subscription_is_gone(bench: Bench) -> None:
    (hook,) = bench.subscribe("ORDERS_CREATE")
    bench.subscribe("ORDERS_UPDATED")
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 1})
    bench.answers = [500, 200] + [None] * 8
    attempts = [topics(bench.post_out())]
    start = bench.clock.now
    while bench.clock.now.timestamp() - start.timestamp() < 4 * 3600:
        bench.clock.turn(60)
        attempts += [topics(sent)] if (sent := bench.post_out()) else []
    bench.shop.place_order({"A": 1})

    assert [["orders/create", "orders/updated"], *[["orders/create"]] * 8] == attempts
    assert topics(bench.post_out()) == ["orders/updated"]
    query = "query W($id: ID!) { webhookSubscription(id: $id) { id } }"
    assert bench.data(query, id=hook) == {"webhookSubscription": None}


def test_lost_webhooks_never_leave_and_are_not_tried_again(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 9)
    bench.shop.faults = Faults(lose_webhooks=2)
    orders = [bench.shop.place_order({"A": 1}) for _ in range(3)]

    assert [int(orders[2])] == [letter.body["id"] for letter in bench.post_out()]
    bench.clock.turn(86_400)
    assert bench.post_out() == []


def test_doubled_and_shuffled_deliveries_are_the_same_ones(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 50)
    orders = [int(bench.shop.place_order({"A": 1})) for _ in range(20)]
    bench.shop.faults = Faults(doubled=1.0, shuffled=True, seed=7)
    letters = bench.post_out()
    came = [letter.body["id"] for letter in letters]

    assert Counter(dict.fromkeys(orders, 2)) == Counter(came)
    assert came != sorted(came)
    assert len({letter.headers["X-Shopify-Webhook-Id"] for letter in letters}) == 20


def test_a_share_of_deliveries_is_lost_by_the_seed(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 500)
    bench.shop.faults = Faults(lost=0.3, seed=1)
    for _ in range(200):
        bench.shop.place_order({"A": 1})

    assert 110 <= len(bench.post_out()) <= 170


def test_the_receiver_may_call_the_shop_while_it_answers(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 1})
    seen: list[str] = []

    def send(_address: str, _headers: object, _body: bytes) -> int:
        query = "query O($id: ID!) { order(id: $id) { name } }"
        seen.append(bench.data(query, id=gid("Order", order))["order"]["name"])
        return 200

    bench.shop._send = send
    bench.shop.flush()

    assert seen == ["#1001"]


def test_an_uninstall_kills_the_token_before_it_is_told(bench: Bench) -> None:
    bench.subscribe("APP_UNINSTALLED", "ORDERS_CREATE")
    bench.shop.add_product("A", 5)
    bench.shop.uninstall()
    bench.shop.place_order({"A": 1})
    (letter,) = bench.post_out()

    assert (letter.topic, letter.body["myshopify_domain"]) == ("app/uninstalled", "sandbox.myshopify.com")
    assert bench.post("{ shop { name } }").status_code == 401


@pytest.mark.parametrize(
    ("topic", "keys"),
    [
        ("customers/data_request", {"shop_id", "shop_domain", "customer", "orders_requested", "data_request"}),
        ("customers/redact", {"shop_id", "shop_domain", "customer", "orders_to_redact"}),
        ("shop/redact", {"shop_id", "shop_domain"}),
    ],
)
def test_privacy_topics_go_where_the_apps_file_says(topic: str, keys: set[str]) -> None:
    compliance = "https://connector.example.com/webhooks/shopify/compliance"
    with open_bench(compliance_url=compliance) as bench:
        bench.shop.ask_privacy(topic, ["123"])
        (letter,) = bench.post_out()

    assert (compliance, topic, keys) == (letter.address, letter.topic, set(letter.body))


def test_what_waits_is_counted_until_it_is_sent(bench: Bench) -> None:
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 1})
    waiting = bench.shop.pending_webhooks()
    bench.answers = [500]
    sent = bench.shop.flush()
    failed = bench.shop.pending_webhooks()
    bench.clock.turn(60)

    assert (waiting, sent, failed, bench.shop.pending_webhooks()) == (1, 1, 0, 1)


def test_the_moment_of_the_event_is_told_finer_than_the_state(bench: Bench) -> None:
    bench.clock.now = datetime(2026, 11, 21, 12, 0, 1, 234_567, tzinfo=UTC)
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 5)
    bench.shop.place_order({"A": 1})
    (letter,) = bench.post_out()

    assert letter.headers["X-Shopify-Triggered-At"] == "2026-11-21T12:00:01.234567000Z"
    assert letter.body["created_at"] == "2026-11-21T07:00:01-05:00"
