"""Look at what was typed into the forms, and ask each address once whether its owner wants it.

What has come of a form is decided here and not while its sender waits, so that no answer, and not the time it takes,
says whether an address was known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import structlog

from connector.ports.aside import Task
from connector.ports.promising import MessageKind, MessageRecord
from connector.ports.restocking import ListState, SubscriptionRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_times import not_before
from connector.services.restock import opt_in_reference
from connector.services.set_aside import ENDS_THE_TURN, backing_off, put_aside

log = structlog.get_logger()

BATCH = 200
A_DAY = timedelta(hours=24)
QUESTIONS_A_DAY = 5
"""To one address, about whatever variants: a form must not be a way to fill somebody's mailbox."""


def take_asked(store: StoreContext, limit: int = BATCH) -> int:
    """Look at one batch; how many forms."""
    with store.work(read_only=True) as uow:
        if not uow.restock.asked_count(store.key):
            return 0
        later = backing_off(store, uow, Task.LISTED)
        waiting = [one.id for one in uow.restock.asked(store.key, limit + len(later))]
    ids = [one for one in waiting if str(one) not in later][:limit]
    try:
        _take_some(store, ids)
    except ENDS_THE_TURN:
        raise
    except Exception:  # noqa: BLE001 -- a fault of ours in one form must not hold up the others: find it
        log.warning("restock.batch_failed", store=store.key, people=len(ids))
        for one in ids:
            _take_alone(store, one)
    return len(ids)


def _take_alone(store: StoreContext, subscription_id: int) -> None:
    try:
        _take_some(store, [subscription_id])
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        log.exception("restock.bug", store=store.key, subscription=subscription_id)
        put_aside(store, Task.LISTED, str(subscription_id), error)


def _take_some(store: StoreContext, ids: Sequence[int]) -> None:
    if not ids:
        return
    with store.work() as uow:
        for one in ids:
            asked = uow.restock.get(store.key, one)
            if asked is not None and asked.state is ListState.ASKED:
                _take(store, uow, asked)
        uow.aside.release(store.key, Task.LISTED, list(map(str, ids)))
        uow.commit()


def _take(store: StoreContext, uow: UnitOfWork, new: SubscriptionRecord) -> None:
    others = [one for one in uow.restock.of_person(store.key, new.person) if one.id != new.id]
    held = next((one for one in others if one.variant_id == new.variant_id and one.state.is_open), None)
    if (held is None or held.state is ListState.UNCONFIRMED) and _may_be_asked(store, new, others):
        _ask(store, uow, new, held)
    else:
        # On the list already, or asked enough for today.  What a form says of somebody who has confirmed is nothing:
        # anybody may have typed it.
        uow.restock.delete(store.key, [new.id])


def _may_be_asked(store: StoreContext, new: SubscriptionRecord, others: Sequence[SubscriptionRecord]) -> bool:
    today = [one for one in others if one.opt_in_at is not None and store.clock() - one.opt_in_at < A_DAY]
    return len(today) < QUESTIONS_A_DAY and all(one.variant_id != new.variant_id for one in today)


def _ask(store: StoreContext, uow: UnitOfWork, new: SubscriptionRecord, held: SubscriptionRecord | None) -> None:
    """Put the question to the address.  ``held``: one that was never answered; it is asked again as it stands now."""
    now = store.clock()
    variant = uow.catalogue.get(store.key, [new.variant_id]).get(new.variant_id)
    if variant is None or variant.gone:
        uow.restock.delete(store.key, [new.id])
        return
    if held is not None:
        uow.restock.delete(store.key, [new.id])
        new.id, new.opt_ins = held.id, held.opt_ins
    new.state, new.opt_in_at, new.opt_ins = ListState.UNCONFIRMED, now, new.opt_ins + 1
    uow.restock.save(store.key, new)
    values = {"variant": variant.id, "sku": variant.sku, "title": variant.title, "units": new.units}
    message = MessageRecord(
        0,
        MessageKind.OPT_IN,
        "",
        new.id,
        new.language,
        values,
        opt_in_reference(new),
        created_at=now,
        not_before=not_before(store, MessageKind.OPT_IN, now),
        deadline=now + timedelta(days=store.rules.restock.forget_days),
    )
    uow.messages.add(store.key, message)
