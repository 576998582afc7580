"""The rows of the shop: what a WordPress database would hold.  Moments are whole seconds in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Body = dict[str, Any]

ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")


@dataclass(slots=True)
class Meta:
    id: int
    key: str
    value: object


@dataclass(slots=True)
class Product:
    """A product or a variation; ``manage_stock`` is its own switch, not the parent's."""

    id: int
    kind: str  # simple, variable or variation
    created: datetime
    modified: datetime
    name: str = ""
    sku: str = ""
    slug: str = ""
    parent_id: int = 0
    status: str = "publish"
    manage_stock: bool = False
    stock_quantity: int | None = None
    backorders: str = "no"
    stock_status: str = "instock"
    regular_price: str = ""
    total_sales: int = 0
    meta: list[Meta] = field(default_factory=list)
    attributes: list[Body] = field(default_factory=list)
    more: Body = field(default_factory=dict)  # fields that are kept and given back, and mean nothing to stock
    children: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """``product_id`` is the parent's where ``variation_id`` is set; zero for a product the shop does not know."""

    id: int
    product_id: int
    variation_id: int
    name: str
    parent_name: str | None
    quantity: int
    subtotal: Decimal
    total: Decimal
    meta: list[Meta] = field(default_factory=list)
    tax: Decimal = Decimal(0)
    tax_class: str = ""

    @property
    def item_id(self) -> int:
        return self.variation_id or self.product_id


@dataclass(slots=True)
class Charge:
    """A shipping or a fee line; of a refund too, where its amounts are below zero."""

    id: int
    kind: str  # shipping or fee
    title: str
    total: Decimal
    tax: Decimal = Decimal(0)
    method: str = ""
    meta: list[Meta] = field(default_factory=list)


@dataclass(slots=True)
class Refund:
    id: int
    created: datetime
    amount: Decimal
    reason: str
    paid_back: bool
    lines: list[tuple[Line, int]] = field(default_factory=list)  # with the id of the line it gives back
    charges: list[Charge] = field(default_factory=list)
    meta_id: int = 0
    partial: bool = True


@dataclass(slots=True)
class Note:
    id: int
    created: datetime
    text: str
    to_customer: bool
    author: str


@dataclass(slots=True)
class Order:
    id: int
    status: str
    created: datetime
    modified: datetime
    created_via: str
    key: str
    billing: dict[str, str]
    shipping: dict[str, str]
    currency: str = "USD"
    payment_method: str = ""
    payment_method_title: str = ""
    transaction_id: str = ""
    customer_id: int = 0
    customer_note: str = ""
    paid: datetime | None = None
    completed: datetime | None = None
    stock_taken: bool = False  # WooCommerce's order_stock_reduced: taking and giving back happen once each
    meta: list[Meta] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    prices_include_tax: bool = False

    @property
    def total(self) -> Decimal:
        goods = sum((line.total for line in self.lines), Decimal(0))
        return goods + sum((charge.total for charge in self.charges), Decimal(0)) + self.tax

    @property
    def tax(self) -> Decimal:
        goods = sum((line.tax for line in self.lines), Decimal(0))
        return goods + sum((charge.tax for charge in self.charges), Decimal(0))

    @property
    def unrefunded(self) -> Decimal:
        return self.total - sum((refund.amount for refund in self.refunds), Decimal(0))


@dataclass(slots=True)
class Webhook:
    id: int
    name: str
    topic: str
    delivery_url: str
    secret: str
    created: datetime
    modified: datetime | None = None
    status: str = "active"
    failure_count: int = 0  # never in an answer
    pending_delivery: bool = True  # no ping was answered with exactly 200 yet

    @property
    def resource(self) -> str:
        return self.topic.split(".")[0]

    @property
    def event(self) -> str:
        return self.topic.split(".")[1]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail the shop sent to a shopper because of a customer note."""

    order_id: str
    to: str
    text: str


def meta_value(rows: Iterable[Meta], key: str) -> object:
    """The first value under a key; None where there is none."""
    return next((row.value for row in rows if row.key == key), None)


def whole(rows: Iterable[Meta], key: str) -> int:
    """A number kept as text, as WooCommerce keeps ``_reduced_stock``; zero where there is none."""
    value = meta_value(rows, key)
    return int(value) if isinstance(value, str) and value else 0
