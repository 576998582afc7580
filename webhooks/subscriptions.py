"""Wanted webhooks against those the platform has: create what is missing, mend what is disabled, leave the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from connector.domain.journal import Entry
from connector.services.context import StoreContext

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Healed:
    """What was done about one topic: ``created`` or ``mended``."""

    topic: str
    what: str


def address_of(public_url: str, platform: str, store: str) -> str:
    """Where a platform delivers for a store."""
    return f"{public_url.rstrip('/')}/webhooks/{platform}/{store}"


def ensure(store: StoreContext, address: str, secret: str) -> list[Healed]:
    """Make the platform's webhooks as they should be.

    WooCommerce disables a webhook after seven failures and tells nobody; Shopify deletes it after eight.  Webhooks with
    another address are somebody else's.
    """
    healed = list(_ensure(store, address, secret))
    if healed:
        with store.work() as uow:
            facts = {"healed": [[one.topic, one.what] for one in healed], "address": address}
            uow.journal.append(store.key, [Entry(store.clock(), "webhooks_healed", facts=facts)])
            uow.commit()
        log.info("webhooks.healed", store=store.key, topics=[f"{one.topic}: {one.what}" for one in healed])
    return healed


def _ensure(store: StoreContext, address: str, secret: str) -> Iterator[Healed]:
    ours = {one.topic: one for one in store.storefront.subscriptions() if one.address == address}
    for topic in store.platform.topics:
        held = ours.get(topic)
        if held is None:
            store.storefront.subscribe(topic, address, secret)
            yield Healed(topic, "created")
        elif not held.active:
            store.storefront.mend(held, address, secret)
            yield Healed(topic, "mended")


def remove_all(store: StoreContext, address: str) -> int:
    """Take our webhooks away again; how many."""
    ours = [one for one in store.storefront.subscriptions() if one.address == address]
    for one in ours:
        store.storefront.unsubscribe(one)
    return len(ours)
