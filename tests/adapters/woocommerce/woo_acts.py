"""Acts upon the orders of a sandbox shop, by SKU, and what the shop's own books say after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from woo_bench import Bench

from adapters.woocommerce.sandbox.storefront import Extras
from connector.domain.facts import OrderSeen
from connector.ports.acting import Cancelling, Done, Swapping

_NUMBERS = count(1)


def order_of(bench: Bench, order_id: str) -> Any:
    """As the API gives it."""
    return bench.client._rest.get(f"orders/{order_id}").read().raw


def refunds_of(bench: Bench, order_id: str) -> Any:
    """Newest first."""
    return bench.client._rest.get(f"orders/{order_id}/refunds").read().raw


def line_of(bench: Bench, order_id: str, sku: str) -> str:
    (seen,) = bench.client.read_orders([order_id])
    assert isinstance(seen, OrderSeen)
    return next(line.id for line in seen.lines if line.sku == sku)


def cancelling(bench: Bench, order_id: str, units: Mapping[str, int], *, whole: bool = False) -> Cancelling:
    by_line = {line_of(bench, order_id, sku): number for sku, number in units.items()}
    reference = f"C{next(_NUMBERS)}"
    return Cancelling(reference, reference, order_id, by_line, whole, "Too late for <me> & mine.")


def cancel(bench: Bench, order_id: str, units: Mapping[str, int], *, whole: bool = False) -> Done:
    return bench.client.cancel(cancelling(bench, order_id, units, whole=whole))


def swapping(bench: Bench, order_id: str, sku: str, units: int, variant_id: str) -> Swapping:
    reference = f"S{next(_NUMBERS)}"
    line = line_of(bench, order_id, sku)
    return Swapping(reference, reference, order_id, line, units, variant_id, "Another one.")


def retried(bench: Bench, wanted: Cancelling | Swapping) -> Done:
    if isinstance(wanted, Cancelling):
        return bench.client.cancel(replace(wanted, again=True))
    return bench.client.swap(replace(wanted, again=True))


def books(bench: Bench, order_id: str) -> tuple[dict[str, int], str, str]:
    found = bench.shop.books(order_id)
    return dict(found.units), found.refunded, found.worth


def placed(bench: Bench, lines: Mapping[str, int], *, way: str = "", shipping: str = "", fee: str = "") -> str:
    """``way``: how it is paid for, by card where nothing is said."""
    return bench.shop.place_order(lines, way=way, extras=Extras(shipping=shipping, fee=fee))
