"""A sandbox shop on loopback, and an installer of the app that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import responses
from shopify_adapter_stage import DOMAIN, Hands

from adapters.http import NO_RETRIES, Retries
from adapters.shopify.client import open_storefront
from adapters.shopify.install import installer
from adapters.shopify.sandbox import SECRET, ShopifyShop
from connector.ports.installing import Begun, Granted, Installer
from connector.sandbox.serve import served

RETURN = "https://backorder.example.com/install/shopify/back"
ENDPOINT = f"https://{DOMAIN}/admin/oauth/access_token"
APP = {"client_id": "sandbox", "client_secret": SECRET}
QUICK = Retries(attempts=3, seconds=5, first_wait=0.001)

OPTIONAL = ("write_order_edits", "write_merchant_managed_fulfillment_orders", "write_app_proxy")
"""Rights that are asked for, and that the service can do without."""

Query = list[tuple[str, str]]


def query_of(link: str) -> Query:
    return parse_qsl(urlsplit(link).query, keep_blank_values=True)


def altered(query: Query, **values: str) -> Query:
    return [(key, values.get(key, value)) for key, value in query]


@dataclass
class Door:
    """``answers``: what the shop sends to webhook addresses is kept in ``letters``."""

    clock: Hands
    shop: ShopifyShop
    url: str
    letters: list[tuple[Mapping[str, str], bytes]]

    def installer(self, way: str = "code", *, retries: Retries = NO_RETRIES, **settings: Any) -> Installer:
        return make(self.clock, way, retries, admin_url=self.url, **settings)

    def link(self) -> Query:
        return query_of(self.shop.install_link("https://backorder.example.com/install/shopify"))

    def begin(self, **settings: Any) -> tuple[Installer, Begun]:
        way = self.installer(**settings)
        return way, way.begin_signed(self.link(), return_url=RETURN, now=self.clock.now)

    def say(self, begun: Begun, what: str = "approve") -> Query:
        """The owner's answer on the page that they are sent to; gives the query that the browser brings back."""
        answer = requests.get(begun.go_to.replace("/authorize?", f"/{what}?"), allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        return query_of(answer.headers["Location"])

    def connected(self, **settings: Any) -> tuple[Installer, Granted]:
        way, begun = self.begin(**settings)
        return way, way.finish(self.say(begun), begun.remember, now=self.clock.now)

    def calls_with(self, options: Mapping[str, object]) -> list[object]:
        """One call with a store's keys, its failure raised."""
        client = open_storefront(
            {"api_version": "2026-10", **options},
            shop=DOMAIN,
            allow_private=True,
            clock=self.clock,
            sleep=self.clock.sleep,
            retries=NO_RETRIES,
        )
        return list(client.read_orders(["1"]))


def make(clock: Hands, way: str, retries: Retries = NO_RETRIES, **settings: Any) -> Installer:
    given = {"way": way, **APP, **settings}
    return installer(given, allow_private=True, clock=clock, sleep=clock.sleep, retries=retries)


@contextmanager
def open_door(**options: Any) -> Iterator[Door]:
    clock = Hands()
    letters: list[tuple[Mapping[str, str], bytes]] = []

    def keep(_address: str, headers: Mapping[str, str], body: bytes) -> int:
        letters.append((headers, body))
        return 200

    shop = ShopifyShop(clock, keep, **options)
    with served(shop.app) as url:
        yield Door(clock, shop, url, letters)


@contextmanager
def endpoint(status: int, body: object) -> Iterator[list[Any]]:
    """A shop whose token endpoint answers this; gives what it was asked."""
    asked: list[Any] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        asked.append(json.loads(request.body))
        return status, {}, body if isinstance(body, str) else json.dumps(body)

    with responses.RequestsMock() as mock:
        mock.add_callback(responses.POST, ENDPOINT, callback=answer)
        yield asked
