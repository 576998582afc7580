"""Webhooks: what is sent when, how it is signed, and how it is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
import requests
from woo_stage import SECRET, Stage, open_stage, problem

ALL = ("order.created", "order.updated", "order.deleted", "product.created", "product.updated", "product.deleted")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def hooked(stage: Stage) -> Stage:
    """With a webhook for every topic, and the pings forgotten."""
    for topic in ALL:
        stage.webhook(topic)
    stage.receiver.got.clear()
    return stage


def _sent(stage: Stage) -> list[tuple[str, object]]:
    """Run the queue; give topic and id of what came."""
    stage.receiver.got.clear()
    stage.shop.flush()
    bodies = [json.loads(body) for body in stage.receiver.deliveries()]
    return [(topic, body.get("id")) for topic, body in zip(stage.receiver.topics, bodies, strict=True)]


def test_creating_a_webhook_pings_inside_the_request_unsigned(stage: Stage) -> None:
    number = stage.webhook("order.created")
    address, headers, body = stage.receiver.got[0]
    assert (address, body) == ("http://receiver.test/order.created", f"webhook_id={number}".encode())
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert headers["User-Agent"] == "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)"
    assert [name for name in headers if name.startswith("X-WC")] == []


def test_the_receiver_may_call_the_shop_while_it_is_pinged(stage: Stage) -> None:
    seen: list[int] = []

    def answer(*_: object) -> int:
        # A request from within, in another thread of the shop's server: it must not wait for the first.
        found = requests.get(f"{stage.url}/wp-json/", timeout=60)
        seen.append(len(stage.get("webhooks", _fields="id")))
        return found.status_code

    stage.shop._courier._send = answer
    stage.webhook("order.created")
    assert seen == [1]


def test_a_delivery_bears_the_recorded_headers_and_a_signature_of_its_bytes(hooked: Stage) -> None:
    hooked.product("Café", 5)
    hooked.shop.flush()
    _, headers, body = hooked.receiver.got[0]
    expected = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    assert {name: value for name, value in headers.items() if name != "X-WC-Webhook-Delivery-ID"} == {
        "User-Agent": "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)",
        "Accept": "*/*",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": "http://127.0.0.1/",
        "X-WC-Webhook-Topic": "product.created",
        "X-WC-Webhook-Resource": "product",
        "X-WC-Webhook-Event": "created",
        "X-WC-Webhook-Signature": expected,
        "X-WC-Webhook-ID": "4",
        "Connection": "close",
    }
    assert b"Caf\\u00e9" in body


def test_deliveries_of_one_webhook_in_one_second_share_their_id(hooked: Stage) -> None:
    hooked.product("A", 5)
    hooked.product("B", 5)
    hooked.shop.flush()
    ids = {headers["X-WC-Webhook-Delivery-ID"] for _, headers, _ in hooked.receiver.got}
    assert (len(hooked.receiver.got), len(ids)) == (2, 1)


def test_nothing_is_sent_before_the_queue_runs(hooked: Stage) -> None:
    hooked.product("A", 5)
    assert (hooked.receiver.got, hooked.shop.pending_webhooks()) == ([], 1)
    assert (hooked.shop.flush(), hooked.shop.pending_webhooks()) == (1, 0)


def test_each_event_sends_what_was_seen(hooked: Stage) -> None:
    product = hooked.product("A", 5)
    assert _sent(hooked) == [("product.created", product)]
    order = hooked.order(product, 2)["id"]
    assert _sent(hooked) == [("order.created", order), ("order.updated", order), ("product.updated", product)]
    hooked.put(f"products/{product}", {})
    assert _sent(hooked) == [("product.updated", product)]
    hooked.put(f"orders/{order}", {"status": "completed"})
    assert _sent(hooked) == [("order.updated", order)]
    hooked.post(f"orders/{order}/notes", {"note": "x"})
    assert _sent(hooked) == []
    hooked.api.delete(f"orders/{order}")
    assert _sent(hooked) == [("order.deleted", order)]
    hooked.put(f"orders/{order}", {"status": "completed"})
    assert _sent(hooked) == []
    hooked.api.delete(f"orders/{order}", params={"force": True})
    assert _sent(hooked) == []
    hooked.api.delete(f"products/{product}")
    assert _sent(hooked) == [("product.deleted", product)]
    hooked.put(f"products/{product}", {"status": "publish"})
    assert _sent(hooked) == [("product.updated", product)]
    hooked.api.delete(f"products/{product}", params={"force": True})
    assert _sent(hooked) == []


def test_a_refund_tells_of_the_order_and_of_the_product(hooked: Stage) -> None:
    product = hooked.product("A", 5)
    order = hooked.order(product, 2)
    _sent(hooked)
    row = {"id": order["line_items"][0]["id"], "quantity": 1, "refund_total": 10}
    hooked.post(f"orders/{order['id']}/refunds", {"api_refund": False, "line_items": [row]})
    assert _sent(hooked) == [("order.updated", order["id"]), ("product.updated", product)]


def test_a_variation_is_sent_as_a_product_and_its_parent_is_not(hooked: Stage) -> None:
    variation = int(hooked.shop.add_variations("Boot", {"B-40": 3})["B-40"])
    parent = int(hooked.shop.parent_of(str(variation)))
    assert _sent(hooked) == [("product.created", parent), ("product.created", variation)]
    hooked.order(variation, 3)
    assert _sent(hooked)[2:] == [("product.updated", variation)]
    body = json.loads(hooked.receiver.deliveries("product.updated")[0])
    assert (body["type"], body["parent_id"], body["stock_quantity"]) == ("variation", parent, 0)
    hooked.api.delete(f"products/{parent}/variations/{variation}")
    assert _sent(hooked) == [("product.deleted", variation)]


def test_an_order_of_parent_managed_variations_tells_of_the_parent(hooked: Stage) -> None:
    ids = hooked.shop.add_variations("Boot", {"B-40": None, "B-41": None}, shared_stock=5)
    _sent(hooked)
    hooked.shop.place_order({"B-40": 1, "B-41": 1})
    assert [what for what in _sent(hooked) if what[0] == "product.updated"] == [
        ("product.updated", int(hooked.shop.parent_of(ids["B-40"]))),
    ]


def test_created_and_updated_come_byte_by_byte_the_same_and_from_the_storefront_in_reverse(hooked: Stage) -> None:
    hooked.shop.add_product("A", 5)
    _sent(hooked)
    order = int(hooked.shop.place_order({"A": 1}))
    assert _sent(hooked)[:2] == [("order.updated", order), ("order.created", order)]
    assert hooked.receiver.deliveries("order.updated") == hooked.receiver.deliveries("order.created")


def test_a_look_at_the_checkout_tells_of_a_draft(hooked: Stage) -> None:
    hooked.shop.add_product("A", 5)
    _sent(hooked)
    draft = int(hooked.shop.open_checkout({"A": 1}))
    assert _sent(hooked) == [("order.updated", draft)]
    body = json.loads(hooked.receiver.deliveries()[0])
    assert (body["status"], body["billing"]["email"]) == ("checkout-draft", "")
    assert hooked.shop.shelf("A").available == 5


def test_changes_collapse_into_one_delivery_of_the_last_state(hooked: Stage) -> None:
    product = hooked.product("A", 50)
    order = hooked.order(product, 1)["id"]
    for status in ("on-hold", "completed"):
        hooked.put(f"orders/{order}", {"status": status})
    assert _sent(hooked).count(("order.updated", order)) == 1
    assert json.loads(hooked.receiver.deliveries("order.created")[0])["status"] == "completed"


def test_an_object_gone_before_delivery_sends_a_signed_error(hooked: Stage) -> None:
    order = hooked.order(hooked.product("A", 5), 1)["id"]
    hooked.shop.delete_order(str(order))
    hooked.shop.flush()
    expected = b'{"code":"woocommerce_rest_shop_order_invalid_id","message":"Invalid ID.","data":{"status":404}}'
    assert hooked.receiver.deliveries("order.created") == [expected]


def test_a_trashed_thing_sends_its_id_and_nothing_else(hooked: Stage) -> None:
    product = hooked.product("A", 5)
    hooked.api.delete(f"products/{product}")
    hooked.shop.flush()
    assert hooked.receiver.deliveries("product.deleted") == [f'{{"id":{product}}}'.encode()]


def test_the_seventh_failure_in_a_row_disables_and_nothing_is_sent_twice(stage: Stage) -> None:
    number = stage.webhook("product.created")
    stage.receiver.answer = 500
    for n in range(9):
        stage.product(f"P{n}", 1)
        stage.shop.flush()
        status = stage.get(f"webhooks/{number}")["status"]
        assert status == ("active" if n < 6 else "disabled")
    assert len(stage.receiver.deliveries()) == 7


def test_switching_on_again_forgives_nothing_but_a_success_does(stage: Stage) -> None:
    number = stage.webhook("product.created")
    stage.receiver.answer = 500
    for n in range(7):
        stage.product(f"P{n}", 1)
        stage.shop.flush()
    stage.put(f"webhooks/{number}", {"status": "active"})
    stage.product("ONE", 1)
    stage.shop.flush()
    assert stage.get(f"webhooks/{number}")["status"] == "disabled"
    stage.put(f"webhooks/{number}", {"status": "active"})
    for answer, sku in ((200, "TWO"), (500, "THREE")):
        stage.receiver.answer = answer
        stage.product(sku, 1)
        stage.shop.flush()
    assert stage.get(f"webhooks/{number}")["status"] == "active"


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (200, False), (202, False), (204, False), (301, False), (302, False), (303, True), (304, True), (307, True),
        (308, True), (410, True), (500, True), (None, True),
    ],
)  # fmt: skip
def test_which_answers_count_as_failures(stage: Stage, answer: int | None, *, counts: bool) -> None:
    number = stage.webhook("product.created")
    stage.receiver.answer = answer
    stage.product("A", 1)
    stage.shop.flush()
    assert stage.shop._core.hooks.rows[number].failure_count == int(counts)


def test_a_ping_not_answered_with_exactly_200_comes_again_with_every_save(stage: Stage) -> None:
    stage.receiver.answer = 202
    number = stage.webhook("product.created")
    assert len(stage.receiver.pings) == 1
    stage.product("A", 1)
    stage.shop.flush()
    assert len(stage.receiver.pings) == 2
    stage.put(f"webhooks/{number}", {"name": "again"})
    assert len(stage.receiver.pings) == 3
    stage.receiver.answer = 200
    stage.put(f"webhooks/{number}", {"name": "once more"})
    stage.put(f"webhooks/{number}", {"name": "and quiet"})
    assert len(stage.receiver.pings) == 4
    stage.put(f"webhooks/{number}", {"delivery_url": "http://receiver.test/elsewhere"})
    assert stage.receiver.got[-1][0] == "http://receiver.test/elsewhere"


def test_a_paused_webhook_hears_nothing(stage: Stage) -> None:
    number = stage.webhook("product.created")
    stage.put(f"webhooks/{number}", {"status": "paused"})
    stage.product("A", 1)
    assert stage.shop.pending_webhooks() == 0


def test_a_webhook_is_always_created_active_and_never_shows_its_secret(stage: Stage) -> None:
    body = {"topic": "order.updated", "delivery_url": "http://x.test/", "secret": "s", "status": "paused"}
    made = stage.post("webhooks", body)
    assert (made["status"], "secret" in made, "failure_count" in made) == ("active", False, False)
    assert made["hooks"] == ["woocommerce_update_order", "woocommerce_order_refunded"]
    assert [row["id"] for row in stage.get("webhooks", status="active")] == [made["id"]]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"topic": "stock.changed"}, "woocommerce_rest_shop_webhook_invalid_topic"),
        ({"delivery_url": "ftp://x.test"}, "woocommerce_rest_shop_webhook_invalid_delivery_url"),
    ],
)
def test_a_webhook_that_is_refused(stage: Stage, fields: dict[str, str], code: str) -> None:
    body = {"topic": "order.updated", "delivery_url": "http://x.test/", **fields}
    assert problem(stage.api.post("webhooks", body)) == (400, code)


def test_a_webhook_is_deleted_by_force_only(stage: Stage) -> None:
    number = stage.webhook("product.created")
    stage.product("A", 1)
    assert problem(stage.api.delete(f"webhooks/{number}")) == (501, "woocommerce_rest_trash_not_supported")
    assert stage.api.delete(f"webhooks/{number}", params={"force": True}).status_code == 200
    assert (stage.shop.flush(), stage.receiver.deliveries()) == (0, [])
    assert problem(stage.api.get(f"webhooks/{number}")) == (404, "woocommerce_rest_shop_webhook_invalid_id")


def test_a_hook_by_name_fires_on_creation_and_on_changes_of_status_only(stage: Stage) -> None:
    stage.webhook("action.woocommerce_product_set_stock_status")
    product = stage.product("A", 2, backorders="notify")
    for number in (1, 0, -1):
        stage.shop.flush()
        stage.put(f"products/{product}", {"stock_quantity": number})
    stage.shop.flush()
    expected = f'{{"action":"woocommerce_product_set_stock_status","arg":{product}}}'.encode()
    assert stage.receiver.deliveries() == [expected, expected]
