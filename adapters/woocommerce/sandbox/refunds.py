"""Money back, and units back on the shelf unless the caller says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from adapters.woocommerce.sandbox import lines, orders
from adapters.woocommerce.sandbox.catalogue import whole_number
from adapters.woocommerce.sandbox.core import Core
from adapters.woocommerce.sandbox.errors import RestError
from adapters.woocommerce.sandbox.records import Body, Charge, Line, Meta, Order, Refund

# Ways of paying whose plug-in can pay back by itself; cash and bank transfers cannot.
PAYS_BACK = {"stripe"}
CANNOT = "The payment gateway for this order does not support automatic refunds."


def refund(core: Core, order: Order, fields: Mapping[str, object]) -> Refund:
    """Refund an amount, by default the sum of the lines named.  Refunding all of it makes the order ``refunded``.

    Lines, shipping and fees are all named under ``line_items``.  Only the whole amount is ever checked.
    """
    rows = _rows(fields.get("line_items"))
    wanted = [(line, rows[line.id]) for line in order.lines if line.id in rows]
    charged = [(charge, rows[charge.id]) for charge in order.charges if charge.id in rows]
    named = sum((_money(one) + _tax(one) for _, one in (*wanted, *charged)), Decimal(0))
    total = lines.amount(fields["amount"]) if fields.get("amount") is not None else named
    if total < 0 or total > order.unrefunded:
        raise _refused("Invalid refund amount.")
    pays_back = fields.get("api_refund", True) is True
    if pays_back:
        _ask_gateway(core, order)
    row = Refund(next(core.ids.posts), core.now(), total, str(fields.get("reason") or ""), pays_back)
    row.meta_id = next(core.ids.metas)
    row.lines = [(_given_back(core, line, one), line.id) for line, one in wanted]
    row.charges = [_charged_back(core, charge, one) for charge, one in charged]
    row.partial = total < order.unrefunded
    order.refunds.append(row)
    orders.changed(core, order)
    if fields.get("api_restock", True) is True:
        for line, one in wanted:
            lines.restock(core, line, whole_number(one.get("quantity")))
    if order.unrefunded <= 0:
        orders.become(core, order, "refunded")
    return row


def _ask_gateway(core: Core, order: Order) -> None:
    if order.payment_method not in PAYS_BACK:
        raise _refused(CANNOT)
    if core.gateway_says:
        raise _refused(core.gateway_says.pop(0))


def _rows(rows: object) -> dict[int, Body]:
    """By the id of a line of the order; of what it has not, WooCommerce takes no notice."""
    found = [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []
    return {whole_number(one.get("id")): one for one in found}


def _money(one: Body) -> Decimal:
    return lines.amount(one.get("refund_total"))


def _tax(one: Body) -> Decimal:
    """Tax to be given back, by the id of its rate."""
    rows = one.get("refund_tax")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return sum((lines.amount(row.get("refund_total")) for row in found), Decimal(0))


def _given_back(core: Core, line: Line, one: Body) -> Line:
    return Line(
        next(core.ids.lines),
        product_id=line.product_id,
        variation_id=line.variation_id,
        name=line.name,
        parent_name=line.parent_name,
        quantity=-whole_number(one.get("quantity")),
        subtotal=-_money(one),
        total=-_money(one),
        meta=[_mark(core, line.id)],
        tax=-_tax(one),
        tax_class=line.tax_class,
    )


def _charged_back(core: Core, charge: Charge, one: Body) -> Charge:
    return Charge(
        next(core.ids.lines),
        charge.kind,
        charge.title,
        -_money(one),
        -_tax(one),
        charge.method,
        [_mark(core, charge.id)],
    )


def _mark(core: Core, line_id: int) -> Meta:
    return Meta(next(core.ids.metas), "_refunded_item_id", str(line_id))


def _refused(message: str) -> RestError:
    """The one error whose ``data`` is a bare number."""
    return RestError(500, "woocommerce_rest_cannot_create_order_refund", message, 500)
