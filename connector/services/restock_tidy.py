"""Keep the restock lists tidy: close the invitations that are over, or were made use of, take back those that reached
nobody, and arm the waves of pools that are empty again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import structlog

from connector.ports.aside import Task
from connector.ports.promising import MessageState
from connector.ports.restocking import ListState, SubscriptionRecord
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.restock import claim_time, end, invitation_reference
from connector.services.set_aside import ENDS_THE_TURN, backing_off, put_aside

STEP = 500
UNREACHED = frozenset({MessageState.PARKED, MessageState.BOUNCED})
log = structlog.get_logger()


def is_untidy(store: StoreContext, uow: UnitOfWork) -> bool:
    return bool(
        uow.restock.over(store.key, store.clock(), 1)
        or uow.restock.bought(store.key, 1)
        or uow.restock.to_arm(store.key)
        or uow.restock.unsent(store.key, 1)
    )


def tidy(store: StoreContext) -> None:
    with store.work(read_only=True) as uow:
        bought = uow.restock.bought(store.key, STEP)
        unsent = [one.id for one in uow.restock.unsent(store.key, STEP)]
        over = [one.id for one in uow.restock.over(store.key, store.clock(), STEP)]
        later = backing_off(store, uow, Task.LISTED)
    ids = [one for one in dict.fromkeys([*bought, *unsent, *over]) if str(one) not in later]
    try:
        _look_after(store, ids, bought)
    except ENDS_THE_TURN:
        raise
    except Exception:  # noqa: BLE001 -- a fault of ours about one person must not hold up the others: find it
        log.warning("restock.batch_failed", store=store.key, people=len(ids))
        for one in ids:
            _look_after_one(store, one, bought)
    _arm(store)


def _look_after_one(store: StoreContext, subscription_id: int, bought: Collection[int]) -> None:
    try:
        _look_after(store, [subscription_id], bought)
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        log.exception("restock.bug", store=store.key, subscription=subscription_id)
        put_aside(store, Task.LISTED, str(subscription_id), error)


def _look_after(store: StoreContext, ids: Sequence[int], bought: Collection[int]) -> None:
    if not ids:
        return
    with store.work() as uow:
        for one in ids:
            held = uow.restock.get(store.key, one)
            if held is not None and held.state is ListState.INVITED:
                _invited(store, uow, held, has_bought=one in bought)
        uow.aside.release(store.key, Task.LISTED, list(map(str, ids)))
        uow.commit()


def _invited(store: StoreContext, uow: UnitOfWork, one: SubscriptionRecord, *, has_bought: bool) -> None:
    if has_bought:
        end(store, uow, one, ListState.USED, "bought")
        return
    if one.sent_at is None:
        _unsent(store, uow, one)
    is_over = one.claim_until is not None and one.claim_until <= store.clock()
    if one.state is ListState.INVITED and one.sent_at is not None and is_over:
        end(store, uow, one, ListState.USED, "the time to buy is over")


def _unsent(store: StoreContext, uow: UnitOfWork, one: SubscriptionRecord) -> None:
    """An invitation that has not left: where it never will, the person waits on, in the old place (traps, 29)."""
    message = uow.messages.by_reference(store.key, invitation_reference(one))
    if message is not None and message.state is MessageState.SENT:
        one.sent_at = message.sent_at or store.clock()
        one.claim_until = one.sent_at + claim_time(store)
        uow.restock.save(store.key, one)
        return
    late = one.claim_until is None or one.claim_until <= store.clock()
    if message is not None and message.state is MessageState.PENDING and late:
        message.state, message.reason = MessageState.DROPPED, Sentence("it could not be sent in time")
        uow.messages.save(store.key, message)
    if message is None or message.state in {MessageState.DROPPED, *UNREACHED}:
        one.state, one.claimed, one.claim_until, one.invited_at = ListState.WAITING, 0, None, None
        one.failures += message is not None and message.state in UNREACHED
        uow.restock.save(store.key, one)


def _arm(store: StoreContext) -> None:
    with store.work() as uow:
        empty = uow.restock.to_arm(store.key)
        for known in empty:
            known.armed = True
        uow.restock.save_waves(store.key, empty)
        uow.commit()
