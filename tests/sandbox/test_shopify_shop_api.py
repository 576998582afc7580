"""What the Admin API says no to, and how."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from shopify_bench import START, Bench, gid, open_bench

ONE_PRODUCT = "query One($id: ID!) { product(id: $id) { id title } }"
VARIANTS = """query Page($q: String, $n: Int!, $after: String) { productVariants(first: $n, after: $after, query: $q) {
  pageInfo { hasNextPage endCursor } nodes { sku } } }"""
ORDERS = """query Orders($q: String, $n: Int = 50, $after: String, $down: Boolean = false) {
  orders(first: $n, after: $after, query: $q, sortKey: UPDATED_AT, reverse: $down) {
    pageInfo { hasNextPage endCursor } nodes { name } } }"""


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def names(bench: Bench, query: str) -> list[str]:
    return [node["name"] for node in bench.data(ORDERS, q=query)["orders"]["nodes"]]


def test_a_wrong_token_is_401_with_the_platforms_words(bench: Bench) -> None:
    answer = bench.post("{ shop { name } }", token="shpat_stolen")

    expected = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
    assert (401, expected) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("asked", "status", "served"),
    [("2026-10", 200, "2026-10"), ("2026-07", 200, "2026-07"), ("2025-01", 200, "2026-01"), ("nope", 404, None)],
)
def test_a_version_too_old_falls_forward(bench: Bench, asked: str, status: int, served: str | None) -> None:
    answer = bench.post("{ shop { name } }", version=asked)

    assert (status, served) == (answer.status_code, answer.headers.get("X-Shopify-API-Version"))


def test_a_field_that_the_schema_lacks_is_refused_with_http_200(bench: Bench) -> None:
    answer = bench.ask("{ productVariants(first: 1) { nodes { inventoryManagement } } }")

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["undefinedField"]
    assert "data" not in answer


def test_an_unknown_input_field_is_an_invalid_variable(bench: Bench) -> None:
    mutation = """mutation Set($v: [ProductVariantsBulkInput!]!) {
      productVariantsBulkUpdate(productId: "gid://shopify/Product/1", variants: $v) { userErrors { message } } }"""
    answer = bench.ask(mutation, v=[{"id": "gid://shopify/ProductVariant/1", "inventoryManagement": "shopify"}])

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_VARIABLE"]


def test_a_bare_number_is_no_global_id(bench: Bench) -> None:
    answer = bench.ask(ONE_PRODUCT, id="7412658110001")

    assert [error["message"] for error in answer["errors"]] == ["Invalid global id '7412658110001'"]


def test_nodes_gives_null_for_what_is_gone(bench: Bench) -> None:
    stays, goes = bench.shop.add_product("STAYS", 1), bench.shop.add_product("GOES", 1)
    bench.shop.delete_product("GOES")
    ids = [gid("ProductVariant", goes), gid("ProductVariant", stays), gid("Order", 1)]
    found = bench.data("query N($ids: [ID!]!) { nodes(ids: $ids) { ... on ProductVariant { sku } } }", ids=ids)

    assert found["nodes"] == [None, {"sku": "STAYS"}, None]


def test_no_list_in_an_input_is_longer_than_250(bench: Bench) -> None:
    query = "query N($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    fits = bench.ask(query, ids=[gid("Order", number) for number in range(250)])
    refused = bench.ask(query, ids=[gid("Order", number) for number in range(251)])

    assert fits["data"]["nodes"] == [None] * 250
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["MAX_INPUT_SIZE_EXCEEDED"]


def test_a_field_without_its_scope_gives_errors_and_data_together(bench: Bench) -> None:
    bench.shop.add_product("A", 1)
    order = bench.shop.place_order({"A": 1})
    fo = bench.data(
        "query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 1) { nodes { id } } } }", id=gid("Order", order)
    )
    hold = """mutation Hold($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: OTHER}) {
      fulfillmentHold { heldByRequestingApp heldByApp { id } } userErrors { message } } }"""
    answer = bench.ask(hold, id=fo["order"]["fulfillmentOrders"]["nodes"][0]["id"])

    held = {"heldByRequestingApp": True, "heldByApp": None}
    assert {"fulfillmentHold": held, "userErrors": []} == answer["data"]["fulfillmentOrderHold"]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["ACCESS_DENIED"]


def test_a_call_without_its_scope_is_denied() -> None:
    with open_bench(scopes={"read_products"}) as bench:
        answer = bench.ask("{ orders(first: 1) { nodes { id } } }")

    assert [error["extensions"]["requiredAccess"] for error in answer["errors"]] == ["`read_orders` access scope."]


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ shop { name } }", 1),
        ("{ products(first: 10) { nodes { id } } }", 12),
        ("{ products(first: 10) { pageInfo { hasNextPage } edges { cursor node { id } } } }", 12),
        ("{ products(first: 10) { nodes { variants(first: 5) { nodes { id product { id } } } } } }", 132),
        ('{ nodes(ids: ["gid://shopify/Order/1", "gid://shopify/Order/2"]) { id ... on Order { app { id } } } }', 4),
        ('mutation { tagsAdd(id: "gid://shopify/Order/1", tags: ["a"]) { node { id } userErrors { message } } }', 10),
    ],
)
def test_a_query_costs_its_objects_and_a_mutation_ten(bench: Bench, query: str, cost: int) -> None:
    assert cost == bench.ask(query)["extensions"]["cost"]["requestedQueryCost"]


def test_a_query_above_1000_points_is_never_carried_out(bench: Bench) -> None:
    answer = bench.ask("{ orders(first: 100) { nodes { lineItems(first: 10) { nodes { id } } } } }")

    assert {"code": "MAX_COST_EXCEEDED", "cost": 1302, "maxCost": 1000}.items() <= answer["errors"][0][
        "extensions"
    ].items()
    assert "data" not in answer


def test_the_bucket_empties_throttles_and_fills_by_the_clock(bench: Bench) -> None:
    tag = 'mutation { tagsAdd(id: "gid://shopify/Order/1", tags: ["a"]) { userErrors { message } } }'
    costs = [bench.ask(tag)["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] for _ in range(200)]
    empty = bench.ask(tag)
    bench.clock.turn(0.1)
    again = bench.ask(tag)

    assert (costs[0], costs[-1]) == (1990, 0)
    assert [error["extensions"]["code"] for error in empty["errors"]] == ["THROTTLED"]
    assert {"requestedQueryCost": 10, "actualQueryCost": None}.items() <= empty["extensions"]["cost"].items()
    assert again["extensions"]["cost"]["throttleStatus"] == {
        "maximumAvailable": 2000.0,
        "currentlyAvailable": 0,
        "restoreRate": 100.0,
    }


def test_pages_hold_when_things_come_and_go_between_them(bench: Bench) -> None:
    for sku in ("A", "B", "C", "D", "E"):
        bench.shop.add_product(sku, 1)
    first = bench.data(VARIANTS, n=2)["productVariants"]
    bench.shop.delete_product("B")  # the very one the cursor names
    bench.shop.delete_product("A")
    second = bench.data(VARIANTS, n=2, after=first["pageInfo"]["endCursor"])["productVariants"]
    third = bench.data(VARIANTS, n=2, after=second["pageInfo"]["endCursor"])["productVariants"]

    assert [[node["sku"] for node in page["nodes"]] for page in (first, second, third)] == [
        ["A", "B"],
        ["C", "D"],
        ["E"],
    ]
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [True, True, False]


def test_a_list_without_a_length_is_refused(bench: Bench) -> None:
    answer = bench.ask("{ orders { nodes { id } } }")

    assert [error["message"] for error in answer["errors"]] == ["you must provide one of first or last"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["#1001", "#1002", "#1003", "#1004"]),
        ("status:any", ["#1001", "#1002", "#1003", "#1004"]),
        ("status:open", ["#1001", "#1004"]),
        ("status:open fulfillment_status:unfulfilled", ["#1001", "#1004"]),
        ("status:closed", ["#1002", "#1003"]),
        ("status:cancelled", ["#1002"]),
        ("financial_status:pending", ["#1004"]),
        ("updated_at:>='2026-11-21T12:00:20Z'", ["#1003", "#1004"]),
        ("updated_at:>'2026-11-21T12:00:20Z'", ["#1004"]),
        ("updated_at:>=2026-11-22", []),
        ("sku:B", ["#1004"]),
        ("sku:B OR status:cancelled", ["#1002", "#1004"]),
        ("-status:open", ["#1002", "#1003"]),
        ("NOT (sku:B OR status:closed)", ["#1001"]),
        ("name:#1003", ["#1003"]),
    ],
)
def test_orders_are_searched_in_the_platforms_syntax(bench: Bench, query: str, found: list[str]) -> None:
    bench.shop.add_product("A", 9)
    bench.shop.add_product("B", 9)
    orders = [bench.shop.place_order({"A": 1}) for _ in range(3)]
    bench.clock.turn(10)
    bench.shop.cancel_order(orders[1])
    bench.clock.turn(10)
    bench.shop.ship(orders[2])
    bench.clock.turn(10)
    bench.shop.place_order({"B": 1}, paid=False)

    assert found == sorted(names(bench, query))


def test_a_search_field_nobody_knows_is_left_out_and_named(bench: Bench) -> None:
    bench.shop.add_product("A", 9)
    bench.shop.place_order({"A": 1})
    answer = bench.ask(ORDERS, q="statsu:open")

    assert answer["data"]["orders"]["nodes"] == [{"name": "#1001"}]
    assert [one["field"] for one in answer["extensions"]["search"][0]["warnings"]] == ["statsu"]


def test_a_listing_forgets_orders_after_sixty_days_but_their_ids_do_not(bench: Bench) -> None:
    bench.shop.add_product("A", 9)
    order = bench.shop.place_order({"A": 1})
    bench.clock.turn(61 * 86_400)

    assert names(bench, "status:any") == []
    assert bench.data("query O($id: ID!) { order(id: $id) { name } }", id=gid("Order", order))["order"] == {
        "name": "#1001"
    }


def test_orders_are_listed_by_their_last_change(bench: Bench) -> None:
    bench.shop.add_product("A", 9)
    first, _second = bench.shop.place_order({"A": 1}), bench.shop.place_order({"A": 1})
    bench.clock.turn(5)
    bench.shop.change_quantity(first, "A", 2)

    assert names(bench, "status:any") == ["#1002", "#1001"]
    assert [one["name"] for one in bench.data(ORDERS, down=True)["orders"]["nodes"]] == ["#1001", "#1002"]


def test_times_are_utc_in_whole_seconds_and_numbers_travel_as_text(bench: Bench) -> None:
    bench.clock.now = START.replace(microsecond=987_654)
    variant = bench.shop.add_product("A", 1)
    query = "query V($id: ID!) { productVariant(id: $id) { legacyResourceId updatedAt price } }"

    expected = {"legacyResourceId": variant, "updatedAt": "2026-11-21T12:00:00Z", "price": "10.00"}
    assert expected == bench.data(query, id=gid("ProductVariant", variant))["productVariant"]
    assert 13 <= len(variant) <= 16


def test_every_call_is_noted_by_its_operation(bench: Bench) -> None:
    bench.ask("{ shop { name } }")
    bench.ask(ORDERS)

    assert bench.shop.calls == ["shop", "Orders"]
