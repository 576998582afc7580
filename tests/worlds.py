"""A small world with a history: a sandbox shop, acts that a merchant and shoppers make, and the webhooks they cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import time_machine
from frozen import Snapshot

import adapters
from adapters.shopify.sandbox import ShopifyShop
from adapters.shopify.sandbox.trade import Unfit
from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.sandbox import orders as woo_orders
from adapters.woocommerce.sandbox.errors import RestError
from connector.ports.clock import system_clock
from connector.ports.sandbox import SandboxShop
from connector.ports.storefront import Platform, Storefront
from connector.sandbox.serve import served

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:8000/webhooks/x/y"
SKUS = ("APPLE", "BREAD", "CUP-RED", "CUP-BLUE", "DESK-S", "DESK-L", "EBOOK")
FLAGS = {"woocommerce": ("backorders", "notify", "no"), "shopify": ("inventoryPolicy", "CONTINUE", "DENY")}

REFUSALS = (ValueError, KeyError, ArithmeticError, RestError, Unfit)
"""How a sandbox says that an act makes no sense now; a history simply goes on without it."""


class Act(NamedTuple):
    """One thing that happens.  The numbers choose among what is there; ``wait`` is seconds before it."""

    kind: str
    a: int
    b: int
    c: int
    wait: int


EDITS_UP = frozenset({"edit_up", "reopen"})
"""Acts whose moment is told by one delivery alone: whoever does not hear it in time cannot know the place."""
BY_HAND = frozenset({"flag"})
ACTS: Mapping[str, int] = {
    "order": 6,
    "transfer": 2,  # an order by bank transfer
    "pay": 2,
    "edit_up": 2,
    "edit_down": 2,
    "cancel": 2,
    "refund": 2,
    "keep_money": 1,  # a refund that puts nothing back
    "ship": 2,
    "ship_some": 1,
    "count": 2,  # the merchant types a number
    "goods": 3,
    "flag": 1,
    "trash": 1,
    "untrash": 1,
    "reopen": 1,
    "unlist": 1,
    "forget": 1,  # an order deleted for good
    "send": 4,  # the shop's queue runs
    "look": 2,  # a moment at which the service may look at the shop
}


@dataclass
class World:
    """One shop on loopback.  ``deliveries``: topic, body and the number of looks before it was sent."""

    shop: Any
    platform: Platform
    storefront: Storefront
    clock: time_machine.Traveller
    deliveries: list[tuple[str, bytes, int]] = field(default_factory=list)
    looks: list[Snapshot] = field(default_factory=list)
    looked_at: list[datetime] = field(default_factory=list)
    order_ids: list[str] = field(default_factory=list)
    done: list[Act] = field(default_factory=list)

    @property
    def woo(self) -> bool:
        return self.platform.name == "woocommerce"

    def stock(self) -> None:
        shop: SandboxShop = self.shop
        shop.add_product("APPLE", 3, oversell=True)
        shop.add_product("BREAD", 1, oversell=True)
        shop.add_variations("Cup", {"CUP-RED": 2, "CUP-BLUE": 0})
        if self.woo:
            shop.add_variations("Desk", {"DESK-S": None, "DESK-L": None}, shared_stock=2)
        else:
            shop.add_variations("Desk", {"DESK-S": 2, "DESK-L": 1})
        shop.add_product("EBOOK", None)
        key, opened, _ = FLAGS[self.platform.name]
        for sku in SKUS[2:6]:
            shop.set_field(sku, key, opened)
        shop.flush()
        self.deliveries.clear()

    def play(self, history: Sequence[Act]) -> None:
        for act in history:
            self.clock.shift(timedelta(seconds=act.wait))
            try:
                DOING[act.kind](self, act)
            except REFUSALS:
                continue
            self.done.append(act)
        self.shop.flush()
        self.look()

    def send(self) -> None:
        self.shop.flush()

    def look(self) -> None:
        self.clock.shift(timedelta(seconds=1))
        before = self.looks[-1] if self.looks else None
        self.looks.append(Snapshot.of(self.storefront, self.order_ids, before))
        self.looked_at.append(system_clock())

    def hear(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        del address
        topic = self.platform.envelope(headers).topic
        if topic:
            self.deliveries.append((topic, body, len(self.looks)))
        return 200

    def order(self, act: Act, *, paid: bool) -> None:
        lines: dict[str, int] = {}
        for step, units in enumerate((act.b, act.c)):
            if units:
                lines[SKUS[(act.a + step * 3) % len(SKUS)]] = 1 + units % 4
        language = "de-DE" if act.a % 2 else "en"
        self.order_ids.append(self.shop.place_order(lines or {SKUS[act.a % 4]: 2}, paid=paid, language=language))

    def pick(self, act: Act) -> str:
        return self.order_ids[act.a % len(self.order_ids)]

    def line(self, order_id: str, act: Act) -> tuple[str, int]:
        """SKU and quantity of one line of the order."""
        lines = self.looks_of(order_id)
        return lines[act.b % len(lines)]

    def looks_of(self, order_id: str) -> list[tuple[str, int]]:
        if self.woo:
            order = self.shop._core.orders[int(order_id)]
            products = self.shop._core.products
            return [(products[line.item_id].sku, line.quantity) for line in order.lines if line.item_id in products]
        return [(line.sku, line.current_quantity) for line in self.shop._order(order_id).lines]

    def edit(self, act: Act, by: int) -> None:
        order_id = self.pick(act)
        sku, units = self.line(order_id, act)
        self.shop.change_quantity(order_id, sku, max(0, units + by))

    def refund(self, act: Act, *, restock: bool) -> None:
        order_id = self.pick(act)
        sku, units = self.line(order_id, act)
        if units:
            self.shop.refund(order_id, sku, 1 + act.c % units, restock=restock)

    def ship_some(self, act: Act) -> None:
        order_id = self.pick(act)
        sku, _ = self.line(order_id, act)
        self.shop.ship(order_id, {sku: 1})

    def set_flag(self, act: Act) -> None:
        key, opened, closed = FLAGS[self.platform.name]
        self.shop.set_field(SKUS[act.a % 4], key, opened if act.b % 2 else closed)

    def in_woo(self, act: Act, verb: Callable[[Any, Any], None]) -> None:
        """What only WooCommerce has: a bin for orders, and orders that come back from being cancelled."""
        if not self.woo:
            raise ValueError("not at this platform")
        core = self.shop._core
        order = core.orders[int(self.pick(act))]
        verb(core, order)


def _reopen(core: Any, order: Any) -> None:
    if order.status not in {"cancelled", "completed"}:
        raise ValueError("only what was closed is opened again")
    woo_orders.update(core, order, {"status": "processing"})


def _trash(core: Any, order: Any) -> None:
    if order.status == "trash":
        raise ValueError("in the bin already")
    woo_orders.trash(core, order)


def _untrash(core: Any, order: Any) -> None:
    if order.status != "trash":
        raise ValueError("not in the bin")
    order.status = "processing" if order.stock_taken else "pending"
    core.orders.touch(order, core.now())
    core.hooks.happened("order.restored", order.id)


DOING: Mapping[str, Callable[[World, Act], None]] = {
    "order": lambda world, act: world.order(act, paid=True),
    "transfer": lambda world, act: world.order(act, paid=False),
    "pay": lambda world, act: world.shop.pay_order(world.pick(act)),
    "edit_up": lambda world, act: world.edit(act, 1 + act.c % 3),
    "edit_down": lambda world, act: world.edit(act, -1 - act.c % 3),
    "cancel": lambda world, act: world.shop.cancel_order(world.pick(act)),
    "refund": lambda world, act: world.refund(act, restock=True),
    "keep_money": lambda world, act: world.refund(act, restock=False),
    "ship": lambda world, act: world.shop.ship(world.pick(act)),
    "ship_some": lambda world, act: world.ship_some(act),
    "count": lambda world, act: world.shop.set_stock(SKUS[act.a % 6], act.b - 3),
    "goods": lambda world, act: world.shop.receive_goods(SKUS[act.a % 6], 1 + act.b),
    "flag": lambda world, act: world.set_flag(act),
    "trash": lambda world, act: world.in_woo(act, _trash),
    "untrash": lambda world, act: world.in_woo(act, _untrash),
    "reopen": lambda world, act: world.in_woo(act, _reopen),
    "unlist": lambda world, act: world.shop.delete_product(SKUS[1 + act.a % 5]),
    "forget": lambda world, act: world.shop.delete_order(world.pick(act)),
    "send": lambda world, _: world.send(),
    "look": lambda world, _: world.look(),
}


@contextmanager
def worlds(name: str, clock: time_machine.Traveller) -> Iterator[Callable[[], World]]:
    """A maker of fresh worlds of one platform behind one address: starting a server costs more than a history."""
    platform = adapters.platform(name)
    standing: list[World] = []

    def app(environ: Any, start_response: Any) -> Any:
        return standing[-1].shop.app(environ, start_response)

    with ExitStack() as stack:
        url = stack.enter_context(served(app))
        options = {
            "woocommerce": {"url": url, "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"},
            "shopify": {"shop": "sandbox.myshopify.com", "admin_url": url, "access_token": "shpat_sandbox"},
        }[name]

        def make() -> World:
            clock.move_to(MORNING)
            storefront = platform.connect(options, allow_private=True)

            def send(address: str, headers: Mapping[str, str], body: bytes) -> int:
                return world.hear(address, headers, body)

            shop: Any = WooShop(system_clock, send) if name == "woocommerce" else None
            shop = shop or ShopifyShop(system_clock, send, allow_http_webhooks=True)
            world = World(shop, platform, storefront, clock)
            standing[:] = [world]
            for topic in platform.topics:
                storefront.subscribe(topic, ADDRESS, "made-up-secret")
            world.stock()
            world.look()
            return world

        yield make
