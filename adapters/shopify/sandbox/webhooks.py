"""Subscriptions made through the API, and the queue that delivers to them.

A delivery that is not answered with 2xx is tried again eight times over four hours; when the eighth retry fails too,
the subscription is deleted, as the platform deletes those made through the API.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.shopify.sandbox.records import Record
from adapters.shopify.sandbox.store import Body, Store
from connector.ports.clock import Clock
from connector.ports.sandbox import Faults, Send

RETRY_AFTER = tuple(timedelta(seconds=one) for one in (60, 120, 240, 480, 960, 1920, 3840, 6780))
"""Pauses before each of the eight retries: doubling, four hours together."""
Signed = tuple[bytes, str]
"""A body as it is sent, and its signature."""
SUCCESS = range(200, 300)


@dataclass(eq=False, kw_only=True)
class Subscription(Record):
    TYPE = "WebhookSubscription"
    topic: str  # as the schema spells it: ORDERS_CREATE
    uri: str
    version: str
    created_at: datetime
    updated_at: datetime
    include_fields: list[str] = field(default_factory=list)
    metafield_namespaces: list[str] = field(default_factory=list)
    name: str | None = None
    filter: str | None = None
    format: str = "JSON"


@dataclass(eq=False)
class Delivery:
    address: str
    headers: Mapping[str, str]
    body: bytes
    due: datetime
    subscription: Subscription | None  # None: a compliance topic, which no call subscribes to
    failures: int = 0


@dataclass
class Outbox:
    """Guarded by the shop's lock, except while ``Send`` runs."""

    clock: Clock
    domain: str
    secret: str
    retry_after: Sequence[timedelta] = RETRY_AFTER
    subscriptions: dict[str, Subscription] = field(default_factory=dict)  # by global id
    waiting: list[Delivery] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)  # global ids of subscriptions deleted after failures
    _ids: int = 0
    _seeded: tuple[int, random.Random] | None = None

    def publish(self, event_id: str, told: Mapping[tuple[str, str], Body], store: Store) -> None:
        """Queue one event for every subscription that wants a topic of it, each body as things stand now."""
        made: dict[object, tuple[Mapping[str, Any], Signed]] = {}
        for (topic, about), body in told.items():
            wanting = [one for one in self.subscriptions.values() if one.topic == schema_topic(topic)]
            if not wanting:
                continue
            # Every topic of an order carries the same body: thousands of orders need it built and signed once.
            key = about if topic.startswith("orders/") else (topic, about)
            if key not in made:
                state = body()
                made[key] = (state, self.sign(state))
            for one in wanting:
                state, signed = made[key]
                if one.include_fields:
                    signed = self.sign({name: state[name] for name in one.include_fields if name in state})
                self.enqueue(topic, one.uri, signed, event_id, store.new_uuid(), one.version, one)

    def sign(self, body: Mapping[str, Any]) -> Signed:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return raw, base64.b64encode(hmac.digest(self.secret.encode(), raw, hashlib.sha256)).decode()

    def enqueue(
        self,
        topic: str,
        address: str,
        signed: Signed,
        event_id: str,
        webhook_id: str,
        version: str,
        subscription: Subscription | None = None,
    ) -> None:
        raw, signature = signed
        now = self.clock()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Shopify-Captain-Hook",
            "X-Shopify-Topic": topic,
            "X-Shopify-Hmac-Sha256": signature,
            "X-Shopify-Shop-Domain": self.domain,
            "X-Shopify-API-Version": version,
            "X-Shopify-Webhook-Id": webhook_id,
            "X-Shopify-Event-Id": event_id,
            "X-Shopify-Triggered-At": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond:06d}000Z",
        }
        self.waiting.append(Delivery(address, headers, raw, now, subscription))

    def due(self) -> list[Delivery]:
        now = self.clock()
        return [one for one in self.waiting if one.due <= now]

    def take(self, faults: Faults) -> list[Delivery]:
        """What is to be sent now, taken out of the queue; the faults have lost, doubled and shuffled it."""
        due = self.due()
        taken = set(map(id, due))
        self.waiting = [one for one in self.waiting if id(one) not in taken]
        generator = self._generator(faults.seed)
        leaving: list[Delivery] = []
        for one in due:
            if faults.lose_webhooks > 0:
                faults.lose_webhooks -= 1
                continue
            if generator.random() < faults.lost:
                continue
            leaving.extend([one, one] if generator.random() < faults.doubled else [one])
        if faults.shuffled:
            generator.shuffle(leaving)
        return leaving

    def _generator(self, seed: int) -> random.Random:
        if self._seeded is None or self._seeded[0] != seed:
            self._seeded = (seed, random.Random(seed))  # noqa: S311 -- chance for tests, not for secrets
        return self._seeded[1]

    def settle(self, delivery: Delivery, status: int | None) -> None:
        """Note the answer: done, due again later, or given up with its subscription."""
        if status is not None and status in SUCCESS:
            return
        if delivery.subscription is not None and delivery.subscription.gid in self.dead:
            return
        if delivery.failures < len(self.retry_after):
            delivery.due = self.clock() + self.retry_after[delivery.failures]
            delivery.failures += 1
            if not any(one is delivery for one in self.waiting):
                self.waiting.append(delivery)
        elif delivery.subscription is not None:
            self.give_up(delivery.subscription)

    def give_up(self, subscription: Subscription) -> None:
        self.dead.add(subscription.gid)
        self.subscriptions.pop(subscription.gid, None)
        self.waiting = [one for one in self.waiting if one.subscription is not subscription]


def schema_topic(topic: str) -> str:
    return topic.replace("/", "_").upper()


def send_all(outbox: Outbox, leaving: Sequence[Delivery], send: Send, store: Store) -> int:
    """Deliver without the lock, so that a receiver may call the shop while it answers."""
    for one in leaving:
        status = send(one.address, one.headers, one.body)
        with store.lock:
            outbox.settle(one, status)
            if one.subscription is not None and one.subscription.gid in outbox.dead:
                store.forget(one.subscription)
    return len(leaving)
