"""Whatever is sent to the intake, it answers with a number that the platforms understand."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from intake_parts import MemoryInbox, intake_app, shopify, woo

ANSWERS = {200, 400, 401, 404, 405, 413, 503}
NAMES = (
    "Content-Type",
    "Content-Encoding",
    "X-WC-Webhook-Topic",
    "X-WC-Webhook-Signature",
    "X-WC-Webhook-ID",
    "X-WC-Webhook-Delivery-ID",
    "X-Shopify-Topic",
    "X-Shopify-Hmac-Sha256",
    "X-Shopify-Webhook-Id",
    "X-Shopify-Event-Id",
    "X-Shopify-Triggered-At",
    "X-Shopify-Shop-Domain",
    "X-Forwarded-For",
    "Expect",
    "Host",
)
# What a server can hand on: any byte as latin-1, but no end of a line.
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=300) | st.sampled_from(
    ("", " ", "\0", "=" * 44, "A" * 300, "2026-11-21T09:30:00.000000000Z", "99999-99-99", "gzip", "webhook_id=7")
)
HEADERS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
BODIES = st.binary(max_size=400) | st.sampled_from((b"webhook_id=7", b"{}", b"\0", b"[" * 5000))
PATHS = st.sampled_from(
    (
        "/webhooks/woocommerce/main",
        "/webhooks/shopify/second",
        "/webhooks/shopify/bare",
        "/webhooks/shopify/compliance",
        "/webhooks/shopify/nosuch",
        "/webhooks/woocommerce/second",
        "/webhooks/nosuch/main",
        "/webhooks",
        "/webhooks/",
        "/webhooks/woocommerce/",
        "/webhooks/woocommerce/main/",
        "/webhooks/woocommerce/%00",
        "/webhooks/woocommerce/%ff%fe",
        "/webhooks/woocommerce/..%2f..%2fetc",
    )
) | st.text(max_size=20).map(lambda key: f"/webhooks/woocommerce/{key}")
METHODS = st.sampled_from(("POST", "POST", "POST", "GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))


@given(method=METHODS, path=PATHS, headers=HEADERS, body=BODIES)
@example("POST", "/webhooks/woocommerce/main", {"X-WC-Webhook-Signature": "\xff"}, b"{}")
@example("POST", "/webhooks/shopify/second", {"X-Shopify-Triggered-At": "0001-01-01T00:00:00+14:00"}, b"{}")
def test_any_request_is_answered_with_a_number_we_mean(
    method: str, path: str, headers: Mapping[str, str], body: bytes
) -> None:
    inbox = MemoryInbox()
    answer = intake_app(inbox).test_client().open(path, method=method, headers=dict(headers), data=body)
    assert answer.status_code in ANSWERS
    assert inbox.kept == []  # nothing of it was signed


@given(headers=HEADERS, body=BODIES, by_woo=st.booleans())
def test_a_signed_request_is_kept_whatever_else_it_says(
    headers: Mapping[str, str], body: bytes, *, by_woo: bool
) -> None:
    inbox = MemoryInbox()
    path, signed = ("/webhooks/woocommerce/main", woo(body)) if by_woo else ("/webhooks/shopify/second", shopify(body))
    # Another signature is another request, and a host of no form is refused before anything is read.
    ours = {"X-WC-Webhook-Signature", "X-Shopify-Hmac-Sha256", "Host"}
    others = {key: value for key, value in headers.items() if key not in ours}
    answer = intake_app(inbox).test_client().post(path, headers={**signed, **others}, data=body)
    assert (answer.status_code, len(inbox.kept)) == (200, 1)
    for kept in inbox.kept:
        assert (kept.body, len(kept.topic) <= 200, len(kept.external_id) <= 200) == (body, True, True)


@pytest.mark.parametrize("error", [OSError(28, "No space left"), sqlite3.OperationalError("locked"), MemoryError()])
@given(body=st.binary(max_size=50))
def test_what_cannot_be_kept_is_answered_503(error: Exception, body: bytes) -> None:
    inbox = MemoryInbox()
    inbox.broken = error
    answer = intake_app(inbox).test_client().post("/webhooks/woocommerce/main", headers=woo(body), data=body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
