"""Whose request it is."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from adapters.woocommerce import platform
from connector.ports.storefront import Verdict

BODY = b'{"id":53,"url":"http:\\/\\/shop.example\\/\\u00e9"}'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signature(secret: str, body: bytes = BODY) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def verdict(headers: dict[str, str], body: bytes = BODY, secrets: tuple[str, ...] = ("new", "old")) -> Verdict:
    return platform().authenticate(headers, body, secrets)


@pytest.mark.parametrize("secret", ["new", "old"])
@pytest.mark.parametrize("header", ["X-WC-Webhook-Signature", "x-wc-webhook-signature", "X-Wc-Webhook-Signature"])
def test_any_live_secret_signs_under_a_header_of_any_case(secret: str, header: str) -> None:
    assert verdict({header: signature(secret)}) is Verdict.GENUINE


@pytest.mark.parametrize(
    ("headers", "body", "secrets"),
    [
        pytest.param(
            {"X-WC-Webhook-Signature": signature("new")}, BODY.replace(b"\\/", b"/"), ("new",), id="rewritten"
        ),
        pytest.param({"X-WC-Webhook-Signature": signature("gone")}, BODY, ("new", "old"), id="secret that was retired"),
        pytest.param({"X-WC-Webhook-Signature": signature("new")}, BODY, (), id="no secrets at all"),
        pytest.param({"X-WC-Webhook-Signature": signature("")}, BODY, ("",), id="empty secret"),
        pytest.param({"X-WC-Webhook-Signature": ""}, BODY, ("new",), id="empty signature"),
        pytest.param({"X-WC-Webhook-Signature": "é\udc80"}, BODY, ("new",), id="signature that is no ASCII"),
        pytest.param({"X-WC-Webhook-Topic": "order.deleted"}, BODY, ("new",), id="not signed"),
    ],
)
def test_what_no_live_secret_signed_is_forged(headers: dict[str, str], body: bytes, secrets: tuple[str, ...]) -> None:
    assert verdict(headers, body, secrets) is Verdict.FORGED


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded; charset=UTF-8"]
)
def test_the_unsigned_hello_is_a_ping(media_type: str) -> None:
    assert (
        verdict({"content-type": media_type, "User-Agent": "WooCommerce/10.5.0 Hookshot"}, b"webhook_id=7")
        is Verdict.PING
    )


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({"Content-Type": "application/json"}, b"webhook_id=7", id="as JSON"),
        pytest.param({}, b"webhook_id=7", id="of no type"),
        pytest.param({**FORM, "X-WC-Webhook-Topic": "order.updated"}, b"webhook_id=7", id="with a topic"),
        pytest.param({**FORM, "X-WC-Webhook-Signature": "x"}, b"webhook_id=7", id="with a wrong signature"),
        pytest.param(FORM, b"webhook_id=7&topic=order.updated", id="with more in it"),
        pytest.param(FORM, b"webhook_id=7\n", id="with a line end"),
        pytest.param(FORM, b"webhook_id=0", id="of no webhook"),
        pytest.param(FORM, b"webhook_id=", id="without a number"),
        pytest.param(FORM, b"webhook_id=" + b"7" * 40, id="of too long a number"),
        pytest.param(FORM, b'{"id":53}', id="with an order in it"),
        pytest.param(FORM, b"", id="empty"),
    ],
)
def test_nothing_else_unsigned_is_a_ping(headers: dict[str, str], body: bytes) -> None:
    assert verdict(headers, body) is Verdict.FORGED


def test_the_envelope_names_the_topic_and_the_delivery_of_the_webhook() -> None:
    headers = {"x-wc-webhook-topic": "order.updated", "X-WC-Webhook-ID": "7", "X-WC-WEBHOOK-DELIVERY-ID": "7ec354"}
    envelope = platform().envelope(headers)
    assert (envelope.topic, envelope.external_id, envelope.triggered_at) == ("order.updated", "7:7ec354", None)
