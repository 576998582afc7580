"""What is wrong with a store, from both sides, and how to mend each."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from connector.ports.failures import Failure, OwnerMustAct
from connector.ports.records import DeliveryState, StoreRecord
from connector.ports.sentence import Sentence, together
from connector.ports.storefront import Finding
from connector.services.connected import CONNECTED
from connector.services.consistency import consistency_finding
from connector.services.context import StoreContext

TRY_AGAIN = Sentence("Try again; if it stays so, look at the shop's own error log.")


def examine(store: StoreContext, address: str) -> Iterator[Finding]:
    """Every check is tried, whatever the ones before it found."""
    yield from _guarded(Sentence("the shop"), lambda: list(store.storefront.check(store.clock())))
    yield from _guarded(Sentence("webhooks"), lambda: [_webhooks(store, address)])
    yield from _own(store)


def _guarded(what: str, check: Callable[[], list[Finding]]) -> list[Finding]:
    try:
        return check()
    except Failure as failure:
        fix = getattr(failure, "fix", "") or TRY_AGAIN
        said = failure.problem if isinstance(failure, OwnerMustAct) else failure.said
        return [Finding(what, ok=False, said=said, fix=fix)]


def _webhooks(store: StoreContext, address: str) -> Finding:
    held = {one.topic: one for one in store.storefront.subscriptions() if one.address == address}
    missing = [topic for topic in store.platform.topics if topic not in held]
    disabled = [topic for topic, one in held.items() if not one.active]
    if not missing and not disabled:
        return Finding(
            Sentence("webhooks"),
            ok=True,
            said=Sentence(
                "all %(count)s are there and deliver to %(address)s", count=len(store.platform.topics), address=address
            ),
        )
    lacks = Sentence("missing: %(topics)s", topics=", ".join(missing)) if missing else ""
    sleeps = Sentence("disabled: %(topics)s", topics=", ".join(disabled)) if disabled else ""
    said = together(lacks, sleeps, "; ")
    fix = Sentence(
        "`backorder serve` creates and mends them by itself at its start and every [sync] reconcile seconds."
    )
    return Finding(Sentence("webhooks"), ok=False, said=said, fix=fix)


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
        yield Finding(
            Sentence("import"),
            ok=False,
            said=Sentence("the store has not been read yet"),
            fix=Sentence("Start `backorder serve`."),
        )
        return
    yield from _standing(store, record)
    yield from _counted(counts.get(DeliveryState.PARKED, 0), forged, len(overridden))
    if broken:
        said = Sentence("%(count)s stock numbers owe more than the open orders we know explain", count=len(broken))
        fix = Sentence("Look at `backorder explain` for them: perhaps a stock number was typed below zero by hand.")
        yield Finding(Sentence("stock numbers"), ok=False, said=said, fix=fix)
    yield consistency_finding(store)


def _standing(store: StoreContext, record: StoreRecord) -> Iterator[Finding]:
    """How far the store was read, and what keeps it from being worked for."""
    read_to = record.cursors.get("products")
    said = Sentence("read; the shop sells nothing yet")
    if read_to:
        said = Sentence("read up to %(moment)s UTC", moment=f"{read_to:%Y-%m-%d %H:%M}")
    yield Finding(Sentence("import"), ok=True, said=said)
    for act, why in sorted(record.stopped.items()):
        yield Finding(
            Sentence("stopped: %(act)s", act=act),
            ok=False,
            said=why,
            fix=Sentence("Then `backorder store resume %(key)s`.", key=store.key),
        )
    if record.paused:
        fix = Sentence("`backorder store resume %(key)s`", key=store.key)
        yield Finding(Sentence("paused"), ok=False, said=Sentence("by hand: nothing is pushed or told"), fix=fix)


def _counted(parked: int, forged: int, overridden: int) -> Iterator[Finding]:
    if parked:
        fix = Sentence("`backorder deliveries list --state parked` says why; `replay` tries them again.")
        yield Finding(
            Sentence("parked deliveries"),
            ok=False,
            said=Sentence("%(count)s deliveries could not be read", count=parked),
            fix=fix,
        )
    if forged:
        fix = Sentence(
            "If deliveries are missing, the webhook secret differs: compare webhook_secrets with the shop's."
        )
        yield Finding(
            Sentence("forgeries"),
            ok=True,
            said=Sentence("%(count)s requests with a wrong signature were refused. %(fix)s", count=forged, fix=fix),
        )
    if overridden:
        fix = Sentence("`backorder override list` shows them, `backorder override release` takes the steering back.")
        yield Finding(
            Sentence("changed by hand"),
            ok=True,
            said=Sentence("%(count)s variants are left alone. %(fix)s", count=overridden, fix=fix),
        )
