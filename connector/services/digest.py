"""Turn what waits in the inbox into facts.

Reading comes first and is pure, so a delivery that cannot be read is parked alone and the queue moves on.  The effects
and the mark "done" are one transaction: a crash in between leaves the delivery waiting, and applying it again is
harmless.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from connector.domain.facts import Fact, OrderSeen, PrivacyAsked, StoreGone, Translation
from connector.ports.failures import DatabaseAway, Unreadable
from connector.ports.records import UNOPENED, Delivery, DeliveryState
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.apply import Apply
from connector.services.believe import is_ahead
from connector.services.context import StoreContext
from connector.services.privacy_asked import note_anonymised, note_request
from connector.services.traced import digesting

BATCH = 200
NO_BODY = Sentence(
    "its body cannot be opened: it was sealed with a key that is not under [security], neither as encryption_key nor "
    "among old_encryption_keys"
)
log = structlog.get_logger()

Result = tuple[int, DeliveryState, str]


@dataclass(frozen=True, slots=True)
class _Read:
    delivery: Delivery
    said: Translation


def digest(store: StoreContext, limit: int = BATCH) -> int:
    """Digest one batch; how many deliveries left the inbox."""
    with store.work(read_only=True) as uow:
        waiting = uow.deliveries.waiting(store.key, limit)
    if not waiting:
        return 0
    read: list[_Read] = []
    results: list[Result] = []
    for delivery in waiting:
        said = _read(store, delivery)
        if isinstance(said, Translation):
            read.append(_Read(delivery, said))
        else:
            results.append(said)
    try:
        _commit(store, read, results)
    except DatabaseAway:
        raise
    except Exception:  # noqa: BLE001 -- a bug in one delivery must not hold up the others: find it
        log.warning("digest.batch_failed", store=store.key, deliveries=len(read))
        _one_by_one(store, read, results)
    return len(waiting)


def _read(store: StoreContext, delivery: Delivery) -> Translation | Result:
    if delivery.body == UNOPENED:
        return (delivery.id, DeliveryState.PARKED, NO_BODY)
    try:
        said = store.platform.translate(delivery.topic, delivery.body)
    except Unreadable as error:
        return (delivery.id, DeliveryState.PARKED, error.said)
    except Exception:
        log.exception("digest.bug", store=store.key, delivery=delivery.id, topic=delivery.topic)
        return (delivery.id, DeliveryState.PARKED, _bug())
    return said


def _commit(store: StoreContext, read: Sequence[_Read], results: Sequence[Result]) -> None:
    with store.work() as uow:
        apply = Apply(uow, store.key, store.buyer_of)
        # What the whole batch speaks of is read in a few queries; one after the other it would be a few for each.
        apply.rows.load([fact for one in read for fact in one.said.facts])
        done = [_take(store, uow, apply, one) for one in read]
        apply.finish(store.clock())
        uow.deliveries.finish(store.key, [*results, *done])
        uow.commit()


def _take(store: StoreContext, uow: UnitOfWork, apply: Apply, one: _Read) -> Result:
    delivery, said = one.delivery, one.said
    with digesting(store.platform, delivery, apply.traced):
        apply.take([_dated(fact, delivery) for fact in said.facts], delivery.received_at, read=False)
        asked = [reread for reread in said.rereads if not reread.only_known or apply.rows.knows(reread)]
        apply.rereads += asked
        apply.traced.asked(asked)
    reason = said.note
    if any(is_ahead(fact, delivery.received_at) for fact in said.facts):
        reason = Sentence("dated in the future, so the shop is asked how it is now")
    if said.rereads and not asked and not said.facts:
        reason = Sentence("about something we do not have")
    for fact in said.facts:
        if isinstance(fact, PrivacyAsked):
            reason = note_request(store, uow, fact, delivery)
        elif isinstance(fact, OrderSeen) and fact.anonymised:
            note_anonymised(store, uow, fact, delivery.received_at)
    return (delivery.id, DeliveryState.DONE, reason)


def _dated(fact: Fact, delivery: Delivery) -> Fact:
    """A removal is dated by its delivery: the body only holds the shop's own last change."""
    if isinstance(fact, StoreGone):
        return replace(fact, at=delivery.triggered_at or delivery.received_at)
    return fact


def _one_by_one(store: StoreContext, read: Sequence[_Read], results: Sequence[Result]) -> None:
    _commit(store, [], results)
    for one in read:
        try:
            _commit(store, [one], [])
        except DatabaseAway:
            raise
        except Exception:
            log.exception("digest.bug", store=store.key, delivery=one.delivery.id, topic=one.delivery.topic)
            _commit(store, [], [(one.delivery.id, DeliveryState.PARKED, _bug())])


def _bug() -> str:
    return "a fault of ours: " + traceback.format_exc(limit=-3).strip()[-1500:]
