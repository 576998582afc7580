"""How many calls the shops see when ten thousand flags turn, and from how many on Shopify's bulk operation pays.

The calls are those of the shipped adapters to the sandbox shops over loopback.  Shopify's budget lets through ten simple
products a second, so waiting it out would take hours: whoever sleeps moves a clock instead, which shop and client share,
and a duration is what the machine took plus what was slept.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bench_stage import stage

from adapters.http import NO_RETRIES
from adapters.shopify.client import BULK_CROSSOVER, ShopifyStorefront, open_storefront
from adapters.shopify.sandbox import ShopifyShop
from connector.ports.clock import system_clock
from connector.ports.storefront import Change
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.sandbox.serve import served
from connector.services.context import StoreContext
from connector.services.plan import plan
from connector.services.push import push
from connector.services.reconcile import reconcile
from connector.services.turn import drain

FLAGS = 10_000
WOO_BATCH, HANDFUL = 100, 20
SIZES = (100, 300, 1_000)
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


def measure(flags: int = FLAGS, sizes: Sequence[int] = SIZES) -> dict[str, object]:
    return {
        "flags": flags,
        "woo_calls": _calls_of_woo(flags),
        **_calls_of_shopify(flags),
        "seconds": {size: _both_ways(size) for size in sizes},
    }


def _calls_of_woo(flags: int) -> int:
    with stage(lambda *_: 200) as one:
        for number in range(flags):
            one.woo.add_product(f"S-{number}", 5)
        store = one.store(WOO)
        _plan_all(store, flags)
        before = len(one.woo.calls)
        _pushed_all(store, flags)
        return len(one.woo.calls) - before


def _calls_of_shopify(flags: int) -> dict[str, object]:
    clock = LeapingClock()
    with _shopify(clock, ALWAYS) as (shop, _), stage(lambda *_: 200) as one, served(shop.app) as url:
        for number in range(flags):
            shop.add_product(f"S-{number}", 5)
        store = replace(one.store(SHOPIFY), storefront=_client(clock, url, BULK_CROSSOVER), clock=clock)
        _plan_all(store, flags)
        before = len(shop.calls)
        _pushed_all(store, flags)
        return {"shopify_calls": len(shop.calls) - before}


def _plan_all(store: StoreContext, flags: int) -> None:
    reconcile(store)
    planned = drain(plan, store)
    if planned != flags:
        raise AssertionError(f"{planned} pools were planned instead of {flags}")


def _pushed_all(store: StoreContext, flags: int) -> None:
    taken = push(store)
    if taken != flags:
        raise AssertionError(f"the shop took {taken} flags instead of {flags}")


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
        monotonic=clock.monotonic,
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
