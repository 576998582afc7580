"""From the moment a shop sends a webhook until its shelf shows the changed flag, through a real ``backorder serve``."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from bench_stage import STORES, Stage, quantile, serving, stage
from bench_table import Figure, Row, at_most

from connector.ports.sandbox import SandboxShop
from connector.ports.storefront import Change
from connector.sandbox.player import wait_until
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.sandbox.serve import Sender

CHANGES = 100
PRODUCTS = 20
PAUSE_SECONDS = 0.25
"""Between two changes of one shop, on average; chance decides."""

LIMIT_SECONDS = 2.0
PATIENCE_SECONDS = 300.0
STATUS = {WOO: "_backorder_status", SHOPIFY: "status"}
MESSAGE = {WOO: "_backorder_message", SHOPIFY: "message"}
YARDSTICK = "YARDSTICK"
THERE, SOLD_OUT = 5, 0
"""Units.  The policy sells on, so the flag turns between in stock and backorder."""


def measure(changes: int = CHANGES) -> dict[str, Mapping[str, float]]:
    """Milliseconds by store: ``p50`` and ``p95`` of the flag, ``bare_p50`` and ``bare_p95`` of the yardstick."""
    with stage(Sender()) as one:
        for shop in one.shops.values():
            for number in range(PRODUCTS):
                shop.add_product(f"S-{number}", THERE)
            shop.add_product(YARDSTICK, THERE)
        with serving(one), ThreadPoolExecutor(len(STORES)) as both:
            wait_until("every flag is shown", lambda: all(_is_shown(one, key) for key in STORES))
            each = changes // len(STORES)
            flags = dict(zip(STORES, both.map(lambda key: _flags(one, key, each), STORES), strict=True))
            bare = {key: [_bare(one, key, number) for number in range(each)] for key in STORES}
    return {key: {**_quantiles("", flags[key]), **_quantiles("bare_", bare[key])} for key in STORES}


def _quantiles(prefix: str, seconds: list[float]) -> dict[str, float]:
    return {f"{prefix}p{share}": round(quantile(seconds, share / 100) * 1000, 1) for share in (50, 95)}


def _is_shown(one: Stage, key: str) -> bool:
    return all(_status(one.shops[key], key, f"S-{number}") == "in_stock" for number in range(PRODUCTS))


def _status(shop: SandboxShop, key: str, sku: str) -> str:
    return shop.shelf(sku).fields.get(STATUS[key], "")


def _flags(one: Stage, key: str, changes: int) -> list[float]:
    chance = random.Random(key)  # noqa: S311 -- invented trade, the same each time
    shop = one.shops[key]
    took = []
    for _ in range(changes):
        time.sleep(chance.expovariate(1 / PAUSE_SECONDS))
        sku = f"S-{chance.randrange(PRODUCTS)}"
        units, wanted = (SOLD_OUT, "backorder") if _status(shop, key, sku) == "in_stock" else (THERE, "in_stock")
        shop.flush()  # what waits from before is not this change's to carry
        shop.set_stock(sku, units)
        began = time.perf_counter()
        shop.flush()
        _until(lambda sku=sku, wanted=wanted: _status(shop, key, sku) == wanted, f"{key} {sku}: {wanted}")  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return took


def _until(holds: Callable[[], bool], what: str) -> None:
    """As ``wait_until``, looking often enough for milliseconds."""
    give_up = time.perf_counter() + PATIENCE_SECONDS
    while not holds():
        if time.perf_counter() > give_up:
            raise TimeoutError(f"not shown within {PATIENCE_SECONDS:.0f} seconds: {what}")
        time.sleep(0.002)


def _bare(one: Stage, key: str, number: int) -> float:
    """Seconds of one webhook to the service and one write to the shop, with nothing in between."""
    shop = one.shops[key]
    shop.flush()
    shop.set_stock(YARDSTICK, THERE + 1 + number)  # changes no flag
    change = Change(*_ids(one, key), {MESSAGE[key]: f"Number {number}"})
    began = time.perf_counter()
    shop.flush()
    (pushed,) = one.store(key).storefront.push([change])
    if pushed.refused:
        raise AssertionError(f"{key} refused the bare write: {pushed.refused}")
    return time.perf_counter() - began


def _ids(one: Stage, key: str) -> tuple[str, str]:
    with one.service.work(read_only=True) as uow:
        (variant,) = uow.catalogue.by_sku(key, YARDSTICK)
    return variant.id, variant.product_id


def rows(found: Mapping[str, Mapping[str, float]]) -> list[Row]:
    return [
        Row(
            f"webhook to flag, {one} p95 (p50)",
            f"{of['p95']:.0f} ms ({of['p50']:.0f})",
            "a webhook and a bare write, p95 (p50)",
            f"{of['bare_p95']:.0f} ms ({of['bare_p50']:.0f})",
            round(of["p95"] / of["bare_p95"], 1),
            f"p95 under {LIMIT_SECONDS:.0f} s",
            at_most(of["p95"], LIMIT_SECONDS * 1000),
        )
        for one, of in ((one, found[one]) for one in found)
    ]


FIGURE = Figure("latency", "webhook to flag through a running service", lambda _: rows(measure()))
