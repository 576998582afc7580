"""Words of the platforms in plain ones: for pages; the command line and the logs keep what can be looked up there."""

from __future__ import annotations

from collections.abc import Mapping

from connector.services.sentences import N_, Voice

FIELDS = {
    "backorders": N_("Backorders"),
    "inventoryPolicy": N_("Backorders"),
    "_backorder_status": N_("Status"),
    "status": N_("Status"),
    "_backorder_expected_on": N_("Expected"),
    "expected_on": N_("Expected"),
    "_backorder_expected_from": N_("Expected from"),
    "expected_from": N_("Expected from"),
    "_backorder_message": N_("Text"),
    "message": N_("Text"),
}
FLAGS = {
    "yes": N_("allowed"),
    "notify": N_("allowed"),
    "CONTINUE": N_("allowed"),
    "no": N_("not allowed"),
    "DENY": N_("not allowed"),
}
STATUSES = {
    "in_stock": N_("in_stock"),
    "backorder": N_("backorder"),
    "sold_out": N_("sold_out"),
}
OF_FLAGS = frozenset({"backorders", "inventoryPolicy"})
OF_STATUSES = frozenset({"_backorder_status", "status"})
OF_DAYS = frozenset({"_backorder_expected_on", "expected_on", "_backorder_expected_from", "expected_from"})

ORDERS = {
    "checkout-draft": N_("draft"),
    "pending": N_("pending payment"),
    "on-hold": N_("on hold"),
    "processing": N_("processing"),
    "backordered": N_("backordered"),
    "completed": N_("completed"),
    "cancelled": N_("cancelled"),
    "failed": N_("failed"),
    "refunded": N_("refunded"),
    "trash": N_("in the bin"),
    "closed": N_("closed"),
    "paid": N_("paid"),
    "partially_refunded": N_("refunded in part"),
    "authorized": N_("payment authorised"),
    "partially_paid": N_("paid in part"),
    "expired": N_("payment lapsed"),
    "voided": N_("payment voided"),
    "fulfilled": N_("fulfilled"),
    "shipped": N_("sent"),
    "deleted": N_("deleted"),
}
"""What an order is at a shop, in the words of both platforms."""

THINGS = {
    "order": N_("Order"),
    "orders": N_("Order"),
    "product": N_("Product"),
    "products": N_("Product"),
    "refunds": N_("Refund"),
    "fulfillments": N_("Shipment"),
    "fulfillment_orders": N_("Fulfilment order"),
    "fulfillment_holds": N_("Fulfilment hold"),
    "variants": N_("Variant"),
    "inventory_levels": N_("Stock"),
    "inventory_items": N_("Stock item"),
    "locations": N_("Location"),
    "app": N_("App"),
}
NEWS = {
    "created": N_("%(thing)s: new"),
    "create": N_("%(thing)s: new"),
    "updated": N_("%(thing)s: changed"),
    "update": N_("%(thing)s: changed"),
    "edited": N_("%(thing)s: edited"),
    "deleted": N_("%(thing)s: deleted"),
    "delete": N_("%(thing)s: deleted"),
    "restored": N_("%(thing)s: restored"),
    "cancelled": N_("%(thing)s: cancelled"),
    "paid": N_("%(thing)s: paid"),
    "fulfilled": N_("%(thing)s: sent"),
    "partially_fulfilled": N_("%(thing)s: sent in part"),
    "connect": N_("%(thing)s: counted at a location"),
    "disconnect": N_("%(thing)s: no longer counted at a location"),
    "activate": N_("%(thing)s: opened"),
    "deactivate": N_("%(thing)s: closed"),
    "in_stock": N_("%(thing)s: in stock"),
    "out_of_stock": N_("%(thing)s: out of stock"),
    "uninstalled": N_("%(thing)s: uninstalled"),
}
TOPICS = {
    "customers/data_request": N_("Privacy: what is held of a person"),
    "customers/redact": N_("Privacy: a person is to be forgotten"),
    "shop/redact": N_("Privacy: the shop is to be forgotten"),
}


def topic_words(topic: str, say: Voice) -> str:
    """What a webhook is about; a topic that we have no words for is named as the platform does."""
    if not say.plain:
        return topic
    if topic in TOPICS:
        return say(TOPICS[topic])
    thing, _, news = topic.replace(".", "/", 1).partition("/")
    if thing not in THINGS or news not in NEWS:
        return topic
    return say(NEWS[news], thing=say(THINGS[thing]))


def order_words(status: str, say: Voice) -> str:
    """What the shop says of an order; a status of a plugin's own stays as it is."""
    return say(ORDERS[status]) if say.plain and status in ORDERS else status


def field_words(field: str, say: Voice) -> str:
    return say(FIELDS[field]) if say.plain and field in FIELDS else field


def value_words(field: str, value: str, say: Voice) -> str:
    """What stands in a field of the shop."""
    if not say.plain:
        return value
    words: Mapping[str, str] = FLAGS if field in OF_FLAGS else STATUSES if field in OF_STATUSES else {}
    if value in words:
        return say(words[value])
    return say.day_in(value) if field in OF_DAYS else value
