"""Every document that we send is one that the published schema takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from adapters.shopify import operations
from adapters.shopify.operations import (
    BULK_POLICIES,
    EDIT_ADD,
    EDIT_QUANTITY,
    HOLD,
    METAFIELDS_DELETE,
    METAFIELDS_SET,
    POLICIES,
    RELEASE,
    TAGS_ADD,
    TAGS_REMOVE,
    Part,
    Step,
    document,
    together,
)
from adapters.shopify.sandbox.cost import MOST, Estimate

PARTS = [POLICIES, METAFIELDS_SET, METAFIELDS_DELETE, TAGS_ADD, TAGS_REMOVE, HOLD, RELEASE, EDIT_QUANTITY, EDIT_ADD]
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    text = (REPOSITORY / "adapters/shopify/schema.graphql").read_text("utf-8")
    # The published schema itself deprecates fields that their interface does not, which a strict check refuses.
    return build_schema(text, assume_valid=True)


@pytest.mark.parametrize("name", operations.names())
def test_a_fixed_operation_is_valid(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(document(name))) == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.field)
def test_a_mutation_may_stand_in_one_request_several_times(schema: GraphQLSchema, part: Part) -> None:
    values = dict.fromkeys(part.arguments)
    text, variables = together("Twice", [Step(part, values), Step(part, values)])
    assert validate(schema, parse(text)) == []
    assert len(variables) == 2 * len(part.arguments)


def test_different_mutations_stand_in_one_request(schema: GraphQLSchema) -> None:
    text, _ = together("All", [Step(part, dict.fromkeys(part.arguments)) for part in PARTS])
    assert validate(schema, parse(text)) == []


def test_the_mutation_of_a_bulk_operation_is_valid(schema: GraphQLSchema) -> None:
    assert validate(schema, parse(BULK_POLICIES)) == []


@pytest.mark.parametrize("name", operations.names())
def test_no_fixed_query_costs_more_than_shopify_takes(schema: GraphQLSchema, name: str) -> None:
    """Counted the strict way, with as many ids as we ever send at once."""
    most = {"OrdersById": 12, "ProductsById": 50, "VariantsById": 40, "ItemsById": 25, "RefundsMade": 10}
    parsed = parse(document(name))
    variables = {"ids": [""] * most.get(name, 1), "key": "x"}
    operation = next(one for one in parsed.definitions if isinstance(one, OperationDefinitionNode))
    assert Estimate(schema, parsed, variables).of(operation) <= MOST


def test_no_operation_releases_holds_without_naming_them() -> None:
    """Without ids Shopify releases those of every app."""
    assert RELEASE.arguments["holdIds"] == "[ID!]!"
    assert not any("fulfillmentOrderReleaseHold" in document(name) for name in operations.names())


def test_no_operation_tells_the_buyer_behind_our_back() -> None:
    texts = [document(name) for name in operations.names()]
    assert not any("notifyCustomer: true" in text for text in texts)
    acting = [text for text in texts if "orderCancel(" in text or "orderEditCommit(" in text]
    assert [text.count("notifyCustomer: false") for text in acting] == [1, 1]


def test_a_refund_is_never_sent_without_its_key() -> None:
    assert "refundCreate(input: $input) @idempotent(key: $key)" in document("RefundCreate")


def test_no_operation_writes_a_quantity() -> None:
    texts = [document(name) for name in operations.names()] + [part.field for part in PARTS] + [BULK_POLICIES]
    assert [text for text in texts if "inventorySet" in text or "inventoryAdjust" in text or "Activate" in text] == []


def test_a_document_brings_the_fragments_it_needs_and_no_others() -> None:
    text = document("VariantsById")
    found = {name for name in ("VariantFacts", "ItemFacts", "LevelFacts", "OrderFacts") if f"fragment {name} " in text}
    assert found == {"VariantFacts", "ItemFacts", "LevelFacts"}
