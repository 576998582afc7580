"""Mutations on orders: fields, payment, cancellation, refund."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from adapters.shopify.sandbox import changes, trade
from adapters.shopify.sandbox.call import Args, Call, Payload, Root, UserErrors, done, only, refused, user_error
from adapters.shopify.sandbox.jobs import CancelResult, Job
from adapters.shopify.sandbox.metafields import put, wrong_input
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.records import Location
from adapters.shopify.sandbox.sales import Line, Order, Transaction

LONGEST_STAFF_NOTE = 255


def order_update(call: Call, args: Args) -> Payload:
    """``tags`` replaces the whole list: what somebody added meanwhile is lost."""
    given = args["input"]
    only(given, ("id", "tags", "note", "metafields", "customAttributes"), "OrderInput")
    order = find(call, given["id"], Order)
    if not isinstance(order, Order):
        return refused(user_error(["id"], "Order does not exist"), order=None)
    errors: UserErrors = []
    for index, one in enumerate(given.get("metafields") or ()):
        if (fault := wrong_input(call.store, order, one)) is not None:
            errors.append(user_error(["metafields", str(index), fault[0]], fault[1]))
    if errors:
        return refused(*errors, order=None)
    with call.store.act():
        if given.get("tags") is not None:
            order.tags = sorted(dict.fromkeys(given["tags"]), key=str.lower)
        order.note = given.get("note", order.note)
        order.custom_attributes = given.get("customAttributes") or order.custom_attributes
        for one in given.get("metafields") or ():
            put(call.store, order, one)
        trade.touch_order(call.store, order)
    return done(order=order)


def mark_as_paid(call: Call, args: Args) -> Payload:
    return _act_on(call, args["input"]["id"], lambda order: trade.pay(call.store, order))


def close(call: Call, args: Args) -> Payload:
    return _act_on(call, args["input"]["id"], lambda order: trade.close(call.store, order, closed=True))


def reopen(call: Call, args: Args) -> Payload:
    return _act_on(call, args["input"]["id"], lambda order: trade.close(call.store, order, closed=False))


def _act_on(call: Call, gid: str, act: Any) -> Payload:  # noqa: ANN401 -- any act on an order
    order = find(call, gid, Order)
    if not isinstance(order, Order):
        return refused(user_error(["id"], "Order does not exist"), order=None)
    try:
        act(order)
    except trade.Unfit as problem:
        return refused(user_error(["id"], str(problem)), order=order)
    return done(order=order)


def order_cancel(call: Call, args: Args) -> Payload:
    """Answers before it is done: the job says when."""
    order = find(call, args["orderId"], Order)
    method = args.get("refundMethod") or {}
    error = None
    if not isinstance(order, Order):
        return _cancel_refused(user_error(["orderId"], "Order does not exist", "NOT_FOUND"))
    if args.get("refund") is not None and method:
        message = "Only one of the arguments `refund` or `refund_method` is allowed."
        error = user_error(["refund"], message, "INVALID")
    elif len(args.get("staffNote") or "") > LONGEST_STAFF_NOTE:
        error = user_error(["staffNote"], "Staff note is too long. Maximum length is 255 characters.", "INVALID")
    elif (problem := changes.why_not_cancel(order)) is not None:
        error = user_error(["orderId"], problem, "INVALID")
    if error is not None:
        return _cancel_refused(error)
    only(method, ("originalPaymentMethodsRefund",), "OrderCancelRefundMethodInput")
    uuid = call.store.new_uuid()
    job = call.store.keep(Job(ref=0, uuid=uuid))
    result = call.store.keep(CancelResult(ref=0, uuid=uuid, order=order))
    refund = bool(args.get("refund") or method.get("originalPaymentMethodsRefund"))

    def work() -> None:
        job.done = result.done = True
        try:
            changes.cancel(
                call.store,
                order,
                reason=args["reason"],
                restock=args["restock"],
                refund=refund,
                staff_note=args.get("staffNote"),
            )
            result.status = "SUCCEEDED"
        except trade.Unfit as problem:
            result.status, result.errors = "FAILED", [user_error(["orderId"], str(problem), "INVALID")]

    call.jobs.later(work)
    return {"job": job, "jobResult": result, "orderCancelUserErrors": [], "userErrors": []}


def _cancel_refused(error: dict[str, object]) -> Payload:
    return {"job": None, "jobResult": None, "orderCancelUserErrors": [error], "userErrors": [error]}


def refund_create(call: Call, args: Args) -> Payload:
    given = args["input"]
    known = ("orderId", "refundLineItems", "transactions", "note", "notify", "currency", "shipping")
    only(given, known, "RefundInput")
    order = find(call, given["orderId"], Order)
    if not isinstance(order, Order):
        return refused(user_error(["orderId"], "Order does not exist"), order=None, refund=None)
    errors: UserErrors = []
    wishes = _wishes(call, order, given, errors)
    shares = _shares(call, order, given, errors)
    if errors:
        return refused(*errors, order=order, refund=None)
    shipping = _shipping(order, given.get("shipping") or {})
    refund = changes.give_back(call.store, order, wishes, note=given.get("note"), shares=shares, shipping=shipping)
    return done(order=order, refund=refund)


def _wishes(call: Call, order: Order, given: Mapping[str, Any], errors: UserErrors) -> list[changes.Wish]:
    wishes: list[changes.Wish] = []
    for index, one in enumerate(given.get("refundLineItems") or ()):
        wish = _wish(call, order, one)
        if wish is None:
            message = "Line item does not exist"
            errors.append(user_error(["refundLineItems", str(index), "lineItemId"], message))
            continue
        try:
            changes.check_wishes([wish])
        except trade.Unfit as problem:
            errors.append(user_error(["refundLineItems", str(index), "quantity"], str(problem)))
        wishes.append(wish)
    return wishes


def _shares(
    call: Call, order: Order, given: Mapping[str, Any], errors: UserErrors
) -> list[tuple[Transaction, Decimal]]:
    """The payments that money goes back by.  The parent counts; the gateway beside it is not looked at (recorded)."""
    shares: list[tuple[Transaction, Decimal]] = []
    for one in given.get("transactions") or ():
        if one["kind"] != "REFUND":
            errors.append(user_error(None, f"Kind {one['kind'].lower()} is not a valid transaction"))
            continue
        parent = find(call, one["parentId"], Transaction) if one.get("parentId") else None
        if not isinstance(parent, Transaction) or parent.order is not order:
            errors.append(user_error(["transactions"], "Transactions require a parent_id associated with the order"))
            continue
        shares.append((parent, Decimal(one["amount"])))
    amount, net = sum((part for _, part in shares), Decimal(0)), order.received - order.refunded
    if amount > net:
        message = f"Refund amount €{amount:.2f} is greater than net payment received €{net:.2f}"
        errors.append(user_error(None, message))
    return shares


def _shipping(order: Order, given: Mapping[str, Any]) -> Decimal:
    if given.get("fullRefund"):
        return order.current_shipping
    return min(Decimal(given.get("amount") or 0), order.current_shipping)


def _wish(call: Call, order: Order, given: Mapping[str, Any]) -> changes.Wish | None:
    line = find(call, given["lineItemId"], Line)
    if not isinstance(line, Line) or line.order is not order:
        return None
    place = find(call, given["locationId"], Location) if given.get("locationId") else None
    how = given.get("restockType") or "NO_RESTOCK"
    return line, given["quantity"], how, place if isinstance(place, Location) else None


MUTATIONS: dict[str, Root] = {
    "orderUpdate": order_update,
    "orderMarkAsPaid": mark_as_paid,
    "orderClose": close,
    "orderOpen": reopen,
    "orderCancel": order_cancel,
    "refundCreate": refund_create,
}
