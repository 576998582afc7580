"""Webhook bodies of orders, with the fulfilments and refunds they hold."""

from __future__ import annotations

from decimal import Decimal

from adapters.shopify.sandbox.bodies import Json, amount, money_set, shop_time
from adapters.shopify.sandbox.sales import Fulfillment, Line, Order, Refund, Transaction

NOTHING = Decimal(0)
SHOPPER = {"first_name": "Jo", "last_name": "Example", "email": "jo@example.com", "phone": "+49 30 000000"}
ADDRESS = {
    "first_name": "Jo",
    "last_name": "Example",
    "name": "Jo Example",
    "company": None,
    "address1": "Example Street 1",
    "address2": None,
    "city": "Berlin",
    "zip": "10115",
    "province": None,
    "province_code": None,
    "country": "Germany",
    "country_code": "DE",
    "phone": "+49 30 000000",
    "latitude": None,
    "longitude": None,
}
"""Every order is the same made-up shopper's: a real body holds such things, and nobody is to keep them."""


COUNTRIES = {"DE": "Germany", "US": "United States", "GB": "United Kingdom", "FR": "France", "IT": "Italy"}

ORDER_ONLY = {"current_quantity", "attributed_staffs", "sales_line_item_group_id", "selling_plan_id"}
"""What a line says in an order, and not in a refund."""


def line_body(line: Line, quantity: int | None = None) -> Json:
    variant = line.variant
    return {
        "id": line.ref,
        "admin_graphql_api_id": line.gid,
        "attributed_staffs": [],
        "current_quantity": line.current_quantity,
        "fulfillable_quantity": line.fulfillable_quantity,
        "fulfillment_service": "manual",
        "fulfillment_status": None if line.fulfillment_status == "unfulfilled" else line.fulfillment_status,
        "gift_card": False,
        "grams": 0,
        "name": line.name,
        "price": amount(line.price),
        "price_set": money_set(line.price),
        "product_exists": variant is not None,
        "product_id": None if variant is None else variant.product.ref,
        "properties": [{"name": one["key"], "value": one["value"]} for one in line.properties],
        "quantity": line.quantity if quantity is None else quantity,
        "requires_shipping": line.requires_shipping,
        "sales_line_item_group_id": None,
        "selling_plan_id": line.order.ref + 9 if line.selling_plan else None,
        "sku": line.sku,
        "taxable": line.taxable,
        "title": line.title,
        "total_discount": "0.00",
        "total_discount_set": money_set(NOTHING),
        "variant_id": None if variant is None else variant.ref,
        "variant_inventory_management": None if line.item is None else "shopify",
        "variant_title": line.variant_title,
        "vendor": line.vendor,
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


NEVER_DIFFERENT: Json = {
    "app_id": 580111,
    "browser_ip": None,
    "buyer_accepts_marketing": False,
    "cart_token": None,
    "checkout_token": None,
    "client_details": None,
    "currency": "EUR",
    "device_id": None,
    "discount_codes": [],
    "duties_included": False,
    "estimated_taxes": False,
    "landing_site": None,
    "landing_site_ref": None,
    "location_id": None,
    "merchant_business_entity_id": "MTU0ODM4MDAwOQ",
    "merchant_of_record_app_id": None,
    "po_number": None,
    "presentment_currency": "EUR",
    "reference": None,
    "referring_site": None,
    "source_identifier": None,
    "source_url": None,
    "tax_exempt": False,
    "tax_lines": [],
    "taxes_included": True,
    "user_id": None,
    "discount_applications": [],
    "payment_terms": None,
    "shipping_lines": [],
    "returns": [],
    "line_item_groups": [],
}
"""What this shop says alike of every order."""


def order_body(order: Order) -> Json:
    return {
        **NEVER_DIFFERENT,
        **_identity(order),
        **_states(order),
        **_source(order),
        **_amounts(order),
        "billing_address": _address(order),
        "customer": _customer(order),
        "fulfillments": [fulfillment_body(one) for one in order.fulfillments],
        "line_items": [line_body(line) for line in order.lines],
        "refunds": [refund_body(one) for one in order.refunds],
        "shipping_address": _address(order),
    }


def _address(order: Order) -> Json | None:
    """None to an app that may see no protected customer data."""
    country = {"country": COUNTRIES.get(order.country, order.country), "country_code": order.country}
    return None if order.hidden else {**ADDRESS, **country}


def _identity(order: Order) -> Json:
    return {
        "id": order.ref,
        "admin_graphql_api_id": order.gid,
        "checkout_id": order.ref + 7,
        "confirmation_number": confirmation_number(order),
        "name": order.name,
        "number": order.number - 1000,
        "order_number": order.number,
        "order_status_url": f"https://sandbox.example.com/orders/{order.ref:032x}/authenticate",
        "token": f"{order.ref:032x}",
    }


def _states(order: Order) -> Json:
    return {
        "cancel_reason": None if order.cancel_reason is None else order.cancel_reason.lower(),
        "cancelled_at": shop_time(order.cancelled_at),
        "closed_at": shop_time(order.closed_at),
        "confirmed": order.confirmed,
        "created_at": shop_time(order.created_at),
        "financial_status": order.financial_status,
        "fulfillment_status": order.fulfillment_status,
        "payment_gateway_names": gateways(order),
        "processed_at": shop_time(order.processed_at),
        "updated_at": shop_time(order.updated_at),
    }


def _source(order: Order) -> Json:
    """Who ordered, from where, and what was written on it."""
    return {
        "contact_email": None if order.hidden else order.email,
        "customer_locale": order.customer_locale,
        "email": None if order.hidden else order.email,
        "note": order.note,
        "note_attributes": [{"name": one["key"], "value": one["value"]} for one in order.custom_attributes],
        "phone": None if order.hidden else SHOPPER["phone"],
        "source_name": order.source_name,
        "tags": ", ".join(order.tags),
        "test": order.test,
    }


def _customer(order: Order) -> Json:
    ref = order.location.ref + 5
    return {
        **SHOPPER,
        "email": order.email,
        "id": ref,
        "admin_graphql_api_id": f"gid://shopify/Customer/{ref}",
        "created_at": shop_time(order.created_at),
        "updated_at": shop_time(order.created_at),
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "currency": "EUR",
        "tax_exemptions": [],
        "default_address": {
            **ADDRESS,
            "id": ref + 1,
            "customer_id": ref,
            "country_name": "Germany",
            "default": True,
        },
    }


def gateways(order: Order) -> list[str]:
    return [order.gateway] if order.received or order.pays_by_hand else ["bank_transfer"]


def confirmation_number(order: Order) -> str:
    return f"SBX{order.number:06d}"


def _amounts(order: Order) -> Json:
    current, total = order.current_total, order.total
    return {
        "current_shipping_price_set": money_set(order.current_shipping),
        "current_subtotal_price": amount(order.current_subtotal),
        "current_subtotal_price_set": money_set(order.current_subtotal),
        "current_total_additional_fees_set": None,
        "current_total_discounts": "0.00",
        "current_total_discounts_set": money_set(NOTHING),
        "current_total_duties_set": None,
        "current_total_price": amount(current),
        "current_total_price_set": money_set(current),
        "current_total_tax": "0.00",
        "current_total_tax_set": money_set(NOTHING),
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "subtotal_price": amount(order.subtotal),
        "subtotal_price_set": money_set(order.subtotal),
        "total_cash_rounding_payment_adjustment_set": money_set(NOTHING),
        "total_cash_rounding_refund_adjustment_set": money_set(NOTHING),
        "total_discounts": "0.00",
        "total_discounts_set": money_set(NOTHING),
        "total_line_items_price": amount(order.subtotal),
        "total_line_items_price_set": money_set(order.subtotal),
        "total_outstanding": amount(max(NOTHING, order.outstanding)),
        "total_price": amount(total),
        "total_price_set": money_set(total),
        "total_shipping_price_set": money_set(order.shipping),
        "total_tax": "0.00",
        "total_tax_set": money_set(NOTHING),
        "total_tip_received": "0.00",
        "total_weight": 0,
    }


def fulfillment_body(one: Fulfillment) -> Json:
    return {
        "id": one.ref,
        "order_id": one.order.ref,
        "status": one.status.lower(),
        "created_at": shop_time(one.created_at),
        "service": "manual",
        "updated_at": shop_time(one.updated_at),
        "tracking_company": None,
        "shipment_status": None,
        "location_id": one.location.ref,
        "origin_address": None,
        "destination": dict(ADDRESS),
        "email": SHOPPER["email"],
        "line_items": [line_body(line.line_item, line.quantity) for line in one.lines],
        "tracking_number": None,
        "tracking_numbers": [],
        "tracking_url": None,
        "tracking_urls": [],
        "receipt": {},
        "name": one.name,
        "admin_graphql_api_id": one.gid,
    }


def refund_body(refund: Refund) -> Json:
    return {
        "id": refund.ref,
        "admin_graphql_api_id": refund.gid,
        "order_id": refund.order.ref,
        "created_at": shop_time(refund.created_at),
        "note": refund.note,
        "user_id": None,
        "processed_at": shop_time(refund.processed_at),
        "duties": [],
        "total_duties_set": money_set(NOTHING),
        "return": None,
        "refund_shipping_lines": [{"subtotal_amount_set": money_set(refund.shipping)}] if refund.shipping else [],
        "restock": any(line.restocked for line in refund.lines),
        "order_adjustments": [],
        "refund_line_items": [
            {
                "id": line.ref,
                "quantity": line.quantity,
                "line_item_id": line.line_item.ref,
                "location_id": None if line.location is None else line.location.ref,
                "restock_type": line.restock_type.lower(),
                "subtotal": float(line.subtotal),
                "total_tax": 0,
                "subtotal_set": money_set(line.subtotal),
                "total_tax_set": money_set(NOTHING),
                "line_item": {key: value for key, value in line_body(line.line_item).items() if key not in ORDER_ONLY},
            }
            for line in refund.lines
        ],
        "transactions": [_transaction(one) for one in refund.transactions],
    }


def _transaction(one: Transaction) -> Json:
    return {
        "id": one.ref,
        "admin_graphql_api_id": one.gid,
        "amount": amount(one.amount),
        "amount_rounding": None,
        "authorization": None,
        "device_id": None,
        "error_code": None if one.status == "SUCCESS" else "processing_error",
        "location_id": None,
        "manual_payment_gateway": one.manual,
        "message": None if one.manual else "Bogus Gateway: Forced success",
        "parent_id": None if one.parent is None else one.parent.ref,
        "payment_id": f"{one.order.name}.{one.ref}",
        "source_name": one.order.source_name,
        "total_unsettled_set": money_set(NOTHING),
        "user_id": None,
        "currency": "EUR",
        "created_at": shop_time(one.created_at),
        "processed_at": shop_time(one.created_at),
        "gateway": one.gateway,
        "kind": one.kind.lower(),
        "order_id": one.order.ref,
        "status": one.status.lower(),
        "test": one.order.test,
    }
