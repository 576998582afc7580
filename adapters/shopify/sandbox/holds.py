"""Fulfilment orders: held, released, split, merged.  Each function is one act of the shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from adapters.shopify.sandbox.bodies_changes import fulfillment_order_brief, hold_body, placed_on_hold_body
from adapters.shopify.sandbox.sales import FulfillmentLine, FulfillmentOrder, Hold
from adapters.shopify.sandbox.store import Store
from adapters.shopify.sandbox.trade import new_fulfillment_line, new_fulfillment_order, touch_order

MOST_HOLDS = 10  # by one app on one fulfilment order
Parts = Mapping[FulfillmentLine, int]


class Refusal(ValueError):  # noqa: N818 -- a user error is an answer, not a fault
    """A user error with its code."""

    def __init__(self, field: Sequence[str], message: str, code: str) -> None:
        super().__init__(message)
        self.error: dict[str, object] = {"field": list(field), "message": message, "code": code}


def check_parts(one: FulfillmentOrder, parts: Parts, field: Sequence[str]) -> None:
    for line, units in parts.items():
        if line not in one.lines or units > line.remaining_quantity or units < 1:
            raise Refusal(
                field, "Invalid fulfillment order line item quantity requested.", "INVALID_LINE_ITEM_QUANTITY"
            )


def hold(
    store: Store, one: FulfillmentOrder, new: Hold, parts: Parts
) -> tuple[FulfillmentOrder, FulfillmentOrder | None]:
    """Hold the whole, or split the named units off first: the named ones are held, the rest stays open."""
    field = ["fulfillmentHold", "fulfillmentOrderLineItems"]
    if parts and one.holds:
        raise Refusal(field, "The fulfillment order is not in a splittable state.", "FULFILLMENT_ORDER_NOT_SPLITTABLE")
    ours = [each for each in one.holds if each.held_by_requesting_app]
    if any((each.handle or "") == (new.handle or "") for each in ours):
        message = "The handle provided for the fulfillment hold is already in use by this app for another hold."
        raise Refusal(["fulfillmentHold", "handle"], message, "DUPLICATE_FULFILLMENT_HOLD_HANDLE")
    if len(ours) >= MOST_HOLDS:
        message = "The maximum number of fulfillment holds for this fulfillment order has been reached."
        raise Refusal(["id"], message, "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED")
    if not one.is_live:
        raise Refusal(["id"], "The fulfillment order is not in a holdable state.", "FULFILLMENT_ORDER_NOT_FOUND")
    check_parts(one, parts, field)
    with store.act():
        rest = _split_rest(store, one, parts)
        one.holds.append(store.keep(new))
        one.updated_at = store.now()
        touch_order(store, one.order)
        store.tell("fulfillment_orders/placed_on_hold", one, lambda: placed_on_hold_body(one, rest, new))
        store.tell("fulfillment_holds/added", new, partial(_hold_news, one, new))
    return one, rest


def _hold_news(one: FulfillmentOrder, hold: Hold) -> dict[str, object]:
    return {"fulfillment_order": {"id": one.gid}, "fulfillment_hold": hold_body(hold)}


def _split_rest(store: Store, one: FulfillmentOrder, parts: Parts) -> FulfillmentOrder | None:
    """Keep ``parts`` on ``one`` and give everything else to a new fulfilment order; None where nothing is left over."""
    rest = {line: line.remaining_quantity - parts.get(line, 0) for line in one.lines}
    rest = {line: units for line, units in rest.items() if units > 0}
    if not parts or not rest:
        return None
    return _move_out(store, one, rest)


def _move_out(store: Store, one: FulfillmentOrder, parts: Parts) -> FulfillmentOrder:
    made = new_fulfillment_order(store, one.order)
    for line, units in parts.items():
        line.remaining_quantity -= units
        line.total_quantity -= units
        made.lines.append(new_fulfillment_line(store, line.line_item, units))
    one.lines = [line for line in one.lines if line.total_quantity]
    return made


def release(store: Store, one: FulfillmentOrder, hold_ids: Sequence[str] | None, external_id: str | None) -> None:
    """Without ids every hold goes, those of other apps too."""
    going = [
        each
        for each in one.holds
        if (hold_ids is None or each.gid in hold_ids) and external_id in (None, each.external_id)
    ]
    with store.act():
        for each in going:
            one.holds.remove(each)
            store.forget(each)
            store.tell("fulfillment_holds/released", each, partial(_hold_news, one, each))
        one.updated_at = store.now()
        if going and not one.holds:
            touch_order(store, one.order)
            store.tell(
                "fulfillment_orders/hold_released", one, lambda: {"fulfillment_order": fulfillment_order_brief(one)}
            )


def split(store: Store, one: FulfillmentOrder, parts: Parts, field: Sequence[str]) -> FulfillmentOrder:
    """The named units leave for a fulfilment order of their own, which is given."""
    if not parts:
        raise Refusal(field, "No line items provided to split.", "NO_LINE_ITEMS_PROVIDED_TO_SPLIT")
    check_parts(one, parts, field)
    if sum(parts.values()) >= sum(line.remaining_quantity for line in one.lines) or one.status != "OPEN":
        raise Refusal(field, "The fulfillment order is not in a splittable state.", "GREATER_THAN")
    with store.act():
        moved = [{"id": line.gid, "quantity": units} for line, units in parts.items()]
        rest = _move_out(store, one, parts)
        touch_order(store, one.order)
        store.tell(
            "fulfillment_orders/split",
            one,
            lambda: {
                "split_line_items": moved,
                "fulfillment_order": fulfillment_order_brief(one),
                "remaining_fulfillment_order": fulfillment_order_brief(rest),
                "replacement_fulfillment_order": None,
            },
        )
    return rest


def merge(store: Store, orders: Sequence[FulfillmentOrder]) -> FulfillmentOrder:
    """All that is left on the later ones goes to the first."""
    field = ["fulfillmentOrderMergeInputs"]
    first, *others = orders
    if not others or any(one.status != "OPEN" or one.order is not first.order for one in orders):
        raise Refusal(field, "The fulfillment orders cannot be merged.", "GREATER_THAN")
    with store.act():
        for line in [line for one in others for line in one.lines]:
            same = next((each for each in first.lines if each.line_item is line.line_item), None)
            if same is None:
                first.lines.append(new_fulfillment_line(store, line.line_item, line.remaining_quantity))
            else:
                same.total_quantity += line.remaining_quantity
                same.remaining_quantity += line.remaining_quantity
            line.remaining_quantity = line.total_quantity = 0
        for one in others:
            one.updated_at = store.now()
        touch_order(store, first.order)
        intents = [{"fulfillment_order_id": one.ref, "fulfillment_order_line_items": None} for one in orders]
        store.tell(
            "fulfillment_orders/merged",
            first,
            lambda: {
                "merge_intents": intents,
                "fulfillment_order_merges": {"fulfillment_order": fulfillment_order_brief(first)},
            },
        )
    return first
