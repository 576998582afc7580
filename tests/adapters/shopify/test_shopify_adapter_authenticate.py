"""Whose request it is, and what its headers say."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from adapters.shopify import platform
from connector.ports.storefront import Envelope, Verdict

BODY = '{"id":820982911946154508,"note":"für \\u00fc"}'.encode()


def signature(secret: str, body: bytes = BODY) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize("secret", ["new", "old"])
@pytest.mark.parametrize(
    "header", ["X-Shopify-Hmac-Sha256", "x-shopify-hmac-sha256", "X-SHOPIFY-HMAC-SHA256", "shopify-hmac-sha256"]
)
def test_any_live_secret_signs_in_either_header_family_and_any_case(secret: str, header: str) -> None:
    verdict = platform().authenticate({header: signature(secret)}, BODY, ["new", "old"])
    assert verdict is Verdict.GENUINE


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        pytest.param({"X-Shopify-Hmac-Sha256": signature("new")}, BODY + b"\n", ["new"], id="body touched"),
        pytest.param({"X-Shopify-Hmac-Sha256": signature("gone")}, BODY, ["new", "old"], id="retired secret"),
        pytest.param({"X-Shopify-Hmac-Sha256": signature("new")}, BODY, [], id="no secret known"),
        pytest.param({"X-Shopify-Hmac-Sha256": signature("")}, BODY, [""], id="empty secret"),
        pytest.param({"X-Shopify-Hmac-Sha256": ""}, BODY, ["new"], id="empty signature"),
        pytest.param({"X-Shopify-Hmac-Sha256": "ü" * 44}, BODY, ["new"], id="signature beyond ascii"),
        pytest.param({"X-Shopify-Topic": "orders/create"}, BODY, ["new"], id="no signature"),
        pytest.param({"X-WC-Webhook-Signature": signature("new")}, BODY, ["new"], id="another platform's header"),
    ],
)
def test_everything_else_is_forged(headers: dict[str, str], body: bytes, secrets: list[str]) -> None:
    assert platform().authenticate(headers, body, secrets) is Verdict.FORGED


def test_a_wrong_signature_beside_the_right_one_takes_nothing_away() -> None:
    headers = {"X-Shopify-Hmac-Sha256": "bm8=", "shopify-hmac-sha256": signature("new")}
    assert platform().authenticate(headers, BODY, ["new"]) is Verdict.GENUINE


@pytest.mark.parametrize("prefix", ["X-Shopify-", "x-shopify-", "shopify-", "Shopify-"])
def test_the_envelope_is_read_from_either_header_family(prefix: str) -> None:
    headers = {
        f"{prefix}Topic": "orders/updated",
        f"{prefix}Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        f"{prefix}Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        f"{prefix}Triggered-At": "2026-11-20T08:30:02.118236Z",
    }
    expected = Envelope(
        "orders/updated",
        "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        datetime(2026, 11, 20, 8, 30, 2, 118236, tzinfo=UTC),
    )
    assert expected == platform().envelope(headers)


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-11-20T08:30:02", "9999-12-31T23:59:59-23:59"])
def test_a_time_that_cannot_be_read_does_not_lose_the_delivery(moment: str) -> None:
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Triggered-At": moment}
    assert Envelope("orders/create", "", None) == platform().envelope(headers)
