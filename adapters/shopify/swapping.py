"""Units of one line replaced by as many of another variant, as an order edit; what is too much paid goes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from adapters.shopify import notes, refunding
from adapters.shopify.admin import Admin
from adapters.shopify.editing import NOT_EDITABLE, Edit, edit, was_committed
from adapters.shopify.ids import gid
from adapters.shopify.order_now import AMEND, OrderNow, order_now
from connector.ports.acting import Done, Swapping
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence


def swap(admin: Admin, wanted: Swapping) -> Done:
    order = order_now(admin, wanted.order_id, wanted.reference)
    if was_committed(order) and order.noted is not None:
        return _sent_back(admin, order, wanted, order.noted)
    if order.cancelled_at is not None:
        raise Refused("cancelled", Sentence("The order has already been cancelled."))
    order.demand({wanted.line_id: wanted.units})
    if any(line.planned and line.current for line in order.lines.values()):
        raise Refused(
            NOT_EDITABLE, Sentence("An order with a selling plan (a pre-order, a subscription) takes nothing new.")
        )
    _demand_stock(admin, wanted)
    taken = Edit(
        wanted.reference,
        wanted.reason,
        take={wanted.line_id: wanted.units},
        variant_id=wanted.variant_id,
        units=wanted.units,
    )
    note = edit(admin, order, taken)
    return _sent_back(admin, order_now(admin, wanted.order_id, wanted.reference), wanted, note)


def _demand_stock(admin: Admin, wanted: Swapping) -> None:
    """Nobody is to wait again for what they took instead of waiting."""
    variant = admin.read("VariantNow", {"id": gid("ProductVariant", wanted.variant_id)}, act=AMEND).need(
        "productVariant"
    )
    if variant.is_null:
        raise Refused(
            "unknown_variant", Sentence("The shop has no variant %(variant_id)s.", variant_id=wanted.variant_id)
        )
    tracked = variant["inventoryItem"]["tracked"].flag()
    short = tracked and variant["sellableOnlineQuantity"].whole() < wanted.units
    if short or not variant["availableForSale"].flag():
        raise Refused("sold_out", Sentence("There are not enough units of it left."))


def _sent_back(admin: Admin, order: OrderNow, wanted: Swapping, note: notes.Note) -> Done:
    """The edit stands, so nothing is refused any more: what does not go back by itself is to be sent by hand."""
    if (refund_id := order.refund_of(wanted.reference)) is not None:
        return refunding.made_by(admin, [refund_id], note.by_hand)
    back = min(Decimal(note.back), -order.outstanding)
    if back <= 0:
        return Done(at=order.changed_at)
    suggestion = refunding.portioned(refunding.suggested(admin, order.id, None), back)
    if suggestion.by_hand and not suggestion.sendable:
        return Done(at=order.changed_at, by_hand=suggestion.by_hand)
    if suggestion.by_hand:
        notes.write(admin, order.id, wanted.reference, replace(note, by_hand=suggestion.by_hand), AMEND)
    signed = notes.signed(wanted.reason, wanted.reference)
    try:
        return refunding.refund(admin, order.id, key=wanted.key, note=signed, units={}, suggestion=suggestion)
    except Refused as refused:
        by_hand = Sentence(
            "Shopify did not send back %(money)s, which is too much paid: %(why)s Send it by hand.",
            money=f"{back} {suggestion.currency}",
            why=refused.said,
        )
        return Done(at=order.changed_at, by_hand=by_hand)
