"""Webhook bodies of edits and holds, which say little and name what changed by id."""

from __future__ import annotations

from adapters.shopify.sandbox.bodies import Json, shop_time
from adapters.shopify.sandbox.records import APP_ID
from adapters.shopify.sandbox.sales import FulfillmentOrder, Hold, Order


def edit_body(order: Order, edit_ref: int, deltas: dict[int, int], staff_note: str) -> Json:
    """``orders/edited`` says line ids and deltas alone: not the order's state, nor any SKU."""
    return {
        "order_edit": {
            "id": edit_ref,
            "app_id": None,
            "created_at": shop_time(order.updated_at),
            "committed_at": shop_time(order.updated_at),
            "notify_customer": False,
            "order_id": order.ref,
            "staff_note": staff_note,
            "user_id": None,
            "line_items": {
                "additions": [{"id": ref, "delta": delta} for ref, delta in deltas.items() if delta > 0],
                "removals": [{"id": ref, "delta": -delta} for ref, delta in deltas.items() if delta < 0],
            },
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "shipping_lines": {"additions": [], "removals": []},
        }
    }


def fulfillment_order_brief(one: FulfillmentOrder) -> Json:
    return {"id": one.gid, "status": one.status.lower()}


def hold_body(hold: Hold) -> Json:
    return {
        "id": hold.gid,
        "reason": hold.reason.lower(),
        "reason_notes": hold.reason_notes,
        "held_by_requesting_app": hold.held_by_requesting_app,
        "handle": hold.handle,
        "held_by_app": {"id": f"gid://shopify/App/{APP_ID}"} if hold.held_by_requesting_app else None,
    }


def placed_on_hold_body(one: FulfillmentOrder, rest: FulfillmentOrder | None, hold: Hold) -> Json:
    return {
        "fulfillment_order": {
            **fulfillment_order_brief(one),
            "fulfillment_holds": [hold_body(each) for each in one.holds],
        },
        "remaining_fulfillment_order": None if rest is None else fulfillment_order_brief(rest),
        "held_fulfillment_order_line_items": [
            {"id": line.gid, "quantity": line.remaining_quantity} for line in one.lines
        ],
        "created_fulfillment_hold": hold_body(hold),
    }
