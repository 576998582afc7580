"""Send the storefront what it should show: differences only, in the platform's largest batches (design, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connector.domain.facts import Reread, Thing
from connector.domain.journal import Entry
from connector.domain.storefront import difference
from connector.ports import tracing
from connector.ports.counting import FLAG_SECONDS, PUSHES, count, observe
from connector.ports.failures import Failure, OwnerMustAct, TryLater, outcome_of
from connector.ports.promising import ShownRecord
from connector.ports.records import ShowingRecord
from connector.ports.storefront import Change, Pushed
from connector.ports.unit_of_work import UnitOfWork
from connector.services.apply_shown import unanswered
from connector.services.context import StoreContext
from connector.services.patience import backoff
from connector.services.sentences import kept
from connector.services.shown import newly_shown
from connector.services.traced import behind, pushed

BATCH = 20_000
"""Enough for a whole catalogue to turn in one bulk operation where the platform has one."""
RESULTS = 500
PUSHED = "pushed"
"""The beat that says when the shop last took something from us."""


def push(store: StoreContext) -> int:
    """Push what is due; how many variants the shop took.  Raises ``TryLater`` or ``OwnerMustAct`` where a whole call
    failed; what was not answered stays due.
    """
    now = store.clock()
    with store.work(read_only=True) as uow:
        if not uow.showings.due(store.key, now, 1):
            return 0
    with store.work() as uow:
        due = {one.variant_id: one for one in uow.showings.due(store.key, now, BATCH)}
        changes = [Change(one.variant_id, one.product_id, difference(one.shown, one.desired)) for one in due.values()]
        lost: list[Entry] = []
        for change in changes:
            # Written down before it is sent: if the answer is lost, neither value is a stranger's.
            before = due[change.variant_id].attempted
            left = {key: value for key, value in before.items() if change.fields.get(key) != value}
            lost += unanswered(change.variant_id, left, now)
            due[change.variant_id].attempted = {**before, **change.fields}
        uow.journal.append(store.key, lost)
        uow.showings.save(store.key, due.values())
        links = behind(uow, store.key, due)
        uow.commit()
    with tracing.span("push", links=links, store=store.key, variants=len(changes)) as span:
        taken = _send(store, due, changes)
        span.tell(taken=taken)
    return taken


def _send(store: StoreContext, due: Mapping[str, ShowingRecord], changes: Sequence[Change]) -> int:
    sent = {change.variant_id: change.fields for change in changes}
    taken, results = 0, list[Pushed]()
    try:
        for result in store.storefront.push(changes):
            results.append(result)
            if len(results) == RESULTS:
                taken += _record(store, due, sent, results)
                results = []
    finally:
        # What came back before a failure has happened, whatever became of the rest.
        taken += _record(store, due, sent, results)
    return taken


def _record(
    store: StoreContext,
    due: Mapping[str, ShowingRecord],
    sent: Mapping[str, Mapping[str, str]],
    results: Sequence[Pushed],
) -> int:
    if not results:
        return 0
    now = store.clock()
    pushed_before = {one.variant_id: due[one.variant_id].pushed_at for one in results if one.refused is None}
    taken = sum(one.refused is None for one in results)
    answered = _answered(store, due, sent, results, now)
    with store.work() as uow:
        uow.showings.save(store.key, [due[result.variant_id] for result in results])
        pushed(uow, store.key, pushed_before)
        waited = since_the_news(uow, store.key, pushed_before, now)
        uow.promises.showed(store.key, answered.shown)
        uow.rereads.ask(store.key, answered.rereads, now)
        uow.journal.append(store.key, answered.entries)
        record = uow.stores.get(store.key)
        if taken and record is not None:
            record.beats[PUSHED] = now
            uow.stores.save(record)
        uow.commit()
    for seconds in waited:
        observe(FLAG_SECONDS, seconds, store.platform.name)
    return taken


@dataclass(slots=True)
class _Answered:
    entries: list[Entry] = field(default_factory=list)
    rereads: list[Reread] = field(default_factory=list)
    shown: list[ShownRecord] = field(default_factory=list)


def _answered(
    store: StoreContext,
    due: Mapping[str, ShowingRecord],
    sent: Mapping[str, Mapping[str, str]],
    results: Sequence[Pushed],
    now: datetime,
) -> _Answered:
    """What follows from the shop's answers; each of ``due`` is brought up to date by its own."""
    answered = _Answered()
    for result in results:
        showing, fields = due[result.variant_id], sent[result.variant_id]
        count(PUSHES, store.platform.name, outcome_of(result.refused))
        if result.refused is None:
            before = showing.shown
            _taken(showing, fields, result, now)
            news = newly_shown(showing.variant_id, before, showing.shown, min(result.changed_at or now, now))
            answered.shown += [news] if news is not None else []
            answered.entries.append(Entry(now, "pushed", showing.variant_id, facts={"fields": dict(fields)}))
        else:
            _refused(showing, result.refused, now)
            facts = kept("why", result.refused.said)
            answered.entries.append(Entry(now, "refused", showing.variant_id, facts=facts))
            # Perhaps it is gone; perhaps it is another kind of product by now.
            answered.rereads.append(Reread(Thing.PRODUCT, showing.product_id))
    return answered


def since_the_news(
    uow: UnitOfWork, store: str, pushed_before: Mapping[str, datetime | None], now: datetime
) -> list[float]:
    """For each of these variants that was pushed for a webhook: the seconds since the oldest one that the shop had not
    been answered by a flag for.  What a new day or the owner moved was told by nobody, and is left out.
    """
    variants = uow.catalogue.get(store, pushed_before)
    pools = uow.pools.get(store, {one.pool_id for one in variants.values()})
    waited: list[float] = []
    for id_, before in pushed_before.items():
        pool = pools.get(variants[id_].pool_id) if id_ in variants else None
        if pool is None or pool.unconfirmed_since is None or pool.touched_at is None:
            continue
        since = max(pool.unconfirmed_since, before) if before is not None else pool.unconfirmed_since
        if before is None or pool.touched_at > before:
            waited.append(max(0.0, (now - since).total_seconds()))
    return waited


def _taken(showing: ShowingRecord, fields: Mapping[str, str], result: Pushed, now: datetime) -> None:
    showing.found = {**{key: showing.shown[key] for key in fields}, **showing.found}
    showing.shown = {**showing.shown, **fields}
    # All of them are ours from now on, those that needed no change too: a foreign hand on any is an override.
    showing.written = {key: value for key, value in showing.shown.items() if key in showing.desired}
    showing.attempted = {}
    showing.shown_changed_at = result.changed_at or showing.shown_changed_at
    showing.pushed_at, showing.shown_seen_at = now, now
    showing.due = bool(difference(showing.shown, showing.desired))
    showing.attempts, showing.next_at, showing.parked = 0, None, ""


def _refused(showing: ShowingRecord, failure: Failure, now: datetime) -> None:
    showing.attempts += 1
    if isinstance(failure, TryLater):
        showing.next_at = now + max(failure.after or timedelta(), backoff(showing.attempts))
    else:
        showing.parked = failure.said if not isinstance(failure, OwnerMustAct) else failure.fix
