"""Orders and what they do to stock, status by status, as seen on a running shop (HPOS)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from adapters.woocommerce.sandbox import catalogue, charges, lines, stock
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.records import ADDRESS, Mail, Meta, Note, Order, Refund, whole

TAKES_STOCK = {"processing", "on-hold", "completed"}
GIVES_BACK = {"cancelled", "pending"}  # neither failed, nor refunded by status alone, nor the bin
PLAIN = ("currency", "payment_method", "payment_method_title", "transaction_id", "customer_note")


def create(core: Core, fields: Mapping[str, object], *, created_via: str = "rest-api") -> Order:
    """An order in the status asked for, its stock taken.  Nothing here looks whether there is any."""
    now = core.now()
    order_id = next(core.ids.posts)
    key = hashlib.sha256(str(order_id).encode()).hexdigest()[:13]
    order = Order(
        order_id, "pending", now, now, created_via, f"wc_order_{key}", _address("email", "phone"), _address("phone")
    )
    wanted = str(fields.get("status") or "pending")
    order.status = wanted if wanted in core.statuses else "pending"
    order.prices_include_tax = core.prices_include_tax
    _write(core, order, fields)
    if fields.get("set_paid") and order.status in {"pending", "on-hold", "failed"}:
        order.status = "processing"
        order.paid = now
    core.orders.add(order)
    for event in _birth_events(order):
        core.hooks.happened(event, order.id)
    _enter(core, order)
    return order


def update(core: Core, order: Order, fields: Mapping[str, object]) -> None:
    """Even an update that changes nothing moves the date and sends ``order.updated``.

    Taking an order out of the bin this way sends nothing about the order.
    """
    restored = order.status == "trash" and "status" in fields
    _write(core, order, fields)
    if fields.get("set_paid") and order.status in {"pending", "on-hold", "failed"}:
        order.paid = order.paid or core.now()
        become(core, order, "processing")
    elif fields.get("status") is not None:
        wanted = str(fields["status"])
        become(core, order, wanted if wanted in core.statuses else "pending")
    core.orders.touch(order, core.now())
    if not restored:
        core.hooks.happened("order.updated", order.id)


def become(core: Core, order: Order, status: str) -> None:
    if status == order.status:
        return
    add_note(core, order, f"Order status changed from {order.status} to {status}.")
    order.status = status
    _enter(core, order)


def changed(core: Core, order: Order) -> None:
    core.orders.touch(order, core.now())
    core.hooks.happened("order.updated", order.id)


def trash(core: Core, order: Order) -> None:
    """Into the bin: the stock stays taken."""
    order.status = "trash"
    core.orders.touch(order, core.now())
    core.hooks.happened("order.deleted", order.id)


def add_note(core: Core, order: Order, text: str, *, to_customer: bool = False, author: str = "WooCommerce") -> Note:
    """A note moves no date and sends no webhook; one to the customer is mailed, where there is an address."""
    if to_customer and order.billing["email"]:
        core.mails.append(Mail(str(order.id), order.billing["email"], text))
    note = Note(next(core.ids.notes), core.now(), text, to_customer, author)
    order.notes.append(note)
    return note


def _birth_events(order: Order) -> tuple[str, ...]:
    """The block checkout has saved a draft before: there the update is queued ahead of the creation."""
    if order.status == "checkout-draft":
        return ("order.updated",)
    if order.created_via == "store-api":
        return ("order.updated", "order.created")
    return ("order.created", "order.updated")


def _write(core: Core, order: Order, fields: Mapping[str, object]) -> None:
    for name in PLAIN:
        if name in fields:
            setattr(order, name, str(fields[name] or ""))
    if isinstance(fields.get("customer_id"), int):
        order.customer_id = int(str(fields["customer_id"]))
    for mine, wanted in ((order.billing, fields.get("billing")), (order.shipping, fields.get("shipping"))):
        if isinstance(wanted, dict):
            mine.update({key: str(value) for key, value in wanted.items() if key in mine})
    # An edit moves stock in these statuses only: not in one that a plugin registered.
    lines.write(core, order, fields.get("line_items"), stock_taken=order.stock_taken and order.status in TAKES_STOCK)
    charges.write(core, order, fields)
    catalogue.write_meta(core, order.meta, fields.get("meta_data"))


def _enter(core: Core, order: Order) -> None:
    """What arriving in a status sets off."""
    now = core.now()
    if order.status in TAKES_STOCK and not order.stock_taken:
        _take(core, order)
    elif order.status in GIVES_BACK and order.stock_taken:
        _give_back(core, order)
    elif order.status == "refunded" and order.unrefunded > 0:
        # A refund of money alone: no line is named, so nothing is put back on the shelf.
        refund = Refund(next(core.ids.posts), now, order.unrefunded, "Order fully refunded.", paid_back=False)
        refund.meta_id = next(core.ids.metas)
        refund.partial = False
        order.refunds.append(refund)
    paid_by = {"completed"} if order.payment_method == "cod" else {"processing", "completed"}
    if order.status in paid_by and order.paid is None:
        order.paid = now  # cash on delivery is paid when it has been delivered
    if order.status == "completed" and order.completed is None:
        order.completed = now


def _take(core: Core, order: Order) -> None:
    order.stock_taken = True
    moved = []
    for line in order.lines:
        product = core.products.get(line.item_id)
        if product is None or whole(line.meta, "_reduced_stock"):
            continue
        product.total_sales += line.quantity
        numbers = stock.move(core, product, -line.quantity)
        if numbers is not None:
            line.meta.append(Meta(next(core.ids.metas), "_reduced_stock", str(line.quantity)))
            moved.append(f"{line.name} ({product.sku}) {numbers[0]}&rarr;{numbers[1]}")
    if moved:
        add_note(core, order, f"Stock levels reduced: {', '.join(moved)}")


def _give_back(core: Core, order: Order) -> None:
    order.stock_taken = False
    moved = []
    for line in order.lines:
        product = core.products.get(line.item_id)
        taken = whole(line.meta, "_reduced_stock")
        if product is None or not taken:
            continue
        numbers = stock.move(core, product, taken)
        if numbers is not None:
            line.meta = [row for row in line.meta if row.key != "_reduced_stock"]
            moved.append(f"{line.name} ({product.sku}) {numbers[0]}&rarr;{numbers[1]}")
    if moved:
        add_note(core, order, f"Stock levels increased: {', '.join(moved)}")


def _address(*more: str) -> dict[str, str]:
    return dict.fromkeys((*ADDRESS, *more), "")
