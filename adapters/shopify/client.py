"""One Shopify store, as the service calls it.  What each call does stands in the module it is handed to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from adapters.http import Budget, Channel, Retries
from adapters.reader import Reader
from adapters.shopify import (
    alternatives,
    bulk,
    cancelling,
    checks,
    contacts,
    hooks,
    pushing,
    reads,
    swapping,
    telling,
)
from adapters.shopify.admin import Admin
from adapters.shopify.tokens import FixedToken, GrantedToken, LapsingToken, Tokens
from connector.domain.facts import Fact
from connector.ports.acting import Alternative, Cancelling, Contact, Done, Swapping
from connector.ports.budgets import BucketKeeper
from connector.ports.clock import Clock, system_clock
from connector.ports.storefront import Change, Finding, Page, Pushed, Subscription, Telling

BULK_CROSSOVER = 300
"""Above so many changes a bulk operation is used.

Measured with ``backorder bench push --full`` at the sandbox shop, a change for each of so many simple products: up to
180 of them the budget that a shop has saved up pays for the requests, and 100 take less than a second.  Beyond it nine
changes cost a second: 300 took 14 seconds, 1,000 took 94, 10,000 took 1,105, and nothing else of the store was read or
written meanwhile.  In bulk they took 2, 3 and 31 seconds.  How long a real shop lets an operation wait nobody has
measured; at 300 it may be 12 seconds.
"""

# What every plan has at least; the shop says more with each answer.
BUCKET, RESTORE = 1000.0, 100.0  # points, points a second


class ShopifyStorefront:
    """A ``Storefront``.  ``open_store``: a connection to a file store beside the Admin API, without our token."""

    def __init__(
        self,
        admin: Admin,
        shop: str,
        open_store: bulk.Opener,
        clock: Clock = system_clock,
        sleep: Callable[[float], None] = time.sleep,
        bulk_crossover: int = BULK_CROSSOVER,
    ) -> None:
        self._admin = admin
        self._shop = shop
        self._open_store = open_store
        self._clock = clock
        self._sleep = sleep
        self._bulk_crossover = bulk_crossover

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        return reads.orders_changed(self._admin, since, only_open=only_open)

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        return reads.products_changed(self._admin, since)

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        return reads.read_orders(self._admin, ids)

    def read_products(self, ids: Sequence[str]) -> Iterator[Fact]:
        return reads.read_products(self._admin, ids)

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        return reads.read_pools(self._admin, ids, self._clock())

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        if len(changes) > self._bulk_crossover:
            return bulk.push_in_bulk(self._admin, changes, self._open_store, self._sleep)
        return pushing.push(self._admin, changes)

    def tell(self, telling_: Telling) -> None:
        telling.tell(self._admin, telling_)

    def contact(self, order_id: str) -> Contact:
        return contacts.contact(self._admin, order_id)

    def say(self, order_id: str, text: str, reference: str, *, again: bool) -> None:  # noqa: ARG002 -- as the port declares it
        telling.say()

    def cancel(self, cancelling_: Cancelling) -> Done:
        return cancelling.cancel(self._admin, cancelling_, self._sleep)

    def alternatives(self, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
        return alternatives.alternatives(self._admin, order_id, line_id, limit)

    def swap(self, swapping_: Swapping) -> Done:
        return swapping.swap(self._admin, swapping_)

    def subscriptions(self) -> Iterable[Subscription]:
        return hooks.subscriptions(self._admin)

    def subscribe(self, topic: str, address: str, secret: str) -> Subscription:  # noqa: ARG002 -- Shopify signs with the app's own secret
        return hooks.subscribe(self._admin, topic, address)

    def mend(self, subscription: Subscription, address: str, secret: str) -> None:  # noqa: ARG002 -- as above
        hooks.move(self._admin, subscription, address)

    def unsubscribe(self, subscription: Subscription) -> None:
        hooks.unsubscribe(self._admin, subscription)

    def check(self, now: datetime) -> Iterator[Finding]:
        return checks.check(self._admin, self._shop, now)


def open_storefront(
    options: Mapping[str, object],
    *,
    shop: str,
    allow_private: bool,
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
    budget: BucketKeeper | None = None,
    retries: Retries | None = None,
    bulk_crossover: int = BULK_CROSSOVER,
) -> ShopifyStorefront:
    """Connect to the shop that ``options`` (checked, with their defaults) describe; nothing is called yet."""

    def channel(address: str, paced: Budget | None = None) -> Channel:
        return Channel(
            address,
            allow_private=allow_private,
            budget=paced,
            clock=clock,
            sleep=sleep,
            retries=retries,
            platform="shopify",
        )

    to_admin = channel(str(options.get("admin_url") or f"https://{shop}"), Budget(BUCKET, RESTORE, clock, budget))
    admin = Admin(to_admin, _tokens(options, to_admin, clock), str(options["api_version"]), sleep)
    return ShopifyStorefront(admin, shop, channel, clock, sleep, bulk_crossover)


def _tokens(options: Mapping[str, object], to_admin: Channel, clock: Clock) -> Tokens:
    token = str(options.get("access_token") or "")
    if not token:
        return GrantedToken(to_admin, str(options["client_id"]), str(options["client_secret"]), clock)
    if options.get("access_token_until"):
        return LapsingToken(token, Reader(options["access_token_until"], "access_token_until").utc(), clock)
    return FixedToken(token)
