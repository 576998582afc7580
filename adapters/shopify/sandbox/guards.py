"""What stands before every operation: scopes, list lengths, the idempotency key."""

from __future__ import annotations

import json
from typing import NoReturn

from graphql import GraphQLError

from adapters.shopify.sandbox.call import Args, Call, Payload, Root, access_denied, granted, refused, user_error

LONGEST_LIST = 250
IDEMPOTENT = frozenset(
    (
        "inventoryActivate",
        "inventoryAdjustQuantities",
        "inventoryMoveQuantities",
        "inventorySetOnHandQuantities",
        "inventorySetQuantities",
        "inventoryShipmentAddItems",
        "inventoryShipmentCreate",
        "inventoryShipmentCreateInTransit",
        "inventoryShipmentReceive",
        "inventoryTransferCreate",
        "inventoryTransferCreateAsReadyToShip",
        "inventoryTransferDuplicate",
        "inventoryTransferSetItems",
        "locationActivate",
        "locationDeactivate",
        "refundCreate",
    )
)
"""The mutations that need ``@idempotent`` since 2026-04; the schema does not say so."""

SCOPES = {
    **dict.fromkeys(
        ("product", "products", "productsCount", "productVariant", "productVariants", "productVariantsCount"),
        "read_products",
    ),
    **dict.fromkeys(("productVariantsBulkUpdate", "productDelete"), "write_products"),
    **dict.fromkeys(("inventoryItem", "inventoryItems", "inventoryLevel", "inventoryProperties"), "read_inventory"),
    **dict.fromkeys(
        ("inventoryAdjustQuantities", "inventorySetQuantities", "inventoryMoveQuantities", "inventoryActivate"),
        "write_inventory",
    ),
    **dict.fromkeys(("location", "locations", "locationsCount"), "read_locations"),
    **dict.fromkeys(("order", "orders", "ordersCount", "refund"), "read_orders"),
    **dict.fromkeys(
        ("orderUpdate", "orderCancel", "orderClose", "orderOpen", "orderMarkAsPaid", "refundCreate"), "write_orders"
    ),
    **dict.fromkeys(
        (
            "orderEditBegin",
            "orderEditSetQuantity",
            "orderEditAddVariant",
            "orderEditAddLineItemDiscount",
            "orderEditCommit",
        ),
        "write_order_edits",
    ),
    **dict.fromkeys(("fulfillmentOrder", "fulfillmentOrders"), "read_merchant_managed_fulfillment_orders"),
    **dict.fromkeys(
        (
            "fulfillmentOrderHold",
            "fulfillmentOrderReleaseHold",
            "fulfillmentOrderSplit",
            "fulfillmentOrderMerge",
            "fulfillmentOrdersSetFulfillmentDeadline",
            "fulfillmentCreate",
        ),
        "write_merchant_managed_fulfillment_orders",
    ),
    "inventoryTransfers": "read_inventory_transfers",
    "sellingPlanGroupCreate": "write_purchase_options",
    "appSubscriptionCreate": "manage_billing",
}


def _never(_call: Call, _args: Args) -> NoReturn:
    raise GraphQLError("The sandbox does not play this mutation", extensions={"code": "NOT_IN_SANDBOX"})


NEVER_GRANTED: dict[str, Root] = {"sellingPlanGroupCreate": _never, "appSubscriptionCreate": _never}
"""In the schema for the operations to validate; the shop grants no app their scope."""


def demand_scope(call: Call, name: str) -> None:
    scope = SCOPES.get(name)
    if scope is not None and not granted(call.store, scope):
        raise access_denied(name, scope)


def demand_short_lists(args: object, path: str) -> None:
    """No list in any input is longer than 250."""
    if isinstance(args, dict):
        for key, value in args.items():
            demand_short_lists(value, f"{path}.{key}")
    elif isinstance(args, list):
        if len(args) > LONGEST_LIST:
            raise GraphQLError(
                f"The input array size of {len(args)} is greater than the maximum allowed of {LONGEST_LIST}.",
                extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
            )
        for value in args:
            demand_short_lists(value, path)


def once(call: Call, name: str, root: Root, args: Args, key: str | None) -> object:
    """Carry a mutation out; a second call with the same key gets the first one's answer and changes nothing."""
    if key is None:
        if name in IDEMPOTENT:
            message = "The @idempotent directive is required for this mutation but was not provided."
            raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})
        return root(call, args)
    if not key.strip():
        raise GraphQLError("The idempotency key cannot be blank.", extensions={"code": "BAD_REQUEST"})
    print_ = json.dumps(args, sort_keys=True, default=str)
    if (name, key) not in call.replays:
        payload = root(call, args)
        call.replays[name, key] = (print_, payload)
        return payload
    first, payload = call.replays[name, key]
    if first != print_:
        message = "The same idempotency key cannot be used with different operation parameters."
        return _no(message, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
    if isinstance(payload, dict) and payload.get("userErrors"):
        message = "A previous request with this idempotency key failed. Retry with a new idempotency key."
        return _no(message, "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED")
    return payload


def _no(message: str, code: str) -> Payload:
    return refused(user_error(None, message, code))
