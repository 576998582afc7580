"""Lists, batches and errors of the REST API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone

import pytest
import requests
from woo_stage import Stage, open_stage, problem


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


@pytest.fixture
def away() -> Iterator[Stage]:
    """A shop whose own clock is five hours behind GMT."""
    with open_stage(timezone(timedelta(hours=-5))) as opened:
        yield opened


def _fill(stage: Stage, count: int) -> list[int]:
    return [int(stage.shop.add_product(f"P{n:03}", n)) for n in range(count)]


@pytest.mark.parametrize("per_page", ["0", "-1", "101"])
def test_a_page_holds_one_to_a_hundred(stage: Stage, per_page: str) -> None:
    answer = stage.api.get("products", params={"per_page": per_page})
    message = "per_page must be between 1 (inclusive) and 100 (inclusive)"
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "rest_invalid_param",
        "message": "Invalid parameter(s): per_page",
        "data": {
            "status": 400,
            "params": {"per_page": message},
            "details": {"per_page": {"code": "rest_out_of_bounds", "message": message, "data": None}},
        },
    }


def test_a_list_is_newest_first_and_counts_its_pages(stage: Stage) -> None:
    ids = _fill(stage, 25)
    answer = stage.api.get("products", params={"page": 2})
    assert [row["id"] for row in answer.json()] == ids[::-1][10:20]
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("25", "3")
    assert 'rel="prev"' in answer.headers["Link"]
    assert "oauth_nonce" in answer.headers["Link"]


def test_past_the_end_products_are_counted_and_orders_are_not(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.order(product, 1)
    answers = [stage.api.get(path, params={"page": 9}) for path in ("products", "orders")]
    assert [(answer.json(), answer.headers["X-WP-Total"]) for answer in answers] == [([], "1"), ([], "0")]


def test_notes_come_whole_and_uncounted(stage: Stage) -> None:
    order = stage.order(stage.product("A", 5), 1)
    for n in range(12):
        stage.post(f"orders/{order['id']}/notes", {"note": f"note {n}"})
    answer = stage.api.get(f"orders/{order['id']}/notes")
    assert (len(answer.json()) >= 12, "X-WP-Total" in answer.headers) == (True, False)


def test_modified_after_is_strict_and_counts_whole_seconds(stage: Stage) -> None:
    first, second = _fill(stage, 2)
    stage.clock.pass_seconds(5.9)
    stage.put(f"products/{second}", {})
    found = [
        [row["id"] for row in stage.get("products", modified_after=moment, orderby="modified", order="asc")]
        for moment in ("2026-11-21T11:59:59Z", "2026-11-21T12:00:00Z", "2026-11-21T12:00:04Z", "2026-11-21T12:00:05Z")
    ]
    assert found == [[first, second], [second], [second], []]


@pytest.mark.parametrize(
    ("moment", "gmt", "found"),
    [
        ("2026-11-21T11:59:59Z", None, True),
        ("2026-11-21T12:00:00Z", None, False),
        ("2026-11-21T11:59:59", "true", True),
        ("2026-11-21T12:00:00", "true", False),
        ("2026-11-21T06:59:59", None, True),  # without a zone: the site's own time
        ("2026-11-21T07:00:00", None, False),
        ("2026-11-21T16:59:59Z", "true", True),  # the trap: off by the site's five hours, so old things come again
    ],
)
def test_clock_filters_in_a_shop_away_from_gmt(away: Stage, moment: str, gmt: str | None, *, found: bool) -> None:
    _fill(away, 1)
    params = {"modified_after": moment} if gmt is None else {"modified_after": moment, "dates_are_gmt": gmt}
    assert bool(away.get("products", **params)) == found


def test_local_dates_stand_beside_gmt_dates(away: Stage) -> None:
    body = away.get(f"products/{_fill(away, 1)[0]}")
    assert (body["date_modified"], body["date_modified_gmt"]) == ("2026-11-21T07:00:00", "2026-11-21T12:00:00")


def test_a_write_that_changes_nothing_moves_the_date(stage: Stage) -> None:
    product, order = stage.product("A", 5), stage.order(stage.product("B", 5), 1)["id"]
    stage.clock.pass_seconds(60)
    moved = [stage.put(path, {})["date_modified_gmt"] for path in (f"products/{product}", f"orders/{order}")]
    assert moved == ["2026-11-21T12:01:00", "2026-11-21T12:01:00"]


def test_include_and_fields_narrow_a_list(stage: Stage) -> None:
    ids = _fill(stage, 5)
    params = {"include": f"{ids[3]},{ids[1]}", "orderby": "include", "_fields": "id,sku"}
    assert stage.get("products", **params) == [{"id": ids[3], "sku": "P003"}, {"id": ids[1], "sku": "P001"}]


def test_fields_do_not_reach_into_a_batch(stage: Stage) -> None:
    product = stage.product("A", 5)
    body = {"update": [{"id": product, "stock_quantity": 6}]}
    signed = stage.api.post("products/batch", body, params={"_fields": "update.id"})
    assert signed.json() == []


def test_fields_reach_into_objects(stage: Stage) -> None:
    found = stage.get("system_status", _fields="environment.version,settings.HPOS_enabled")
    assert found == {"environment": {"version": "10.5.0"}, "settings": {"HPOS_enabled": True}}


def test_orders_are_found_by_status(stage: Stage) -> None:
    product = stage.product("A", 50)
    ids = {status: stage.order(product, 1, status)["id"] for status in ("processing", "completed", "checkout-draft")}
    binned = stage.order(product, 1)["id"]
    stage.api.delete(f"orders/{binned}")
    found = {
        asked: {row["id"] for row in stage.get("orders", status=asked)}
        for asked in ("processing,completed", "any", "trash")
    }
    expected = {ids["processing"], ids["completed"]}
    assert found == {"processing,completed": expected, "any": set(ids.values()), "trash": {binned}}
    assert {row["id"] for row in stage.get("orders")} == set(ids.values())
    assert problem(stage.api.get("orders", params={"status": "bogus"})) == (400, "rest_invalid_param")


def test_stock_status_takes_one_value(stage: Stage) -> None:
    _fill(stage, 2)
    assert [row["sku"] for row in stage.get("products", stock_status="outofstock")] == ["P000"]
    answer = stage.api.get("products", params={"stock_status": "instock,outofstock"})
    assert problem(answer) == (400, "rest_invalid_param")


def test_a_batch_of_more_than_a_hundred_applies_nothing(stage: Stage) -> None:
    product = stage.product("A", 5)
    updates = [{"id": product, "stock_quantity": 6}] * 100
    answer = stage.api.post("products/batch", {"update": updates, "delete": [product]})
    assert problem(answer) == (413, "woocommerce_rest_request_entity_too_large")
    assert stage.stock(product) == 5


def test_items_of_a_batch_fail_each_in_its_place(stage: Stage) -> None:
    product, other = stage.product("A", 5), stage.product("B", 5)
    variation = int(stage.shop.add_variations("Boot", {"B-40": 3})["B-40"])
    body = {
        "create": [{"name": "dup", "sku": "B"}],
        "update": [
            {"id": product, "stock_quantity": 8},
            {"id": 999999, "stock_quantity": 1},
            {"stock_quantity": 1},
            {"id": variation, "stock_quantity": 4},
            {"id": product, "sku": "B"},
        ],
        "delete": [999998, other],
    }
    answer = stage.post("products/batch", body)
    seen = {
        act: [(row["id"], row.get("error", {}).get("code"), row.get("error", {}).get("data")) for row in rows]
        for act, rows in answer.items()
    }
    unknown = "woocommerce_rest_product_invalid_id"
    taken = {"status": 400, "resource_id": other, "unique_sku": "B-1"}
    assert seen == {
        "create": [(0, "product_invalid_sku", taken)],
        "update": [
            (product, None, None),
            (999999, unknown, {"status": 400}),
            (None, unknown, {"status": 400}),
            (variation, "woocommerce_rest_invalid_product_id", {"status": 404}),
            (product, "product_invalid_sku", taken),
        ],
        "delete": [(999998, unknown, {"status": 404}), (other, None, None)],
    }
    assert problem(stage.api.get(f"products/{other}")) == (404, unknown)


def test_a_batch_takes_what_a_single_write_refuses(stage: Stage) -> None:
    product, other = stage.product("A", 5, backorders="yes"), stage.product("B", 6)
    body = {"update": [{"id": product, "stock_quantity": "abc"}, {"id": other, "backorders": "maybe"}]}
    first, second = stage.post("products/batch", body)["update"]
    assert (first["stock_quantity"], first["stock_status"]) == (0, "onbackorder")
    assert (second["backorders"], second["backorders_allowed"]) == ("maybe", False)
    answer = stage.api.put(f"products/{other}", {"backorders": "maybe"})
    assert answer.json()["data"]["params"] == {"backorders": "backorders is not one of no, notify, and yes."}


def test_an_id_twice_in_a_batch_is_applied_in_order(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.post("products/batch", {"update": [{"id": product, "stock_quantity": n} for n in (7, 9)]})
    assert stage.stock(product) == 9


def test_an_empty_batch_is_answered_with_an_empty_list(stage: Stage) -> None:
    assert stage.post("orders/batch", {"update": []}) == []


def test_a_batch_of_variations_knows_only_its_own_parents(stage: Stage) -> None:
    boots, hats = stage.shop.add_variations("Boot", {"B": 3}), stage.shop.add_variations("Hat", {"H": 3})
    updates = [{"id": int(one), "stock_quantity": 2} for one in (boots["B"], hats["H"])]
    parent = stage.shop.parent_of(boots["B"])
    first, second = stage.post(f"products/{parent}/variations/batch", {"update": updates})["update"]
    assert (first["stock_quantity"], second["error"]["data"]) == (2, {"status": 404})
    orphans = stage.post("products/0/variations/batch", {"update": updates})["update"]
    assert {one["error"]["code"] for one in orphans} == {"woocommerce_rest_product_variation_invalid_id"}


def test_orders_are_changed_in_batches(stage: Stage) -> None:
    product = stage.product("A", 5)
    orders = [stage.order(product, 1)["id"] for _ in range(2)]
    marks = [{"key": "_backorder_status", "value": "waiting"}]
    body = {"update": [{"id": one, "meta_data": marks} for one in orders], "delete": [999999]}
    answer = stage.post("orders/batch", body)
    assert [row["meta_data"][0]["value"] for row in answer["update"]] == ["waiting", "waiting"]
    assert answer["delete"][0]["error"]["code"] == "woocommerce_rest_shop_order_invalid_id"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "products/999999", (404, "woocommerce_rest_product_invalid_id")),
        ("put", "products/999999", (400, "woocommerce_rest_product_invalid_id")),
        ("delete", "products/999999", (404, "woocommerce_rest_product_invalid_id")),
        ("get", "orders/999999", (404, "woocommerce_rest_shop_order_invalid_id")),
        ("put", "orders/999999", (400, "woocommerce_rest_shop_order_invalid_id")),
        ("put", "products/1/variations/2", (404, "woocommerce_rest_product_variation_invalid_id")),
        ("get", "nothing", (404, "rest_no_route")),
        ("put", "orders/1/notes/2", (404, "rest_no_route")),
        ("post", "products/variations/batch", (404, "rest_no_route")),
        ("get", "settings/products/nothing", (404, "rest_setting_setting_invalid")),
    ],
)
def test_what_is_not_there_has_its_own_code(stage: Stage, method: str, path: str, expected: tuple[int, str]) -> None:
    call = getattr(stage.api, method)
    assert problem(call(path, {}) if method in {"put", "post"} else call(path)) == expected


def test_json_that_cannot_be_read_is_said_so(stage: Stage) -> None:
    headers = {"X-Forwarded-Proto": "https", "Content-Type": "application/json"}
    url = f"{stage.url}/wp-json/wc/v3/products"
    answer = requests.post(url, b"{bad", headers=headers, auth=("ck_sandbox", "cs_sandbox"), timeout=60)
    assert problem(answer) == (400, "rest_invalid_json")


def test_an_unknown_status_of_an_order_names_the_known_ones(stage: Stage) -> None:
    answer = stage.api.post("orders", {"status": "bogus"})
    known = "auto-draft, pending, processing, on-hold, completed, cancelled, refunded, failed, and checkout-draft"
    assert answer.json()["data"]["params"] == {"status": f"status is not one of {known}."}


def test_a_text_is_escaped_as_php_does(stage: Stage) -> None:
    stage.product("A", 5, name="Café/日本")
    raw = stage.api.get("products", params={"_fields": "name"}).content
    assert raw == b'[{"name":"Caf\\u00e9\\/\\u65e5\\u672c"}]'


def test_every_call_is_noted(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.get("products", per_page=1)
    assert stage.shop.calls == ["POST /wp-json/wc/v3/products", "GET /wp-json/wc/v3/products"]
    assert product > 0
