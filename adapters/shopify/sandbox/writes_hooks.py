"""Mutations on webhook subscriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.shopify.sandbox.call import Args, Call, Payload, Root, done, only, refused, user_error
from adapters.shopify.sandbox.reads import find
from adapters.shopify.sandbox.webhooks import Subscription

PLAYED = ("uri", "callbackUrl", "includeFields", "name", "format")
FIELD = ["webhookSubscription", "callbackUrl"]  # the name the platform still gives the address in its errors


def _address(given: Mapping[str, Any]) -> str | None:
    address = given.get("uri") or given.get("callbackUrl")
    return None if address is None else str(address)


def _wrong_address(call: Call, address: str | None, topic: str, besides: Subscription | None) -> Payload | None:
    message = None
    if not address:
        message = "Address can't be blank"
    elif address.startswith("http://") and not call.allow_http_webhooks:
        message = "Address protocol http:// is not supported"
    elif not address.startswith(("https://", "http://")):
        message = "Address is invalid"
    elif any(
        one is not besides and (one.topic, one.uri) == (topic, address) for one in call.outbox.subscriptions.values()
    ):
        message = "Address for this topic has already been taken"
    return None if message is None else refused(user_error(FIELD, message), webhookSubscription=None)


def create(call: Call, args: Args) -> Payload:
    given, topic = args["webhookSubscription"], args["topic"]
    only(given, PLAYED, "WebhookSubscriptionInput")
    address = _address(given)
    wrong = _wrong_address(call, address, topic, None)
    if wrong is not None or address is None:
        return wrong or refused(user_error(FIELD, "Address can't be blank"), webhookSubscription=None)
    now = call.store.now()
    made = Subscription(
        ref=call.store.new_id(),
        topic=topic,
        uri=address,
        version=call.version,
        created_at=now,
        updated_at=now,
        include_fields=list(given.get("includeFields") or ()),
        name=given.get("name"),
        format=given.get("format") or "JSON",
    )
    call.outbox.subscriptions[made.gid] = call.store.keep(made)
    return done(webhookSubscription=made)


def _found(call: Call, gid: str) -> Subscription | None:
    found = find(call, gid, Subscription)
    return found if isinstance(found, Subscription) and found.gid in call.outbox.subscriptions else None


def update(call: Call, args: Args) -> Payload:
    given, found = args["webhookSubscription"], _found(call, args["id"])
    only(given, PLAYED, "WebhookSubscriptionInput")
    if found is None:
        return refused(user_error(["id"], "Webhook subscription does not exist"), webhookSubscription=None)
    address = _address(given) or found.uri
    if (wrong := _wrong_address(call, address, found.topic, found)) is not None:
        return wrong
    found.uri, found.updated_at, found.version = address, call.store.now(), call.version
    found.include_fields = list(given.get("includeFields") or found.include_fields)
    return done(webhookSubscription=found)


def delete(call: Call, args: Args) -> Payload:
    found = _found(call, args["id"])
    if found is None:
        return refused(user_error(["id"], "Webhook subscription does not exist"), deletedWebhookSubscriptionId=None)
    del call.outbox.subscriptions[found.gid]
    call.store.forget(found)
    return done(deletedWebhookSubscriptionId=found.gid)


MUTATIONS: dict[str, Root] = {
    "webhookSubscriptionCreate": create,
    "webhookSubscriptionUpdate": update,
    "webhookSubscriptionDelete": delete,
}
