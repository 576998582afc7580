"""What the doctor says of a shop."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import responses
from woo_bench import START, Bench, one_try, open_bench

from adapters.http import NO_RETRIES, Channel
from adapters.woocommerce.client import WooStorefront
from connector.ports.storefront import Finding

API = "https://shop.example/wp-json/wc/v3"


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        yield bench


@pytest.fixture(name="client")
def _client() -> Iterator[WooStorefront]:
    channel = Channel(API, allow_private=True, retries=NO_RETRIES)
    yield WooStorefront(channel)
    channel.close()


def bad(findings: Iterator[Finding]) -> dict[str, str]:
    """What is wrong, with what mends it."""
    found = list(findings)
    assert all(one.said for one in found)
    assert all(bool(one.fix) != one.ok for one in found)
    return {one.what: one.fix for one in found if not one.ok}


def healthy_shop() -> None:
    product = {"id": 1, "date_modified": "2026-11-21T10:00:00", "date_modified_gmt": "2026-11-21T09:00:00"}
    responses.get(f"{API}/products", json=[product], headers={"Date": "Sat, 21 Nov 2026 09:00:10 GMT"})
    for path in ("orders", "variations", "webhooks"):
        responses.get(f"{API}/{path}", json=[])
    responses.post(f"{API}/products/batch", json=[])
    status = {"environment": {"version": "10.5.0"}, "settings": {"HPOS_enabled": True}}
    responses.get(f"{API}/system_status", json=status)
    responses.get(url=f"{API}/settings/products/woocommerce_customer_stock_notifications_allow_signups", status=404)


def test_a_healthy_shop_has_nothing_to_mend_and_is_left_as_it_was(bench: Bench) -> None:
    bench.shop.add_product("A", 3)
    bench.shop.flush()
    findings = list(bench.client.check(START))
    assert bad(iter(findings)) == {}
    said = {one.what: one.said for one in findings}
    assert said["version"] == "WooCommerce 10.5.0."
    assert said["time zone"] == "The shop's time is UTC-5."
    assert "HPOS" in said["order storage"]
    assert bench.shop.pending_webhooks() == 0


def test_a_key_that_may_only_read_is_found_without_writing(bench: Bench) -> None:
    bench.shop.keys["ck_sandbox"].permissions = "read"
    assert list(bad(bench.client.check(START))) == ["write products"]


def test_a_wrong_secret_is_said_once(bench: Bench) -> None:
    with one_try(bench.url, pair=("ck_sandbox", "cs_wrong")) as client:
        assert list(bad(client.check(START))) == ["read products"]


def test_a_shop_that_is_away_is_said_once() -> None:
    with one_try("http://127.0.0.1:1") as client:
        assert list(bad(client.check(START))) == ["read products"]


@responses.activate
def test_clocks_far_apart_are_said(client: WooStorefront) -> None:
    healthy_shop()
    assert list(bad(client.check(START + timedelta(minutes=6)))) == ["clocks"]


@pytest.mark.parametrize("date", ["", "yesterday"])
@responses.activate
def test_a_shop_without_a_date_is_not_blamed(client: WooStorefront, date: str) -> None:
    healthy_shop()
    responses.replace(responses.GET, f"{API}/products", json=[], headers={"Date": date} if date else {})
    assert bad(client.check(START)) == {}


@pytest.mark.parametrize("version", ["7.9.1", "unknown"])
@responses.activate
def test_a_version_nobody_tried_is_said(client: WooStorefront, version: str) -> None:
    healthy_shop()
    status = {"environment": {"version": version}, "settings": {"HPOS_enabled": False}}
    responses.replace(responses.GET, f"{API}/system_status", json=status)
    assert list(bad(client.check(START))) == ["version"]


@responses.activate
def test_each_missing_right_is_said_by_itself(client: WooStorefront) -> None:
    healthy_shop()
    denied = {"code": "woocommerce_rest_cannot_view", "message": "Sorry.", "data": {"status": 401}}
    for path in ("orders", "variations", "webhooks", "system_status"):
        responses.replace(responses.GET, f"{API}/{path}", json=denied, status=401)
    assert list(bad(client.check(START))) == ["read orders", "read variations", "read webhooks", "version"]


@responses.activate
def test_a_version_that_lists_no_variations_is_said(client: WooStorefront) -> None:
    healthy_shop()
    missing = {"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}
    responses.replace(responses.GET, f"{API}/variations", json=missing, status=404)
    assert bad(client.check(START)) == {"read variations": "Update WooCommerce to its present version."}


@responses.activate
def test_a_shop_that_mails_by_itself_is_said(client: WooStorefront) -> None:
    healthy_shop()
    setting = f"{API}/settings/products/woocommerce_customer_stock_notifications_allow_signups"
    responses.replace(responses.GET, setting, json={"id": "x", "value": "yes"})
    assert list(bad(client.check(START))) == ["back-in-stock mails"]


def test_what_the_shop_mails_by_itself_is_read_from_its_settings(bench: Bench) -> None:
    def said() -> Finding:
        return next(one for one in bench.client.check(START) if one.what == "back-in-stock mails")

    assert (said().ok, "no back-in-stock mails" in said().said) == (True, True)
    bench.shop.mail_back_in_stock(on=False)
    assert (said().ok, "switched off" in said().said) == (True, True)
    bench.shop.mail_back_in_stock(on=True)
    assert (said().ok, "Allow sign-ups" in said().fix) == (False, True)


@responses.activate
def test_a_setting_that_cannot_be_read_is_to_be_looked_at(client: WooStorefront) -> None:
    healthy_shop()
    setting = f"{API}/settings/products/woocommerce_customer_stock_notifications_allow_signups"
    responses.replace(responses.GET, setting, json={"code": "woocommerce_rest_cannot_view", "message": "x"}, status=401)
    (fix,) = bad(client.check(START)).values()
    assert fix.startswith("Look under WooCommerce > Settings > Products")


def test_our_plugin_is_seen_where_it_is_active(bench: Bench) -> None:
    def said() -> str:
        return next(one.said for one in bench.client.check(START) if one.what == "our plugin")

    assert "is not active" in said()
    bench.shop.install_our_plugin()
    assert said() == "Our WordPress plugin 1.0.0 is active."


def test_a_shop_that_does_not_know_our_status_is_said_where_it_is_wanted(bench: Bench) -> None:
    wanting = WooStorefront(bench.client._rest.channel, order_status=True)
    assert list(bad(wanting.check(START))) == ["order status"]
    assert bad(bench.client.check(START)) == {}
    bench.shop.install_our_plugin()
    assert bad(wanting.check(START)) == {}


@responses.activate
def test_a_shop_that_could_mail_by_itself_and_does_not_is_well(client: WooStorefront) -> None:
    healthy_shop()
    setting = f"{API}/settings/products/woocommerce_customer_stock_notifications_allow_signups"
    responses.replace(responses.GET, setting, json={"id": "x", "value": "no"})
    assert bad(client.check(START)) == {}


@responses.activate
def test_what_is_no_list_of_products_does_not_stop_the_doctor(client: WooStorefront) -> None:
    healthy_shop()
    responses.replace(responses.GET, f"{API}/products", json={"id": 1})
    assert bad(client.check(START)) == {}


@responses.activate
def test_plain_http_beyond_loopback_is_said() -> None:
    responses.get("http://shop.example/wp-json/wc/v3/products", json=[])
    channel = Channel("http://shop.example/wp-json/wc/v3", allow_private=True, retries=NO_RETRIES)
    found = bad(WooStorefront(channel).check(START))
    channel.close()
    assert "https" in found["address"]
