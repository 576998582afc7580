"""The GraphQL documents: the fixed ones from ``operations.graphql``, and those put together from aliased mutations.

Several mutations in one request run one after the other, in the order written; each alias has user errors of its own,
so one refused item takes nothing else with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_DEFINITION = re.compile(r"^(?:query|mutation|fragment) (\w+)", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.\s?(\w+)")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of mutation that can stand in a request several times: its arguments with their types, its answer."""

    field: str
    arguments: Mapping[str, str]  # argument -> GraphQL type of its variable
    constants: str  # arguments that are always the same, as written
    answer: str


POLICIES = Part(
    field="productVariantsBulkUpdate",
    arguments={"productId": "ID!", "variants": "[ProductVariantsBulkInput!]!"},
    constants=", allowPartialUpdates: true",
    answer="productVariants { id updatedAt } userErrors { field message code }",
)
METAFIELDS_SET = Part(
    field="metafieldsSet",
    arguments={"metafields": "[MetafieldsSetInput!]!"},
    constants="",
    answer="metafields { updatedAt } userErrors { field message code elementIndex }",
)
METAFIELDS_DELETE = Part(
    field="metafieldsDelete",
    arguments={"metafields": "[MetafieldIdentifierInput!]!"},
    constants="",
    answer="userErrors { field message }",
)
TAGS_ADD = Part("tagsAdd", {"id": "ID!", "tags": "[String!]!"}, "", "userErrors { field message }")
TAGS_REMOVE = Part("tagsRemove", {"id": "ID!", "tags": "[String!]!"}, "", "userErrors { field message }")
HOLD = Part(
    "fulfillmentOrderHold",
    {"id": "ID!", "fulfillmentHold": "FulfillmentOrderHoldInput!"},
    "",
    "fulfillmentOrder { id } userErrors { field message code }",
)
RELEASE = Part(
    # Without ids Shopify would release the holds of other apps too.
    "fulfillmentOrderReleaseHold",
    {"id": "ID!", "holdIds": "[ID!]!"},
    "",
    "fulfillmentOrder { id } userErrors { field message code }",
)
_CALCULATED = (
    "calculatedOrder { totalOutstandingSet { presentmentMoney { amount currencyCode } } } userErrors { field message }"
)
EDIT_QUANTITY = Part(
    "orderEditSetQuantity",
    {"id": "ID!", "lineItemId": "ID!", "quantity": "Int!"},
    ", restock: true",
    _CALCULATED,
)
EDIT_ADD = Part(
    "orderEditAddVariant",
    {"id": "ID!", "variantId": "ID!", "quantity": "Int!"},
    ", allowDuplicates: true",
    _CALCULATED,
)

BULK_POLICIES = (
    "mutation PushBulk($productId: ID!, $variants: [ProductVariantsBulkInput!]!) {"
    " productVariantsBulkUpdate(productId: $productId, variants: $variants, allowPartialUpdates: true) {"
    " productVariants { id updatedAt } userErrors { field message code } } }"
)
"""What a bulk operation runs once for each line of the uploaded file."""


@dataclass(frozen=True, slots=True)
class Step:
    """One aliased mutation with its values."""

    part: Part
    values: Mapping[str, object]


def together(name: str, steps: Iterable[Step]) -> tuple[str, dict[str, object]]:
    """One document that takes ``steps`` in order, under the aliases ``m0``, ``m1``..., with its variables."""
    declared: list[str] = []
    fields: list[str] = []
    variables: dict[str, object] = {}
    for index, step in enumerate(steps):
        given = []
        for argument, kind in step.part.arguments.items():
            variable = f"{argument}{index}"
            declared.append(f"${variable}: {kind}")
            given.append(f"{argument}: ${variable}")
            variables[variable] = step.values[argument]
        fields.append(f"m{index}: {step.part.field}({', '.join(given)}{step.part.constants}) {{ {step.part.answer} }}")
    return f"mutation {name}({', '.join(declared)}) {{ {' '.join(fields)} }}", variables


@cache
def document(name: str) -> str:
    """The operation ``name`` of ``operations.graphql`` with the fragments that it needs, and nothing else."""
    definitions = _definitions()
    needed: dict[str, None] = {name: None}
    waiting = [name]
    while waiting:
        for fragment in _SPREAD.findall(definitions[waiting.pop()]):
            # "... on Order" is no spread of a fragment called "on".
            if fragment != "on" and fragment not in needed:
                needed[fragment] = None
                waiting.append(fragment)
    return "\n".join(definitions[one] for one in needed)


def names() -> tuple[str, ...]:
    """Every fixed operation."""
    return tuple(name for name, text in _definitions().items() if not text.startswith("fragment"))


@cache
def _definitions() -> dict[str, str]:
    text = files("adapters.shopify").joinpath("operations.graphql").read_text(encoding="utf-8")
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    starts = list(_DEFINITION.finditer(lines))
    ends = [match.start() for match in starts[1:]] + [len(lines)]
    return {match.group(1): lines[match.start() : end].strip() for match, end in zip(starts, ends, strict=True)}
