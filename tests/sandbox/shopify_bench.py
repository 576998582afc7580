"""A sandbox shop behind a real server on loopback, a clock to turn by hand, and a postbox for its webhooks."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from werkzeug.serving import make_server

from adapters.shopify.sandbox import ShopifyShop

START = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
HOOK = "https://connector.example.com/webhooks/shopify/main"
SUBSCRIBE = """mutation Subscribe($topic: WebhookSubscriptionTopic!, $sub: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $sub) {
    webhookSubscription { id uri } userErrors { field message } } }"""


@dataclass
class HandClock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Letter:
    """One delivery as it arrived."""

    address: str
    headers: Mapping[str, str]
    raw: bytes

    @property
    def topic(self) -> str:
        return self.headers["X-Shopify-Topic"]

    @property
    def body(self) -> Any:
        return json.loads(self.raw)


@dataclass
class Bench:
    clock: HandClock
    shop: ShopifyShop
    url: str = ""
    letters: list[Letter] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)  # to the next deliveries; 200 when used up
    session: requests.Session = field(default_factory=requests.Session)

    def post(
        self,
        query: str,
        version: str = "2026-10",
        token: str = "shpat_sandbox",  # noqa: S107 -- the sandbox shop's own
        **variables: Any,
    ) -> requests.Response:
        return self.session.post(
            f"{self.url}/admin/api/{version}/graphql.json",
            json={"query": query, "variables": variables},
            headers={"X-Shopify-Access-Token": token},
            timeout=60,
        )

    def ask(self, query: str, **variables: Any) -> Any:
        """The whole answer."""
        answer = self.post(query, **variables)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def data(self, query: str, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def subscribe(self, *topics: str, address: str = HOOK) -> list[str]:
        made = [
            self.data(SUBSCRIBE, topic=topic, sub={"uri": address})["webhookSubscriptionCreate"] for topic in topics
        ]
        return [one["webhookSubscription"]["id"] for one in made]

    def post_out(self) -> list[Letter]:
        """What the shop sends now."""
        before = len(self.letters)
        self.shop.flush()
        return self.letters[before:]

    def send(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        self.letters.append(Letter(address, dict(headers), body))
        return self.answers.pop(0) if self.answers else 200


@contextmanager
def open_bench(**options: Any) -> Iterator[Bench]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    clock = HandClock()
    outbox: list[Bench] = []

    def send(address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        return outbox[0].send(address, headers, body)

    shop = ShopifyShop(clock, send, **options)
    bench = Bench(clock, shop)
    outbox.append(bench)
    server = make_server("127.0.0.1", 0, shop.app, threaded=True)
    bench.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield bench
    finally:
        bench.session.close()
        server.shutdown()
        thread.join()
        server.server_close()


def gid(kind: str, number: object) -> str:
    return f"gid://shopify/{kind}/{number}"
