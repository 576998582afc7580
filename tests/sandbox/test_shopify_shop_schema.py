"""The slice of the schema is true, and every field of it answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    validate_schema,
)
from shopify_bench import Bench, gid, open_bench

from adapters.shopify.sandbox.guards import IDEMPOTENT
from adapters.shopify.sandbox.schema import MUTATIONS, shop_schema

ARGUMENTS = {"metafield": '(namespace: "$app:backorder", key: "status")', "quantities": '(names: ["available"])'}
CLOSED = {"heldByApp"}  # answers that the app lacks the scope


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def every_field(kind: GraphQLNamedType, depth: int) -> str:
    """A selection of all that needs no argument of its own, some levels deep."""
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return "{ __typename }"
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        arguments = ARGUMENTS.get(name, "(first: 1)" if "first" in field.args else "")
        if name in CLOSED or (not arguments and any(is_non_null_type(one.type) for one in field.args.values())):
            continue
        if is_leaf_type(inner):
            chosen.append(f"{name}{arguments}")
        elif depth:
            chosen.append(f"{name}{arguments} {every_field(inner, depth - 1)}")
    return "{ " + " ".join(chosen) + " }"


@pytest.mark.parametrize(
    "name",
    [
        "Product",
        "ProductVariant",
        "InventoryItem",
        "InventoryLevel",
        "Location",
        "Order",
        "LineItem",
        "FulfillmentOrder",
        "FulfillmentOrderLineItem",
        "FulfillmentHold",
        "Fulfillment",
        "FulfillmentLineItem",
        "Refund",
        "Metafield",
        "MetafieldDefinition",
        "Shop",
        "WebhookSubscription",
        "AppInstallation",
    ],
)
def test_every_field_of_the_slice_answers(bench: Bench, name: str) -> None:
    fill(bench)
    record = next(one for one in bench.shop.store.records.values() if name == one.TYPE)
    kind = shop_schema().type_map[name]
    depth = 1 if name in {"Product", "ProductVariant", "Order"} else 0
    query = f"query All($id: ID!) {{ node(id: $id) {{ ... on {name} {every_field(kind, depth)} }} }}"
    found = bench.data(query, id=record.gid)["node"]

    assert name == found["__typename"]
    assert record.gid == found["id"]


def fill(bench: Bench) -> None:
    """One of everything."""
    bench.subscribe("ORDERS_CREATE")
    bench.shop.add_product("A", 9)
    bench.shop.set_field("A", "status", "backorder")
    bench.data(
        """mutation { metafieldDefinitionCreate(definition: {name: "Status", namespace: "$app:backorder", key: "status",
        ownerType: PRODUCTVARIANT, type: "single_line_text_field"}) { userErrors { code } } }"""
    )
    order = bench.shop.place_order({"A": 4})
    bench.shop.ship(order, {"A": 1})
    bench.shop.refund(order, "A", 1)
    query = "query F($id: ID!) { order(id: $id) { fulfillmentOrders(first: 1) { nodes { id } } } }"
    held = bench.data(query, id=gid("Order", order))["order"]["fulfillmentOrders"]["nodes"][0]["id"]
    hold = "mutation H($id: ID!) { fulfillmentOrderHold(id: $id, fulfillmentHold: {reason: OTHER}) { __typename } }"
    bench.data(hold, id=held)


def test_the_slice_is_a_valid_schema_and_every_mutation_in_it_is_played() -> None:
    schema = shop_schema()
    mutations = schema.mutation_type
    assert mutations is not None

    assert validate_schema(schema) == []
    assert set(MUTATIONS) == set(mutations.fields)
    assert "idempotent" in {directive.name for directive in schema.directives}
    assert len(IDEMPOTENT) == 16


@pytest.mark.parametrize(
    ("owner", "field"),
    [
        ("ProductVariant", "inventoryManagement"),
        ("ProductVariant", "fulfillmentService"),
        ("InventoryLevel", "available"),
        ("InventoryQuantityInput", "compareQuantity"),
        ("InventorySetQuantitiesInput", "ignoreCompareQuantity"),
        ("Mutation", "inventorySetScheduledChanges"),
        ("Mutation", "productVariantUpdate"),
        ("Mutation", "fulfillmentOrdersReleaseHolds"),
    ],
)
def test_what_the_platform_has_removed_is_not_there(owner: str, field: str) -> None:
    kind = shop_schema().type_map[owner]

    assert field not in getattr(kind, "fields", {})
