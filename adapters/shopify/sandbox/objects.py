"""Fields that are more than an attribute of the record.  Every other field is read by its name in snake case."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from adapters.shopify.sandbox.bodies_orders import ADDRESS, COUNTRIES, SHOPPER, confirmation_number, gateways
from adapters.shopify.sandbox.call import Args, Call, Resolver, access_denied, granted, not_approved
from adapters.shopify.sandbox.metafields import stored_namespace
from adapters.shopify.sandbox.paging import Connection, by_number, connect
from adapters.shopify.sandbox.records import APP_ID, NAMES, Bearer, Item, Level, Metafield, Record, Variant
from adapters.shopify.sandbox.sales import FulfillmentOrder, Line, Order
from adapters.shopify.sandbox.suggestions import money, suggested_refund

APP = {"id": f"gid://shopify/App/{APP_ID}", "handle": "backorder-connector", "title": "Backorder Connector"}
ACTIONS = {
    "OPEN": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"),
    "IN_PROGRESS": ("CREATE_FULFILLMENT", "REPORT_PROGRESS", "HOLD", "MARK_AS_OPEN"),
    "ON_HOLD": ("RELEASE_HOLD", "HOLD", "MOVE"),
}


def counted(number: int) -> dict[str, object]:
    return {"count": number, "precision": "EXACT"}


def part(records: Callable[[Any], Any]) -> Resolver:
    """A connection over records that the source holds."""
    return lambda source, args, _call: connect(records(source), args)


def of(read: Callable[[Any], object]) -> Resolver:
    return lambda source, _args, _call: read(source)


def metafield(bearer: Bearer, args: Args, _call: Call) -> Metafield | None:
    namespace, key = args.get("namespace"), args["key"]
    if namespace is None and "." in key:
        namespace, key = key.rsplit(".", 1)
    return bearer.metafields.get((stored_namespace(namespace), key))


def metafields(bearer: Bearer, args: Args, _call: Call) -> Connection:
    wanted = None if args.get("namespace") is None else stored_namespace(args["namespace"])
    found = [one for (namespace, _), one in bearer.metafields.items() if wanted in (None, namespace)]
    if args.get("keys") is not None:
        pairs = [key.rsplit(".", 1) for key in args["keys"]]
        keys = {(stored_namespace(pair[0]), pair[1]) if len(pair) > 1 else (wanted, pair[0]) for pair in pairs}
        found = [one for one in found if (one.namespace, one.key) in keys or (None, one.key) in keys]
    return connect(found, args)


def level_of(item: Item, args: Args, _call: Call) -> Level | None:
    return next((level for level in item.levels.values() if level.location.gid == args["locationId"]), None)


def quantities(level: Level, args: Args, _call: Call) -> list[dict[str, object]]:
    known = [name for name in args["names"] if name in NAMES or name == "on_hand"]
    return [
        {
            "__typename": "InventoryQuantity",
            "id": f"gid://shopify/InventoryQuantity/{level.ref}?inventory_item_id={level.item.ref}&name={name}",
            "name": name,
            "quantity": level.number(name),
            "updatedAt": level.updated_at,
        }
        for name in known
    ]


def duplicates(item: Item, _args: Args, call: Call) -> int:
    return len(call.store.by_sku.get(item.sku, ())) - 1


def protected(name: str, read: Callable[[Any], object]) -> Resolver:
    """A field that only an app approved for protected customer data may read."""

    def resolve(source: Any, _args: Args, call: Call) -> object:  # noqa: ANN401 -- read by attribute only
        if not call.store.approved:
            raise not_approved(name)
        return read(source)

    return resolve


def shipping_address(order: Order) -> Mapping[str, object]:
    return {
        "__typename": "MailingAddress",
        "id": f"gid://shopify/MailingAddress/{order.ref + 2}",
        "address1": ADDRESS["address1"],
        "address2": None,
        "city": ADDRESS["city"],
        "company": None,
        "country": COUNTRIES.get(order.country, order.country),
        "countryCodeV2": order.country,
        "firstName": ADDRESS["first_name"],
        "lastName": ADDRESS["last_name"],
        "name": ADDRESS["name"],
        "phone": ADDRESS["phone"],
        "province": None,
        "provinceCode": None,
        "zip": ADDRESS["zip"],
    }


def picture(product: Any) -> Mapping[str, object]:  # noqa: ANN401 -- a product
    url = f"https://cdn.sandbox.example.com/{product.ref}.jpg"
    image = {"id": f"gid://shopify/ImageSource/{product.ref}", "url": url, "altText": None, "height": 480, "width": 480}
    return {
        "__typename": "MediaImage",
        "id": f"gid://shopify/MediaImage/{product.ref + 4}",
        "alt": None,
        "createdAt": product.created_at,
        "updatedAt": product.updated_at,
        "preview": {"image": image},
    }


def referred(one: Metafield, call: Call) -> list[Record]:
    """What a metafield names, without what is gone."""
    if not one.type.endswith("product_reference"):
        return []
    named = json.loads(one.value) if one.type.startswith("list.") else [one.value]
    return [found for gid in named if (found := call.store.find(gid, Record)) is not None]


def references(one: Metafield, args: Args, call: Call) -> Connection | None:
    """In the order in which they are named."""
    if not one.type.startswith("list."):
        return None
    found = referred(one, call)
    return connect(found, args, found.index)


def definition_of(one: Metafield, _args: Args, call: Call) -> object:
    return call.store.definitions.get((one.owner_type, one.namespace, one.key))


def held_by_app(_hold: object, _args: Args, call: Call) -> object:
    if not granted(call.store, "read_apps"):
        raise access_denied("heldByApp", "read_apps")
    return APP


def json_value(one: Metafield, _args: Args, _call: Call) -> object:
    plain = one.type != "json" and not one.type.startswith("list.")
    return one.value if plain else json.loads(one.value)


def _position(variant: Variant) -> int:
    return variant.position


def _some(records: list[Any], args: Args) -> list[Any]:
    return records if args.get("first") is None else records[: args["first"]]


def _address(_place: object) -> Mapping[str, object]:
    return {"city": "Berlin", "country": "Germany", "countryCode": "DE", "zip": "10115", "formatted": ["Berlin"]}


def _lines(order: Order) -> list[Line]:
    return order.lines


def _actions(one: FulfillmentOrder) -> list[dict[str, str]]:
    """One unit cannot be split, and merged is only with another open one at the same place (recorded)."""
    allowed = list(ACTIONS.get(one.status, ()))
    if one.status == "OPEN":
        if sum(line.remaining_quantity for line in one.lines) > 1:
            allowed.append("SPLIT")
        others = (each for each in one.order.fulfillment_orders if each is not one and each.status == "OPEN")
        if any(each.location is one.location for each in others):
            allowed.append("MERGE")
    return [{"action": action} for action in allowed]


BEARERS = ("AppInstallation", "InventoryTransfer", "Location", "Order", "Product", "ProductVariant", "Shop")
FIELDS: dict[str, dict[str, Resolver]] = {
    "AppInstallation": {
        "accessScopes": lambda _s, _a, call: [
            {"handle": one, "description": one.replace("_", " ")} for one in sorted(call.store.scopes)
        ],
        "app": of(lambda _: APP),
    },
    "App": {"apiKey": lambda _source, _args, call: call.client_id},
    "CalculatedLineItem": {
        "discountedUnitPriceSet": of(lambda one: money(one.price)),
        "editableQuantity": of(lambda one: one.quantity - one.sent),
        "hasStagedLineItemDiscount": of(lambda _: False),
        "editableQuantityBeforeChanges": of(lambda one: one.before - one.sent),
        "originalUnitPriceSet": of(lambda one: money(one.price)),
        "restockable": of(lambda one: one.line is not None and one.line.item is not None),
    },
    "CalculatedOrder": {
        "lineItems": part(lambda edit: [one for one in edit.lines if one.line is not None]),
        "addedLineItems": part(lambda edit: [one for one in edit.lines if one.line is None]),
        "subtotalLineItemsQuantity": of(lambda edit: sum(one.quantity for one in edit.lines)),
        "subtotalPriceSet": of(lambda edit: money(edit.subtotal)),
        "totalOutstandingSet": of(lambda edit: money(edit.outstanding)),
        "totalPriceSet": of(lambda edit: money(edit.total)),
    },
    "Fulfillment": {"fulfillmentLineItems": part(lambda one: one.lines)},
    "FulfillmentHold": {"heldByApp": held_by_app},
    "FulfillmentOrder": {
        "assignedLocation": of(lambda one: {"location": one.location, "name": one.location.name}),
        "fulfillAt": of(lambda one: one.created_at),
        "fulfillmentHolds": of(lambda one: one.holds),
        "fulfillments": part(lambda one: [each for each in one.order.fulfillments if one in each.fulfillment_orders]),
        "lineItems": part(lambda one: one.lines),
        "orderId": of(lambda one: one.order.gid),
        "orderName": of(lambda one: one.order.name),
        "orderProcessedAt": of(lambda one: one.order.processed_at),
        "requestStatus": of(lambda _: "UNSUBMITTED"),
        "supportedActions": of(_actions),
    },
    "FulfillmentOrderLineItem": {
        "inventoryItemId": of(lambda one: one.line_item.item.gid if one.line_item.item else None),
        "productTitle": of(lambda one: one.line_item.title),
        "requiresShipping": of(lambda one: one.line_item.requires_shipping),
        "sku": of(lambda one: one.line_item.sku),
        "variant": of(lambda one: one.line_item.variant),
        "variantTitle": of(lambda one: one.line_item.variant_title),
        "vendor": of(lambda one: one.line_item.vendor),
    },
    "InventoryAdjustmentGroup": {"app": of(lambda _: APP)},
    "InventoryItem": {
        "duplicateSkuCount": duplicates,
        "inventoryLevel": level_of,
        "inventoryLevels": part(lambda item: item.levels.values()),
        "locationsCount": of(lambda item: counted(len(item.levels))),
        "variants": part(lambda item: [item.variant]),
    },
    "InventoryLevel": {"quantities": quantities},
    "LineItem": {
        "customAttributes": of(lambda line: line.properties),
        "discountedUnitPriceAfterAllDiscountsSet": of(lambda line: money(line.paid)),
        "discountedUnitPriceSet": of(lambda line: money(line.price)),  # a code's discount is not in it
        "isGiftCard": of(lambda _: False),
        "nonFulfillableQuantity": of(lambda line: line.quantity - line.unfulfilled_quantity),
        "originalTotalSet": of(lambda line: money(line.price * line.quantity)),
        "originalUnitPriceSet": of(lambda line: money(line.price)),
        "product": of(lambda line: line.variant.product if line.variant else None),
        "sellingPlan": of(
            lambda line: {"name": line.selling_plan, "sellingPlanId": None} if line.selling_plan else None
        ),
    },
    "Location": {
        "activatable": of(lambda place: not place.is_active),
        "address": of(_address),
        "deactivatable": of(lambda place: place.is_active),
        "deletable": of(lambda _: False),
        "hasActiveInventory": of(lambda _: True),
        "hasUnfulfilledOrders": lambda place, _a, call: any(
            one.fulfillable and one.location is place for one in call.store.orders.values()
        ),
        "isFulfillmentService": of(lambda _: False),
        "isPrimary": lambda place, _a, call: place is call.store.online,
        "shipsInventory": of(lambda place: place.fulfills_online_orders),
    },
    "Image": {"url": lambda image, _args, _call: image["url"]},
    "Metafield": {
        "definition": definition_of,
        "jsonValue": json_value,
        "reference": lambda one, _args, call: next(iter(referred(one, call)), None),
        "references": references,
    },
    "MetafieldDefinition": {
        "access": of(
            lambda one: {"admin": "MERCHANT_READ", "customerAccount": "NONE", "storefront": "NONE", **one.access}
        ),
        "type": of(lambda one: {"name": one.type_name, "category": "TEXT"}),
    },
    "Order": {
        "app": of(lambda _: {"id": "gid://shopify/App/580111", "name": "Online Store"}),
        "cancellation": of(lambda order: {"staffNote": order.staff_note} if order.cancelled_at else None),
        "confirmationNumber": of(confirmation_number),
        "currencyCode": of(lambda _: "EUR"),
        "capturable": of(lambda _: False),
        "currentShippingPriceSet": of(lambda order: money(order.current_shipping)),
        "currentSubtotalLineItemsQuantity": of(lambda order: sum(line.current_quantity for line in order.lines)),
        "currentTotalPriceSet": of(lambda order: money(order.current_total)),
        "displayFinancialStatus": of(lambda order: order.financial_status.upper()),
        "email": protected("email", lambda order: order.email),
        "fulfillmentOrders": part(lambda order: order.fulfillment_orders),
        "fulfillments": lambda order, args, _call: _some(order.fulfillments, args),
        "fulfillmentsCount": of(lambda order: counted(len(order.fulfillments))),
        "lineItems": part(_lines),
        "netPaymentSet": of(lambda order: money(order.received - order.refunded)),
        "originalTotalPriceSet": of(lambda order: money(order.total)),
        "paymentGatewayNames": of(gateways),
        "phone": protected("phone", lambda _: SHOPPER["phone"]),
        "presentmentCurrencyCode": of(lambda _: "EUR"),
        "refundable": of(lambda order: order.received > order.refunded),
        "refunds": lambda order, args, _call: _some(order.refunds, args),
        "requiresShipping": of(lambda order: any(line.requires_shipping for line in order.lines)),
        "restockable": of(lambda order: any(line.item and line.unfulfilled_quantity for line in order.lines)),
        "returnStatus": of(lambda order: "RETURNED" if any(line.returned for line in order.lines) else "NO_RETURN"),
        "shippingAddress": protected("shippingAddress", shipping_address),
        "subtotalLineItemsQuantity": of(lambda order: sum(line.quantity for line in order.lines)),
        "subtotalPriceSet": of(lambda order: money(order.subtotal)),
        "suggestedRefund": suggested_refund,
        "totalOutstandingSet": of(lambda order: money(order.outstanding)),
        "totalPriceSet": of(lambda order: money(order.total)),
        "totalReceivedSet": of(lambda order: money(order.received)),
        "totalRefundedSet": of(lambda order: money(order.refunded)),
        "totalRefundedShippingSet": of(lambda order: money(sum((one.shipping for one in order.refunds), Decimal(0)))),
        "totalShippingPriceSet": of(lambda order: money(order.shipping)),
        "transactions": lambda order, args, _call: _some(order.transactions, args),
    },
    "OrderTransaction": {
        "amountSet": of(lambda one: money(one.amount)),
        "errorCode": of(lambda one: None if one.status == "SUCCESS" else "PROCESSING_ERROR"),
        "formattedGateway": of(lambda one: one.gateway.replace("_", " ").capitalize()),
        "manualPaymentGateway": of(lambda one: one.manual),
        "parentTransaction": of(lambda one: one.parent),
        "paymentId": of(lambda one: f"{one.order.name}.{one.ref}"),
        "processedAt": of(lambda one: one.created_at),
        "test": of(lambda one: one.order.test),
    },
    "Product": {
        "featuredMedia": of(picture),
        "onlineStoreUrl": of(lambda product: f"https://sandbox.example.com/products/{product.handle}"),
        "requiresSellingPlan": of(lambda _: False),
        "variants": lambda product, args, _call: connect(
            product.variants, args, by_number if args.get("sortKey") == "ID" else _position
        ),
        "variantsCount": of(lambda product: counted(len(product.variants))),
    },
    "ProductVariant": {
        "selectedOptions": of(lambda one: [{"name": one.product.option, "value": one.title}]),
    },
    "Refund": {
        "refundLineItems": part(lambda one: one.lines),
        "totalRefundedSet": of(lambda one: money(one.amount)),
        "transactions": part(lambda one: one.transactions),
    },
    "RefundLineItem": {
        "priceSet": of(lambda one: money(one.line_item.paid)),
        "subtotalSet": of(lambda one: money(one.subtotal)),
        "totalTaxSet": of(lambda _: money(Decimal(0))),
    },
    "Shop": {
        "plan": of(lambda _: {"publicDisplayName": "Development", "partnerDevelopment": True, "shopifyPlus": False}),
        "primaryDomain": of(
            lambda shop: {
                "__typename": "Domain",
                "id": f"gid://shopify/Domain/{shop.ref + 2}",
                "host": shop.myshopify_domain,
                "url": shop.url,
                "sslEnabled": True,
            }
        ),
    },
    "WebhookSubscription": {
        "apiVersion": of(lambda one: {"handle": one.version, "displayName": one.version, "supported": True}),
        "callbackUrl": of(lambda one: one.uri),
        "endpoint": of(lambda one: {"__typename": "WebhookHttpEndpoint", "callbackUrl": one.uri}),
        "metafields": of(lambda _: []),
    },
}
for _name in BEARERS:
    FIELDS.setdefault(_name, {}).update({"metafield": metafield, "metafields": metafields})
