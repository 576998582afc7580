"""Deliveries as a shop signs them, posted to a house."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from house import House

from adapters.signing import hmac_sha256_base64
from connector.ports.records import Delivery

SECRETS = {"chairs": "new-woo-secret", "tents": "shpss_sandbox"}
NAMES = {
    "chairs": ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature", "X-WC-Webhook-Delivery-ID"),
    "tents": ("X-Shopify-Topic", "X-Shopify-Hmac-Sha256", "X-Shopify-Webhook-Id"),
}
numbers = count(1)


def post(there: House, store: str, topic: str, body: bytes | dict[str, Any], secret: str | None = None) -> int:
    """Post a delivery that was never sent before; the number it is answered with."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    topic_name, signature, id_name = NAMES[store]
    headers = {
        "Content-Type": "application/json",
        topic_name: topic,
        signature: hmac_sha256_base64(secret or SECRETS[store], data),
        id_name: f"d{next(numbers)}",
    }
    return there.receive(there.service.address(store), headers, data)


def newest(there: House, store: str) -> Delivery:
    with there.service.work(read_only=True) as uow:
        return uow.deliveries.find(store=store, limit=1)[0]


def waiting(there: House, store: str) -> int:
    with there.service.work(read_only=True) as uow:
        return len(uow.deliveries.waiting(store, 1000))


def last_body(there: House, store: str, topic: str) -> dict[str, Any]:
    """The newest delivery of a topic that the shop itself has sent, to be changed and sent again."""
    topic_name = NAMES[store][0].lower()
    for address, headers, body in reversed(there.sent):
        said = {name.lower(): value for name, value in headers.items()}
        if address.endswith(f"/{store}") and said.get(topic_name) == topic:
            found: dict[str, Any] = json.loads(body)
            return found
    raise LookupError(f"{store} has sent no {topic}")
