"""Mutations on fulfilment orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.shopify.sandbox import holds, trade
from adapters.shopify.sandbox.call import Args, Call, Payload, Root, done, only, refused, user_error
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.sales import FulfillmentLine, FulfillmentOrder, Hold

LONGEST_HANDLE = 64
GONE = "Fulfillment order does not exist."


def _order(call: Call, gid: str) -> FulfillmentOrder | None:
    found = find(call, gid, FulfillmentOrder)
    return found if isinstance(found, FulfillmentOrder) else None


def _parts(call: Call, given: Sequence[Mapping[str, Any]] | None, path: Sequence[str]) -> dict[FulfillmentLine, int]:
    parts: dict[FulfillmentLine, int] = {}
    for one in given or ():
        line = find(call, one["id"], FulfillmentLine)
        if not isinstance(line, FulfillmentLine):
            message = "Fulfillment order line item does not exist."
            raise holds.Refusal(path, message, "INVALID_LINE_ITEM_QUANTITY")
        if line in parts:
            message = "The fulfillment order line items are not unique."
            raise holds.Refusal(path, message, "DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS")
        if one["quantity"] < 1:
            raise holds.Refusal(path, "Quantity must be greater than 0.", "GREATER_THAN_ZERO")
        parts[line] = one["quantity"]
    return parts


def hold(call: Call, args: Args) -> Payload:
    given, order = args["fulfillmentHold"], _order(call, args["id"])
    rest: dict[str, object] = {"fulfillmentHold": None, "fulfillmentOrder": None, "remainingFulfillmentOrder": None}
    if order is None:
        return refused(user_error(["id"], GONE, "FULFILLMENT_ORDER_NOT_FOUND"), **rest)
    if len(given.get("handle") or "") > LONGEST_HANDLE:
        return refused(
            user_error(["fulfillmentHold", "handle"], "Handle is too long (maximum is 64 characters)"), **rest
        )
    made = Hold(
        ref=call.store.new_id(),
        reason=given["reason"],
        reason_notes=given.get("reasonNotes"),
        handle=given.get("handle") or "",
        external_id=given.get("externalId"),
    )
    path = ["fulfillmentHold", "fulfillmentOrderLineItems"]
    try:
        parts = _parts(call, given.get("fulfillmentOrderLineItems"), path)
        held, remaining = holds.hold(call.store, order, made, parts)
    except holds.Refusal as refusal:
        return refused(refusal.error, **rest)
    return done(fulfillmentHold=made, fulfillmentOrder=held, remainingFulfillmentOrder=remaining)


def release_hold(call: Call, args: Args) -> Payload:
    order = _order(call, args["id"])
    if order is None:
        return refused(user_error(["id"], GONE, "FULFILLMENT_ORDER_NOT_FOUND"), fulfillmentOrder=None)
    holds.release(call.store, order, args.get("holdIds"), args.get("externalId"))
    return done(fulfillmentOrder=order)


def split(call: Call, args: Args) -> Payload:
    results = []
    for index, given in enumerate(args["fulfillmentOrderSplits"]):
        path = ["fulfillmentOrderSplits", str(index), "fulfillmentOrderLineItems"]
        order = _order(call, given["fulfillmentOrderId"])
        if order is None:
            error = user_error([*path[:2], "fulfillmentOrderId"], GONE, "FULFILLMENT_ORDER_NOT_FOUND")
            return refused(error, fulfillmentOrderSplits=None)
        try:
            rest = holds.split(call.store, order, _parts(call, given["fulfillmentOrderLineItems"], path), path)
        except holds.Refusal as refusal:
            return refused(refusal.error, fulfillmentOrderSplits=None)
        results.append(
            {"fulfillmentOrder": order, "remainingFulfillmentOrder": rest, "replacementFulfillmentOrder": None}
        )
    return done(fulfillmentOrderSplits=results)


def merge(call: Call, args: Args) -> Payload:
    results = []
    for given in args["fulfillmentOrderMergeInputs"]:
        found = [_order(call, intent["fulfillmentOrderId"]) for intent in given["mergeIntents"]]
        orders = [one for one in found if one is not None]
        if len(orders) < len(found):
            error = user_error(["fulfillmentOrderMergeInputs"], GONE, "FULFILLMENT_ORDER_NOT_FOUND")
            return refused(error, fulfillmentOrderMerges=None)
        for intent in given["mergeIntents"]:
            only(intent, ("fulfillmentOrderId",), "FulfillmentOrderMergeInputMergeIntent")
        try:
            results.append({"fulfillmentOrder": holds.merge(call.store, orders)})
        except holds.Refusal as refusal:
            return refused(refusal.error, fulfillmentOrderMerges=None)
    return done(fulfillmentOrderMerges=results)


def set_deadline(call: Call, args: Args) -> Payload:
    found = [_order(call, gid) for gid in args["fulfillmentOrderIds"]]
    if None in found:
        error = user_error(["fulfillmentOrderIds"], GONE, "FULFILLMENT_ORDERS_NOT_FOUND")
        return refused(error, success=False)
    for one in found:
        if one is not None:
            one.fulfill_by = args["fulfillmentDeadline"]
    return done(success=True)


def fulfillment_create(call: Call, args: Args) -> Payload:
    given = args["fulfillment"]
    only(given, ("lineItemsByFulfillmentOrder", "notifyCustomer"), "FulfillmentInput")
    parts: list[trade.Part] = []
    orders = []
    for index, one in enumerate(given["lineItemsByFulfillmentOrder"]):
        path = ["fulfillment", "lineItemsByFulfillmentOrder", str(index)]
        order = _order(call, one["fulfillmentOrderId"])
        if order is None:
            return refused(user_error([*path, "fulfillmentOrderId"], GONE), fulfillment=None)
        orders.append(order.order)
        try:
            named = _parts(call, one.get("fulfillmentOrderLineItems"), path)
        except holds.Refusal as refusal:
            return refused(refusal.error, fulfillment=None)
        parts += list(
            (named or {line: line.remaining_quantity for line in order.lines if line.remaining_quantity}).items()
        )
    if len(set(map(id, orders))) != 1:
        return refused(
            user_error(["fulfillment"], "All fulfillment orders must belong to one order."), fulfillment=None
        )
    try:
        return done(fulfillment=trade.ship(call.store, orders[0], parts))
    except trade.Unfit as problem:
        return refused(user_error(["fulfillment"], str(problem)), fulfillment=None)


MUTATIONS: dict[str, Root] = {
    "fulfillmentOrderHold": hold,
    "fulfillmentOrderReleaseHold": release_hold,
    "fulfillmentOrderSplit": split,
    "fulfillmentOrderMerge": merge,
    "fulfillmentOrdersSetFulfillmentDeadline": set_deadline,
    "fulfillmentCreate": fulfillment_create,
}
