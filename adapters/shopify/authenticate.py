"""Whether a delivery comes from Shopify, and what its headers say (facts: shopify.dev, verify-deliveries).

Classic webhooks and the newer events carry the same things under ``X-Shopify-*`` and ``shopify-*``.  Only the body is
signed: topic, ids and times in the headers are hints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.reader import Reader
from adapters.signing import signed_by_any
from connector.ports.failures import Unreadable
from connector.ports.storefront import Envelope, Verdict

FAMILIES = ("x-shopify-", "shopify-")


def authenticate(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Verdict:
    """``body``: the bytes as sent.  Shopify pings nobody, so what is not genuine is forged.

    Every family's signature is tried: one is enough, whatever a stranger puts beside it.
    """
    lowered = _lowered(headers)
    signatures = [lowered[key] for key in (f"{family}hmac-sha256" for family in FAMILIES) if key in lowered]
    genuine = any(signed_by_any(secrets, body, signature) for signature in signatures)
    return Verdict.GENUINE if genuine else Verdict.FORGED


def envelope(headers: Mapping[str, str]) -> Envelope:
    """The topic, the id of this delivery (the same for each retry), and when the change happened."""
    lowered = _lowered(headers)
    return Envelope(
        topic=_first(lowered, "topic"),
        external_id=_first(lowered, "webhook-id"),
        triggered_at=_moment(_first(lowered, "triggered-at")),
    )


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _first(lowered: Mapping[str, str], name: str) -> str:
    return next((lowered[family + name] for family in FAMILIES if lowered.get(family + name)), "")


def _moment(text: str) -> datetime | None:
    try:
        return Reader(text).utc_or_none()
    except Unreadable:
        # Unsigned and only a hint: a header in another form is no reason to lose the delivery.
        return None
