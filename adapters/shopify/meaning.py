"""What Shopify's words mean in the common model; shared, so that webhook bodies and GraphQL answers say the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from connector.domain.facts import Demand, LineSeen, PlatformStatus
from connector.domain.promises import ShownToBuyer

# Shopify takes the stock of every order when it is made and keeps it taken until units leave, are removed or the order
# is cancelled; the payment decides only whether the order may be told something.
DEMAND_BY_PAYMENT = {
    "paid": Demand.OPEN,
    "partially_refunded": Demand.OPEN,  # what was given back is gone from the lines
    "authorized": Demand.OPEN,  # the card was checked; many merchants take the money when they ship
    "pending": Demand.UNPAID,
    "partially_paid": Demand.UNPAID,
    "expired": Demand.UNPAID,  # the authorisation lapsed, the lines still hold their units
    "voided": Demand.UNPAID,
    "refunded": Demand.UNPAID,  # the money went back without the lines
}

PAID = frozenset({"paid", "authorized", "partially_refunded", "refunded"})
"""Payments with which an order is properly completed, whatever happened to the money since."""

# Webhook bodies use the first four words (none at all for "unfulfilled"), GraphQL all others.
FULFILMENTS = frozenset(
    {
        "",
        "partial",
        "fulfilled",
        "restocked",
        "unfulfilled",
        "partially_fulfilled",
        "open",
        "in_progress",
        "on_hold",
        "scheduled",
        "pending_fulfillment",
        "request_declined",
        "fulfillment_not_required",
    }
)

DEFAULT_TITLE = "Default Title"
"""What Shopify calls the one variant of a product without options."""


def demand_of(
    cancelled: datetime | None, closed: datetime | None, payment: str, fulfilment: str, lines: Iterable[LineSeen]
) -> tuple[Demand, str]:
    """The demand of an order with the word that decided it.

    A closed order (the merchant archived it) waits no longer, whatever its lines say: ``status:open`` does not list it.
    """
    if cancelled is not None:
        return Demand.VOID, "cancelled"
    if closed is not None:
        return Demand.DONE, "closed"
    if fulfilment not in FULFILMENTS:
        return Demand.UNKNOWN, fulfilment
    standing = tuple(lines)
    if not any(line.outstanding for line in standing):
        given_back = payment in {"refunded", "voided"} and not any(line.wanted for line in standing)
        return (Demand.VOID if given_back else Demand.DONE), payment
    return DEMAND_BY_PAYMENT.get(payment, Demand.UNKNOWN), payment


def paid_at(payment: str, processed: datetime) -> datetime | None:
    """When an order was properly completed.  Shopify dates no payment where it tells of an order: for one that was paid
    later than placed this is the earlier day, which can only make a deadline come too soon.
    """
    return processed if payment in PAID else None


def line_seen(
    line_id: str,
    variant_id: str | None,
    sku: str,
    title: str,
    *,
    ordered: int,
    current: int,
    left_to_ship: int,
    gift_card: bool,
    product_id: str,
    shown: ShownToBuyer | None = None,
) -> LineSeen:
    """One order line.  ``current``: units not removed or refunded; ``left_to_ship``: those of them that are still here.

    A gift card takes no stock.  A line that needs no shipping does, if its variant is tracked, and counts as any other.
    """
    wanted = 0 if gift_card else current
    shipped = max(0, wanted - left_to_ship)
    return LineSeen(line_id, variant_id, sku, title, ordered, wanted, shipped, product_id, shown)


def full_title(product: str, variant: str) -> str:
    return product if variant in {"", DEFAULT_TITLE} else f"{product} - {variant}"


def platform_status(available: int | None, *, for_sale: bool) -> PlatformStatus:
    """Shopify says only whether a variant can be bought; with its number that is what a shopper sees."""
    if not for_sale:
        return PlatformStatus.SOLD_OUT
    return PlatformStatus.IN_STOCK if available is None or available > 0 else PlatformStatus.BACKORDER
