"""Whether a request is from the shop: the signature over the bytes as sent, or WooCommerce's own unsigned ping."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from adapters.signing import signed_by_any
from connector.ports.storefront import Envelope, Verdict

SIGNATURE = "x-wc-webhook-signature"
TOPIC = "x-wc-webhook-topic"
WEBHOOK_ID = "x-wc-webhook-id"
DELIVERY_ID = "x-wc-webhook-delivery-id"

# The ping is sent when a webhook is made or its address is changed.  It is the only unsigned request we answer
# with 200, so nothing but its exact form is one: a form with the number of the webhook and not a byte more.
PING_BODY = re.compile(rb"webhook_id=[1-9][0-9]{0,18}", re.ASCII)
PING_TYPE = "application/x-www-form-urlencoded"
OURS = "x-wc-"


def authenticate(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Verdict:
    """Judge one request.  ``body`` are the raw bytes: JSON read and written again has another signature."""
    low = _lower(headers)
    signature = low.get(SIGNATURE)
    if signature is None:
        return Verdict.PING if _is_ping(low, body) else Verdict.FORGED
    return Verdict.GENUINE if signed_by_any(secrets, body, signature.strip()) else Verdict.FORGED


def envelope(headers: Mapping[str, str]) -> Envelope:
    """What the headers say.  The delivery id is a hash of the webhook id and the second: two products of one second
    share it, so it names a delivery only together with its body.
    """
    low = _lower(headers)
    return Envelope(
        topic=low.get(TOPIC, "").strip(),
        external_id=f"{low.get(WEBHOOK_ID, '').strip()}:{low.get(DELIVERY_ID, '').strip()}",
    )


def _is_ping(low: Mapping[str, str], body: bytes) -> bool:
    media_type = low.get("content-type", "").partition(";")[0].strip().lower()
    return (
        media_type == PING_TYPE
        and not any(name.startswith(OURS) for name in low)
        and PING_BODY.fullmatch(body) is not None
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
