"""``Order.suggestedRefund``: what the shop would give back, and by which payments."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from adapters.shopify.sandbox import changes
from adapters.shopify.sandbox.call import Args, Call
from adapters.shopify.sandbox.sales import Line, Order, RefundLine

NOTHING = Decimal(0)


def money(value: Decimal) -> dict[str, object]:
    """As the platform writes a ``MoneyV2``: no padding, but one digit behind the point at least."""
    plain = value.quantize(Decimal("0.01")).normalize()
    written = f"{plain:.1f}" if plain == plain.quantize(Decimal("0.1")) else f"{plain:.2f}"
    one = {"amount": written, "currencyCode": "EUR"}
    return {"shopMoney": one, "presentmentMoney": dict(one)}


def suggested_refund(order: Order, args: Args, call: Call) -> dict[str, Any] | None:
    """None for lines that are not of this order."""
    full = bool(args.get("suggestFullRefund"))
    given = [] if full else args.get("refundLineItems") or []
    lines = _whole(order) if full else [_named(order, one, call) for one in given]
    if any(line is None for line in lines):
        return None
    found = [line for line in lines if line is not None]
    subtotal = sum((line.subtotal for line in found), NOTHING)
    shipping = order.current_shipping if args.get("refundShipping") else NOTHING
    if args.get("shippingAmount") is not None:
        shipping = min(Decimal(args["shippingAmount"]), order.current_shipping)
    most = order.received - order.refunded
    amount = min(subtotal + shipping, most)
    # What is too much paid goes back too, where everything does.
    if full:
        amount = most
    return {
        "amountSet": money(amount),
        "discountedSubtotalSet": money(subtotal),
        "maximumRefundableSet": money(most),
        "refundLineItems": found,
        "shipping": {
            "amountSet": money(shipping),
            "maximumRefundableSet": money(order.current_shipping),
            "taxSet": money(NOTHING),
        },
        "subtotalSet": money(subtotal),
        "suggestedTransactions": _transactions(order, amount),
        "totalTaxSet": money(NOTHING),
    }


def _whole(order: Order) -> list[RefundLine | None]:
    return [_line(order, line, line.current_quantity, "CANCEL") for line in order.lines if line.current_quantity]


def _named(order: Order, given: dict[str, Any], call: Call) -> RefundLine | None:
    line = call.store.find(given["lineItemId"], Line)
    if not isinstance(line, Line) or line.order is not order:
        return None
    return _line(order, line, min(given["quantity"], line.current_quantity), given.get("restockType") or "NO_RESTOCK")


def _line(order: Order, line: Line, units: int, how: str) -> RefundLine:
    where = None if how == "NO_RESTOCK" else order.location
    return RefundLine(ref=0, line_item=line, quantity=units, restock_type=how, location=where)


def _transactions(order: Order, amount: Decimal) -> list[dict[str, Any]]:
    """Every payment that can still give something, with its part; nothing of it is carried out."""
    parts = {id(payment): part for payment, part in changes.shared(order, amount)}
    return [
        {
            "accountNumber": None,
            "amountSet": money(parts.get(id(payment), NOTHING)),
            "formattedGateway": payment.gateway.replace("_", " ").capitalize(),
            "gateway": payment.gateway,
            "kind": "SUGGESTED_REFUND",
            "maximumRefundableSet": money(changes.left_of(payment)),
            "parentTransaction": payment,
        }
        for payment in order.transactions
        if payment.kind == "SALE" and changes.left_of(payment) > 0
    ]
