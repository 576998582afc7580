"""The whole service in one process, over both sandbox shops, with a clock that the test moves.

Nothing is replaced: the real application receives the shops' webhooks, the real database keeps them, the real clients
call the shops over loopback.  Only the scheduler is the test's own hand, so that a test says when things happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import time_machine
from databases import address_in
from flask import Flask

from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service
from connector.bootstrap.store_jobs import heal_webhooks
from connector.bootstrap.web import build_app
from connector.checked_settings import read_settings
from connector.ports.clock import system_clock
from connector.ports.sandbox import SandboxShop
from connector.sandbox.scenario import SHOPIFY, WOO, Town
from connector.sandbox.serve import served
from connector.services.context import StoreContext
from connector.services.reconcile import reconcile
from connector.services.supplies import add_supply, receive_supply
from connector.services.turn import confirm_and_notify, reconcile_turn, turn

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTLE = 20

CONFIG = """
[server]
public_url = "http://127.0.0.1:8000"
[security]
allow_private_addresses = true
[database]
url = "{database}"
[sync]
settle = 20
[[stores]]
key = "chairs"
platform = "woocommerce"
url = "{woo}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["new-woo-secret", "old-woo-secret"]
[[stores]]
key = "tents"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{shopify}"
access_token = "shpat_sandbox"
webhook_secrets = ["shpss_sandbox"]
"""


@dataclass
class House:
    """Both shops, the service over them, and the hand that makes it work."""

    service: Service
    app: Flask
    woo: WooShop
    shopify: ShopifyShop
    clock: time_machine.Traveller
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    urls: Mapping[str, str] = field(default_factory=dict)  # where the shops answer: "woo" and "shopify"

    @property
    def shops(self) -> Mapping[str, SandboxShop]:
        return {WOO: self.woo, SHOPIFY: self.shopify}

    def store(self, key: str) -> StoreContext:
        return self.service.stores[key]

    def connect(self) -> None:
        """What the service does when it starts: webhooks, catalogue, open orders, and the first plan pushed."""
        for store in self.service.stores.values():
            heal_webhooks(self.service, store)
            reconcile(store)
        self.settle()

    def receive(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        """What the shops' webhooks are posted with."""
        self.sent.append((address, dict(headers), body))
        with self.app.test_client() as client:
            answer = client.post(urlsplit(address).path, headers=dict(headers), data=body)
            return int(answer.status_code)

    def deliver(self) -> None:
        """The shops send what waits, and the service does what is due at once: flags, not notices."""
        for shop in self.shops.values():
            shop.flush()
        for store in self.service.stores.values():
            turn(store)

    def settle(self, rounds: int = 6) -> None:
        """Let time pass until nothing moves: deliveries, plans, pushes, their echoes, confirmations, notices."""
        for _ in range(rounds):
            self.deliver()
            self.clock.shift(timedelta(seconds=SETTLE + 1))
            for store in self.service.stores.values():
                turn(store)
                confirm_and_notify(store)
            self.deliver()

    def reconcile(self) -> None:
        for store in self.service.stores.values():
            reconcile_turn(store)
        self.settle()

    def stop(self) -> None:
        self.app.extensions["backorder.on_stop"]()
        self.service.close()

    def restart(self) -> None:
        """Forget everything that is not in the database."""
        self.stop()
        self.service = Service(self.service.settings)
        self.service.prepare()
        self.app = build_app(self.service)

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        for _ in range(12):
            if holds():
                return
            self.settle(1)
        for _ in range(3):
            self.reconcile()
            if holds():
                return
        raise TimeoutError(f"never came to pass: {what}")

    def town(self) -> Town:
        return Town(self.shops, self, self.until)

    # The merchant's desk (``connector.sandbox.scenario.Desk``).

    def today(self) -> date:
        return system_clock().date()

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int:
        return add_supply(self.store(store), sku, units, due).id

    def receive_supply(self, store: str, supply_id: int) -> None:
        receive_supply(self.store(store), supply_id, None)

    def available(self, store: str, sku: str) -> int | None:
        with self.service.work(read_only=True) as uow:
            variant = uow.catalogue.by_sku(store, sku)[0]
            return uow.pools.get(store, [variant.pool_id])[variant.pool_id].available


@contextmanager
def house(folder: Path, config: str = CONFIG, database: str = "", at: datetime = MONDAY) -> Iterator[House]:
    """Open a house with empty shops; ``connect`` it once the shelves are stocked."""
    with ExitStack() as stack:
        clock = stack.enter_context(time_machine.travel(at, tick=False))
        built: list[House] = []

        def send(address: str, headers: Mapping[str, str], body: bytes) -> int | None:
            return built[0].receive(address, headers, body)

        woo = WooShop(system_clock, send)
        shopify = ShopifyShop(system_clock, send, allow_http_webhooks=True)
        urls = {"woo": stack.enter_context(served(woo.app)), "shopify": stack.enter_context(served(shopify.app))}
        path = folder / "config.toml"
        path.write_text(config.format(database=database or address_in(folder), **urls))
        service = Service(read_settings(path, {}))
        stack.callback(service.close)
        service.prepare()
        built.append(House(service, build_app(service), woo, shopify, clock, urls=urls))
        stack.callback(built[0].stop)
        yield built[0]
