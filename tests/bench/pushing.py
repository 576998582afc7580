"""How many calls the shops see when ten thousand flags turn, and from how many on Shopify's bulk operation pays.

The calls are those of the shipped adapters to the sandbox shops over loopback.  Shopify's budget lets through some nine
simple products a second; nobody waits for it here: who sleeps moves a clock instead, which shop and client share, and a
duration is what the machine took plus what was slept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bench_stage import stage
from bench_table import Figure, Row, at_most

from adapters.http import NO_RETRIES
from adapters.shopify.client import BULK_CROSSOVER, ShopifyStorefront, open_storefront
from adapters.shopify.outbound import POLICY
from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.outbound import LARGEST_BATCH
from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.values import BACKORDERS, PRODUCT_META
from connector.domain.facts import Fact, PlatformStatus, ShownSeen, StockSeen, VariantSeen
from connector.ports.clock import system_clock
from connector.ports.storefront import Change
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.sandbox.serve import served
from connector.services.apply import Apply
from connector.services.context import StoreContext
from connector.services.plan import plan
from connector.services.push import push
from connector.services.turn import drain

FLAGS = 10_000
HANDFUL = 20
"""Calls to Shopify: stage, upload, start, a look every two seconds (the sandbox takes some twelve), the result."""

SIZES = (100, 200, 300, 1_000)
SIZES_IN_FULL = (*SIZES, 3_000, 10_000)
NEVER, ALWAYS = 10**9, 0


@dataclass
class LeapingClock:
    """The real time and all that was slept, which no one waited for."""

    slept: float = 0.0

    def __call__(self) -> datetime:
        return system_clock() + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return time.monotonic() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def measure(flags: int = FLAGS, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Calls by store for that many flags; ``seconds``: by number of changes, request by request and in bulk."""
    calls = {WOO: _calls_of_woo(flags), SHOPIFY: _calls_of_shopify(flags)}
    return {"flags": flags, "calls": calls, "seconds": {size: _both_ways(size) for size in sizes}}


def _calls_of_woo(flags: int) -> int:
    with stage(lambda *_: 200) as one:
        products = [one.woo.add_product(f"S-{number}", 5) for number in range(flags)]
        shown = {BACKORDERS: "no", **dict.fromkeys(PRODUCT_META, "")}
        store = one.store(WOO)
        _believe(store, [(product, product, product) for product in products], shown)
        return _calls(store, one.woo, flags)


def _calls_of_shopify(flags: int) -> int:
    clock = LeapingClock()
    with stage(lambda *_: 200) as one, _shopify(clock, BULK_CROSSOVER) as (shop, client):
        variants = [shop.store.variants[int(shop.add_product(f"S-{number}", 5))] for number in range(flags)]
        ids = [(str(one.ref), str(one.product.ref), str(one.inventory_item.ref)) for one in variants]
        shown = {POLICY: "DENY", "status": "", "expected_on": "", "message": ""}
        store = replace(one.store(SHOPIFY), storefront=client, clock=clock)
        _believe(store, ids, shown)
        return _calls(store, shop, flags)


def _believe(store: StoreContext, ids: Sequence[tuple[str, str, str]], shown: Mapping[str, str]) -> None:
    """Take the catalogue (variant, product, pool) as if it had been read: reading it is another figure."""
    now = store.clock()
    facts: list[Fact] = []
    for variant, product, pool in ids:
        facts.append(VariantSeen(variant, product, pool, f"S-{variant}", "Kettle", now))
        facts.append(StockSeen(pool, 5, PlatformStatus.IN_STOCK, now))
        facts.append(ShownSeen(variant, shown, now))
    with store.work() as uow:
        apply = Apply(uow, store.key)
        apply.take(facts, now, read=True)
        apply.finish(now)
        uow.commit()


def _calls(store: StoreContext, shop: WooShop | ShopifyShop, flags: int) -> int:
    planned, before = drain(plan, store), len(shop.calls)
    taken = push(store)
    if (planned, taken) != (flags, flags):
        raise AssertionError(f"{planned} pools were planned and {taken} flags taken instead of {flags}")
    return len(shop.calls) - before


@contextmanager
def _shopify(clock: LeapingClock, crossover: int) -> Iterator[tuple[ShopifyShop, ShopifyStorefront]]:
    shop = ShopifyShop(clock, lambda *_: 200)
    with served(shop.app) as url:
        yield shop, _client(clock, url, crossover)


def _client(clock: LeapingClock, url: str, crossover: int) -> ShopifyStorefront:
    options = {"shop": "sandbox.myshopify.com", "access_token": "shpat_sandbox", "api_version": "2026-10"}
    return open_storefront(
        {**options, "admin_url": url},
        shop=options["shop"],
        allow_private=True,
        clock=clock,
        sleep=clock.sleep,
        retries=NO_RETRIES,
        bulk_crossover=crossover,
    )


def _both_ways(size: int) -> dict[str, float]:
    """Seconds of that many changes, each of another simple product, request by request and in bulk."""
    took = {}
    for name, crossover in (("requests", NEVER), ("bulk", ALWAYS)):
        clock = LeapingClock()
        with _shopify(clock, crossover) as (shop, client):
            changes = [_change(shop, f"S-{number}") for number in range(size)]
            began = clock.monotonic()
            taken = sum(one.refused is None for one in client.push(changes))
            took[name] = round(clock.monotonic() - began, 1)
        if taken != size:
            raise AssertionError(f"the shop took {taken} changes of {size} ({name})")
    return took


def _change(shop: ShopifyShop, sku: str) -> Change:
    variant_id = shop.add_product(sku, 0)
    fields = {"inventoryPolicy": "CONTINUE", "status": "backorder", "expected_on": "2027-01-15", "message": "Soon."}
    return Change(variant_id, str(shop.store.variants[int(variant_id)].product.ref), fields)


def crossover(seconds: Mapping[int, Mapping[str, float]]) -> int | None:
    """The smallest number of changes measured at which a bulk operation was sooner done."""
    return next((size for size, took in sorted(seconds.items()) if took["bulk"] < took["requests"]), None)


def rows(found: Mapping[str, Any]) -> list[Row]:
    flags, calls = found["flags"], found["calls"]
    limits = {WOO: flags // LARGEST_BATCH, SHOPIFY: HANDFUL}
    titles = {WOO: "WooCommerce", SHOPIFY: "Shopify"}
    said = [
        Row(
            f"calls for {flags:,} changed flags, {titles[key]}",
            str(calls[key]),
            "a call for each flag",
            f"{flags:,}",
            round(calls[key] / flags, 4),
            f"at most {limits[key]}",
            at_most(calls[key], limits[key]),
        )
        for key in (WOO, SHOPIFY)
    ]
    return said + [
        Row(
            f"Shopify, {size:,} changes in bulk",
            f"{took['bulk']:.1f} s",
            "the same request by request",
            f"{took['requests']:.1f} s",
            round(took["bulk"] / took["requests"], 2),
        )
        for size, took in found["seconds"].items()
    ]


FIGURE = Figure(
    "push",
    "calls for very many changed flags",
    lambda full: rows(measure(sizes=SIZES_IN_FULL if full else SIZES)),
)
