"""Bulk mutations: staged, started, polled, read."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from shopify_bench import Bench, gid, open_bench

STAGE = """mutation Stage($input: [StagedUploadInput!]!) { stagedUploadsCreate(input: $input) {
  stagedTargets { url parameters { name value } } userErrors { field message } } }"""
RUN = """mutation Run($mutation: String!, $path: String!) {
  bulkOperationRunMutation(mutation: $mutation, stagedUploadPath: $path) {
  bulkOperation { id status } userErrors { field message code } } }"""
POLL = "query Poll($id: ID!) { bulkOperation(id: $id) { status objectCount url completedAt errorCode fileSize } }"
POLICY = """mutation Set($product: ID!, $variants: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $product, variants: $variants) {
    productVariants { id inventoryPolicy } userErrors { field code } } }"""
TARGET = {
    "resource": "BULK_MUTATION_VARIABLES",
    "filename": "changes.jsonl",
    "mimeType": "text/jsonl",
    "httpMethod": "POST",
}


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def upload(bench: Bench, lines: list[dict[str, Any]]) -> str:
    """Stage the lines as a file; gives its path."""
    target = bench.data(STAGE, input=[TARGET])["stagedUploadsCreate"]["stagedTargets"][0]
    parameters = {one["name"]: one["value"] for one in target["parameters"]}
    content = "\n".join(map(json.dumps, lines)).encode()
    answer = bench.session.post(target["url"], data=parameters, files={"file": ("changes.jsonl", content)}, timeout=60)
    assert answer.status_code == 201
    return str(parameters["key"])


def start(bench: Bench, lines: list[dict[str, Any]], mutation: str = POLICY) -> Any:
    return bench.data(RUN, mutation=mutation, path=upload(bench, lines))["bulkOperationRunMutation"]


def finish(bench: Bench, operation: str) -> Any:
    for _ in range(100):
        found = bench.data(POLL, id=operation)["bulkOperation"]
        bench.clock.turn(1)
        if found["status"] not in {"CREATED", "RUNNING"}:
            return found
    raise AssertionError("the operation never ended")


def results(bench: Bench, url: str) -> list[Any]:
    return [json.loads(line) for line in bench.session.get(url, timeout=60).text.splitlines()]


def change(bench: Bench, sku: str, policy: str = "CONTINUE") -> dict[str, Any]:
    variant = bench.shop.store.variant_of(sku)
    return {"product": variant.product.gid, "variants": [{"id": variant.gid, "inventoryPolicy": policy}]}


def test_each_line_is_one_call_and_the_result_says_what_became_of_it(bench: Bench) -> None:
    ids = [gid("ProductVariant", bench.shop.add_product(sku, 1)) for sku in ("A", "B")]
    lines = [change(bench, "A"), {"product": gid("Product", 1), "variants": []}, change(bench, "B"), {"product": 7}]
    operation = start(bench, lines)["bulkOperation"]
    ended = finish(bench, operation["id"])
    found = results(bench, ended["url"])

    assert (operation["status"], ended["status"], ended["objectCount"]) == ("CREATED", "COMPLETED", "4")
    assert [one["__lineNumber"] for one in found] == [0, 1, 2, 3]
    done = [one["data"]["productVariantsBulkUpdate"]["productVariants"] for one in (found[0], found[2])]
    assert [[{"id": one, "inventoryPolicy": "CONTINUE"}] for one in ids] == done
    missing = found[1]["data"]["productVariantsBulkUpdate"]["userErrors"]
    assert missing == [{"field": ["productId"], "code": "PRODUCT_DOES_NOT_EXIST"}]
    assert [error["extensions"]["code"] for error in found[3]["errors"]] == ["INVALID_VARIABLE"]


def test_an_operation_goes_on_by_polls_or_by_the_clock(bench: Bench) -> None:
    bench.shop.add_product("A", 1)
    bench.subscribe("BULK_OPERATIONS_FINISH")
    polled = start(bench, [change(bench, "A")])["bulkOperation"]["id"]
    walked = [bench.data(POLL, id=polled)["bulkOperation"]["status"] for _ in range(3)]
    bench.post_out()
    start(bench, [change(bench, "A", "DENY")])
    sent = []
    for _ in range(3):
        bench.clock.turn(1)
        sent += bench.post_out()

    assert walked == ["RUNNING", "COMPLETED", "COMPLETED"]
    assert [(letter.topic, letter.body["status"], letter.body["type"]) for letter in sent] == [
        ("bulk_operations/finish", "completed", "mutation")
    ]
    assert bench.shop.shelf("A").fields["inventoryPolicy"] == "DENY"


def test_five_run_at_once_and_a_sixth_is_refused(bench: Bench) -> None:
    bench.shop.add_product("A", 1)
    started = [start(bench, [change(bench, "A")]) for _ in range(5)]
    sixth = start(bench, [change(bench, "A")])
    finish(bench, started[0]["bulkOperation"]["id"])

    assert [error["code"] for error in sixth["userErrors"]] == ["OPERATION_IN_PROGRESS"]
    assert start(bench, [change(bench, "A")])["userErrors"] == []


@pytest.mark.parametrize(
    "mutation",
    [
        "mutation {",
        "{ shop { name } }",
        "mutation A($id: ID!) { productUpdatePolicy(id: $id) { id } }",
        'mutation { a: tagsAdd(id: "1", tags: []) { node { id } } b: tagsAdd(id: "1", tags: []) { node { id } } }',
        'mutation C { bulkOperationCancel(id: "1") { userErrors { message } } }',
    ],
)
def test_what_is_not_one_valid_mutation_is_refused(bench: Bench, mutation: str) -> None:
    said = start(bench, [], mutation)

    assert (said["bulkOperation"], [error["code"] for error in said["userErrors"]]) == (None, ["INVALID_MUTATION"])


def test_a_file_that_was_never_sent_is_not_found(bench: Bench) -> None:
    target = bench.data(STAGE, input=[TARGET])["stagedUploadsCreate"]["stagedTargets"][0]
    path = next(one["value"] for one in target["parameters"] if one["name"] == "key")
    said = bench.data(RUN, mutation=POLICY, path=path)["bulkOperationRunMutation"]

    assert [error["code"] for error in said["userErrors"]] == ["NO_SUCH_FILE"]


def test_an_upload_without_its_parameters_is_denied(bench: Bench) -> None:
    target = bench.data(STAGE, input=[TARGET])["stagedUploadsCreate"]["stagedTargets"][0]
    key = next(one["value"] for one in target["parameters"] if one["name"] == "key")
    answer = bench.session.post(target["url"], data={"key": key}, files={"file": ("c", b"{}")}, timeout=60)

    assert answer.status_code == 403


def cpu_seconds_of_changing(products: int) -> float:
    """A hundred variants of each, in one operation."""
    with open_bench() as bench:
        for number in range(products):
            bench.shop.add_variations(f"Bolt {number}", {f"B{number}-{size}": 1 for size in range(100)})
        lines = [
            {"product": product.gid, "variants": [{"id": one.gid, "inventoryPolicy": "CONTINUE"}]}
            for product in bench.shop.store.products.values()
            for one in product.variants
        ]
        begun = time.process_time()
        ended = finish(bench, start(bench, lines)["bulkOperation"]["id"])
        spent = time.process_time() - begun
        assert (ended["objectCount"], len(lines)) == (str(products * 100), products * 100)
        assert {"CONTINUE"} == {variant.inventory_policy for variant in bench.shop.store.variants.values()}
    return spent


def test_ten_thousand_variants_change_in_one_operation_and_cost_no_more_each_than_a_thousand() -> None:
    few = min(cpu_seconds_of_changing(10) for _ in range(3))
    # A search through all of them for each would cost a hundred times as much.
    assert cpu_seconds_of_changing(100) < 40 * few
