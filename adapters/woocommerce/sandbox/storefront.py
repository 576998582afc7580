"""The block checkout, which unlike REST refuses what may not be sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters.woocommerce.sandbox import orders, stock
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.records import Order, Product

Wanted = Sequence[tuple[Product, int]]

SHOPPER = {
    "first_name": "Aïcha",
    "last_name": "Ōkubo",
    "address_1": "1 Rue",
    "city": "San Jose",
    "state": "CA",
    "postcode": "95101",
    "country": "US",
    "phone": "555",
}


# How an order can be paid for: the title, and the status it is placed in.
WAYS = {
    "stripe": ("Card", "processing"),
    "bacs": ("Direct bank transfer", "on-hold"),
    "cheque": ("Check payments", "on-hold"),
    "cod": ("Cash on delivery", "processing"),
}


@dataclass(frozen=True, slots=True)
class Extras:
    """What a checkout may add to the goods; ``meta`` is that of every line, as plugins write it."""

    shipping: str = ""
    fee: str = ""
    email: str = "aicha@example.test"
    country: str = "US"
    meta: Mapping[str, str] = field(default_factory=dict)


PLAIN = Extras()


def check_out(core: Core, wanted: Wanted, *, way: str, language: str, extras: Extras) -> Order:
    """Place the order; raises ``ValueError`` with the reason where the storefront would not take it."""
    _refuse(core, wanted)
    rows = [_row(core, product, units, extras.meta) for product, units in wanted]
    title, status = WAYS[way]
    meta = [{"key": "is_vat_exempt", "value": "no"}]
    if language != "en":
        meta.append({"key": "wpml_language", "value": language})
    fields = {
        "status": status,
        "payment_method": way,
        "payment_method_title": title,
        "billing": {**SHOPPER, "email": extras.email},
        "shipping": {**SHOPPER, "country": extras.country},
        "line_items": rows,
        "meta_data": meta,
        "shipping_lines": [{"method_id": "flat_rate", "method_title": "Flat rate", "total": extras.shipping}]
        if extras.shipping
        else [],
        "fee_lines": [{"name": "Gift wrap", "total": extras.fee}] if extras.fee else [],
    }
    return orders.create(core, fields, created_via="store-api")


def open_draft(core: Core, wanted: Wanted) -> Order:
    """A draft has no address yet, takes no stock, and is only ever told of as updated."""
    rows = [{"product_id": product.id, "quantity": units} for product, units in wanted]
    fields = {"status": "checkout-draft", "line_items": rows}
    return orders.create(core, fields, created_via="store-api")


def _refuse(core: Core, wanted: Wanted) -> None:
    """Lines that draw from one number are counted together."""
    if not wanted or any(units <= 0 for _, units in wanted):
        raise ValueError("An order needs at least one unit of something")
    drawn: Counter[int] = Counter()
    for product, units in wanted:
        holder = stock.keeper(core, product) or product
        drawn[holder.id] += units
        if not stock.can_buy(core, product, drawn[holder.id]):
            raise ValueError(f"The storefront does not sell {units} of {product.sku} now")


def _row(core: Core, product: Product, units: int, meta: Mapping[str, str]) -> dict[str, object]:
    """Only ``notify`` leaves a mark of how many were short, set once and never changed."""
    seen = stock.view(core, product)
    there = max(0, seen.quantity or 0)
    rows = [{"key": key, "value": value} for key, value in meta.items()]
    if seen.manage and seen.backorders == "notify" and units > there:
        rows.append({"key": "Backordered", "value": str(units - there)})
    return {"product_id": product.id, "quantity": units, "meta_data": rows}
