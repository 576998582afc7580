"""What the intake tests and benchmarks put around the intake: two platforms, an inbox in memory, signed requests."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from flask import Flask

from adapters.shopify.authenticate import authenticate as shopify_authenticate
from adapters.shopify.authenticate import envelope as shopify_envelope
from adapters.signing import hmac_sha256_base64
from adapters.woocommerce.authenticate import authenticate as woo_authenticate
from adapters.woocommerce.authenticate import envelope as woo_envelope
from connector.ports.records import NewDelivery
from connector.ports.storefront import Envelope, Platform, Verdict
from connector.ports.unit_of_work import Inbox
from connector.services.receive import ReceiveCompliance, ReceiveDelivery
from connector.web import health
from connector.web.app import create_app
from webhooks import receive

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
LIMIT = 100_000
WOO_SECRET, SHOPIFY_SECRET = "new-woo-secret", "second-secret"
SECRETS: dict[tuple[str, str], tuple[str, ...]] = {
    ("woocommerce", "main"): (WOO_SECRET, "old-woo-secret"),
    ("shopify", "second"): (SHOPIFY_SECRET,),
    ("shopify", "third"): ("third-secret",),
    ("shopify", "bare"): (),
}
SHOPS = {"second.myshopify.com": "second", "third.myshopify.com": "third"}


@dataclass(frozen=True)
class Signatures:
    """The part of a platform that the intake uses: the platform's own two functions."""

    name: str
    authenticate: Callable[[Mapping[str, str], bytes, Sequence[str]], Verdict]
    envelope: Callable[[Mapping[str, str]], Envelope]
    topics: Sequence[str] = ("order.updated", "orders/updated")


PLATFORMS = cast(
    "dict[str, Platform]",
    {
        "woocommerce": Signatures("woocommerce", woo_authenticate, woo_envelope),
        "shopify": Signatures("shopify", shopify_authenticate, shopify_envelope),
    },
)


class MemoryInbox:
    def __init__(self) -> None:
        self.kept: list[NewDelivery] = []
        self.counted: Counter[tuple[str, str]] = Counter()
        self.broken: Exception | None = None
        self.closed = False
        self._seen: set[tuple[str, str, str, bytes]] = set()
        self._lock = threading.Lock()

    def keep(self, delivery: NewDelivery) -> bool:
        if self.broken is not None:
            raise self.broken
        key = (delivery.store, delivery.topic, delivery.external_id, delivery.body)
        with self._lock:
            if key in self._seen:
                return False
            self._seen.add(key)
            self.kept.append(delivery)
            return True

    def count(self, store: str, name: str) -> None:
        with self._lock:
            self.counted[store, name] += 1

    def close(self) -> None:
        self.closed = True


def secrets_of(platform: str, store_key: str) -> Sequence[str] | None:
    return SECRETS.get((platform, store_key))


def stores_of(platform: str) -> Sequence[tuple[str, Sequence[str]]]:
    return [(key, live) for (on, key), live in SECRETS.items() if on == platform]


def store_of_shop(platform: str, domain: str) -> str | None:
    return SHOPS.get(domain) if platform == "shopify" else None


def intake_app(inbox: Inbox, checks: Mapping[str, health.Check] | None = None) -> Flask:
    deliver = ReceiveDelivery(PLATFORMS, secrets_of, inbox, lambda: NOW)
    comply = ReceiveCompliance(PLATFORMS, stores_of, store_of_shop, inbox, lambda: NOW)
    webhooks = receive.blueprint(deliver, comply, ("shopify",), LIMIT)
    return create_app([webhooks, health.blueprint(checks or {})], on_stop=inbox.close)


def woo(body: bytes, secret: str = WOO_SECRET, delivery: str = "d1") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": "order.updated",
        "X-WC-Webhook-Signature": hmac_sha256_base64(secret, body),
        "X-WC-Webhook-ID": "7",
        "X-WC-Webhook-Delivery-ID": delivery,
    }


def shopify(body: bytes, secret: str = SHOPIFY_SECRET, topic: str = "orders/updated") -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": hmac_sha256_base64(secret, body),
        "X-Shopify-Webhook-Id": "b54557e4",
    }
