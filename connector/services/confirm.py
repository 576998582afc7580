"""Confirm plans: re-read what they rest on, plan again, and only then let irreversible things happen (design, 3.3).

The platform gives no snapshot of stock and orders together.  So orders are read, then the stock, then the changed
orders once more: an order that slipped in between touches its pool again, and that pool waits for the next round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from connector.domain.facts import Fact
from connector.services.announce import announce
from connector.services.apply import Apply
from connector.services.context import StoreContext, is_outdated
from connector.services.plan import plan
from connector.services.reconcile import poll_orders

BATCH = 500
PATIENCE = 5
"""A pool that is touched all the time is confirmed after this many settle times all the same."""


def confirm(store: StoreContext) -> int:
    """Confirm the pools that have settled; how many notices came of it."""
    now = store.clock()
    with store.work(read_only=True) as uow:
        pools = uow.pools.unconfirmed(
            store.key,
            touched_before=now - store.settle,
            since_before=now - PATIENCE * store.settle,
            limit=BATCH,
        )
        ids = [pool.id for pool in pools]
        open_orders = uow.orders.open_ids(store.key, ids) if ids else []
    if not ids:
        return 0
    poll_orders(store)
    take_read(store, store.storefront.read_orders, open_orders)
    read_at = take_read(store, store.storefront.read_pools, ids)
    poll_orders(store)
    plan_all(store)
    with store.work() as uow:
        if is_outdated(store, uow.stores.get(store.key)):
            return 0  # Nothing was planned: the settings are others by now.
        confirmed = uow.pools.confirm(store.key, ids, read_at)
        made = announce(store, uow, confirmed) if confirmed else 0
        uow.commit()
    return made


def take_read(store: StoreContext, read: Callable[[Sequence[str]], Iterable[Fact]], ids: Sequence[str]) -> datetime:
    """Read these and apply what comes; the moment before which everything read was asked for."""
    began = store.clock()
    for some in _chunks(ids):
        asked_at = store.clock()
        facts = list(read(some))
        with store.work() as uow:
            apply = Apply(uow, store.key, store.buyer_of)
            apply.take(facts, asked_at, read=True)
            apply.finish(store.clock())
            uow.commit()
    return began


def plan_all(store: StoreContext) -> None:
    while plan(store):
        pass


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
