"""Variants, metafields and tags, as the API writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from shopify_bench import Bench, gid, open_bench

BULK = """mutation Set($product: ID!, $variants: [ProductVariantsBulkInput!]!, $partial: Boolean) {
  productVariantsBulkUpdate(productId: $product, variants: $variants, allowPartialUpdates: $partial) {
    productVariants { sku inventoryPolicy } userErrors { field message code } } }"""
SET = """mutation Set($m: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $m) {
  metafields { namespace key type value compareDigest } userErrors { field message code elementIndex } } }"""
DELETE = """mutation Del($m: [MetafieldIdentifierInput!]!) { metafieldsDelete(metafields: $m) {
  deletedMetafields { ownerId namespace key } userErrors { field message } } }"""
DEFINE = """mutation Def($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d) {
  createdDefinition { namespace key ownerType type { name } } userErrors { field code } } }"""
STORED = "app--215487362049--backorder"


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def shirt(bench: Bench) -> tuple[str, dict[str, str]]:
    """The id of a product with three variants, and their ids by SKU."""
    made = bench.shop.add_variations("Shirt", {"S": 3, "M": 0, "L": None})
    found = bench.data(
        "query P($id: ID!) { productVariant(id: $id) { product { id } } }", id=gid("ProductVariant", made["S"])
    )
    return found["productVariant"]["product"]["id"], {sku: gid("ProductVariant", ref) for sku, ref in made.items()}


def field_of(owner: str, key: str, value: str, **more: Any) -> dict[str, Any]:
    return {"ownerId": owner, "namespace": "$app:backorder", "key": key, "value": value, **more}


def test_policies_of_one_product_are_written_in_one_call(bench: Bench) -> None:
    product, ids = shirt(bench)
    variants = [{"id": ids["S"], "inventoryPolicy": "CONTINUE"}, {"id": ids["M"], "inventoryPolicy": "CONTINUE"}]
    said = bench.data(BULK, product=product, variants=variants)["productVariantsBulkUpdate"]

    expected = [{"sku": "S", "inventoryPolicy": "CONTINUE"}, {"sku": "M", "inventoryPolicy": "CONTINUE"}]
    assert {"productVariants": expected, "userErrors": []} == said
    assert bench.shop.shelf("M").buyable


def test_one_wrong_variant_spoils_the_call_unless_parts_are_allowed(bench: Bench) -> None:
    product, ids = shirt(bench)
    variants = [
        {"id": ids["S"], "inventoryPolicy": "CONTINUE"},
        {"id": gid("ProductVariant", 1), "inventoryPolicy": "DENY"},
    ]
    error = {
        "field": ["variants", "1", "id"],
        "message": "Product variant does not exist",
        "code": "PRODUCT_VARIANT_DOES_NOT_EXIST",
    }
    whole = bench.data(BULK, product=product, variants=variants)["productVariantsBulkUpdate"]
    before = bench.shop.shelf("S").fields["inventoryPolicy"]
    parts = bench.data(BULK, product=product, variants=variants, partial=True)["productVariantsBulkUpdate"]

    assert {"productVariants": None, "userErrors": [error]} == whole
    assert before == "DENY"
    assert {"productVariants": [{"sku": "S", "inventoryPolicy": "CONTINUE"}], "userErrors": [error]} == parts


def test_a_variant_of_another_product_is_not_found_in_this_one(bench: Bench) -> None:
    product, _ids = shirt(bench)
    other = gid("ProductVariant", bench.shop.add_product("OTHER", 1))
    said = bench.data(BULK, product=product, variants=[{"id": other, "inventoryPolicy": "CONTINUE"}])

    codes = [error["code"] for error in said["productVariantsBulkUpdate"]["userErrors"]]
    assert codes == ["PRODUCT_VARIANT_DOES_NOT_EXIST"]


def test_quantities_are_no_part_of_a_variant_update(bench: Bench) -> None:
    product, ids = shirt(bench)
    quantity = {"availableQuantity": 3, "locationId": gid("Location", 1)}
    said = bench.data(BULK, product=product, variants=[{"id": ids["S"], "inventoryQuantities": [quantity]}])

    codes = [error["code"] for error in said["productVariantsBulkUpdate"]["userErrors"]]
    assert codes == ["NO_INVENTORY_QUANTITIES_ON_VARIANTS_UPDATE"]


def test_an_input_the_sandbox_does_not_play_is_refused_aloud(bench: Bench) -> None:
    product, ids = shirt(bench)
    answer = bench.ask(BULK, product=product, variants=[{"id": ids["S"], "taxCode": "X"}])

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_IN_SANDBOX"]


def test_our_namespace_is_stored_under_the_apps_number(bench: Bench) -> None:
    _product, ids = shirt(bench)
    said = bench.data(SET, m=[field_of(ids["S"], "expected_on", "2026-12-01", type="date")])["metafieldsSet"]

    found = {key: said["metafields"][0][key] for key in ("namespace", "key", "type", "value")}
    assert found == {"namespace": STORED, "key": "expected_on", "type": "date", "value": "2026-12-01"}
    assert bench.shop.shelf("S").fields["expected_on"] == "2026-12-01"


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("date", "2026-12-01", None),
        ("date", "01.12.2026", "INVALID_VALUE"),
        ("date", "20261201", "INVALID_VALUE"),
        ("date", "2026-02-30", "INVALID_VALUE"),
        ("single_line_text_field", "ships later", None),
        ("single_line_text_field", "two\nlines", "INVALID_VALUE"),
        ("multi_line_text_field", "two\nlines", None),
        ("json", '{"a": [1]}', None),
        ("json", "{a: 1}", "INVALID_VALUE"),
        ("single_line_text_field", "", "BLANK"),
        ("single_line_text_field", "   ", "BLANK"),
        ("text", "an old type", "INCLUSION"),
        ("single_line_text_field", "x" * 65_537, "TOO_LONG"),
        (None, "no type at all", "BLANK"),
    ],
)
def test_a_value_must_be_of_its_type_and_not_blank(
    bench: Bench, kind: str | None, value: str, code: str | None
) -> None:
    _product, ids = shirt(bench)
    given = field_of(ids["S"], "k", value) | ({"type": kind} if kind else {})
    errors = bench.data(SET, m=[given])["metafieldsSet"]["userErrors"]

    assert ([code] if code else []) == [error["code"] for error in errors]


def test_metafields_are_written_all_or_none(bench: Bench) -> None:
    _product, ids = shirt(bench)
    right = field_of(ids["S"], "status", "backorder", type="single_line_text_field")
    wrong = field_of(ids["M"], "expected_on", "soon", type="date")
    said = bench.data(SET, m=[right, wrong])["metafieldsSet"]

    error = {
        "field": ["metafields", "1", "value"],
        "message": "Value must be in “YYYY-MM-DD” format.",
        "code": "INVALID_VALUE",
        "elementIndex": 1,
    }
    assert {"metafields": None, "userErrors": [error]} == said
    assert bench.shop.shelf("S").fields["status"] == ""


def test_more_than_25_metafields_are_refused(bench: Bench) -> None:
    _product, ids = shirt(bench)
    inputs = [field_of(ids["S"], f"k{number}", "1", type="number_integer") for number in range(26)]
    said = bench.data(SET, m=inputs)["metafieldsSet"]

    error = {
        "field": ["metafields"],
        "message": "Exceeded the maximum metafields input limit of 25.",
        "code": "LESS_THAN_OR_EQUAL_TO",
        "elementIndex": None,
    }
    assert {"metafields": None, "userErrors": [error]} == said
    assert bench.data(SET, m=inputs[:25])["metafieldsSet"]["userErrors"] == []


def test_another_apps_namespace_is_closed(bench: Bench) -> None:
    _product, ids = shirt(bench)
    given = {**field_of(ids["S"], "k", "v", type="single_line_text_field"), "namespace": "app--99--backorder"}
    errors = bench.data(SET, m=[given])["metafieldsSet"]["userErrors"]

    assert [error["code"] for error in errors] == ["APP_NOT_AUTHORIZED"]


def test_compare_and_set_writes_only_over_what_was_read(bench: Bench) -> None:
    _product, ids = shirt(bench)

    def write(value: str, digest: str | None) -> Any:
        given = field_of(ids["S"], "status", value, type="single_line_text_field", compareDigest=digest)
        return bench.data(SET, m=[given])["metafieldsSet"]

    first = write("backorder", None)["metafields"][0]["compareDigest"]
    none_expected = [error["code"] for error in write("in_stock", None)["userErrors"]]
    second = write("in_stock", first)
    stale = [error["code"] for error in write("sold_out", first)["userErrors"]]

    assert (none_expected, second["userErrors"], stale) == (["STALE_OBJECT"], [], ["STALE_OBJECT"])
    assert bench.shop.shelf("S").fields["status"] == "in_stock"


def test_a_definition_gives_the_type_and_a_second_one_is_taken(bench: Bench) -> None:
    _product, ids = shirt(bench)
    definition = {
        "name": "Expected on",
        "namespace": "$app:backorder",
        "key": "expected_on",
        "ownerType": "PRODUCTVARIANT",
        "type": "date",
    }
    first = bench.data(DEFINE, d=definition)["metafieldDefinitionCreate"]
    second = bench.data(DEFINE, d=definition)["metafieldDefinitionCreate"]
    untyped = bench.data(SET, m=[field_of(ids["S"], "expected_on", "2026-12-01")])["metafieldsSet"]
    other = bench.data(SET, m=[field_of(ids["S"], "expected_on", "x", type="single_line_text_field")])["metafieldsSet"]

    made = {"namespace": STORED, "key": "expected_on", "ownerType": "PRODUCTVARIANT", "type": {"name": "date"}}
    assert {"createdDefinition": made, "userErrors": []} == first
    assert second == {"createdDefinition": None, "userErrors": [{"field": ["definition", "key"], "code": "TAKEN"}]}
    assert untyped["userErrors"] == []
    assert [error["code"] for error in other["userErrors"]] == ["INVALID_TYPE"]


def test_deleting_a_metafield_answers_null_for_one_that_was_not_there(bench: Bench) -> None:
    _product, ids = shirt(bench)
    bench.shop.set_field("S", "message", "later")
    named = [{"ownerId": ids["S"], "namespace": "$app:backorder", "key": key} for key in ("message", "status")]
    said = bench.data(DELETE, m=named)["metafieldsDelete"]

    gone = {"ownerId": ids["S"], "namespace": STORED, "key": "message"}
    assert {"deletedMetafields": [gone, None], "userErrors": []} == said
    assert bench.shop.shelf("S").fields["message"] == ""


def test_an_untracked_variant_has_no_fields_of_ours(bench: Bench) -> None:
    shirt(bench)

    assert (
        bench.shop.shelf("L").fields,
        bench.shop.shelf("L").available,
        bench.shop.shelf("L").buyable,
    ) == ({}, None, True)


def test_a_field_by_hand_keeps_the_type_rules(bench: Bench) -> None:
    shirt(bench)
    bench.shop.set_field("S", "expected_on", "2026-12-24")
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        bench.shop.set_field("S", "expected_on", "christmas")

    assert bench.shop.shelf("S").fields["expected_on"] == "2026-12-24"


def test_tags_come_and_go_without_touching_the_others(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 1})
    add = "mutation Add($id: ID!, $tags: [String!]!) { tagsAdd(id: $id, tags: $tags) { userErrors { message } } }"
    bench.data(add, id=gid("Order", order), tags=["vip", "Backorder"])
    bench.data(add, id=gid("Order", order), tags=["backorder"])
    bench.data(add.replace("tagsAdd", "tagsRemove"), id=gid("Order", order), tags=["VIP", "absent"])

    assert bench.shop.told(order).tags == ("Backorder",)


def test_order_marks_are_our_metafields_by_key(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 1})
    owner = gid("Order", order)
    marks = [
        field_of(owner, "status", "waiting", type="single_line_text_field"),
        field_of(owner, "lines", "[]", type="json"),
        {**field_of(owner, "foreign", "1", type="number_integer"), "namespace": "custom"},
    ]
    assert bench.data(SET, m=marks)["metafieldsSet"]["userErrors"] == []

    assert bench.shop.told(order).marks == {"status": "waiting", "lines": "[]"}
    assert bench.shop.told(order).notes == ()
