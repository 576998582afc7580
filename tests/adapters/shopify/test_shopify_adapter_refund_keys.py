"""The idempotency key of a refund: the one we were given, and the next one only where it is spent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from shopify_adapter_stage import Script, scripted

from adapters.shopify.refunding import MOST_KEYS
from connector.ports.acting import Cancelling
from connector.ports.failures import Refused, TryLater

KEY = "0b0e7f4c-6f0a-4a86-9d2b-1c3c1f4b9a10"


def refund_answers(script: Script, *messages: str) -> None:
    """An order of one line, and one answer to ``refundCreate`` after the other; an empty one is a refund."""
    money = {"presentmentMoney": {"amount": "20.0", "currencyCode": "EUR"}}
    node = {
        "id": "gid://shopify/LineItem/11",
        "sku": "A",
        "quantity": 2,
        "currentQuantity": 2,
        "unfulfilledQuantity": 2,
    }
    order: dict[str, Any] = {
        "id": "gid://shopify/Order/1",
        "updatedAt": "2026-11-21T12:00:00Z",
        "cancelledAt": None,
        "cancellation": None,
        "merchantEditable": True,
        "merchantEditableErrors": [],
        "totalReceivedSet": money,
        "totalOutstandingSet": {"presentmentMoney": {"amount": "0.0", "currencyCode": "EUR"}},
        "refunds": [],
        "noted": None,
        "lineItems": {
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [{**node, "sellingPlan": None, "requiresShipping": True, "variant": None}],
        },
    }
    payment = {"id": "gid://shopify/OrderTransaction/7", "manualPaymentGateway": False}
    share = {"gateway": "bogus", "formattedGateway": None, "amountSet": money, "maximumRefundableSet": money}
    suggestion = {"refundLineItems": [], "suggestedTransactions": [{**share, "parentTransaction": payment}]}
    made = {"status": "PENDING", "gateway": "bogus", "formattedGateway": None, "amountSet": money}
    refund = {"id": "gid://x/1", "createdAt": "2026-11-21T12:00:00Z", "transactions": {"nodes": [made]}}
    script.answers(
        {"data": {"order": order}},
        {"data": {"order": {"suggestedRefund": suggestion}}},
        *[
            {
                "data": {
                    "refundCreate": {
                        "refund": None if message else refund,
                        "userErrors": [{"field": None, "message": message}] if message else [],
                    }
                }
            }
            for message in messages
        ],
    )


WANTED = Cancelling("BO-1-1", KEY, "1", {"11": 2}, whole=False, reason="")
RUNNING = "This request is currently in progress, please try again."
MISMATCH = "The same idempotency key cannot be used with different operation parameters."
FAILED = "A previous request with this idempotency key failed. Retry with a new idempotency key."


def keys(script: Script) -> list[str]:
    return [one["variables"]["key"] for one in script.asked if one["operationName"] == "RefundCreate"]


def test_the_first_key_is_the_one_we_were_given() -> None:
    with scripted() as script:
        refund_answers(script, "")
        done = script.client.cancel(WANTED)
        assert (done.refunded, keys(script)) == ("20.0", [KEY])


def test_a_call_that_still_runs_is_waited_for_under_the_same_key() -> None:
    with scripted() as script:
        refund_answers(script, RUNNING)
        with pytest.raises(TryLater):
            script.client.cancel(WANTED)
        assert keys(script) == [KEY]


@pytest.mark.parametrize("message", [MISMATCH, FAILED, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"])
def test_of_a_spent_key_the_next_is_made_and_always_the_same(message: str) -> None:
    made: list[list[str]] = []
    for _ in range(2):
        with scripted() as script:
            refund_answers(script, message, message, "")
            assert script.client.cancel(WANTED).refunded == "20.0"
            made.append(keys(script))
    first, second = made
    assert first == second
    assert (first[0], len(set(first)), [str(UUID(one)) for one in first]) == (KEY, 3, first)


def test_keys_are_not_tried_for_ever() -> None:
    with scripted() as script:
        refund_answers(script, FAILED)
        with pytest.raises(TryLater):
            script.client.cancel(WANTED)
        assert len(keys(script)) == MOST_KEYS


def test_any_other_refusal_is_told_as_it_is() -> None:
    with scripted() as script:
        refund_answers(script, "The gateway is asleep")
        with pytest.raises(Refused, match="The gateway is asleep"):
            script.client.cancel(WANTED)
        assert keys(script) == [KEY]


def test_the_refund_names_what_shopify_suggested_and_tells_the_buyer_nothing() -> None:
    with scripted() as script:
        refund_answers(script, "")
        script.client.cancel(WANTED)
        given: Mapping[str, Any] = script.asked[-1]["variables"]["input"]
    assert given == {
        "orderId": "gid://shopify/Order/1",
        "note": "[BO-1-1]",
        "notify": False,
        "currency": "EUR",
        "refundLineItems": [{"lineItemId": "gid://shopify/LineItem/11", "quantity": 2, "restockType": "CANCEL"}],
        "transactions": [
            {
                "orderId": "gid://shopify/Order/1",
                "parentId": "gid://shopify/OrderTransaction/7",
                "gateway": "bogus",
                "kind": "REFUND",
                "amount": "20.0",
            }
        ],
    }
