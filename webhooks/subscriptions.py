"""Wanted webhooks against those the platform has: create what is missing, mend what is disabled, leave the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import structlog

from connector.domain.journal import Entry
from connector.ports.failures import DatabaseAway, TryLater, Unreadable
from connector.ports.operating import TurnLost
from connector.ports.storefront import Subscription
from connector.services.context import StoreContext

ENDS_IT_ALL = (TryLater, Unreadable, DatabaseAway, TurnLost)
"""What says nothing of a single topic."""
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
    healed: list[Healed] = []
    failed: list[Exception] = []
    for topic, do in _wanted(store, address, secret):
        try:
            healed.append(Healed(topic, do()))
        except ENDS_IT_ALL:
            raise
        except Exception as error:  # noqa: BLE001 -- one topic that the shop does not take must not cost the others
            failed.append(error)
    if healed:
        with store.work() as uow:
            facts = {"healed": [[one.topic, one.what] for one in healed], "address": address}
            uow.journal.append(store.key, [Entry(store.clock(), "webhooks_healed", facts=facts)])
            uow.commit()
        log.info("webhooks.healed", store=store.key, topics=[f"{one.topic}: {one.what}" for one in healed])
    if failed:
        raise failed[0]
    return healed


def _wanted(store: StoreContext, address: str, secret: str) -> Iterator[tuple[str, Callable[[], str]]]:
    """What is to be done, by topic; each gives in a word what it did."""

    def create(topic: str) -> str:
        store.storefront.subscribe(topic, address, secret)
        return "created"

    def mend(held: Subscription) -> str:
        store.storefront.mend(held, address, secret)
        return "mended"

    ours = {one.topic: one for one in store.storefront.subscriptions() if one.address == address}
    for topic in store.platform.topics:
        held = ours.get(topic)
        if held is None:
            yield topic, partial(create, topic)
        elif not held.active:
            yield topic, partial(mend, held)


def remove_all(store: StoreContext, address: str) -> int:
    """Take our webhooks away again; how many."""
    ours = [one for one in store.storefront.subscriptions() if one.address == address]
    for one in ours:
        store.storefront.unsubscribe(one)
    return len(ours)
