"""What a sandbox shop is: a strict imitation of one platform, in memory, on loopback.

The scenario player and the tests act as merchant and shopper through ``SandboxShop`` alone; the service meets the same
shop only through its HTTP API and its signed webhooks, as it would meet the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Send = Callable[[str, Mapping[str, str], bytes], int | None]
"""Post a webhook: address, headers, body -> HTTP status, None for no answer at all."""


@dataclass
class Faults:
    """How the shop is to fail.  Counters are used up; rates are chances from 0 to 1 drawn from a seeded generator."""

    answer_429: int = 0  # the next n API calls (Shopify: THROTTLED with HTTP 200)
    answer_500: int = 0
    answer_html: int = 0  # a proxy's 502 page instead of JSON
    slow_seconds: float = 0.0  # before each API answer
    lose_answer: int = 0  # the next n API calls are carried out, and then the connection breaks
    lose_webhooks: int = 0  # the next n deliveries never leave
    lost: float = 0.0
    doubled: float = 0.0
    shuffled: bool = False  # each flush sends what waits in random order
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """What a shopper and a merchant see of one variant."""

    sku: str
    available: int | None
    buyable: bool  # one more unit can be put in the cart now
    fields: Mapping[str, str]  # the writable fields, as an adapter's ``ShownSeen`` has them


@dataclass(frozen=True, slots=True)
class Told:
    """What an order bears: notes to the shopper (newest last), tags, our marks by key, and whether the warehouse is
    kept from sending some of it.
    """

    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    held: bool = False


@dataclass(frozen=True, slots=True)
class Books:
    """What the merchant's books say of an order.

    ``units``: what it still asks for and has not left, by SKU.  Money as the platform writes it: ``refunded`` is what
    was sent back so far, ``worth`` what the shopper has paid or is to pay in the end, after that.
    """

    units: Mapping[str, int]
    refunded: str
    worth: str


class SandboxShop(Protocol):
    """One shop.  Every act queues the webhooks the real platform would send; ``flush`` sends them."""

    platform: str
    faults: Faults
    calls: list[str]  # every API call, "METHOD path" or the GraphQL operation name, newest last
    app: Any  # the WSGI application that is the shop's API

    def add_product(self, sku: str, stock: int | None, *, title: str = "", oversell: bool = False) -> str:
        """A simple product (Shopify: with one variant).  Stock None: no number is kept.  Gives the variant id."""
        ...

    def add_variations(
        self, title: str, stock: Mapping[str, int | None], *, shared_stock: int | None = None
    ) -> Mapping[str, str]:
        """A product with variations: sku -> own stock.  ``shared_stock``: the parent keeps one number for all of them
        (WooCommerce only).  Gives sku -> variant id.
        """
        ...

    def set_stock(self, sku: str, available: int) -> None:
        """The merchant types the platform's own number."""
        ...

    def receive_goods(self, sku: str, units: int) -> None:
        """Goods arrive: the number rises."""
        ...

    def set_field(self, sku: str, key: str, value: str) -> None:
        """The merchant, or another app, changes a writable field by hand."""
        ...

    def set_price(self, sku: str, price: str) -> None:
        """The merchant changes a price, as ``12.50``; at first everything costs 10.00."""
        ...

    def relate(self, sku: str, others: Sequence[str]) -> None:
        """The merchant names products (or the products of these variants) to be offered beside this one's."""
        ...

    def delete_product(self, sku: str) -> None: ...

    def place_order(self, lines: Mapping[str, int], *, paid: bool = True, language: str = "en") -> str:
        """Through the storefront, which refuses what may not be sold; raises ValueError then.  Gives the order id."""
        ...

    def pay_order(self, order_id: str) -> None: ...

    def cancel_order(self, order_id: str) -> None: ...

    def change_quantity(self, order_id: str, sku: str, quantity: int) -> None:
        """The merchant edits a line; zero removes it."""
        ...

    def refund(self, order_id: str, sku: str, units: int, *, restock: bool = True) -> None: ...

    def ship(self, order_id: str, lines: Mapping[str, int] | None = None) -> None:
        """Some units leave (WooCommerce core knows no parts: None, the whole order, only)."""
        ...

    def delete_order(self, order_id: str) -> None:
        """For good; says nothing to anyone."""
        ...

    def shelf(self, sku: str) -> Shelf: ...

    def told(self, order_id: str) -> Told: ...

    def books(self, order_id: str) -> Books: ...

    def order_ids(self) -> Sequence[str]: ...

    def pending_webhooks(self) -> int: ...

    def flush(self) -> int:
        """Send what waits, as the platform's own queue would; gives how many were sent."""
        ...
