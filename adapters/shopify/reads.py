"""Reading a shop: what changed since, and things by id, each as facts.

By-id reads see orders of any age; lists of orders go back 60 days only, unless the app has ``read_all_orders``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.answered import Answered
from adapters.shopify.ids import gid, number_in
from adapters.shopify.reading import order_seen, pool_facts
from adapters.understood import understood
from connector.domain.facts import Fact, OrderGone, PlatformStatus, ProductGone, ProductSeen, StockSeen, Thing, Unread
from connector.ports.failures import Unreadable
from connector.ports.storefront import Page

T = TypeVar("T")

# Batches that keep a request under 1,000 points; the costs of one thing stand in operations.graphql.
ORDERS_AT_ONCE = 12  # 77 points each
PRODUCTS_AT_ONCE = 50  # 19 points each
VARIANTS_AT_ONCE = 40  # 24 points each
ITEMS_AT_ONCE = 25  # 38 points each

# The search index behind the lists trails the records by some moments; what is read twice does no harm.
SEARCH_LAG = timedelta(minutes=2)


def orders_changed(admin: Admin, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
    """Orders changed after ``since``, oldest change first; None, or ``only_open``: those that are open."""
    asked = ["status:open"] if only_open or since is None else []
    query = " AND ".join([*asked, *([_updated_since(since)] if since is not None else [])])
    for answered in _pages(admin, "OrdersChanged", ("orders",), {"query": query}):
        orders = answered.data["orders"]["nodes"].items()
        yield Page(tuple(_orders(admin, orders)), _read_to(orders, since))


def products_changed(admin: Admin, since: datetime | None) -> Iterator[Page]:
    """Products changed after ``since``, oldest change first; None: all of them.

    Shopify dates a product anew when its stock moves, but not when a location begins or stops to sell online.
    """
    query = None if since is None else _updated_since(since)
    for answered in _pages(admin, "ProductsChanged", ("products",), {"query": query}):
        products = answered.data["products"]["nodes"].items()
        seen = list(_products(admin, products))
        variants = [number for product in seen if isinstance(product, ProductSeen) for number in product.variant_ids]
        yield Page((*_read_variants(admin, variants), *seen), _read_to(products, since))


def read_orders(admin: Admin, ids: Sequence[str]) -> Iterator[Fact]:
    for number, order in _nodes(admin, "OrdersById", "Order", ids, ORDERS_AT_ONCE):
        if order is None:
            yield OrderGone(number)
        else:
            yield from _orders(admin, [order])


def read_products(admin: Admin, ids: Sequence[str]) -> Iterator[Fact]:
    variants: list[str] = []
    for number, product in _nodes(admin, "ProductsById", "Product", ids, PRODUCTS_AT_ONCE):
        if product is None:
            yield ProductGone(number)
        else:
            for seen in _products(admin, [product]):
                variants += seen.variant_ids if isinstance(seen, ProductSeen) else ()
                yield seen
    yield from _read_variants(admin, variants)


def read_pools(admin: Admin, ids: Sequence[str], now: datetime) -> Iterator[Fact]:
    """``now``: dates the end of a pool whose inventory item is gone; its variant went with it."""
    for number, item in _nodes(admin, "ItemsById", "InventoryItem", ids, ITEMS_AT_ONCE):
        if item is None:
            yield StockSeen(number, None, PlatformStatus.UNKNOWN, now)
        else:
            yield from understood([item], lambda one: _pool(admin, one), Thing.POOL, id_of)


def _order(admin: Admin, order: Reader) -> Fact:
    lines = all_nodes(admin, "LinesOfOrder", ("order", "lineItems"), order["id"].text(), order["lineItems"])
    return order_seen(order, lines)


def _product(admin: Admin, product: Reader) -> ProductSeen:
    path = ("product", "variants")
    variants = all_nodes(admin, "VariantsOfProduct", path, product["id"].text(), product["variants"])
    ids = tuple(number_in(variant["id"]) for variant in variants)
    return ProductSeen(number_in(product["id"]), ids, product["updatedAt"].utc())


def _read_variants(admin: Admin, ids: Sequence[str]) -> Iterator[Fact]:
    for _, variant in _nodes(admin, "VariantsById", "ProductVariant", ids, VARIANTS_AT_ONCE):
        # One that went between two requests is told of by the next delivery about its product.
        if variant is not None:
            yield from understood([variant], lambda one: _pool_of(admin, one), Thing.POOL, item_of)


def _pool(admin: Admin, item: Reader) -> Iterable[Fact]:
    variants = all_nodes(admin, "VariantsOfItem", ("inventoryItem", "variants"), item["id"].text(), item["variants"])
    return pool_facts(item, _levels(admin, item), variants)


def _pool_of(admin: Admin, variant: Reader) -> Iterable[Fact]:
    item = variant["inventoryItem"]
    return pool_facts(item, _levels(admin, item), [variant])


def _orders(admin: Admin, orders: Iterable[Reader]) -> Iterator[Fact]:
    return understood(orders, lambda order: [_order(admin, order)], Thing.ORDER, id_of)


def _products(admin: Admin, products: Iterable[Reader]) -> Iterator[ProductSeen | Unread]:
    return understood(products, lambda product: [_product(admin, product)], Thing.PRODUCT, id_of)


def id_of(thing: Reader) -> str:
    return number_in(thing["id"])


def item_of(variant: Reader) -> str:
    return id_of(variant["inventoryItem"])


def _levels(admin: Admin, item: Reader) -> Sequence[Reader]:
    path = ("inventoryItem", "inventoryLevels")
    return all_nodes(admin, "LevelsOfItem", path, item["id"].text(), item["inventoryLevels"])


def _nodes(admin: Admin, name: str, kind: str, ids: Iterable[str], at_once: int) -> Iterator[tuple[str, Reader | None]]:
    """Each id with what stands behind it; None where the shop has no such thing any more.

    Null because of an error is not gone: then the error is raised.
    """
    for batch in batched(ids, at_once):
        answered = admin.read(name, {"ids": [gid(kind, number) for number in batch]})
        nodes = answered.need("nodes")
        for index, (number, node) in enumerate(zip(batch, nodes, strict=True)):
            if node.is_null:
                answered.refuse("nodes", str(index))
            yield number, None if node.is_null else node


def _pages(
    admin: Admin, name: str, path: tuple[str, ...], variables: dict[str, str | None], after: str | None = None
) -> Iterator[Answered]:
    """Every page of a connection, beginning behind the cursor ``after``."""
    while True:
        answered = admin.read(name, {**variables, "after": after})
        info = answered.need(*path)["pageInfo"]
        yield answered
        if not info["hasNextPage"].flag():
            return
        after = info["endCursor"].text()


def all_nodes(admin: Admin, name: str, path: tuple[str, str], owner: str, first: Reader) -> list[Reader]:
    """All nodes of a connection whose first page came with its owner."""
    nodes = list(first["nodes"])
    info = first["pageInfo"]
    if info["hasNextPage"].flag():
        for answered in _pages(admin, name, path, {"id": owner}, info["endCursor"].text()):
            nodes += answered.need(*path)["nodes"]
    return nodes


def _read_to(nodes: Sequence[Reader], since: datetime | None) -> datetime | None:
    """The newest change read; the shop itself may know more by now."""
    changed: list[datetime] = []
    for node in nodes:
        with suppress(Unreadable):  # told where it is translated
            changed.append(node["updatedAt"].utc())
    return max(changed, default=since)


def _updated_since(since: datetime) -> str:
    return f"updated_at:>='{(since - SEARCH_LAG).strftime('%Y-%m-%dT%H:%M:%SZ')}'"


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(things)
    while batch := list(islice(remaining, size)):
        yield batch
