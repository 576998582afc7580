"""What a shop's API gives, as facts: orders with their refunds, products with their variations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from adapters.reader import Reader
from adapters.understood import understood
from adapters.woocommerce.orders import demand_of, order_facts, refunds_are_whole
from adapters.woocommerce.paging import PER_PAGE, all_pages
from adapters.woocommerce.products import NOT_STOCKED, PARENTS, product_facts, type_of
from adapters.woocommerce.rest import NoSuch, Rest
from connector.domain.facts import Fact, OrderGone, ProductGone, Thing
from connector.ports.failures import Unreadable

# Only what is translated is asked for: a twentieth of the bytes, and of a shopper no more than is told apart by.
ORDER_FIELDS = (
    "id,number,status,date_created_gmt,date_modified_gmt,date_paid_gmt,payment_method,meta_data,line_items,refunds,"
    "billing.email,billing.country,shipping.country"
)
PRODUCT_FIELDS = (
    "id,type,status,parent_id,name,sku,manage_stock,stock_quantity,stock_status,backorders,date_modified_gmt,"
    "categories,tags,meta_data,variations"
)


def chunks(ids: Sequence[str], size: int = PER_PAGE) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def order_items(rest: Rest, items: Iterable[Reader]) -> Iterator[Fact]:
    return understood(items, lambda order: order_facts(with_refunds(rest, order)), Thing.ORDER, id_of)


def with_refunds(rest: Rest, order: Reader) -> Reader:
    """The order with the lines of its refunds, where they matter: in an order that still waits."""
    if not demand_of(order["status"].text()).waits or refunds_are_whole(order):
        return order
    try:
        answer = rest.get(f"orders/{order['id'].number_id()}/refunds", {"per_page": str(PER_PAGE)})
    except NoSuch:
        return order  # It went while we read it; the next read says so.
    members = order.raw
    assert isinstance(members, dict)  # noqa: S101 -- members of it were just read
    return Reader({**members, "refunds": answer.read().raw}, order.path)


def read_orders(rest: Rest, ids: Sequence[str]) -> Iterator[Fact]:
    for chunk in chunks(ids):
        known = [one for one in chunk if one.isdecimal()]
        found: dict[str, Reader] = {}
        if known:
            # ``any`` is every status but the bin's.
            params = {"include": ",".join(known), "status": "any", "per_page": str(PER_PAGE), "_fields": ORDER_FIELDS}
            found = by_id(rest.get("orders", params).read())
        yield from order_items(rest, found.values())
        for missing in chunk:
            if missing not in found:
                yield from _order_alone(rest, missing)


def known_statuses(rest: Rest) -> list[str]:
    """Of orders, by their slugs; plugins add their own."""
    return [one["slug"].text() for one in rest.get("reports/orders/totals").read()]


def _order_alone(rest: Rest, order_id: str) -> Iterator[Fact]:
    """Ask for one order by name before calling it gone: a list leaves out statuses a plugin did not register well."""
    if not order_id.isdecimal():
        yield OrderGone(order_id)
        return
    try:
        order = rest.get(f"orders/{order_id}", {"_fields": ORDER_FIELDS}).read()
    except NoSuch:
        yield OrderGone(order_id)
        return
    yield from order_items(rest, [order])


def read_products(rest: Rest, ids: Sequence[str]) -> Iterator[Fact]:
    """Every product with its variations, and every variation that is asked for by its own id."""
    for chunk in chunks(ids):
        known = [one for one in chunk if one.isdecimal()]
        products = _included(rest, "products", known)
        variations = _included(rest, "variations", [one for one in known if one not in products])
        yield from product_items(rest, products.values())
        names = _parent_names(rest, variations.values())
        yield from _variation_items(variations.values(), names)
        for one in chunk:
            if one not in products and one not in variations:
                yield from _product_alone(rest, one)
        # Once sold from stock, now a group or a link to another shop: for our stock it is gone.
        yield from (ProductGone(one) for one, product in products.items() if type_of(product) in NOT_STOCKED)


def product_items(rest: Rest, products: Iterable[Reader]) -> Iterator[Fact]:
    """The facts of products, each page's variable ones followed by all their variations.

    All, not only those that changed: the date of a variation whose parent keeps the stock does not move with it.
    """
    items = tuple(products)
    yield from understood(items, product_facts, Thing.PRODUCT, id_of)
    names: dict[str, str] = {}
    for product in items:
        with suppress(Unreadable):  # told above
            if type_of(product) in PARENTS:
                names[product["id"].number_id()] = product["name"].text_or("")
    for chunk in chunks(tuple(names)):
        variations = all_pages(rest, "variations", {"parent": ",".join(chunk), "_fields": PRODUCT_FIELDS})
        yield from _variation_items(variations, names)


def _variation_items(variations: Iterable[Reader], names: dict[str, str]) -> Iterator[Fact]:
    return understood(variations, lambda one: product_facts(_with_name(one, names)), Thing.PRODUCT, id_of)


def by_id(items: Reader) -> dict[str, Reader]:
    """One without a readable id is left out, and then asked for by its own name."""
    found: dict[str, Reader] = {}
    for item in items:
        with suppress(Unreadable):
            found[id_of(item)] = item
    return found


def _included(rest: Rest, path: str, ids: Sequence[str]) -> dict[str, Reader]:
    if not ids:
        return {}
    params = {"include": ",".join(ids), "per_page": str(PER_PAGE), "_fields": PRODUCT_FIELDS}
    return by_id(rest.get(path, params).read())


def _product_alone(rest: Rest, product_id: str) -> Iterator[Fact]:
    """Ask by name before calling it gone; this also finds what lies in the bin, which no list shows."""
    if not product_id.isdecimal():
        yield ProductGone(product_id)
        return
    try:
        product = rest.get(f"products/{product_id}", {"_fields": PRODUCT_FIELDS}).read()
    except NoSuch:
        yield ProductGone(product_id)
        return
    yield from understood([product], product_facts, Thing.PRODUCT, id_of)


def _parent_names(rest: Rest, variations: Iterable[Reader]) -> dict[str, str]:
    parents: set[str] = set()
    for one in variations:
        with suppress(Unreadable):  # told where it is translated
            parents.add(one["parent_id"].number_id())
    parent_ids = sorted(parents)
    names: dict[str, str] = {}
    for chunk in chunks(parent_ids):
        params = {"include": ",".join(chunk), "per_page": str(PER_PAGE), "_fields": "id,name"}
        for id_, parent in by_id(rest.get("products", params).read()).items():
            with suppress(Unreadable):
                names[id_] = parent["name"].text_or("")
    return names


def id_of(item: Reader) -> str:
    return item["id"].number_id()


def _with_name(variation: Reader, parents: dict[str, str]) -> Reader:
    """Name a variation as webhooks and order lines do, "Chair - Red"; lists give the option alone."""
    members = variation.raw
    parent = parents.get(variation["parent_id"].number_id(), "")
    if not parent or not isinstance(members, dict):
        return variation
    option = variation["name"].text_or("")
    return Reader({**members, "name": f"{parent} - {option}" if option else parent}, variation.path)
