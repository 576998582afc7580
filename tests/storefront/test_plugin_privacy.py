"""WordPress's privacy tools ask our plugin, and our plugin asks the service: signed, or not at all."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from php_stage import needs_php, play

HERS = "anna@example.test"
SECRET = "the webhook's secret"
SERVICE = "https://backorders.example.test"
NAMED = {"backorder_connector": {"address": SERVICE, "store": "chairs"}}
OTHERS = {"address": "https://elsewhere.example.test/hook", "secret": "another"}
OURS = {"address": f"{SERVICE}/webhooks/woocommerce/chairs", "secret": SECRET}


def asked(**case: Any) -> dict[str, Any]:
    return play(privacy=HERS, **{"options": NAMED, "webhooks": [OTHERS, OURS], **case})


def answer(body: object, status: int = 200) -> dict[str, Any]:
    return {"status": status, "body": json.dumps(body)}


@needs_php
def test_both_tools_find_us_beside_the_others() -> None:
    assert asked(answer=answer({}))["offered"] == {
        "export": ["theirs", "backorder-connector"],
        "erase": ["theirs", "backorder-connector"],
    }


@needs_php
def test_the_service_is_asked_with_a_signature_of_the_webhooks_secret() -> None:
    exported, erased = asked(answer=answer({"request": 1}))["requests"]
    assert {one["address"] for one in (exported, erased)} == {f"{SERVICE}/storefront/v1/chairs/privacy"}
    for one, what in ((exported, "export"), (erased, "erase")):
        said = json.loads(one["how"]["body"])
        assert (said["privacy"], said["email"]) == (what, HERS)
        signed = hmac.new(SECRET.encode(), one["how"]["body"].encode(), hashlib.sha256).digest()
        assert one["how"]["headers"]["X-WC-Webhook-Signature"] == base64.b64encode(signed).decode()


@needs_php
def test_what_the_service_holds_stands_in_the_export() -> None:
    held = {
        "orders": [{"number": "1001", "country": "DE", "messages": [{"subject": "Later"}], "paid_at": None}],
        "restock": [{"sku": "CHAIR"}],
        "deliveries": [],
    }
    said = asked(answer=answer(held))["privacy"]["export"]
    assert said["done"] is True
    assert [one["item_id"] for one in said["data"]] == ["backorder-connector-orders-0", "backorder-connector-restock-0"]
    assert said["data"][0]["data"] == [
        {"name": "number", "value": "1001"},
        {"name": "country", "value": "DE"},
        {"name": "messages", "value": '[{"subject":"Later"}]'},
    ]


@needs_php
def test_an_erasure_that_the_service_took_is_done() -> None:
    said = asked(answer=answer({"request": 7}))["privacy"]["erase"]
    assert said == {"items_removed": True, "items_retained": False, "messages": [], "done": True}


@needs_php
@pytest.mark.parametrize(
    "case",
    [
        {},
        {"answer": answer({"error": "refused"}, 401)},
        {"answer": {"status": 200, "body": "no JSON"}},
        {"answer": answer({}), "webhooks": [OTHERS]},
        {"answer": answer({}), "options": {}},
    ],
    ids=["away", "refused", "not JSON", "no webhook of ours", "no service named"],
)
def test_whoever_uses_the_tools_is_told_where_the_service_could_not_be_asked(case: dict[str, Any]) -> None:
    said = asked(**case)["privacy"]
    assert (said["erase"]["items_retained"], said["erase"]["items_removed"]) == (True, False)
    assert "could not be asked" in said["erase"]["messages"][0]
    assert "could not be asked" in said["export"]["data"][0]["data"][0]["value"]
