"""Webhook subscriptions of this app in one shop.

Shopify knows no paused subscription: after eight failures in a row it deletes one.  It signs with the app's own secret.
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.inbound import TOPICS
from adapters.shopify.refusals import refuse_errors
from connector.ports.failures import OwnerMustAct, Refused
from connector.ports.sentence import Sentence, quoted
from connector.ports.storefront import Subscription

ACT = "webhooks"


def subscriptions(admin: Admin) -> Iterator[Subscription]:
    after = None
    while True:
        found = admin.read("Webhooks", {"after": after}, act=ACT).need("webhookSubscriptions")
        yield from (_subscription(node) for node in found["nodes"])
        if not found["pageInfo"]["hasNextPage"].flag():
            return
        after = found["pageInfo"]["endCursor"].text()


def subscribe(admin: Admin, topic: str, address: str) -> Subscription:
    """Subscribe, or find the subscription that is already there: an earlier answer may have been lost."""
    variables = {"topic": _enum(topic), "subscription": {"uri": address}}
    payload = admin.write("WebhookCreate", variables, act=ACT).need("webhookSubscriptionCreate")
    for error in payload["userErrors"]:
        message = error["message"].text()
        if "already been taken" in message:
            return _existing(admin, topic, address)
        raise _not_possible(topic, quoted(message))
    return _subscription(payload["webhookSubscription"])


def move(admin: Admin, subscription: Subscription, address: str) -> None:
    """Point a subscription to another address; made anew where Shopify has deleted it."""
    variables = {"id": subscription.id, "subscription": {"uri": address}}
    payload = admin.write("WebhookUpdate", variables, act=ACT).need("webhookSubscriptionUpdate")
    if any("already been taken" not in error["message"].text() for error in payload["userErrors"]):
        subscribe(admin, subscription.topic, address)


def unsubscribe(admin: Admin, subscription: Subscription) -> None:
    payload = admin.write("WebhookDelete", {"id": subscription.id}, act=ACT).need("webhookSubscriptionDelete")
    try:
        refuse_errors(payload)
    except Refused as refused:
        # One that is gone is what was wanted.
        if "does not exist" not in refused.message and "not found" not in refused.message.lower():
            raise


def _existing(admin: Admin, topic: str, address: str) -> Subscription:
    for found in subscriptions(admin):
        if (found.topic, found.address) == (topic, address):
            return found
    raise _not_possible(topic, Sentence("it says this address is taken, but lists no such subscription"))


def _not_possible(topic: str, message: str) -> OwnerMustAct:
    return OwnerMustAct(
        ACT,
        Sentence("Shopify takes no webhook for %(topic)s: %(words)s.", topic=topic, words=message),
        Sentence(
            "Set [server] public_url to an https address that Shopify can reach, and grant the app "
            "what the guide names."
        ),
    )


def _subscription(node: Reader) -> Subscription:
    return Subscription(node["id"].text(), _topic(node["topic"].text()), node["uri"].text(), active=True)


def _enum(topic: str) -> str:
    """``orders/create`` is ``ORDERS_CREATE``."""
    return topic.upper().replace("/", "_")


_TOPIC_OF_ENUM = {_enum(topic): topic for topic in TOPICS}


def _topic(enum: str) -> str:
    """The topic as it stands in the headers of a delivery; one that we never subscribe to keeps Shopify's own word."""
    return _TOPIC_OF_ENUM.get(enum, enum)
