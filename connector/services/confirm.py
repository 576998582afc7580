"""Confirm plans: re-read what they rest on, plan again, and only then let irreversible things happen (design, 3.3).

The platform gives no snapshot of stock and orders together.  So orders are read, then the stock, then the changed
orders once more: an order that slipped in between touches its pool again, and that pool waits for the next round.

A queue may be so long that reading it takes longer than it is left in peace.  Then its orders are read a part at a
time, each once a day; what changed meanwhile the two polls tell.  So no pool keeps the others waiting.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.ports.aside import Task
from connector.ports.due import UNSETTLED
from connector.ports.records import PoolRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.plan import plan
from connector.services.reconcile import REREAD_OPEN_EVERY, poll_orders, read_orders
from connector.services.taking import Read, read_and_take
from connector.services.tell import confirm_read, tell_again

BATCH = 500
SHORT = 100
"""Open lines of a pool whose orders are all read each time."""
PART = 500
"""Orders of one longer queue that are read at once."""
MOST_ORDERS = 2_000
"""Orders that are read at once for all pools together."""
TRIED = 2 * UNSETTLED
"""A pool that is not confirmed after so many settle times is touched all the time."""


@dataclass(frozen=True, slots=True)
class _Round:
    """``pools``: those that can be confirmed once ``orders`` are read."""

    pools: tuple[str, ...]
    orders: tuple[str, ...]


def confirm(store: StoreContext) -> int:
    """Confirm the pools that have settled; how many could be confirmed."""
    now = store.clock()
    told = tell_again(store)
    with store.work(read_only=True) as uow:
        # What rests on something that could not be read waits until it is.
        doubtful = uow.aside.doubtful(store.key)
        settled = uow.pools.unconfirmed(
            store.key,
            touched_before=now - store.settle,
            since_before=now - UNSETTLED * store.settle,
            limit=BATCH + len(doubtful),
        )
        pools = [one for one in settled if one.id not in doubtful][:BATCH]
        this = _round(store, uow, pools, now)
    if not pools:
        return told
    poll_orders(store)
    read_orders(store, this.orders)
    read_at = take_read(store, Task.POOL, store.storefront.read_pools, this.pools)
    poll_orders(store)
    plan_all(store)
    return told + (confirm_read(store, this.pools, read_at) if this.pools else 0)


def _round(store: StoreContext, uow: UnitOfWork, pools: Sequence[PoolRecord], now: datetime) -> _Round:
    """As many pools as can be read now, the longest waiting first; of one that is too long, the next part."""
    counts = uow.orders.open_counts(store.key, [pool.id for pool in pools])
    ready: list[str] = []
    whole: list[str] = []
    parts: dict[str, None] = {}
    room = MOST_ORDERS
    for pool in pools:
        if room <= 0:
            break
        lines = counts.get(pool.id, 0)
        since = _to_read_since(store, pool, lines, now)
        if since is None:
            whole.append(pool.id)
            room -= lines
            continue
        wanted = uow.orders.not_seen(store.key, pool.id, since, PART + 1)
        parts |= dict.fromkeys(wanted[:PART])
        room -= len(wanted[:PART])
        if len(wanted) <= PART:
            ready.append(pool.id)
    orders = parts | dict.fromkeys(uow.orders.open_ids(store.key, whole))
    return _Round((*ready, *whole), tuple(orders))


def _to_read_since(store: StoreContext, pool: PoolRecord, lines: int, now: datetime) -> datetime | None:
    """Of a pool's open orders those are read that nobody has looked at since then; None: all of them."""
    since = pool.unconfirmed_since or now
    if lines > SHORT:
        return min(since, now - REREAD_OPEN_EVERY)
    # Read once since it was touched first; reading all of them again would be too slow once more.
    return since if now - since > TRIED * store.settle + timedelta(seconds=1) else None


def take_read(store: StoreContext, task: Task, read: Read, ids: Sequence[str]) -> datetime:
    """Read these and apply what comes; the moment before which everything read was asked for.  What cannot be read or
    taken over is set aside.
    """
    began = store.clock()
    for some in _chunks(ids):
        read_and_take(store, task, read, some)
    return began


def plan_all(store: StoreContext) -> None:
    while plan(store):
        pass


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
