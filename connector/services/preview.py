"""What would be pushed and told now, without doing any of it: a plan made in a transaction that is thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connector.domain.storefront import difference
from connector.ports.records import NoticeState, StoreRecord
from connector.services.announce import announce
from connector.services.context import StoreContext
from connector.services.held_back import Held, held_back
from connector.services.plan import plan_some

MOST = 100_000

HELD_BACK = {
    Held.GONE: "The store is disconnected; `backorder store resume` takes it up again.",
    Held.LEAVING: "The store is being disconnected.",
    Held.NOT_READ: "The store has not been read yet; run `backorder store reconcile` or `backorder serve` first.",
    Held.PLAN_ONLY: "push = false in the config: plans are made, nothing is written to the shop.",
    Held.PAUSED: "The store is paused; `backorder store resume` goes on.",
}


@dataclass(frozen=True, slots=True)
class WouldPush:
    sku: str
    variant_id: str
    now: Mapping[str, str]
    then: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WouldTell:
    order: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """``held_back``: why nothing of this will happen by itself; empty where it will."""

    store: str
    pushes: tuple[WouldPush, ...]
    notices: tuple[WouldTell, ...]
    held_back: str


def preview(store: StoreContext) -> Preview:
    with store.work() as uow:
        record = uow.stores.get(store.key)
        # All of them: the config may have changed since they were planned, and the owner asks what that would do.
        uow.pools.redirty(store.key, None, store.clock())
        while plan_some(store, uow):
            pass
        pools = [
            pool.id
            for pool in uow.pools.unconfirmed(
                store.key,
                touched_before=store.clock() + timedelta(days=1),
                since_before=store.clock() + timedelta(days=1),
                limit=MOST,
            )
        ]
        announce(store, uow, pools, preview=True)
        due = [one for one in uow.showings.each(store.key) if one.due and not one.override and not one.parked]
        variants = uow.catalogue.get(store.key, [one.variant_id for one in due])
        notices = uow.notices.find(store.key, NoticeState.PENDING, MOST)
        numbers = uow.orders.get(store.key, {one.order_id for one in notices})
        # No commit: all of the above is undone when this transaction ends.
        pushes = []
        for one in due:
            fields = difference(one.shown, one.desired)
            sku = variants[one.variant_id].sku if one.variant_id in variants else ""
            pushes.append(WouldPush(sku, one.variant_id, {key: one.shown[key] for key in fields}, fields))
        tells = [WouldTell(numbers[one.order_id].number, one.kind.value, one.text) for one in notices]
    return Preview(store.key, tuple(pushes), tuple(tells), _why(store, record))


def _why(store: StoreContext, record: StoreRecord | None) -> str:
    held = held_back(store, record)
    if held is Held.STOPPED and record is not None:
        return " ".join(record.stopped.values())
    return HELD_BACK[held] if held else ""
