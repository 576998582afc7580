"""A shop whose shoppers never stop: where the figures get their real deliveries from."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field

from bench_stage import Stage

from connector.ports.sandbox import SandboxShop
from connector.sandbox.scenario import SHOPIFY, WOO

PRODUCTS = 200
STOCK = 60
OF_ONE_PRODUCT = 4
"""Variants to a Shopify product.  Its budget reads and writes by product, so 200 single ones would be waited for."""

UNSHIPPED = 20
"""Orders of a shop that are open at a time."""

GOODS_EVERY = 20


@dataclass
class Trade:
    """Each order ships after some others, and goods come now and then; what the shop has to tell, it tells at once."""

    shop: SandboxShop
    skus: list[str]
    chance: random.Random
    unshipped: deque[str] = field(default_factory=deque)

    def step(self) -> None:
        wanted = self.chance.sample(self.skus, self.chance.randint(1, 3))
        self.unshipped.append(self.shop.place_order({sku: self.chance.randint(1, 2) for sku in wanted}))
        self.shop.flush()
        if len(self.unshipped) > UNSHIPPED:
            self.shop.ship(self.unshipped.popleft())
        if self.chance.random() < 1 / GOODS_EVERY:
            self.shop.receive_goods(self.chance.choice(self.skus), STOCK)
        self.shop.flush()


def open_trade(one: Stage, products: int = PRODUCTS) -> dict[str, Trade]:
    """Stock the shelves of both shops."""
    skus = [f"S-{number}" for number in range(products)]
    for sku in skus:
        one.woo.add_product(sku, STOCK)
    for start in range(0, products, OF_ONE_PRODUCT):
        together = skus[start : start + OF_ONE_PRODUCT]
        one.shopify.add_variations(f"Product {start}", dict.fromkeys(together, STOCK))
    chance = {key: random.Random(key) for key in (WOO, SHOPIFY)}  # noqa: S311 -- invented trade, the same each time
    return {key: Trade(one.shops[key], skus, chance[key]) for key in (WOO, SHOPIFY)}
