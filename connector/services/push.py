"""Send the storefront what it should show: differences only, in the platform's largest batches (design, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connector.domain.facts import Reread, Thing
from connector.domain.journal import Entry
from connector.domain.storefront import difference
from connector.ports.failures import Failure, OwnerMustAct, TryLater
from connector.ports.promising import ShownRecord
from connector.ports.records import ShowingRecord
from connector.ports.storefront import Change, Pushed
from connector.services.context import StoreContext
from connector.services.patience import backoff
from connector.services.shown import newly_shown

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
        for change in changes:
            # Written down before it is sent: if the answer is lost, neither value is a stranger's.
            due[change.variant_id].attempted = {**due[change.variant_id].attempted, **change.fields}
        uow.showings.save(store.key, due.values())
        uow.commit()
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
    entries: list[Entry] = []
    rereads: list[Reread] = []
    shown: list[ShownRecord] = []
    taken = 0
    for result in results:
        showing, fields = due[result.variant_id], sent[result.variant_id]
        if result.refused is None:
            taken += 1
            before = showing.shown
            _taken(showing, fields, result, now)
            news = newly_shown(showing.variant_id, before, showing.shown, min(result.changed_at or now, now))
            shown += [news] if news is not None else []
            entries.append(Entry(now, "pushed", showing.variant_id, facts={"fields": dict(fields)}))
        else:
            _refused(showing, result.refused, now)
            entries.append(Entry(now, "refused", showing.variant_id, facts={"why": str(result.refused)}))
            # Perhaps it is gone; perhaps it is another kind of product by now.
            rereads.append(Reread(Thing.PRODUCT, showing.product_id))
    with store.work() as uow:
        uow.showings.save(store.key, [due[result.variant_id] for result in results])
        uow.promises.showed(store.key, shown)
        uow.rereads.ask(store.key, rereads, now)
        uow.journal.append(store.key, entries)
        record = uow.stores.get(store.key)
        if taken and record is not None:
            record.beats[PUSHED] = now
            uow.stores.save(record)
        uow.commit()
    return taken


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
        showing.parked = str(failure) if not isinstance(failure, OwnerMustAct) else failure.fix
