"""The block checkout, which unlike REST refuses what may not be sold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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


def check_out(core: Core, wanted: Wanted, *, paid: bool, language: str) -> Order:
    """Place the order; raises ``ValueError`` with the reason where the storefront would not take it."""
    _refuse(core, wanted)
    rows = [_row(core, product, units) for product, units in wanted]
    way = ("stripe", "Card", "processing") if paid else ("bacs", "Direct bank transfer", "on-hold")
    meta = [{"key": "is_vat_exempt", "value": "no"}]
    if language != "en":
        meta.append({"key": "wpml_language", "value": language})
    fields = {
        "status": way[2],
        "payment_method": way[0],
        "payment_method_title": way[1],
        "billing": {**SHOPPER, "email": "aicha@example.test"},
        "shipping": SHOPPER,
        "line_items": rows,
        "meta_data": meta,
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


def _row(core: Core, product: Product, units: int) -> dict[str, object]:
    """Only ``notify`` leaves a mark of how many were short, set once and never changed."""
    seen = stock.view(core, product)
    there = max(0, seen.quantity or 0)
    row: dict[str, object] = {"product_id": product.id, "quantity": units}
    if seen.manage and seen.backorders == "notify" and units > there:
        row["meta_data"] = [{"key": "Backordered", "value": str(units - there)}]
    return row
