"""The body of an order, as a webhook or ``GET /orders`` gives it, in the common model.  Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from adapters.reader import Reader
from adapters.woocommerce.promises import shown_to_buyer
from adapters.woocommerce.values import meta, meta_text, meta_units, name, units
from connector.domain.facts import Demand, Fact, LineSeen, OrderGone, OrderSeen, Reread, Thing, Translation

# What each status asks of our stock.  Plugins add statuses of their own; one we have never met becomes UNKNOWN,
# which holds the order's place for a person to look instead of guessing.
DEMAND_BY_STATUS: Mapping[str, Demand] = {
    "checkout-draft": Demand.NONE,  # the checkout block makes these when it loads
    "pending": Demand.NONE,  # may never be paid; WooCommerce has taken no stock
    "on-hold": Demand.UNPAID,  # stock is taken, a bank transfer is awaited
    "processing": Demand.OPEN,
    "backordered": Demand.OPEN,  # processing, and known to wait: our plugin registers it (``BACKORDERED``)
    "completed": Demand.DONE,
    "cancelled": Demand.VOID,
    "failed": Demand.VOID,
    "refunded": Demand.VOID,
    "trash": Demand.VOID,
}

# What our WordPress plugin adds to them: being prepared, and waiting for goods.
BACKORDERED = "backordered"

# Methods whose order takes stock when it is placed, long before anybody marks it as paid.
PAID_LATER = frozenset({"bacs", "cheque", "cod"})

# Where the plugins for several languages leave the shopper's: WPML, Polylang, TranslatePress.
LANGUAGE_KEYS = ("wpml_language", "_wpml_language", "pll_language", "_pll_language", "trp_language")

# What WordPress writes in place of an address, and what WooCommerce writes down beside it, once the personal data of an
# order was erased.  Either is enough: the names are those of their sources, seen in no body of a real shop yet.
ANONYMOUS_HOST = "@site.invalid"
ANONYMISED = "_anonymized"

_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)


def demand_of(status: str) -> Demand:
    return DEMAND_BY_STATUS.get(status, Demand.UNKNOWN)


def order_facts(order: Reader) -> tuple[Fact, ...]:
    """Translate an order that was read: one in the bin is gone."""
    if order["status"].text() == "trash":
        return (OrderGone(order["id"].number_id()),)
    return (order_seen(order),)


def order_news(order: Reader) -> Translation:
    """Translate the body of ``order.created``, ``order.updated`` or ``order.restored``.

    The body names refunds by id and total only.  Which units they took off the order stands in the refunds
    themselves, so an order that waits and has refunds is read again with them.
    """
    seen = order_seen(order)
    again = seen.demand.waits and not refunds_are_whole(order)
    return Translation((seen,), (Reread(Thing.ORDER, seen.id),) if again else ())


def order_seen(order: Reader) -> OrderSeen:
    status = order["status"].text()
    refunded = refunded_units(order)
    email = order.get("billing").get("email").text_or("").strip()
    # Every order that was anonymised has the same address, which must not make one buyer of them all.
    nobody = email.endswith(ANONYMOUS_HOST) or meta_text(order, ANONYMISED) == "yes"
    return OrderSeen(
        id=order["id"].number_id(),
        number=order["number"].label(),
        demand=demand_of(status),
        status=status,
        changed_at=order["date_modified_gmt"].gmt(),
        placed_at=order["date_created_gmt"].gmt(),
        taken_at=_taken_at(order),
        lines=tuple(_line_seen(line, refunded) for line in order["line_items"]),
        language=language_of(order),
        country=country_of(order),
        paid_at=order["date_paid_gmt"].gmt_or_none(),
        email="" if nobody else email,
        anonymised=nobody,
    )


def language_of(order: Reader) -> str:
    return next(filter(None, (meta_text(order, key) for key in LANGUAGE_KEYS)), "")


def country_of(order: Reader) -> str:
    """Where the goods go; an order of what is not sent has no address but the buyer's."""
    found = (order.get(address).get("country").text_or("").strip().upper() for address in ("shipping", "billing"))
    return next((country for country in found if _COUNTRY.fullmatch(country)), "")


def refunds_are_whole(order: Reader) -> bool:
    """Whether every refund carries its lines, as the client's reads embed them."""
    return not any(refund["line_items"].is_absent for refund in order["refunds"].items_or_none())


def refunded_units(order: Reader) -> Counter[str]:
    """Units refunded so far by order line id, from the refunds that carry their lines.

    A refund's line counts below zero and names the line of the order in its metadata.
    """
    refunded: Counter[str] = Counter()
    for refund in order["refunds"].items_or_none():
        for line in refund.get("line_items").items_or_none():
            of = meta(line, "_refunded_item_id")
            if of is not None:
                refunded[of.number_id()] += abs(units(line["quantity"]))
    return refunded


def _taken_at(order: Reader) -> datetime:
    """When WooCommerce took the stock, which orders the queue: as it was put on hold or paid, not as it was placed."""
    paid = order["date_paid_gmt"].gmt_or_none()
    if paid is None or order["payment_method"].text_or("") in PAID_LATER:
        return order["date_created_gmt"].gmt()
    return paid


def _line_seen(line: Reader, refunded: Mapping[str, int]) -> LineSeen:
    line_id = line["id"].number_id()
    product_id, variation_id = _id_or_none(line["product_id"]), _id_or_none(line["variation_id"])
    return LineSeen(
        id=line_id,
        variant_id=variation_id or product_id,
        sku=line["sku"].label_or(""),
        title=name(line["name"]),
        ordered=units(line["quantity"]),
        wanted=_wanted(line, refunded.get(line_id, 0)),
        product_id=product_id or "",
        shown=shown_to_buyer(line),
    )


def _id_or_none(value: Reader) -> str | None:
    """Zero stands for none: no variation, or a product that was deleted for good."""
    found = value.number_id()
    return None if found == "0" else found


def _wanted(line: Reader, refunded: int) -> int:
    """Units WooCommerce took from its number for this line, less those the shopper no longer wants.

    ``_reduced_stock`` holds what was taken and is lowered by a refund that puts units back, which counts them in
    ``_restock_refunded_items``; a refund without restock leaves it as it is.  So only the refunded units that were
    not put back are still to be taken off.  Deleting a refund changes neither number: what it had put back stays.
    """
    kept_back = max(0, refunded - meta_units(line, "_restock_refunded_items"))
    return max(0, meta_units(line, "_reduced_stock") - kept_back)
