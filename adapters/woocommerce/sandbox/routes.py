"""Which path and method is whose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.woocommerce.sandbox import rest_orders, rest_products, rest_settings, rest_webhooks
from adapters.woocommerce.sandbox.call import Handler
from adapters.woocommerce.sandbox.errors import no_route

WRITES = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Route:
    handler: Handler
    act: str  # what a caller without a key is refused: see ``auth.REFUSALS``
    ids: tuple[int | str, ...]


def find(path: str, method: str) -> Route:
    """The handler of ``products/12`` and the ids in it; raises ``rest_no_route``."""
    for pattern, methods in _ROUTES:
        match = pattern.fullmatch(path)
        if match and method in methods:
            handler, act = methods[method]
            return Route(handler, act, tuple(int(one) if one.isdigit() else one for one in match.groups()))
    raise no_route()


Methods = dict[str, tuple[Handler, str]]


def _collection(listing: Handler, create: Handler | None = None) -> Methods:
    return {"GET": (listing, "list"), **({"POST": (create, "create")} if create else {})}


def _item(read: Handler, write: Handler | None, remove: Handler | None) -> Methods:
    writes: Methods = dict.fromkeys(WRITES, (write, "edit")) if write else {}
    return {"GET": (read, "view"), **writes, **({"DELETE": (remove, "delete")} if remove else {})}


def _batch(handler: Handler) -> Methods:
    return dict.fromkeys(WRITES, (handler, "batch"))


_TABLE: dict[str, Methods] = {
    r"products": _collection(rest_products.list_products, rest_products.post_product),
    r"products/batch": _batch(rest_products.batch_products),
    r"products/(\d+)": _item(rest_products.get_product, rest_products.put_product, rest_products.delete_product),
    r"products/(\d+)/variations": _collection(rest_products.list_variations, rest_products.post_variation),
    r"products/(\d+)/variations/batch": _batch(rest_products.batch_variations),
    r"products/(\d+)/variations/(\d+)": _item(
        rest_products.get_variation, rest_products.put_variation, rest_products.delete_variation
    ),
    r"variations": _collection(rest_products.list_all_variations),
    r"orders": _collection(rest_orders.list_orders, rest_orders.post_order),
    r"orders/batch": _batch(rest_orders.batch_orders),
    r"orders/(\d+)": _item(rest_orders.get_order, rest_orders.put_order, rest_orders.delete_order),
    r"orders/(\d+)/notes": _collection(rest_orders.list_notes, rest_orders.post_note),
    r"orders/(\d+)/notes/(\d+)": _item(rest_orders.get_note, None, rest_orders.delete_note),
    r"orders/(\d+)/refunds": _collection(rest_orders.list_refunds, rest_orders.post_refund),
    r"orders/(\d+)/refunds/(\d+)": _item(rest_orders.get_refund, None, rest_orders.delete_refund),
    r"reports/orders/totals": _collection(rest_orders.count_orders),
    r"webhooks": _collection(rest_webhooks.list_webhooks, rest_webhooks.post_webhook),
    r"webhooks/batch": _batch(rest_webhooks.batch_webhooks),
    r"webhooks/(\d+)": _item(rest_webhooks.get_webhook, rest_webhooks.put_webhook, rest_webhooks.delete_webhook),
    r"settings/([\w-]+)": _collection(rest_settings.list_settings),
    r"settings/([\w-]+)/([\w-]+)": _item(rest_settings.get_setting, rest_settings.put_setting, None),
    r"system_status": _collection(rest_settings.system_status),
}
_ROUTES = [(re.compile(pattern), methods) for pattern, methods in _TABLE.items()]
