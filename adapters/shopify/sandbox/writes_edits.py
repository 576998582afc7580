"""Mutations of an order edit: begin, change, commit."""

from __future__ import annotations

from decimal import Decimal

from adapters.shopify.sandbox import changes, trade
from adapters.shopify.sandbox.call import Args, Call, Payload, Root, done, refused, user_error
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.records import Variant
from adapters.shopify.sandbox.sales import CalculatedLine, CalculatedOrder, Order

NO_LINE = "The line item does not exist on the order."


def begin(call: Call, args: Args) -> Payload:
    order = find(call, args["id"], Order)
    if not isinstance(order, Order):
        return refused(user_error(["id"], "The order does not exist."), calculatedOrder=None, orderEditSession=None)
    try:
        edit = changes.begin_edit(call.store, order)
    except trade.Unfit as problem:
        return refused(user_error(None, str(problem)), calculatedOrder=None, orderEditSession=None)
    return done(calculatedOrder=edit, orderEditSession=_session(edit))


def _session(edit: CalculatedOrder) -> dict[str, object]:
    return {"__typename": "OrderEditSession", "id": f"gid://shopify/OrderEditSession/{edit.ref}"}


def _edit(call: Call, gid: str) -> CalculatedOrder | None:
    """By the id of the calculated order, or of its session."""
    found = find(call, gid.replace("/OrderEditSession/", "/CalculatedOrder/"), CalculatedOrder)
    return found if isinstance(found, CalculatedOrder) and not found.committed else None


def _line(edit: CalculatedOrder, gid: str) -> CalculatedLine | None:
    number = gid.rsplit("/", 1)[-1]
    return next((one for one in edit.lines if (one.uuid or str(one.ref)) == number and "LineItem/" in gid), None)


def _lost(message: str = "The calculated order does not exist.", field: str = "id") -> Payload:
    return refused(user_error([field], message), calculatedLineItem=None, calculatedOrder=None, orderEditSession=None)


def _changed(edit: CalculatedOrder, line: CalculatedLine) -> Payload:
    return done(calculatedLineItem=line, calculatedOrder=edit, orderEditSession=_session(edit))


def set_quantity(call: Call, args: Args) -> Payload:
    edit = _edit(call, args["id"])
    if edit is None:
        return _lost()
    line = _line(edit, args["lineItemId"])
    if line is None:
        return _lost(NO_LINE, "lineItemId")
    if args["quantity"] < 0:
        return _lost("must be greater than or equal to 0", "quantity")
    try:
        changes.set_quantity(edit, line, args["quantity"], restock=bool(args.get("restock")))
    except trade.Unfit as problem:
        return _lost(str(problem))
    return _changed(edit, line)


def add_variant(call: Call, args: Args) -> Payload:
    edit = _edit(call, args["id"])
    if edit is None:
        return _lost()
    variant = find(call, args["variantId"], Variant)
    if not isinstance(variant, Variant):
        return _lost("The variant does not exist in the shop.", "variantId")
    if not args.get("allowDuplicates") and any(one.variant is variant for one in edit.lines):
        return _lost(f"{variant.product.title} was not added because it's already on the order.")
    if args["quantity"] < 1:
        return _lost("must be greater than 0", "quantity")
    if edit.original_order.has_plan:
        return _lost(changes.ONLY_LESS)
    line = CalculatedLine(
        ref=call.store.new_id(),
        uuid=call.store.new_uuid(),
        line=None,
        variant=variant,
        sku=variant.sku,
        title=variant.product.title,
        variant_title=None if variant.product.has_only_default_variant else variant.title,
        price=variant.price,
        quantity=args["quantity"],
        before=0,
    )
    edit.lines.append(line)
    return _changed(edit, line)


def add_discount(call: Call, args: Args) -> Payload:
    """Only a line that this edit adds may be discounted."""
    edit = _edit(call, args["id"])
    if edit is None:
        return _lost()
    line, discount = _line(edit, args["lineItemId"]), args["discount"]
    if line is None:
        return _lost(NO_LINE)
    if line.line is not None:
        return _lost("Discounts can only be applied to added line items.")
    if discount.get("percentValue") is not None:
        off = line.price * Decimal(str(discount["percentValue"])) / 100
    else:
        off = Decimal(str((discount.get("fixedValue") or {"amount": 0})["amount"]))
    line.price = max(Decimal(0), line.price - off)
    return _changed(edit, line)


def commit(call: Call, args: Args) -> Payload:
    edit = _edit(call, args["id"])
    if edit is None:
        return refused(user_error(["id"], "The calculated order does not exist."), order=None, successMessages=None)
    try:
        order = changes.commit_edit(call.store, edit, args.get("staffNote") or "")
    except trade.Unfit as problem:
        return refused(user_error(["id"], str(problem)), order=None, successMessages=None)
    return done(order=order, successMessages=["Order updated"])


MUTATIONS: dict[str, Root] = {
    "orderEditBegin": begin,
    "orderEditSetQuantity": set_quantity,
    "orderEditAddVariant": add_variant,
    "orderEditAddLineItemDiscount": add_discount,
    "orderEditCommit": commit,
}
