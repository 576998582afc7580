"""A day of trade, told once and played anywhere: over the demo's live service, or in a test with its own clock.

Each step acts as merchant and shopper would, through ``SandboxShop`` alone.  A step that needs the service to have
acted first (a flag turned, a notice made) says so with ``until``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from connector.ports.sandbox import SandboxShop

WOO, SHOPIFY = "chairs", "tents"
"""The keys of the two stores of the demo."""


class Desk(Protocol):
    """What the merchant does in our service."""

    def today(self) -> date: ...

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int: ...

    def receive_supply(self, store: str, supply_id: int) -> None: ...

    def available(self, store: str, sku: str) -> int | None:
        """The shop's number as our service knows it."""
        ...


Until = Callable[[str, Callable[[], bool]], None]
"""Wait until this holds; raises ``TimeoutError`` with what was awaited."""


@dataclass
class Town:
    """Both shops, the merchant's desk, and what the day remembers from step to step."""

    shops: Mapping[str, SandboxShop]
    desk: Desk
    until: Until
    orders: dict[str, str] = field(default_factory=dict)
    supplies: dict[str, int] = field(default_factory=dict)

    def order(
        self, name: str, store: str, lines: Mapping[str, int], *, paid: bool = True, language: str = "en"
    ) -> None:
        """A shopper orders, as soon as the shop lets them."""

        def placed() -> bool:
            try:
                self.orders[name] = self.shops[store].place_order(lines, paid=paid, language=language)
            except ValueError:  # not to be sold now, or not as many
                return False
            return True

        wanted = ", ".join(f"{units} of {sku}" for sku, units in lines.items())
        self.until(f"{wanted} can be bought at {store}", placed)

    def supply(self, name: str, store: str, sku: str, units: int, days: int) -> None:
        due = self.desk.today() + timedelta(days=days)
        self.supplies[name] = self.desk.add_supply(store, sku, units, due)

    def await_mark(self, name: str, store: str, mark: str) -> None:
        self.until(f"{name}'s order is marked {mark}", lambda: self.marked(name, store, mark))

    def marked(self, name: str, store: str, mark: str) -> bool:
        """Whether the shop shows our mark on an order: a tag at Shopify, our order meta at WooCommerce."""
        told = self.shops[store].told(self.orders[name])
        wanted = {"waiting": "backordered", "ready": "backorder-ready"}[mark]
        return wanted in told.tags or mark in told.marks.values()


@dataclass(frozen=True)
class Step:
    """``clock``: the hour of the day it plays at, for the eye."""

    clock: str
    title: str
    act: Callable[[Town], None]


def stock_shelves(shops: Mapping[str, SandboxShop]) -> None:
    """The catalogue both shops open with."""
    woo, shopify = shops[WOO], shops[SHOPIFY]
    woo.add_product("CHAIR-OAK", 3, title="Oak chair")
    woo.add_product("CHAIR-ASH", 6, title="Ash chair")
    woo.add_variations("Sofa", {"SOFA-RED": 2, "SOFA-BLUE": 1})
    woo.add_variations("Desk", {"DESK-120": None, "DESK-160": None}, shared_stock=2)
    woo.add_product("GIFT-CARD", None, title="Gift card")
    shopify.add_product("TENT-2P", 2, title="Tent for two")
    shopify.add_product("STOVE", 4, title="Camping stove")
    shopify.add_variations("Sleeping bag", {"BAG-WARM": 1, "BAG-COLD": 0})
    shopify.add_product("WORKSHOP", None, title="Knot workshop")


def _supplies(town: Town) -> None:
    town.supply("oak", WOO, "CHAIR-OAK", 5, days=14)
    town.supply("sofa", WOO, "SOFA-RED", 4, days=21)
    town.supply("desk", WOO, "DESK-120", 6, days=30)
    town.supply("tent", SHOPIFY, "TENT-2P", 4, days=10)
    town.supply("bag", SHOPIFY, "BAG-COLD", 3, days=7)


def _morning(town: Town) -> None:
    town.order("anna", WOO, {"CHAIR-OAK": 2})
    town.order("ben", WOO, {"CHAIR-OAK": 1, "CHAIR-ASH": 2})
    town.order("tom", SHOPIFY, {"TENT-2P": 2, "STOVE": 1})


def _beyond(town: Town) -> None:
    town.order("carla", WOO, {"CHAIR-OAK": 2}, language="de-DE")
    town.order("dora", WOO, {"CHAIR-OAK": 2})
    town.order("una", SHOPIFY, {"TENT-2P": 1})
    town.order("vera", SHOPIFY, {"TENT-2P": 2, "BAG-COLD": 1})
    town.order("emil", WOO, {"SOFA-RED": 3})
    town.order("flora", WOO, {"DESK-120": 2, "DESK-160": 1})


def _unpaid(town: Town) -> None:
    town.order("gerd", WOO, {"CHAIR-OAK": 1}, paid=False)


def _limit(town: Town) -> None:
    oak = town.shops[WOO]
    town.until("the shop says that no more oak chairs are coming", lambda: not oak.shelf("CHAIR-OAK").buyable)


def _told(town: Town) -> None:
    for name, store in (("carla", WOO), ("dora", WOO), ("una", SHOPIFY), ("vera", SHOPIFY)):
        town.await_mark(name, store, "waiting")


def _lost(town: Town) -> None:
    woo = town.shops[WOO]
    woo.faults.lose_webhooks = 1_000  # nothing of this order is heard
    town.order("hugo", WOO, {"CHAIR-ASH": 4})
    woo.flush()
    woo.faults.lose_webhooks = 0
    town.until("the lost order was found by reconciling", lambda: town.desk.available(WOO, "CHAIR-ASH") == 0)


def _cancel_and_refund(town: Town) -> None:
    town.shops[WOO].cancel_order(town.orders["dora"])
    town.shops[SHOPIFY].refund(town.orders["vera"], "TENT-2P", 1)


def _goods(town: Town) -> None:
    town.desk.receive_supply(WOO, town.supplies["oak"])
    town.shops[WOO].receive_goods("CHAIR-OAK", 5)
    town.desk.receive_supply(SHOPIFY, town.supplies["tent"])
    town.shops[SHOPIFY].receive_goods("TENT-2P", 4)


def _served(town: Town) -> None:
    for name, store in (("carla", WOO), ("una", SHOPIFY)):
        town.await_mark(name, store, "ready")
    tents = town.shops[SHOPIFY]
    town.until("the warehouse may send una's tent", lambda: not tents.told(town.orders["una"]).held)


def _ship(town: Town) -> None:
    town.shops[WOO].ship(town.orders["anna"])
    town.shops[WOO].ship(town.orders["carla"])
    town.shops[SHOPIFY].ship(town.orders["una"])


DAY: Sequence[Step] = (
    Step("08:00", "The merchant tells what is on its way", _supplies),
    Step("09:10", "Shoppers buy what is there; oak chairs and tents sell out", _morning),
    Step("10:30", "The flags turned: orders go beyond the stock on both shops", _beyond),
    Step("11:00", "A bank transfer is awaited: it keeps its place and is told nothing", _unpaid),
    Step("11:05", "All oak chairs that will come are sold: the shop closes the backorder", _limit),
    Step("12:00", "Those who wait are told so, with the date", _told),
    Step("13:15", "An order comes in while the shop's webhooks are lost", _lost),
    Step("14:00", "One order is cancelled, one refunded in part: their units go to the next", _cancel_and_refund),
    Step("15:30", "Goods arrive", _goods),
    Step("16:00", "The earliest orders are served and told", _served),
    Step("17:00", "Parcels leave", _ship),
)
