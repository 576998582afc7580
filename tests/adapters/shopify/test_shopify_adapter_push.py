"""Writing flags: all of them, in few requests, and each refusal kept to its own variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from shopify_adapter_stage import Script, Stage, open_stage, scripted

from adapters.shopify.answered import WrongRequestError
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.storefront import Change, Pushed

CROSSOVERS = [pytest.param(1000, id="request by request"), pytest.param(0, id="in bulk")]
FIELDS = {
    "inventoryPolicy": "CONTINUE",
    "status": "backorder",
    "expected_on": "2026-12-24",
    "expected_from": "2026-12-20",
    "message": "Soon\nhere",
}


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


def by_variant(pushed: list[Pushed]) -> dict[str, Pushed]:
    found = {one.variant_id: one for one in pushed}
    assert len(found) == len(pushed)
    return found


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_every_field_of_every_change_is_written(stage: Stage, crossover: int) -> None:
    variants = stage.shop.add_variations("Screws", {f"S{number:02}": 0 for number in range(30)})
    simple = {f"P{number:02}": stage.shop.add_product(f"P{number:02}", 0) for number in range(30)}
    skus = {**variants, **simple}
    changes = [stage.change(variant, **FIELDS) for variant in skus.values()]
    pushed = by_variant(list(stage.client_with(crossover=crossover).push(changes)))
    assert {variant: one.refused for variant, one in pushed.items()} == dict.fromkeys(skus.values())
    assert [sku for sku in skus if stage.shop.shelf(sku).fields != FIELDS] == []


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_only_the_fields_of_a_change_are_touched(stage: Stage, crossover: int) -> None:
    variant = stage.shop.add_product("A", 0)
    for key, value in FIELDS.items():
        if key != "message":
            stage.shop.set_field("A", key, value)
    list(stage.client_with(crossover=crossover).push([stage.change(variant, status="in_stock")]))
    assert stage.shop.shelf("A").fields == {**FIELDS, "status": "in_stock", "message": ""}


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_an_empty_value_takes_the_metafield_away_and_a_missing_one_is_no_error(stage: Stage, crossover: int) -> None:
    variant = stage.shop.add_product("A", 0)
    stage.shop.set_field("A", "expected_on", "2026-12-24")
    change = stage.change(variant, inventoryPolicy="DENY", status="sold_out", expected_on="", message="")
    (pushed,) = stage.client_with(crossover=crossover).push([change])
    assert pushed.refused is None
    assert stage.shop.shelf("A").fields == {
        "inventoryPolicy": "DENY",
        "status": "sold_out",
        "expected_on": "",
        "expected_from": "",
        "message": "",
    }


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_a_refused_value_takes_no_other_variant_with_it(stage: Stage, crossover: int) -> None:
    skus = stage.shop.add_variations("Screws", {f"S{number}": 0 for number in range(12)})
    changes = [
        stage.change(variant, inventoryPolicy="CONTINUE", expected_on="soon" if sku == "S5" else "2026-12-24")
        for sku, variant in skus.items()
    ]
    pushed = by_variant(list(stage.client_with(crossover=crossover).push(changes)))
    refused = {variant: one.refused for variant, one in pushed.items() if one.refused}
    assert list(refused) == [skus["S5"]]
    assert isinstance(refused[skus["S5"]], Refused)
    shown = {sku: stage.shop.shelf(sku).fields["expected_on"] for sku in skus}
    assert shown == {sku: "" if sku == "S5" else "2026-12-24" for sku in skus}


@pytest.mark.parametrize("crossover", CROSSOVERS)
def test_a_variant_that_is_gone_is_refused_alone(stage: Stage, crossover: int) -> None:
    skus = stage.shop.add_variations("Screws", {"S1": 0, "S2": 0})
    product = stage.product_of(skus["S1"])
    other = stage.shop.add_product("B", 0)
    lost = [
        Change("123", product, {"inventoryPolicy": "CONTINUE"}),
        Change("124", "125", {"inventoryPolicy": "CONTINUE"}),
    ]
    kept = [stage.change(variant, inventoryPolicy="CONTINUE") for variant in (*skus.values(), other)]
    pushed = by_variant(list(stage.client_with(crossover=crossover).push([*lost, *kept])))
    assert {variant for variant, one in pushed.items() if one.refused} == {"123", "124"}
    assert [stage.shop.shelf(sku).fields["inventoryPolicy"] for sku in ("S1", "S2", "B")] == ["CONTINUE"] * 3


def test_where_every_value_is_refused_nothing_is_sent_again(stage: Stage) -> None:
    change = stage.change(stage.shop.add_product("A", 0), status="two\nlines", expected_on="soon")
    (pushed,) = stage.client.push([change])
    assert isinstance(pushed.refused, Refused)
    assert stage.shop.calls == ["Push"]


def test_a_write_is_dated_by_the_shop(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 0)
    now = stage.clock.pass_by()
    (pushed,) = stage.client.push([stage.change(variant, inventoryPolicy="CONTINUE")])
    assert pushed == Pushed(variant, now)


def test_many_changes_share_requests(stage: Stage) -> None:
    skus = stage.shop.add_variations("Screws", {f"S{number:03}": 0 for number in range(200)})
    pushed = list(
        stage.client.push([stage.change(one, inventoryPolicy="CONTINUE", message="Hi") for one in skus.values()])
    )
    assert len(pushed) == 200
    # 200 variants of one product: 2 lists of policies and 8 of metafields.
    assert Counter(stage.shop.calls) == {"Push": 1}


def test_nothing_to_push_asks_nothing(stage: Stage) -> None:
    assert list(stage.client.push([])) == []
    assert stage.shop.calls == []


def test_pushing_never_moves_a_quantity(stage: Stage) -> None:
    variant = stage.shop.add_product("A", -4)
    list(stage.client.push([stage.change(variant, **FIELDS)]))
    assert stage.shop.shelf("A").available == -4


def test_pushing_again_what_is_there_changes_nothing(stage: Stage) -> None:
    change = stage.change(stage.shop.add_product("A", 0), **FIELDS)
    list(stage.client.push([change]))
    before = stage.shop.shelf("A")
    (again,) = stage.client.push([change])
    assert (again.refused, stage.shop.shelf("A")) == (None, before)


def test_without_the_right_the_owner_must_act() -> None:
    with open_stage(scopes={"read_products", "read_inventory", "read_locations"}) as stage:
        change = stage.change(stage.shop.add_product("A", 0), inventoryPolicy="CONTINUE")
        with pytest.raises(OwnerMustAct) as refused:
            list(stage.client.push([change]))
    assert (refused.value.act, "write_products" in refused.value.fix) == ("push", True)


def test_a_request_that_was_carried_out_and_not_answered_may_be_sent_again(stage: Stage) -> None:
    change = stage.change(stage.shop.add_product("A", 0), **FIELDS)
    stage.shop.faults.lose_answer = 1
    with pytest.raises(TryLater):
        list(stage.client.push([change]))
    (pushed,) = stage.client.push([change])
    assert (pushed.refused, stage.shop.shelf("A").fields) == (None, FIELDS)


def test_what_was_written_before_a_failure_is_known(stage: Stage) -> None:
    changes = [stage.change(stage.shop.add_product(f"P{n:02}", 0), inventoryPolicy="CONTINUE") for n in range(40)]
    pushed = stage.client.push(changes)
    done = [next(pushed)]
    stage.shop.faults.answer_500 = 1
    with pytest.raises(TryLater):
        done.extend(pushed)
    written = {
        one.variant_id
        for one in changes
        if stage.shop.store.variants[int(one.variant_id)].inventory_policy == "CONTINUE"
    }
    assert {one.variant_id for one in done} == written
    assert 0 < len(written) < 40


def test_a_part_that_the_shop_stumbled_over_waits_alone() -> None:
    stumbled = {"message": "Internal error", "path": ["m1"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    done = {
        "productVariants": [{"id": "gid://shopify/ProductVariant/1", "updatedAt": "2026-11-21T12:00:00Z"}],
        "userErrors": [],
    }
    with scripted() as script:
        script.answers({"data": {"m0": done, "m1": None}, "errors": [stumbled]})
        first, second = script.client.push([Change(n, n, {"inventoryPolicy": "DENY"}) for n in ("1", "2")])
    assert (first.refused, type(second.refused)) == (None, TryLater)


def refusing(**error: Any) -> Any:
    def answer(_request: Any) -> object:
        payload = {"productVariants": None, "userErrors": [{"message": "No", "code": None, **error}]}
        return {"data": {"m0": payload}}

    return answer


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ({"field": ["variants", "1", "id"], "code": "INVALID"}, ["2"]),
        ({"field": ["productId"], "code": "PRODUCT_DOES_NOT_EXIST"}, ["1", "2"]),
        ({"field": None}, ["1", "2"]),
        ({"field": ["variants", "7"]}, ["1", "2"]),
    ],
)
def test_an_error_without_a_place_is_about_all(error: dict[str, object], refused: list[str]) -> None:
    with scripted() as script:
        script.answers(refusing(**error))
        pushed = list(script.client.push([Change(n, "9", {"inventoryPolicy": "DENY"}) for n in ("1", "2")]))
    assert [one.variant_id for one in pushed if one.refused] == refused


def bulk_script(script: Script, *, state: dict[str, Any], result: bytes = b"") -> None:
    """A shop whose bulk operation ends as ``state`` says."""
    target = {"url": "https://files.example.com/up", "parameters": [{"name": "key", "value": "tmp/1"}]}

    def answer(request: Any) -> object:
        match request["operationName"]:
            case "StageUpload":
                return {"data": {"stagedUploadsCreate": {"stagedTargets": [target], "userErrors": []}}}
            case "BulkRun":
                bulk = {"bulkOperation": {"id": "gid://shopify/BulkOperation/1"}, "userErrors": []}
                return {"data": {"bulkOperationRunMutation": bulk}}
            case _:
                return {"data": {"bulkOperation": {"errorCode": None, "url": None, "partialDataUrl": None, **state}}}

    script.answers(answer)
    script.mock.add("POST", "https://files.example.com/up", status=201, body="")
    script.mock.add("GET", "https://files.example.com/result", body=result)


CHANGES = [Change(n, n, {"inventoryPolicy": "DENY"}) for n in ("1", "2")]
RESULT = "https://files.example.com/result?signature=1"


def test_a_bulk_operation_that_broke_off_tells_what_it_did_before() -> None:
    done = b'{"data":{"productVariantsBulkUpdate":{"userErrors":[]}},"__lineNumber":0}\n'
    with scripted(bulk_crossover=0) as script:
        bulk_script(script, state={"status": "FAILED", "partialDataUrl": RESULT}, result=done)
        pushed = list(script.client.push(CHANGES))
    assert pushed == [Pushed("1")]


def test_the_file_store_never_sees_the_token() -> None:
    with scripted(bulk_crossover=0) as script:
        bulk_script(script, state={"status": "COMPLETED", "url": RESULT})
        assert list(script.client.push(CHANGES)) == []
        strangers = [call.request for call in script.mock.calls if "files.example.com" in str(call.request.url)]
    assert len(strangers) == 2
    assert [one.url for one in strangers if "X-Shopify-Access-Token" in one.headers] == []


@pytest.mark.parametrize(
    "row",
    [
        b'{"errors":[{"message":"boom"}],"__lineNumber":0}',
        b'{"errors":"boom"}',
        b'{"data":{"productVariantsBulkUpdate":null},"errors":[]}',
        b'{"data":null}',
        b'{"data":null,"errors":[]}',
    ],
)
def test_a_line_that_failed_waits_alone(row: bytes) -> None:
    fine = b'{"data":{"productVariantsBulkUpdate":{"userErrors":[]}},"__lineNumber":1}\n{"data":{},"__lineNumber":9}'
    with scripted(bulk_crossover=0) as script:
        bulk_script(script, state={"status": "COMPLETED", "url": RESULT}, result=row + b"\n" + fine)
        first, second = script.client.push(CHANGES)
    assert (type(first.refused), second) == (TryLater, Pushed("2"))


def test_a_bulk_operation_that_does_not_end_is_left_alone() -> None:
    with scripted(bulk_crossover=0) as script:
        bulk_script(script, state={"status": "RUNNING"})
        with pytest.raises(TryLater, match="RUNNING") as later:
            list(script.client.push(CHANGES))
        assert sum(script.clock.slept) == 600
    assert later.value.after is not None


@pytest.mark.parametrize("code", ["OPERATION_IN_PROGRESS", "LIMIT_REACHED"])
def test_where_the_shop_runs_no_more_bulk_operations_we_wait(code: str) -> None:
    with scripted(bulk_crossover=0) as script:
        target = {"url": "https://files.example.com/up", "parameters": [{"name": "key", "value": "tmp/1"}]}
        script.answers(
            {"data": {"stagedUploadsCreate": {"stagedTargets": [target], "userErrors": []}}},
            {"data": {"bulkOperationRunMutation": {"userErrors": [{"field": None, "message": "Busy", "code": code}]}}},
        )
        script.mock.add("POST", "https://files.example.com/up", status=201, body="")
        with pytest.raises(TryLater, match="as many bulk operations"):
            list(script.client.push(CHANGES))


def test_an_upload_that_the_shop_calls_wrong_is_our_bug() -> None:
    with scripted(bulk_crossover=0) as script:
        wrong = {"field": ["input"], "message": "File type is not recognized"}
        script.answers({"data": {"stagedUploadsCreate": {"stagedTargets": None, "userErrors": [wrong]}}})
        with pytest.raises(WrongRequestError, match="not recognized"):
            list(script.client.push(CHANGES))


def test_an_upload_that_is_refused_is_tried_later() -> None:
    with scripted(bulk_crossover=0) as script:
        target = {"url": "https://files.example.com/up", "parameters": [{"name": "key", "value": "tmp/1"}]}
        script.answers({"data": {"stagedUploadsCreate": {"stagedTargets": [target], "userErrors": []}}})
        script.mock.add("POST", "https://files.example.com/up", status=403, body="<Error/>")
        with pytest.raises(TryLater, match="403"):
            list(script.client.push(CHANGES))


def test_deletions_alone_need_no_bulk_operation(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 0)
    stage.shop.set_field("A", "message", "Hi")
    (pushed,) = stage.client_with(crossover=0).push([stage.change(variant, message="")])
    assert (pushed.refused, stage.shop.shelf("A").fields["message"]) == (None, "")
    assert stage.shop.calls == ["Push"]
