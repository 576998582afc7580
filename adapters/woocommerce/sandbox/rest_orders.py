"""``/orders`` with their notes and refunds."""

from __future__ import annotations

from collections import Counter

from adapters.woocommerce.sandbox import orders, refunds, rules
from adapters.woocommerce.sandbox.call import Answer, Call, batch, created, paged
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError, already_trashed, invalid_id, invalid_params, no_trash
from adapters.woocommerce.sandbox.listing import listed, words
from adapters.woocommerce.sandbox.order_bodies import note_body, order_body, refund_body
from adapters.woocommerce.sandbox.records import Body, Note, Order, Refund
from adapters.woocommerce.sandbox.rules import check, truth

NOTE_LIMIT = 65_535  # bytes in a WordPress comment


def list_orders(call: Call) -> Answer:
    """Drafts of the block checkout are among them; a page past the end says there are no orders at all."""
    check(call.query, rules.ORDER_LIST)
    statuses = words(call.query.get("status")) or ["any"]
    for place, status in enumerate(statuses):
        if status not in (known := ("any", "trash", *call.core.statuses)):
            message = f"status[{place}] is not one of {rules.listed(known)}."
            raise invalid_params({"status": ("rest_not_in_enum", message)})
    query = call.query
    searched = str(query.get("search", "")).lower()

    def keep(row: Order) -> bool:
        shown = row.status in statuses or ("any" in statuses and row.status not in {"trash", "auto-draft"})
        bought = query.get("product")
        return (
            shown
            and (query.get("customer") is None or str(row.customer_id) == query["customer"])
            and (bought is None or any(bought in {str(one.product_id), str(one.variation_id)} for one in row.lines))
            and (not searched or searched in f"{row.id} {' '.join(row.billing.values())}".lower())
        )

    found = listed(call.core.orders, query, call.core.zone, keep)
    total = found.total if found.rows or found.page == 1 else 0
    return paged(call, found, [order_body(call.core, row) for row in found.rows], total=total)


def get_order(call: Call, order_id: int) -> Answer:
    return Answer(order_body(call.core, _order(call.core, order_id, 404)))


def post_order(call: Call) -> Answer:
    check(call.fields, rules.order(call.core.statuses))
    return created(order_body(call.core, orders.create(call.core, call.fields)))


def put_order(call: Call, order_id: int) -> Answer:
    check(call.fields, rules.order(call.core.statuses))
    return Answer(_update(call.core, {**call.fields, "id": order_id}))


def delete_order(call: Call, order_id: int) -> Answer:
    """The answer to a trashing still bears the old status."""
    core, order = call.core, _order(call.core, order_id, 404)
    body = order_body(core, order)
    if call.force:
        core.orders.remove(order)
    elif order.status == "trash":
        raise already_trashed("shop_order")
    else:
        orders.trash(core, order)
    return Answer(body)


def batch_orders(call: Call) -> Answer:
    core = call.core

    def delete(order_id: int) -> Body:
        order = _order(core, order_id, 404)
        body = order_body(core, order)
        core.orders.remove(order)
        return body

    return batch(
        call,
        lambda fields: order_body(core, orders.create(core, fields)),
        lambda fields: _update(core, fields),
        delete,
    )


def count_orders(call: Call) -> Answer:
    """``/reports/orders/totals``: every status a person can choose, whoever registered it."""
    names = [one for one in call.core.statuses if one != "auto-draft"]
    counts = Counter(order.status for order in call.core.orders)
    return Answer([{"slug": one, "name": one.replace("-", " ").capitalize(), "total": counts[one]} for one in names])


def list_notes(call: Call, order_id: int) -> Answer:
    """Newest first, without pages or counts."""
    order = _noted(call.core, order_id)
    kind = str(call.query.get("type", "any"))
    check(call.query, {"type": rules.Rule("string", one_of=("any", "customer", "internal"))})
    wanted = {"any": {True, False}, "customer": {True}, "internal": {False}}[kind]
    rows = sorted(order.notes, key=lambda note: (-note.created.timestamp(), note.id))
    return Answer([note_body(call.core, order, note) for note in rows if note.to_customer in wanted])


def get_note(call: Call, order_id: int, note_id: int) -> Answer:
    order = _noted(call.core, order_id)
    return Answer(note_body(call.core, order, _note(order, note_id)))


def post_note(call: Call, order_id: int) -> Answer:
    """A customer note is mailed at once, where the order has an address to mail to."""
    if "note" not in call.fields:
        message = "Missing parameter(s): note"
        raise RestError(400, "rest_missing_callback_param", message, {"params": ["note"]})
    kinds = {"note": rules.Rule("string"), "customer_note": rules.Rule("boolean")}
    check(call.fields, {**kinds, "added_by_user": rules.Rule("boolean")})
    order = _noted(call.core, order_id)
    text = str(call.fields["note"])
    if len(text.encode()) > NOTE_LIMIT:
        message = "Cannot create order note, please try again."
        raise RestError(500, "woocommerce_api_cannot_create_order_note", message)
    author = "admin" if truth(call.fields.get("added_by_user", False)) else "WooCommerce"
    mailed = truth(call.fields.get("customer_note", False))
    note = orders.add_note(call.core, order, text, to_customer=mailed, author=author)
    return created(note_body(call.core, order, note))


def delete_note(call: Call, order_id: int, note_id: int) -> Answer:
    order = _noted(call.core, order_id)
    note = _note(order, note_id)
    if not call.force:
        raise no_trash("Webhooks")  # WooCommerce's own slip: it says so of notes too
    order.notes.remove(note)
    return Answer(note_body(call.core, order, note))


def list_refunds(call: Call, order_id: int) -> Answer:
    order = _noted(call.core, order_id)
    return Answer([refund_body(call.core, order, row) for row in reversed(order.refunds)])


def get_refund(call: Call, order_id: int, refund_id: int) -> Answer:
    order = _noted(call.core, order_id)
    return Answer(refund_body(call.core, order, _refund(order, refund_id)))


def post_refund(call: Call, order_id: int) -> Answer:
    check(call.fields, rules.REFUND)
    order = _noted(call.core, order_id)
    return created(refund_body(call.core, order, refunds.refund(call.core, order, call.fields)))


def delete_refund(call: Call, order_id: int, refund_id: int) -> Answer:
    """Changes no stock and sends nothing."""
    order = _noted(call.core, order_id)
    row = _refund(order, refund_id)
    if not call.force:
        raise no_trash("Refunds")
    order.refunds.remove(row)
    return Answer(refund_body(call.core, order, row))


def _order(core: Core, order_id: object, status: int) -> Order:
    order = core.orders.get(order_id) if isinstance(order_id, int) else None
    if order is None:
        raise invalid_id("shop_order", status)
    return order


def _noted(core: Core, order_id: int) -> Order:
    """Below an order WooCommerce has another word for one that is not there."""
    order = core.orders.get(order_id)
    if order is None:
        raise RestError(404, "woocommerce_rest_order_invalid_id", "Invalid order ID.")
    return order


def _note(order: Order, note_id: int) -> Note:
    note = next((note for note in order.notes if note.id == note_id), None)
    if note is None:
        raise RestError(404, "woocommerce_rest_invalid_id", "Invalid resource ID.")
    return note


def _refund(order: Order, refund_id: int) -> Refund:
    row = next((row for row in order.refunds if row.id == refund_id), None)
    if row is None:
        raise RestError(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
    return row


def _update(core: Core, fields: Body) -> Body:
    order = _order(core, fields.get("id"), 400)
    orders.update(core, order, fields)
    return order_body(core, order)
