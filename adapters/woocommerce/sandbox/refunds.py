"""Money back, and units back on the shelf unless the caller says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from adapters.woocommerce.sandbox import lines, orders
from adapters.woocommerce.sandbox.catalogue import whole_number
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.records import Body, Line, Meta, Order, Refund

# Ways of paying whose plug-in can pay back by itself; cash and bank transfers cannot.
PAYS_BACK = {"stripe"}


def refund(core: Core, order: Order, fields: Mapping[str, object]) -> Refund:
    """Refund an amount, by default the sum of the lines named.  Refunding all of it makes the order ``refunded``."""
    wanted = _wanted(order, fields.get("line_items"))
    total = lines.amount(fields["amount"]) if fields.get("amount") is not None else _sum(wanted)
    if total < 0 or total > order.unrefunded:
        raise _refused("Invalid refund amount.")
    pays_back = fields.get("api_refund", True) is True
    if pays_back and order.payment_method not in PAYS_BACK:
        raise _refused("The payment gateway for this order does not support automatic refunds.")
    row = Refund(next(core.ids.posts), core.now(), total, str(fields.get("reason") or ""), pays_back)
    row.meta_id = next(core.ids.metas)
    row.lines = [(_given_back(core, line, one), line.id) for line, one in wanted]
    row.partial = total < order.unrefunded
    order.refunds.append(row)
    orders.changed(core, order)
    if fields.get("api_restock", True):
        for line, one in wanted:
            lines.restock(core, line, whole_number(one.get("quantity")))
    if order.unrefunded <= 0:
        orders.become(core, order, "refunded")
    return row


def _wanted(order: Order, rows: object) -> list[tuple[Line, Body]]:
    known = {line.id: line for line in order.lines}
    found = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
    return [(known[one["id"]], one) for one in found if one.get("id") in known]


def _sum(wanted: list[tuple[Line, Body]]) -> Decimal:
    return sum((lines.amount(one.get("refund_total")) for _, one in wanted), Decimal(0))


def _given_back(core: Core, line: Line, one: Body) -> Line:
    money = -lines.amount(one.get("refund_total"))
    units = -whole_number(one.get("quantity"))
    mark = Meta(next(core.ids.metas), "_refunded_item_id", str(line.id))
    return Line(
        next(core.ids.lines),
        product_id=line.product_id,
        variation_id=line.variation_id,
        name=line.name,
        parent_name=line.parent_name,
        quantity=units,
        subtotal=money,
        total=money,
        meta=[mark],
    )


def _refused(message: str) -> RestError:
    """The one error whose ``data`` is a bare number."""
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)
