"""Give the shop back the values it had before we came, wherever what it shows is still ours (``ShowingRecord.found``).

Each variant is read again first, so that nothing is written over what somebody changed since.  One that is done with
is forgotten in the same transaction that writes it down, so whoever is cut off goes on with those that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from connector.domain.journal import Entry
from connector.ports.aside import Task
from connector.ports.failures import Refused, TryLater
from connector.ports.records import Leaving, ShowingRecord
from connector.ports.sentence import Sentence
from connector.ports.storefront import Change, Pushed
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.sentences import kept
from connector.services.taking import read_now

BATCH = 500
TRIES = 3
"""For one variant in one run, where the shop took neither it nor refused it for good."""
NO_ANSWER = Sentence("it gave no answer")
NOT_READ = Refused("not_read", Sentence("what the shop shows could not be read"))
FLAGS = "flags"
"""The progress of putting back: ``seen`` were put back, ``refused`` could not be."""

Fields = Mapping[str, str]


def put_back(store: StoreContext) -> int:
    """Put back all there is; how many variants.  Raises what whole calls raise; single refusals are noted and left."""
    done = 0
    tries: Counter[str] = Counter()
    while ids := _left(store):
        done += _put_back(store, ids, tries)
    return done


def to_put_back(showing: ShowingRecord) -> dict[str, str]:
    """The fields that are still as we wrote them, and were otherwise before."""
    return {
        key: value
        for key, value in showing.found.items()
        if key in showing.written and showing.shown.get(key) == showing.written[key] != value
    }


def _left(store: StoreContext) -> dict[str, str]:
    """The next variants that bear our hand, with their products; none once nobody wants this any more."""
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        if record is None or record.leaving is not Leaving.PUT_BACK:
            return {}
        return {one.variant_id: one.product_id for one in uow.showings.written(store.key, "", BATCH)}


def _put_back(store: StoreContext, ids: Mapping[str, str], tries: Counter[str]) -> int:
    unread = read_now(store, Task.PRODUCT, store.storefront.read_products, sorted(set(ids.values())))
    # What cannot be read may be otherwise by now, and nobody waits for it here: its owner does it by hand.
    given_up = {one: Pushed(one, refused=NOT_READ) for one, product in ids.items() if product in unread}
    _record(store, {one: {} for one in given_up}, given_up, ())
    sent = _write_down(store, [one for one in ids if one not in given_up])
    if not sent:
        return 0
    tries.update(sent.keys())
    results: dict[str, Pushed] = {}
    try:
        for result in store.storefront.push([Change(one, ids[one], fields) for one, fields in sent.items()]):
            results[result.variant_id] = result
    finally:
        # What came back before a failure has happened, whatever became of the rest.
        tired = {one for one in sent if tries[one] >= TRIES}
        taken = _record(store, sent, results, tired)
    return taken


def _write_down(store: StoreContext, ids: Collection[str]) -> dict[str, Fields]:
    """What is to be sent, by variant; the others are done with."""
    sent: dict[str, Fields] = {}
    with store.work() as uow:
        known = uow.catalogue.get(store.key, ids)
        showings = uow.showings.get(store.key, ids)
        for showing in showings.values():
            fields = to_put_back(showing)
            if fields and showing.variant_id in known and not known[showing.variant_id].gone:
                # Written down before it is sent: if the answer is lost, neither value is a stranger's.
                showing.attempted, showing.due = {**showing.attempted, **fields}, False
                sent[showing.variant_id] = fields
            else:
                _forget(showing)
        uow.showings.save(store.key, showings.values())
        uow.commit()
    return sent


def _record(
    store: StoreContext, sent: Mapping[str, Fields], results: Mapping[str, Pushed], tired: Collection[str]
) -> int:
    now = store.clock()
    taken = [one for one, result in results.items() if result.refused is None]
    refused = {one: result.refused.said for one, result in results.items() if result.refused is not None}
    # One that the shop stumbled over, or never came to, is asked for again; a few times.
    stumbled = {one for one in sent if one not in results or isinstance(results[one].refused, TryLater)}
    over = [one for one in sent if one not in taken and (one not in stumbled or one in tired)]
    entries = [Entry(now, "pushed", one, facts={"fields": dict(sent[one])}) for one in taken]
    entries += [Entry(now, "refused", one, facts=kept("why", refused.get(one, NO_ANSWER))) for one in over]
    with store.work() as uow:
        showings = uow.showings.get(store.key, [*taken, *over])
        for one in taken:
            showings[one].shown = {**showings[one].shown, **sent[one]}
            showings[one].pushed_at = now
        for showing in showings.values():
            _forget(showing)
        uow.showings.save(store.key, showings.values())
        uow.journal.append(store.key, entries)
        _count(uow, store.key, len(taken), len(over))
        uow.commit()
    return len(taken)


def _count(uow: UnitOfWork, store: str, taken: int, refused: int) -> None:
    record = uow.stores.get(store)
    if record is not None and (taken or refused):
        held = record.progress.get(FLAGS, {})
        counts = {"seen": held.get("seen", 0) + taken, "refused": held.get("refused", 0) + refused}
        record.progress = {**record.progress, FLAGS: counts}
        uow.stores.save(record)


def _forget(showing: ShowingRecord) -> None:
    """We have no part in what it shows any more, and nothing is to be shown until somebody plans again."""
    showing.found, showing.written, showing.attempted, showing.override = {}, {}, {}, {}
    showing.suspect, showing.due = False, False
    showing.desired, showing.status, showing.sellable, showing.expected_on = {}, "", None, None
    showing.attempts, showing.next_at, showing.parked = 0, None, ""
