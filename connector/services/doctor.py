"""What is wrong with a store, from both sides, and how to mend each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connector.ports.failures import Failure, OwnerMustAct
from connector.ports.records import DeliveryState
from connector.ports.storefront import Finding
from connector.services.connected import CONNECTED
from connector.services.consistency import consistency_finding
from connector.services.context import StoreContext


def examine(store: StoreContext, address: str) -> Iterator[Finding]:
    """Every check is tried, whatever the ones before it found."""
    yield from _guarded("the shop", lambda: list(store.storefront.check(store.clock())))
    yield from _guarded("webhooks", lambda: [_webhooks(store, address)])
    yield from _own(store)


def _guarded(what: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except Failure as failure:
        fix = getattr(failure, "fix", "") or "Try again; if it stays so, look at the shop's own error log."
        said = failure.problem if isinstance(failure, OwnerMustAct) else str(failure)
        return [Finding(what, ok=False, said=said, fix=fix)]


def _webhooks(store: StoreContext, address: str) -> Finding:
    held = {one.topic: one for one in store.storefront.subscriptions() if one.address == address}
    missing = [topic for topic in store.platform.topics if topic not in held]
    disabled = [topic for topic, one in held.items() if not one.active]
    if not missing and not disabled:
        return Finding("webhooks", ok=True, said=f"all {len(store.platform.topics)} are there and deliver to {address}")
    parts = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"disabled: {', '.join(disabled)}"] * bool(disabled)
    fix = "`backorder serve` creates and mends them by itself at its start and every [sync] reconcile seconds."
    return Finding("webhooks", ok=False, said="; ".join(parts), fix=fix)


def _own(store: StoreContext) -> Iterator[Finding]:
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        counts = uow.deliveries.counts(store.key)
        forged = uow.stores.counters(store.key).get("forged", 0)
        overridden = uow.showings.overridden(store.key)
        broken = [
            pool
            for pool in uow.pools.get(store.key, {one.pool_id for one in uow.catalogue.each(store.key)}).values()
            if pool.missing
        ]
    if record is None or CONNECTED not in record.cursors:
        yield Finding("import", ok=False, said="the store has not been read yet", fix="Start `backorder serve`.")
        return
    read_to = record.cursors.get("products")
    said = f"read up to {read_to:%Y-%m-%d %H:%M} UTC" if read_to else "read; the shop sells nothing yet"
    yield Finding("import", ok=True, said=said)
    for act, said in sorted(record.stopped.items()):
        yield Finding(f"stopped: {act}", ok=False, said=said, fix=f"Then `backorder store resume {store.key}`.")
    if record.paused:
        fix = f"`backorder store resume {store.key}`"
        yield Finding("paused", ok=False, said="by hand: nothing is pushed or told", fix=fix)
    parked = counts.get(DeliveryState.PARKED, 0)
    if parked:
        fix = "`backorder deliveries list --state parked` says why; `replay` tries them again."
        yield Finding("parked deliveries", ok=False, said=f"{parked} deliveries could not be read", fix=fix)
    if forged:
        fix = "If deliveries are missing, the webhook secret differs: compare webhook_secrets with the shop's."
        yield Finding("forgeries", ok=True, said=f"{forged} requests with a wrong signature were refused. {fix}")
    if overridden:
        fix = "`backorder override list` shows them, `backorder override release` takes the steering back."
        yield Finding("changed by hand", ok=True, said=f"{len(overridden)} variants are left alone. {fix}")
    if broken:
        said = f"{len(broken)} stock numbers owe more than the open orders we know explain"
        fix = "Look at `backorder explain` for them: perhaps a stock number was typed below zero by hand."
        yield Finding("stock numbers", ok=False, said=said, fix=fix)
    yield consistency_finding(store)
