"""Orders, refunds and notes as REST and webhooks show them; keys and types as recorded from WooCommerce 10.5.0."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from adapters.woocommerce.sandbox.bodies import links, meta_body
from adapters.woocommerce.sandbox.core import VERSION, Core, gmt
from adapters.woocommerce.sandbox.errors import php_json
from adapters.woocommerce.sandbox.records import Body, Charge, Line, Meta, Note, Order, Product, Refund

_EDITABLE = {"pending", "on-hold", "auto-draft"}
_PAYABLE = {"pending", "failed"}


def money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def order_body(core: Core, order: Order) -> Body:
    url = f"{core.api}/orders/{order.id}"
    templates = [{"embeddable": True, "href": f"{url}/actions/email_templates"}]
    return {
        "id": order.id,
        "parent_id": 0,
        "status": order.status,
        "currency": order.currency,
        "version": VERSION,
        "prices_include_tax": order.prices_include_tax,
        "date_created": core.local(order.created),
        "date_modified": core.local(order.modified),
        **_totals(order),
        **_customer(order),
        "created_via": order.created_via,
        "customer_note": order.customer_note,
        "date_completed": core.local(order.completed),
        "date_paid": core.local(order.paid),
        "cart_hash": "",
        "number": str(order.id),
        "meta_data": meta_body(order.meta),
        "line_items": [line_body(core, line) for line in order.lines],
        "tax_lines": [_tax_line(core, order, tax_class) for tax_class in core.taxes],
        **_charges(core, order.charges),
        "coupon_lines": [],
        "refunds": [
            {"id": one.id, "reason": one.reason, "total": money(-one.amount)} for one in reversed(order.refunds)
        ],
        "payment_url": f"{core.source}checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}",
        "is_editable": order.status in _EDITABLE,
        "needs_payment": order.status in _PAYABLE and order.total > 0,
        "needs_processing": any(line.product_id for line in order.lines),
        "date_created_gmt": gmt(order.created),
        "date_modified_gmt": gmt(order.modified),
        "date_completed_gmt": gmt(order.completed),
        "date_paid_gmt": gmt(order.paid),
        "currency_symbol": "$",
        "_links": {**links(url, f"{core.api}/orders"), "email_templates": templates},
    }


def _totals(order: Order) -> Body:
    shipping = [one for one in order.charges if one.kind == "shipping"]
    shipping_tax = sum((one.tax for one in shipping), Decimal(0))
    return {
        "discount_total": "0.00",
        "discount_tax": "0.00",
        "shipping_total": money(sum((one.total for one in shipping), Decimal(0))),
        "shipping_tax": money(shipping_tax),
        "cart_tax": money(order.tax - shipping_tax),
        "total": money(order.total),
        "total_tax": money(order.tax),
    }


def _customer(order: Order) -> Body:
    return {
        "customer_id": order.customer_id,
        "order_key": order.key,
        "billing": dict(order.billing),
        "shipping": dict(order.shipping),
        "payment_method": order.payment_method,
        "payment_method_title": order.payment_method_title,
        "transaction_id": order.transaction_id,
        "customer_ip_address": "127.0.0.1" if order.created_via == "store-api" else "",
        "customer_user_agent": "",
    }


def line_body(core: Core, line: Line) -> Body:
    """The ids and the SKU are looked up now: a product deleted for good leaves nothing but its name."""
    product = core.products.get(line.item_id)
    own_picture = product is not None and not line.variation_id
    return {
        "id": line.id,
        "name": line.name,
        "product_id": line.product_id if line.product_id in core.products else 0,
        "variation_id": line.variation_id if line.variation_id in core.products else 0,
        "quantity": line.quantity,
        "tax_class": line.tax_class,
        "subtotal": money(line.subtotal),
        "subtotal_tax": money(core.tax_on(line.subtotal, line.tax_class)),
        "total": money(line.total),
        "total_tax": money(line.tax),
        "taxes": _taxes(core, line.tax, line.tax_class),
        "meta_data": [_line_meta(row, product) for row in line.meta],
        "sku": None if product is None else product.sku,
        "global_unique_id": None if product is None else "",
        "price": _price(line),
        "image": {"id": "" if own_picture else 0, "src": ""},
        "parent_name": line.parent_name,
    }


def refund_body(core: Core, order: Order, refund: Refund) -> Body:
    home = f"{core.api}/orders/{order.id}"
    found = links(f"{home}/refunds/{refund.id}", f"{home}/refunds", home)
    found["self"][0]["targetHints"] = {"allow": ["GET", "DELETE"]}
    return {
        "id": refund.id,
        "date_created": core.local(refund.created),
        "date_created_gmt": gmt(refund.created),
        "amount": money(refund.amount),
        "reason": refund.reason,
        "refunded_by": 1,
        "refunded_payment": refund.paid_back,
        "meta_data": [
            {"id": refund.meta_id, "key": "_refund_type", "value": "partial" if refund.partial else "full"},
        ],
        "line_items": [line_body(core, line) for line, _ in refund.lines],
        "shipping_lines": [_charge_body(core, one) for one in refund.charges if one.kind == "shipping"],
        "tax_lines": [],
        "fee_lines": [_charge_body(core, one) for one in refund.charges if one.kind == "fee"],
        "_links": found,
    }


def note_body(core: Core, order: Order, note: Note) -> Body:
    home = f"{core.api}/orders/{order.id}"
    found = links(f"{home}/notes/{note.id}", f"{home}/notes", home)
    found["self"][0]["targetHints"] = {"allow": ["GET", "DELETE"]}
    return {
        "id": note.id,
        "author": note.author,
        "date_created": core.local(note.created),
        "date_created_gmt": gmt(note.created),
        "note": note.text,
        "customer_note": note.to_customer,
        "_links": found,
    }


def _charges(core: Core, charges: Iterable[Charge]) -> Body:
    rows = list(charges)
    return {
        f"{kind}_lines": [_charge_body(core, one) for one in rows if one.kind == kind] for kind in ("shipping", "fee")
    }


def _charge_body(core: Core, charge: Charge) -> Body:
    amounts = {"total": money(charge.total), "total_tax": money(charge.tax), "taxes": _taxes(core, charge.tax, "")}
    meta = [_line_meta(row, None) for row in charge.meta]
    if charge.kind == "fee":
        shown: Body = {"name": charge.title, "tax_class": "", "tax_status": "taxable", "amount": ""}
        return {"id": charge.id, **shown, **amounts, "meta_data": meta}
    method: Body = {"method_title": charge.title, "method_id": charge.method, "instance_id": ""}
    return {"id": charge.id, **method, **amounts, "tax_status": "taxable", "meta_data": meta}


def _taxes(core: Core, tax: Decimal, tax_class: str) -> list[Body]:
    """By the rate's id, with more decimals than money has."""
    if tax_class not in core.taxes:
        return []
    return [{"id": _rate_id(core, tax_class), "total": f"{tax:.4f}", "subtotal": f"{tax:.4f}"}]


def _tax_line(core: Core, order: Order, tax_class: str) -> Body:
    charges = order.charges if not tax_class else []
    on_lines = sum((line.tax for line in order.lines if line.tax_class == tax_class), Decimal(0))
    on_fees = sum((one.tax for one in charges if one.kind == "fee"), Decimal(0))
    on_shipping = sum((one.tax for one in charges if one.kind == "shipping"), Decimal(0))
    return {
        "id": 0,
        "rate_code": f"TAX-{_rate_id(core, tax_class)}",
        "rate_id": _rate_id(core, tax_class),
        "label": "Tax",
        "compound": False,
        "tax_total": money(on_lines + on_fees),
        "shipping_tax_total": money(on_shipping),
        "rate_percent": float(core.taxes[tax_class]),
        "meta_data": [],
    }


def _rate_id(core: Core, tax_class: str) -> int:
    return 1 + list(core.taxes).index(tax_class)


def _line_meta(row: Meta, product: Product | None) -> Body:
    """An attribute of the variation is shown by its name, anything else by its key."""
    labels = {} if product is None else {str(one["slug"]): str(one["name"]) for one in product.attributes}
    text = row.value if isinstance(row.value, str) else php_json(row.value).decode()
    shown = labels.get(row.key, row.key)
    return {"id": row.id, "key": row.key, "value": row.value, "display_key": shown, "display_value": text}


def _price(line: Line) -> int | float:
    """The one amount that is a number: whole where it can be."""
    each = line.total / line.quantity if line.quantity else Decimal(0)
    return int(each) if each == int(each) else float(each)
