"""What undoes an order: cancellation, refund, edit.  Each function is one act of the shop."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from adapters.shopify.sandbox.bodies_changes import edit_body
from adapters.shopify.sandbox.bodies_orders import refund_body
from adapters.shopify.sandbox.records import Location
from adapters.shopify.sandbox.sales import (
    CalculatedLine,
    CalculatedOrder,
    Line,
    Order,
    Refund,
    RefundLine,
    Transaction,
)
from adapters.shopify.sandbox.stock import come_back, release
from adapters.shopify.sandbox.store import Store
from adapters.shopify.sandbox.trade import Unfit, add_line, add_units, drop_units, touch_order

ONLY_LESS = "Orders with a selling plan can only be edited to remove items."
"""The rule is told by apps that quote Shopify; the words are ours."""
Wish = tuple[Line, int, str, Location | None]
"""Line, units, restock type (CANCEL, RETURN or NO_RESTOCK) and the place they return to."""


def why_not_cancel(order: Order) -> str | None:
    if order.cancelled_at is not None:
        return "Cannot cancel an order that has already been canceled"
    if any(line.fulfilled for line in order.lines):
        return "Order cannot be canceled: it has outstanding fulfillments."
    return None


def cancel(store: Store, order: Order, *, reason: str, restock: bool, refund: bool, staff_note: str | None) -> None:
    if (problem := why_not_cancel(order)) is not None:
        raise Unfit(problem)
    with store.act():
        how = "CANCEL" if restock else "NO_RESTOCK"
        wishes = [(line, line.unfulfilled_quantity, how, None) for line in order.lines if line.unfulfilled_quantity]
        back = order.received - order.refunded if refund else Decimal(0)
        give_back(store, order, wishes, note=None, shares=shared(order, back), shipping=order.current_shipping)
        order.cancelled_at = order.closed_at = store.now()
        order.cancel_reason, order.staff_note = reason, staff_note
        for one in order.fulfillment_orders:
            for each in one.lines:
                each.remaining_quantity = each.total_quantity = 0
            one.holds, one.updated_at = [], store.now()
        touch_order(store, order, "orders/cancelled")


def left_of(payment: Transaction) -> Decimal:
    """What can still be sent back by it."""
    sent = (one.amount for one in payment.order.transactions if one.parent is payment and one.status == "SUCCESS")
    return payment.amount - sum(sent, Decimal(0))


def shared(order: Order, amount: Decimal) -> list[tuple[Transaction, Decimal]]:
    """An amount split among the payments it can go back by, the first one first."""
    shares = []
    for payment in (one for one in order.transactions if one.kind == "SALE"):
        part = min(amount, left_of(payment))
        if part > 0:
            shares.append((payment, part))
            amount -= part
    return shares


def give_back(
    store: Store,
    order: Order,
    wishes: Sequence[Wish],
    *,
    note: str | None,
    shares: Sequence[tuple[Transaction, Decimal]],
    shipping: Decimal = Decimal(0),
) -> Refund:
    """Refund money and units.

    CANCEL takes units off that have not left, and puts them back; RETURN brings back units that have left.  NO_RESTOCK
    frees nothing for sale: units not yet sent are struck off and gone from the shelf, units sent stay where they are.
    """
    check_wishes(wishes)
    with store.act():
        lines = [_give_back_line(store, order, *wish) for wish in wishes]
        refund = Refund(
            ref=store.new_id(), order=order, created_at=store.now(), note=note, lines=lines, shipping=shipping
        )
        refund.transactions = [_sent_back(store, payment, part) for payment, part in shares]
        order.transactions += refund.transactions
        order.refunds.append(store.keep(refund))
        touch_order(store, order)
        store.tell("refunds/create", refund, lambda: refund_body(refund))
    return refund


def _sent_back(store: Store, payment: Transaction, amount: Decimal) -> Transaction:
    made = Transaction(
        ref=store.new_id(),
        order=payment.order,
        kind="REFUND",
        gateway=payment.gateway,
        manual=payment.manual,
        amount=amount,
        created_at=store.now(),
        parent=payment,
        status="FAILURE" if store.gateway_refuses and not payment.manual else "SUCCESS",
    )
    return store.keep(made)


def check_wishes(wishes: Sequence[Wish]) -> None:
    for line, units, how, _place in wishes:
        left = line.unfulfilled_quantity if how == "CANCEL" else line.current_quantity
        left = line.fulfilled - line.returned if how == "RETURN" else left
        if units < 1 or units > left:
            raise Unfit("Quantity cannot refund more items than were purchased")


def _give_back_line(store: Store, order: Order, line: Line, units: int, how: str, place: Location | None) -> RefundLine:
    unsent = 0 if how == "RETURN" else min(units, line.unfulfilled_quantity)
    if unsent:
        line.removed += unsent
        drop_units(line, unsent)
        release(store, line, unsent, restock=how == "CANCEL")
    line.returned += units - unsent
    if how == "RETURN":
        come_back(store, line, units, place or order.location)
    where = None if how == "NO_RESTOCK" else place or order.location
    return RefundLine(ref=store.new_id(), line_item=line, quantity=units, restock_type=how, location=where)


def begin_edit(store: Store, order: Order) -> CalculatedOrder:
    if not order.merchant_editable:
        raise Unfit(order.merchant_editable_errors[0])
    lines = [
        CalculatedLine(
            ref=line.ref,
            line=line,
            variant=line.variant,
            sku=line.sku,
            title=line.title,
            variant_title=line.variant_title,
            price=line.paid,
            quantity=line.current_quantity,
            before=line.current_quantity,
        )
        for line in order.lines
    ]
    return store.keep(CalculatedOrder(ref=store.new_id(), original_order=order, lines=lines))


def set_quantity(edit: CalculatedOrder, calculated: CalculatedLine, quantity: int, *, restock: bool) -> None:
    """Raises ``Unfit`` for fewer than have already left: only unsent units can be edited."""
    if quantity < calculated.sent or edit.committed:
        raise Unfit("Quantity cannot be less than the fulfilled quantity.")
    if quantity > calculated.before and edit.original_order.has_plan:
        raise Unfit(ONLY_LESS)
    calculated.quantity, calculated.restocking = quantity, restock


def commit_edit(store: Store, edit: CalculatedOrder, staff_note: str) -> Order:
    order = edit.original_order
    if edit.committed or not order.merchant_editable:
        raise Unfit("The order cannot be edited.")
    with store.act():
        deltas: dict[int, int] = {}
        for calculated in edit.lines:
            if delta := calculated.quantity - (calculated.before if calculated.line else 0):
                deltas[_apply(store, order, calculated, delta).ref] = delta
        edit.committed = True
        order.edited = order.edited or bool(deltas)
        touch_order(store, order)
        store.tell("orders/edited", edit, lambda: edit_body(order, edit.ref, deltas, staff_note))
    return order


def _apply(store: Store, order: Order, calculated: CalculatedLine, delta: int) -> Line:
    line = calculated.line
    if line is None:
        if calculated.variant is None:
            raise Unfit("The variant does not exist.")
        line = add_line(store, order, calculated.variant, delta)
        line.off = line.price - calculated.price
        return line
    if delta > 0:
        add_units(store, line, delta)
        return line
    units = min(-delta, line.unfulfilled_quantity)
    line.removed += units
    drop_units(line, units)
    release(store, line, units, restock=calculated.restocking)
    return line
