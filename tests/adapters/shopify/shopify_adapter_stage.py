"""A sandbox shop on loopback, and our client in front of it; and a client whose shop answers what the test says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import responses

from adapters.http import NO_RETRIES, Retries
from adapters.shopify.client import ShopifyStorefront, open_storefront
from adapters.shopify.sandbox import ShopifyShop
from connector.domain.facts import Fact
from connector.ports.storefront import Change
from connector.sandbox.serve import served

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOMAIN = "sandbox.myshopify.com"
OPTIONS = {"shop": DOMAIN, "access_token": "shpat_sandbox", "api_version": "2026-10"}
GRANT = {"shop": DOMAIN, "client_id": "sandbox", "client_secret": "shpss_sandbox", "api_version": "2026-10"}
GRAPHQL = f"https://{DOMAIN}/admin/api/2026-10/graphql.json"


@dataclass
class Hands:
    """A clock that moves when it is told to, or when somebody sleeps."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float = 60) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)


@dataclass
class Stage:
    clock: Hands
    shop: ShopifyShop
    url: str
    client: ShopifyStorefront
    letters: list[tuple[Mapping[str, str], bytes]]

    def client_with(
        self, options: Mapping[str, str] | None = None, *, retries: Retries = NO_RETRIES, crossover: int = 1000
    ) -> ShopifyStorefront:
        return open_storefront(
            {**OPTIONS, "admin_url": self.url, **(options or {})},
            shop=DOMAIN,
            allow_private=True,
            clock=self.clock,
            sleep=self.clock.sleep,
            retries=retries,
            bulk_crossover=crossover,
        )

    def product_of(self, variant_id: str) -> str:
        return str(self.shop.store.variants[int(variant_id)].product.ref)

    def item_of(self, variant_id: str) -> str:
        return str(self.shop.store.variants[int(variant_id)].inventory_item.ref)

    def change(self, variant_id: str, **fields: str) -> Change:
        return Change(variant_id, self.product_of(variant_id), fields)


@contextmanager
def open_stage(**options: Any) -> Iterator[Stage]:
    clock = Hands()
    letters: list[tuple[Mapping[str, str], bytes]] = []

    def keep(_address: str, headers: Mapping[str, str], body: bytes) -> int:
        letters.append((headers, body))
        return 200

    shop = ShopifyShop(clock, keep, **options)
    with served(shop.app) as url:
        stage = Stage(clock, shop, url, client=None, letters=letters)  # type: ignore[arg-type]  # set in the next line, from the stage itself
        stage.client = stage.client_with()
        yield stage


def only(kind: type[Fact], facts: Sequence[Fact]) -> list[Any]:
    return [fact for fact in facts if isinstance(fact, kind)]


@dataclass
class Script:
    """Answers in order; the last one again and again."""

    client: ShopifyStorefront
    clock: Hands
    mock: responses.RequestsMock
    asked: list[Any] = field(default_factory=list)

    def answers(self, *bodies: object, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        left = list(bodies)

        def answer(request: Any) -> tuple[int, Mapping[str, str], str]:
            self.asked.append(json.loads(request.body))
            body = left.pop(0) if len(left) > 1 else left[0]
            if callable(body):
                body = body(json.loads(request.body))
            return status, headers or {}, body if isinstance(body, str) else json.dumps(body)

        self.mock.add_callback(responses.POST, GRAPHQL, callback=answer)


@contextmanager
def scripted(options: Mapping[str, str] | None = None, *, bulk_crossover: int = 1000) -> Iterator[Script]:
    clock = Hands()
    client = open_storefront(
        {**OPTIONS, **(options or {})},
        shop=DOMAIN,
        allow_private=True,
        clock=clock,
        sleep=clock.sleep,
        retries=NO_RETRIES,
        bulk_crossover=bulk_crossover,
    )
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Script(client, clock, mock)
