"""The query root: single things, lists with their search fields and sort keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from adapters.shopify.sandbox.call import CURRENT, SUPPORTED, Args, Call, Root, granted
from adapters.shopify.sandbox.metafields import stored_namespace
from adapters.shopify.sandbox.objects import counted
from adapters.shopify.sandbox.paging import Connection, KeyOf, by_number, connect
from adapters.shopify.sandbox.records import Item, Level, Location, Product, Record, Variant
from adapters.shopify.sandbox.sales import FulfillmentOrder, Order, Refund
from adapters.shopify.sandbox.search import Search
from adapters.shopify.sandbox.store import BadGlobalId
from adapters.shopify.sandbox.webhooks import Subscription

ORDERS_VISIBLE = timedelta(days=60)  # a listing goes no further back without the scope read_all_orders
UNFULFILLED = {"unfulfilled", "unshipped"}

ORDERS = Search(
    {
        "id": lambda order: order.ref,
        "name": lambda order: order.name,
        "tag": lambda order: order.tags,
        "sku": lambda order: [line.sku for line in order.lines],
        "created_at": lambda order: order.created_at,
        "processed_at": lambda order: order.processed_at,
        "updated_at": lambda order: order.updated_at,
        "test": lambda order: str(order.test).lower(),
        "financial_status": lambda order: order.financial_status,
        "fulfillment_status": lambda order: order.fulfillment_status or UNFULFILLED,
        "status": {
            "any": lambda _order: True,
            "open": lambda order: not order.closed and order.cancelled_at is None,
            "closed": lambda order: order.closed,
            "not_closed": lambda order: not order.closed,
            "cancelled": lambda order: order.cancelled_at is not None,
        },
    },
    words=lambda order: f"{order.name} {' '.join(order.tags)} {' '.join(line.sku for line in order.lines)}",
)
PRODUCTS = Search(
    {
        "id": lambda product: product.ref,
        "title": lambda product: product.title,
        "tag": lambda product: product.tags,
        "status": lambda product: product.status,
        "product_type": lambda product: product.product_type,
        "vendor": lambda product: product.vendor,
        "sku": lambda product: [one.sku for one in product.variants],
        "created_at": lambda product: product.created_at,
        "updated_at": lambda product: product.updated_at,
        "inventory_total": lambda product: product.total_inventory,
    },
    words=lambda product: f"{product.title} {' '.join(one.sku for one in product.variants)}",
)
VARIANTS = Search(
    {
        "id": lambda variant: variant.ref,
        "sku": lambda variant: variant.sku,
        "title": lambda variant: variant.title,
        "tag": lambda variant: variant.product.tags,
        "product_id": lambda variant: variant.product.ref,
        "product_ids": lambda variant: variant.product.ref,
        "inventory_quantity": lambda variant: variant.inventory_quantity,
        "managed": lambda variant: str(variant.inventory_item.tracked).lower(),
        "location_id": lambda variant: list(variant.inventory_item.levels),
        "updated_at": lambda variant: variant.updated_at,
    },
    words=lambda variant: f"{variant.sku} {variant.display_name}",
)
ITEMS = Search(
    {
        "id": lambda item: item.ref,
        "sku": lambda item: item.sku,
        "created_at": lambda item: item.created_at,
        "updated_at": lambda item: item.updated_at,
    },
    words=lambda item: item.sku,
)
FULFILLMENT_ORDERS = Search(
    {
        "id": lambda one: one.ref,
        "status": lambda one: one.status,
        "assigned_location_id": lambda one: one.location.ref,
        "updated_at": lambda one: one.updated_at,
    },
    words=lambda one: one.order.name,
)
LOCATIONS = Search(
    {
        "id": lambda place: place.ref,
        "name": lambda place: place.name,
        "active": lambda place: str(place.is_active).lower(),
    },
    words=lambda place: place.name,
)
HOOKS = Search(
    {
        "id": lambda one: one.ref,
        "created_at": lambda one: one.created_at,
        "updated_at": lambda one: one.updated_at,
    },
    words=lambda one: one.uri,
)
SORTS: dict[str, KeyOf] = {
    "CREATED_AT": lambda one: one.created_at,
    "UPDATED_AT": lambda one: one.updated_at,
    "PROCESSED_AT": lambda one: one.processed_at,
    "ORDER_NUMBER": lambda one: one.number,
    "TITLE": lambda one: one.title.lower(),
    "NAME": lambda one: getattr(one, "name", None) or one.title,
    "SKU": lambda one: one.sku,
    "POSITION": lambda one: one.position,
    "PRODUCT_TYPE": lambda one: one.product_type,
    "INVENTORY_TOTAL": lambda one: one.total_inventory,
    "INVENTORY_QUANTITY": lambda one: one.inventory_quantity,
    "ID": by_number,
    "RELEVANCE": by_number,
}


def find(call: Call, gid: str, kind: type[Record]) -> Record | None:
    try:
        return call.store.find(gid, kind)
    except BadGlobalId as error:
        raise GraphQLError(str(error), extensions={"code": "argumentLiteralsIncompatible"}) from error


def one(kind: type[Record]) -> Root:
    return lambda call, args: find(call, args["id"], kind)


def chosen(call: Call, name: str, search: Search, records: Iterable[Any], query: str | None) -> list[Any]:
    """What the search finds; its warnings go with the answer."""
    unknown: list[str] = []
    test = search.test(query, unknown)
    if unknown:
        warnings = [
            {"field": each, "message": "Invalid search field for this query.", "code": "invalid_field"}
            for each in unknown
        ]
        call.searches.append({"path": [name], "query": query, "warnings": warnings})
    return [record for record in records if test(record)]


def listed(name: str, search: Search, records: Callable[[Call, Args], Iterable[Any]], default: str = "ID") -> Root:
    def resolve(call: Call, args: Args) -> Connection:
        wanted = args.get("sortKey") or default
        if wanted not in SORTS:
            raise GraphQLError(f"The sandbox does not sort by {wanted}", extensions={"code": "NOT_IN_SANDBOX"})
        return connect(chosen(call, name, search, records(call, args), args.get("query")), args, SORTS[wanted])

    return resolve


def count(name: str, search: Search, records: Callable[[Call, Args], Iterable[Any]]) -> Root:
    def resolve(call: Call, args: Args) -> dict[str, object]:
        found, limit = len(chosen(call, name, search, records(call, args), args.get("query"))), args.get("limit")
        if limit is not None and found > limit:
            return {"count": limit, "precision": "AT_LEAST"}
        return counted(found)

    return resolve


def visible_orders(call: Call, _args: Args) -> Iterable[Order]:
    everyone = call.store.orders.values()
    if granted(call.store, "read_all_orders"):
        return everyone
    oldest = call.store.now() - ORDERS_VISIBLE
    return [order for order in everyone if order.created_at >= oldest]


def products(call: Call, _args: Args) -> Iterable[Product]:
    return call.store.products.values()


def variants(call: Call, _args: Args) -> Iterable[Variant]:
    return call.store.variants.values()


def items(call: Call, _args: Args) -> Iterable[Item]:
    return call.store.items.values()


def locations(call: Call, args: Args) -> Iterable[Location]:
    return [one for one in call.store.locations.values() if one.is_active or args.get("includeInactive")]


def fulfillment_orders(call: Call, args: Args) -> Iterable[FulfillmentOrder]:
    every = [one for order in call.store.orders.values() for one in order.fulfillment_orders]
    return every if args.get("includeClosed") else [one for one in every if one.is_live]


def subscriptions(call: Call, args: Args) -> Iterable[Subscription]:
    address = args.get("uri") or args.get("callbackUrl")
    return [
        one
        for one in call.outbox.subscriptions.values()
        if (not args.get("topics") or one.topic in args["topics"]) and address in (None, one.uri)
    ]


def nodes(call: Call, args: Args) -> list[Record | None]:
    return [find(call, gid, Record) for gid in args["ids"]]


def location(call: Call, args: Args) -> Record | None:
    return call.store.online if args.get("id") is None else find(call, args["id"], Location)


def definitions(call: Call, args: Args) -> Connection:
    namespace = args.get("namespace")
    wanted = (args["ownerType"], None if namespace is None else stored_namespace(namespace), args.get("key"))
    found = [
        definition
        for definition in call.store.definitions.values()
        if all(want in (None, have) for want, have in zip(wanted, _names(definition), strict=True))
    ]
    return connect(found, args)


def _names(definition: Any) -> tuple[str, str, str]:  # noqa: ANN401 -- read by attribute only
    return (definition.owner_type, definition.namespace, definition.key)


def quantity_names(_call: Call, _args: Args) -> dict[str, object]:
    parts = ["available", "committed", "damaged", "quality_control", "reserved", "safety_stock"]
    names: list[tuple[str, list[str], list[str]]] = [(name, ["on_hand"], []) for name in parts] + [
        ("incoming", [], []),
        ("on_hand", [], parts),
    ]
    return {
        "quantityNames": [
            {
                "name": name,
                "displayName": name.replace("_", " ").capitalize(),
                "isInUse": True,
                "belongsTo": belongs,
                "comprises": comprises,
            }
            for name, belongs, comprises in names
        ]
    }


def api_versions(_call: Call, _args: Args) -> list[dict[str, object]]:
    stable = SUPPORTED[: SUPPORTED.index(CURRENT) + 1]
    return [{"handle": one, "displayName": one, "supported": one in stable} for one in SUPPORTED]


QUERIES: dict[str, Root] = {
    "currentAppInstallation": lambda call, _args: call.store.installation,
    "fulfillmentOrder": one(FulfillmentOrder),
    "fulfillmentOrders": listed("fulfillmentOrders", FULFILLMENT_ORDERS, fulfillment_orders),
    "inventoryItem": one(Item),
    "inventoryItems": listed("inventoryItems", ITEMS, items),
    "inventoryLevel": one(Level),
    "inventoryProperties": quantity_names,
    "inventoryTransfers": lambda _call, args: connect([], args),
    "location": location,
    "locations": listed("locations", LOCATIONS, locations, "NAME"),
    "locationsCount": count("locationsCount", LOCATIONS, locations),
    "metafieldDefinitions": definitions,
    "node": one(Record),
    "nodes": nodes,
    "job": one(Record),
    "order": one(Order),
    "orders": listed("orders", ORDERS, visible_orders, "PROCESSED_AT"),
    "ordersCount": count("ordersCount", ORDERS, visible_orders),
    "product": one(Product),
    "products": listed("products", PRODUCTS, products),
    "productsCount": count("productsCount", PRODUCTS, products),
    "productVariant": one(Variant),
    "productVariants": listed("productVariants", VARIANTS, variants),
    "productVariantsCount": count("productVariantsCount", VARIANTS, variants),
    "publicApiVersions": api_versions,
    "refund": one(Refund),
    "shop": lambda call, _args: call.store.shop,
    "webhookSubscription": one(Subscription),
    "webhookSubscriptions": listed("webhookSubscriptions", HOOKS, subscriptions),
    "webhookSubscriptionsCount": count("webhookSubscriptionsCount", HOOKS, subscriptions),
}
