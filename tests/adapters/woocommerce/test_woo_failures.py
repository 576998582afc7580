"""A shop that fails: each failure is of a named kind, says what to do, and tells no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from woo_bench import Bench, one_try, open_bench

from adapters.http import NO_RETRIES, Channel
from adapters.woocommerce import platform
from adapters.woocommerce.client import WooStorefront, channel_to
from connector.domain.facts import OrderGone, OrderSeen, ProductGone, Thing, Unread, VariantSeen
from connector.ports.failures import Failure, OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.storefront import Change

API = "https://shop.example/wp-json/wc/v3"
FLAG = [Change("1", "1", {"backorders": "no"}), Change("2", "2", {"backorders": "no"})]
RECORDINGS = Path(__file__).parents[4] / "shared/payloads/woocommerce"


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        yield bench


@pytest.fixture(name="client")
def _client() -> Iterator[WooStorefront]:
    channel = Channel(API, allow_private=True, auth=("ck_x", "cs_x"), retries=NO_RETRIES)
    yield WooStorefront(channel)
    channel.close()


def error(code: str, message: str, status: int) -> dict[str, object]:
    return {"code": code, "message": message, "data": {"status": status}}


def failure_of_reading(client: WooStorefront) -> Failure:
    with pytest.raises(Failure) as failed:
        list(client.read_orders(["1"]))
    return failed.value


AUTH = "woocommerce_rest_authentication_error"


@pytest.mark.parametrize(
    ("status", "body", "problem", "fix"),
    [
        (401, error(AUTH, "Consumer secret is invalid.", 401), "consumer secret is wrong", "secret"),
        (401, error(AUTH, "Consumer key is invalid.", 401), "does not know the consumer key", "Read/Write"),
        (401, error(AUTH, "Invalid signature - provided signature does not match.", 401), "secret is wrong", "secret"),
        (401, error(AUTH, "Invalid timestamp.", 401), "clocks", "NTP"),
        (401, error(AUTH, "The API key provided does not have read permissions.", 401), "only write", "Read/Write"),
        (401, error(AUTH, "Das Geheimnis ist falsch.", 401), "Das Geheimnis ist falsch.", "Read/Write"),
        (
            401,
            error("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401),
            "does not accept our key",
            "Authorization header",
        ),
        (403, error("rest_forbidden", "No.", 403), "does not accept our key", "Read/Write"),
        (403, "<html>Blocked by WAF</html>", "in front of the shop", "firewall"),
        (404, error("rest_no_route", "No route was found.", 404), "no WooCommerce API", "Permalinks"),
        (404, "<html>Not Found</html>", "no WooCommerce API", "Permalinks"),
        (400, error("rest_invalid_param", "Invalid parameter(s): orderby", 400), "rest_invalid_param", "doctor"),
        (301, "", "moved", "address"),
    ],
)
@responses.activate
def test_what_an_owner_must_mend_says_how(
    client: WooStorefront, status: int, body: object, problem: str, fix: str
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    responses.get(f"{API}/orders", status=status, body=text, headers={"Location": "https://www.shop.example/"})
    failure = failure_of_reading(client)
    assert isinstance(failure, OwnerMustAct)
    assert failure.act == "read"
    assert problem in failure.problem
    assert fix in failure.fix


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, error("too_many", "Slow down", 429)),
        (500, error("internal_server_error", "There has been a critical error.", 500)),
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>Briefly unavailable for scheduled maintenance.</html>"),
        (200, '[{"id": 1'),
        (401, error(AUTH, "Invalid nonce - nonce has already been used.", 401)),
    ],
)
@responses.activate
def test_what_passes_is_tried_later(client: WooStorefront, status: int, body: object) -> None:
    responses.get(f"{API}/orders", status=status, body=body if isinstance(body, str) else json.dumps(body))
    assert isinstance(failure_of_reading(client), TryLater)


GOOD = {
    "id": 2,
    "number": "2",
    "status": "processing",
    "date_created_gmt": "2026-11-20T08:00:00",
    "date_modified_gmt": "2026-11-20T08:00:00",
    "date_paid_gmt": None,
    "payment_method": "",
    "meta_data": [],
    "line_items": [],
    "refunds": [],
}
GONE = error("woocommerce_rest_order_invalid_id", "Invalid order ID.", 404)


@responses.activate
def test_an_order_that_goes_while_its_refunds_are_read_is_told_as_far_as_it_is_known(client: WooStorefront) -> None:
    responses.get(f"{API}/orders", json=[{**GOOD, "refunds": [{"id": 3, "reason": "", "total": "-1.00"}]}])
    responses.get(f"{API}/orders/2/refunds", json=GONE, status=404)
    assert [fact.id for fact in client.read_orders(["2"]) if isinstance(fact, OrderSeen)] == ["2"]


@responses.activate
def test_an_order_a_list_leaves_out_is_asked_for_by_name_before_it_is_called_gone(client: WooStorefront) -> None:
    responses.get(f"{API}/orders", json=[])
    responses.get(f"{API}/orders/2", json={**GOOD, "status": "partly-shipped"})
    responses.get(f"{API}/orders/3", json=GONE, status=404)
    assert [type(fact) for fact in client.read_orders(["2", "3"])] == [OrderSeen, OrderGone]


@responses.activate
def test_ids_that_are_none_of_this_shops_ask_nobody(client: WooStorefront) -> None:
    assert list(client.read_orders(["gid://shopify/Order/1"])) == [OrderGone("gid://shopify/Order/1")]
    assert len(responses.calls) == 0


@responses.activate
def test_a_product_that_became_a_group_is_gone_from_our_stock(client: WooStorefront) -> None:
    responses.get(f"{API}/products", json=[{"id": 1, "type": "grouped", "status": "publish"}])
    assert list(client.read_products(["1"])) == [ProductGone("1")]


@responses.activate
def test_a_variation_whose_parent_is_hidden_keeps_its_own_name(client: WooStorefront) -> None:
    variation = {
        "id": 26,
        "type": "variation",
        "status": "publish",
        "parent_id": 25,
        "name": "Red",
        "sku": "",
        "manage_stock": "parent",
        "date_modified_gmt": "2026-11-20T08:00:00",
        "meta_data": [],
    }
    responses.get(f"{API}/products", json=[])
    responses.get(f"{API}/variations", json=[variation])
    assert [fact.title for fact in client.read_products(["26"]) if isinstance(fact, VariantSeen)] == ["Red"]


@responses.activate
def test_things_in_a_list_that_are_no_things_are_passed_over(client: WooStorefront) -> None:
    responses.get(f"{API}/products", json=["x", {"id": "?"}, {"id": 1, "type": ["variable"]}])
    (page,) = client.products_changed(None)
    (unread,) = page.facts
    assert isinstance(unread, Unread)
    assert (unread.thing, unread.id) == (Thing.PRODUCT, "1"), "what it could be asked for again by is named"
    assert "$[2]." in unread.why


@responses.activate
def test_one_order_that_cannot_be_read_does_not_hide_the_others(client: WooStorefront) -> None:
    responses.get(f"{API}/orders", json=[{**GOOD, "id": 1, "line_items": "none"}, GOOD, {"id": 3}])
    facts = list(client.read_orders(["1", "2", "3"]))
    assert [fact.id for fact in facts if isinstance(fact, OrderSeen)] == ["2"]
    assert [(fact.thing, fact.id) for fact in facts if isinstance(fact, Unread)] == [
        (Thing.ORDER, "1"),
        (Thing.ORDER, "3"),
    ]


@responses.activate
def test_a_status_no_plugin_told_us_of_is_found_among_those_the_shop_has(client: WooStorefront) -> None:
    totals = [{"slug": slug, "name": slug, "total": 1} for slug in ("pending", "processing", "awaiting-shipment")]
    responses.get(f"{API}/reports/orders/totals", json=totals)
    asked = responses.get(f"{API}/orders", json=[])
    assert list(client.orders_changed(None)) == []
    assert asked.calls[0].request.params["status"] == "on-hold,processing,awaiting-shipment"


@responses.activate
def test_a_batch_answer_for_other_items_than_were_sent_is_not_believed(client: WooStorefront) -> None:
    responses.post(f"{API}/products/batch", json={"update": [{"id": 1}]})
    with pytest.raises(Unreadable):
        list(client.push(FLAG))


@responses.activate
def test_each_item_of_a_batch_fails_in_its_own_way(client: WooStorefront) -> None:
    broken = {"id": 1, "error": error("database_error", "Deadlock &amp; co", 500)}
    responses.post(f"{API}/products/batch", json={"update": [broken, {"id": 2, "status": "publish"}]})
    first, second = client.push(FLAG)
    assert isinstance(first.refused, TryLater)
    assert "Deadlock & co" in first.refused.reason
    assert isinstance(second.refused, Unreadable)


@responses.activate
def test_a_batch_refused_whole_refuses_each_of_its_changes(client: WooStorefront) -> None:
    responses.post(f"{API}/products/batch", status=413, body="<html>Request Entity Too Large</html>")
    done = list(client.push(FLAG))
    assert [(one.variant_id, one.refused.code) for one in done if isinstance(one.refused, Refused)] == [
        ("1", "http_413"),
        ("2", "http_413"),
    ]


@pytest.mark.parametrize("status", [500, 502])
@responses.activate
def test_a_batch_that_may_have_been_carried_out_yields_nothing(client: WooStorefront, status: int) -> None:
    responses.post(f"{API}/products/batch", status=status, body="<html>")
    with pytest.raises(TryLater):
        list(client.push(FLAG))
    assert len(responses.calls) == 1


def test_a_key_that_may_only_read_pauses_the_push_alone(bench: Bench) -> None:
    bench.shop.keys["ck_sandbox"].permissions = "read"
    with pytest.raises(OwnerMustAct) as refused:
        list(bench.client.push(FLAG))
    assert (refused.value.act, refused.value.problem) == ("push", "The key may only read.")
    assert "Read/Write" in refused.value.fix


@pytest.mark.parametrize("pair", [("ck_sandbox", "cs_wrong"), ("ck_wrong", "cs_sandbox")])
def test_a_wrong_key_is_the_owners_and_is_never_repeated(bench: Bench, pair: tuple[str, str]) -> None:
    with one_try(bench.url, pair=pair) as client:
        failure = failure_of_reading(client)
    assert isinstance(failure, OwnerMustAct)
    assert not any(secret in str(failure) for secret in pair)


def test_a_read_is_tried_again_and_signed_anew(bench: Bench) -> None:
    bench.shop.faults.answer_500 = 1
    order_id = bench.shop.place_order({"A": 1}) if bench.shop.add_product("A", 1) else ""
    assert [order_id] == [fact.id for fact in bench.client.read_orders([order_id]) if isinstance(fact, OrderSeen)]
    assert len(bench.calls("/orders")) == 2


def test_a_write_is_not_tried_again_by_itself(bench: Bench) -> None:
    product = bench.shop.add_product("A", 0)
    bench.shop.faults.lose_answer = 1
    with pytest.raises(TryLater):
        list(bench.client.push([Change(product, product, {"backorders": "notify"})]))
    assert len(bench.calls("/products/batch")) == 1
    assert bench.shop.shelf("A").fields["backorders"] == "notify"


def test_a_slow_shop_is_left_after_the_time_that_was_set(bench: Bench) -> None:
    bench.shop.faults.slow_seconds = 60
    with one_try(bench.url, timeout=0.2) as client:
        failure = failure_of_reading(client)
    assert isinstance(failure, TryLater)
    assert "ck_sandbox" not in str(failure)


def test_a_shop_that_is_away_is_tried_later_without_its_signed_address() -> None:
    with one_try("http://127.0.0.1:1") as client:
        failure = failure_of_reading(client)
    assert isinstance(failure, TryLater)
    assert "oauth" not in str(failure)


def test_plain_http_is_refused_where_private_addresses_are() -> None:
    client = platform().connect(
        {"url": "http://127.0.0.1:1", "consumer_key": "ck_x", "consumer_secret": "cs_x"}, allow_private=False
    )
    with pytest.raises(OwnerMustAct, match="https"):
        list(client.read_orders(["1"]))


@responses.activate
def test_over_https_the_keys_go_in_a_header_and_never_in_the_address() -> None:
    asked = responses.get(f"{API}/orders", json=[])
    responses.get(
        f"{API}/orders/1", status=404, json=error("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404)
    )
    channel = channel_to("https://shop.example/", "ck_x", "cs_x", timeout=60, allow_private=True)
    list(WooStorefront(channel).read_orders(["1"]))
    channel.close()
    request = asked.calls[0].request
    assert request.headers["Authorization"].startswith("Basic ")
    assert "ck_x" not in str(request.url)


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({}, []),
        ({"timeout": 30}, []),
        ({"timeout": "30"}, []),
        ({"timeout": 0}, ["timeout"]),
        ({"timeout": "soon"}, ["timeout"]),
        ({"url": "shop.example"}, ["url"]),
        ({"consumer_key": ""}, ["consumer_key"]),
        ({"consumer_key": "cs_1", "consumer_secret": "ck_1"}, ["consumer_key", "consumer_secret"]),
        ({"consumer_kee": "ck_1"}, ["consumer_kee"]),
    ],
)
def test_a_stores_settings_are_checked_key_by_key(options: dict[str, object], keys: list[str]) -> None:
    good = {"url": "https://shop.example", "consumer_key": "ck_1", "consumer_secret": "cs_1"}
    problems = list(platform().problems({**good, **options}))
    assert keys == [key for key, _ in problems]
    assert not any("cs_1" in said or "ck_1" in said for _, said in problems)


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this repository")
@responses.activate
def test_the_recorded_batch_with_bad_items_is_told_item_by_item(client: WooStorefront) -> None:
    body = json.loads((RECORDINGS / "variations_batch.json").read_text("utf-8"))["body"]
    responses.post(f"{API}/products/25/variations/batch", json=body)
    changes = [Change(one, "25", {"backorders": "yes"}) for one in ("26", "27", "30", "424242")]
    assert [one.refused.code if isinstance(one.refused, Refused) else one.refused for one in client.push(changes)] == [
        None,
        None,
        "woocommerce_rest_product_variation_invalid_id",
        "woocommerce_rest_product_variation_invalid_id",
    ]
