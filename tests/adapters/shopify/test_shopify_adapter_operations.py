"""Every document that we send is one that the published schema takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from adapters.shopify import operations
from adapters.shopify.operations import (
    BULK_POLICIES,
    METAFIELDS_DELETE,
    METAFIELDS_SET,
    POLICIES,
    TAGS_ADD,
    TAGS_REMOVE,
    Part,
    Step,
    document,
    together,
)

PARTS = [POLICIES, METAFIELDS_SET, METAFIELDS_DELETE, TAGS_ADD, TAGS_REMOVE]
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


def test_no_operation_writes_a_quantity() -> None:
    texts = [document(name) for name in operations.names()] + [part.field for part in PARTS] + [BULK_POLICIES]
    assert [text for text in texts if "inventorySet" in text or "inventoryAdjust" in text or "Activate" in text] == []


def test_a_document_brings_the_fragments_it_needs_and_no_others() -> None:
    text = document("VariantsById")
    found = {name for name in ("VariantFacts", "ItemFacts", "LevelFacts", "OrderFacts") if f"fragment {name} " in text}
    assert found == {"VariantFacts", "ItemFacts", "LevelFacts"}
