"""Webhook bodies to facts: a table of topics and pure functions.

Product bodies are never believed about quantities: ``inventory_quantity`` counts stock that only a till can sell.
"""

from __future__ import annotations

from collections.abc import Callable

from adapters.reader import Reader
from adapters.shopify.bodies import order_seen, variant_facts
from adapters.shopify.ids import number_in
from connector.domain.facts import Fact, PrivacyAsked, ProductSeen, Reread, StoreGone, Thing, Translation
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence


def translate(topic: str, body: bytes) -> Translation:
    """Read one delivery.  Raises ``Unreadable`` with the path of what is missing or of the wrong type."""
    read = TOPICS.get(topic)
    if read is not None:
        return read(Reader.of(body))
    family = topic.partition("/")[0]
    return Translation(note=NOTES.get(family) or Sentence("%(topic)s says nothing about orders or stock.", topic=topic))


def _order(body: Reader) -> Translation:
    return Translation(facts=(order_seen(body),))


def _product_changed(product: Reader) -> Translation:
    """``products/update``: names and flags; the number comes from the inventory topics and from reads."""
    facts: list[Fact] = []
    variants = product["variants"].items()
    # Only the first hundred variants are in the body; the others are named.
    incomplete = len(product["variant_gids"].items_or_none()) > len(variants)
    for variant in variants:
        if variant["inventory_item_id"].is_null:
            incomplete = True
        else:
            facts += variant_facts(product, variant)
    product_id = product["id"].number_id()
    facts += _members(product, product_id)
    rereads = (Reread(Thing.PRODUCT, product_id),) if incomplete else ()
    return Translation(facts=tuple(facts), rereads=rereads)


def _members(product: Reader, product_id: str) -> tuple[Fact, ...]:
    """The whole list of variants, where the body names them (bodies before 2024-10 do not)."""
    named = product["variant_gids"].items_or_none()
    changed_at = product["updated_at"].utc_or_none()
    if not named or changed_at is None:
        return ()
    try:
        return (ProductSeen(product_id, tuple(number_in(one["admin_graphql_api_id"]) for one in named), changed_at),)
    except Unreadable:
        return ()  # It only says which variants are gone, and the next read says so too.


def _product_made(product: Reader) -> Translation:
    """``products/create``: the same, and the stock numbers, which are not in the body, are read once."""
    seen = _product_changed(product)
    return Translation(facts=seen.facts, rereads=(Reread(Thing.PRODUCT, product["id"].number_id()),))


def _named(thing: Thing, *path: str, only_known: bool = False) -> Callable[[Reader], Translation]:
    """A translation that only asks to read again the thing that the body names at ``path``."""

    def read(body: Reader) -> Translation:
        for key in path:
            body = body[key]
        return Translation(rereads=(Reread(thing, number_in(body), only_known),))

    return read


def _location(_: Reader) -> Translation:
    """A location that begins or stops to sell online changes the number of everything it holds."""
    return Translation(rereads=(Reread(Thing.CATALOGUE, "all"),))


def _fulfilment_order(body: Reader) -> Translation:
    order = body.get("fulfillment_order").get("order_id")
    if order.is_null:
        # Holds, splits and moves change no quantity of the order, and a shipment says so itself in orders/updated.
        return Translation(note=NOTES["fulfillment_orders"])
    return Translation(rereads=(Reread(Thing.ORDER, number_in(order)),))


def _uninstalled(shop: Reader) -> Translation:
    """The body is the shop as it last was; it does not say when we were removed."""
    at = shop["updated_at"].utc_or_none() or shop["created_at"].utc_or_none() or shop["updated_at"].utc()
    return Translation(facts=(StoreGone(at),))


def _privacy(topic: str, orders: str) -> Callable[[Reader], Translation]:
    def read(body: Reader) -> Translation:
        ids = tuple(entry.number_id() for entry in body[orders].items_or_none())
        person = body.get("customer")
        customer = "" if person.get("id").is_null else person["id"].number_id()
        email, phone = (person.get(name).text_or("").strip() for name in ("email", "phone"))
        shop = body.get("shop_domain").text_or("").strip().lower()
        return Translation(facts=(PrivacyAsked(topic, ids, customer, email, phone, shop),))

    return read


# Why topics of these families are none of our business.
NOTES = {
    "fulfillment_orders": Sentence(
        "A fulfilment order changed without naming its order; quantities come with orders/updated."
    ),
    "inventory_transfers": Sentence(
        "Supplies are told to us in other ways; what a transfer brings arrives as a stock number."
    ),
    "inventory_shipments": Sentence(
        "Supplies are told to us in other ways; what a shipment brings arrives as a stock number."
    ),
}

TOPICS: dict[str, Callable[[Reader], Translation]] = {
    "orders/create": _order,
    "orders/updated": _order,
    "orders/cancelled": _order,
    "orders/fulfilled": _order,
    "orders/partially_fulfilled": _order,
    "orders/paid": _order,
    "orders/edited": _named(Thing.ORDER, "order_edit", "order_id"),
    "orders/delete": _named(Thing.ORDER, "id", only_known=True),
    "refunds/create": _named(Thing.ORDER, "order_id"),
    "fulfillments/create": _named(Thing.ORDER, "order_id"),
    "fulfillments/update": _named(Thing.ORDER, "order_id"),
    "products/create": _product_made,
    "products/update": _product_changed,
    "products/delete": _named(Thing.PRODUCT, "id", only_known=True),
    "variants/in_stock": _named(Thing.PRODUCT, "product_id"),
    "variants/out_of_stock": _named(Thing.PRODUCT, "product_id"),
    "inventory_levels/update": _named(Thing.POOL, "inventory_item_id"),
    "inventory_levels/connect": _named(Thing.POOL, "inventory_item_id"),
    "inventory_levels/disconnect": _named(Thing.POOL, "inventory_item_id"),
    "inventory_items/create": _named(Thing.POOL, "id"),
    "inventory_items/update": _named(Thing.POOL, "id", only_known=True),
    "inventory_items/delete": _named(Thing.POOL, "id", only_known=True),
    **{
        f"fulfillment_orders/{what}": _fulfilment_order
        for what in (
            "cancelled",
            "hold_released",
            "merged",
            "moved",
            "order_routing_complete",
            "placed_on_hold",
            "rescheduled",
            "split",
        )
    },
    "fulfillment_holds/added": _fulfilment_order,
    "fulfillment_holds/released": _fulfilment_order,
    **{f"locations/{what}": _location for what in ("activate", "create", "deactivate", "delete", "update")},
    "app/uninstalled": _uninstalled,
    "customers/data_request": _privacy("customers/data_request", "orders_requested"),
    "customers/redact": _privacy("customers/redact", "orders_to_redact"),
    "shop/redact": _privacy("shop/redact", "orders_to_redact"),
}
