"""Carry notices to the storefront, each once under retries and crashes.

A notice is claimed by a guarded update with a lease.  If we die between telling and writing down that we told, the
lease ends, and the next attempt says so (``again``): the adapter then looks for our reference before it speaks.
"""

from __future__ import annotations

from datetime import timedelta

import structlog

from connector.domain.journal import Entry
from connector.ports import tracing
from connector.ports.acting import Held
from connector.ports.counting import NOTICES, count
from connector.ports.failures import DatabaseAway, Failure, OwnerMustAct, Refused, TryLater, outcome_of
from connector.ports.records import NoticeRecord, NoticeState
from connector.ports.storefront import Telling
from connector.services.context import StoreContext
from connector.services.holds import HANDLE, held_units
from connector.services.patience import backoff
from connector.services.sentences import kept
from connector.services.stumbled import named

BATCH = 20
ENOUGH = 6
"""Attempts that end in a fault of ours before a person must look."""
log = structlog.get_logger()


def notify(store: StoreContext) -> int:
    """Send one batch of notices; how many were told.  ``TryLater`` and ``OwnerMustAct`` end the batch and are raised
    on; their notice waits.
    """
    now = store.clock()
    with store.work(read_only=True) as uow:
        if not uow.notices.is_due(store.key, now):
            return 0
    told = 0
    while told < BATCH and (notice := _claim(store)) is not None:
        try:
            _tell(store, notice)
            told += 1
        except (TryLater, OwnerMustAct) as failure:
            wait = failure.after if isinstance(failure, TryLater) else None
            _postpone(store, notice, max(wait or timedelta(), backoff(notice.attempts)), failure.said)
            raise
        except (Failure, DatabaseAway):
            raise
        except Exception as error:
            # A fault of ours in one notice must not hold up the others.
            log.exception("notice.bug", store=store.key, reference=notice.reference)
            if notice.attempts < ENOUGH:
                _postpone(store, notice, backoff(notice.attempts), named(error))
            else:
                _settle(store, notice, NoticeState.PARKED, reason=named(error))
    return told


def _claim(store: StoreContext) -> NoticeRecord | None:
    """One at a time: claimed in a batch, the last one's lease could end while it is being sent."""
    now = store.clock()
    with store.work() as uow:
        claimed = uow.notices.claim(store.key, now, now + store.lease, 1)
        uow.commit()
    return claimed[0] if claimed else None


def _tell(store: StoreContext, notice: NoticeRecord) -> None:
    telling = Telling(
        notice.reference,
        notice.order_id,
        notice.kind,
        notice.marks,
        notice.text,
        again=notice.attempts > 1,
        held=_held(store, notice),
    )
    with tracing.span("notice", store=store.key, notice=notice.id, kind=notice.kind.value):
        failure = _told(store, telling)
    if failure is not None:
        _settle(store, notice, NoticeState.PARKED, reason=failure.said)
        return
    _settle(store, notice, NoticeState.SENT)


def _told(store: StoreContext, telling: Telling) -> Refused | None:
    """Why the shop will never take it; None: it did."""
    failed: Failure | None = None
    try:
        store.storefront.tell(telling)
    except Failure as failure:
        failed = failure
        if not isinstance(failure, Refused):
            raise
        return failure
    finally:
        count(NOTICES, store.platform.name, outcome_of(failed))
    return None


def _held(store: StoreContext, notice: NoticeRecord) -> Held:
    with store.work(read_only=True) as uow:
        order = uow.orders.get(store.key, [notice.order_id]).get(notice.order_id)
        terms = uow.promises.terms(store.key, [notice.order_id]).get(notice.order_id)
    return held_units(order, terms, store.rules, notice.marks) if order is not None else Held({}, HANDLE)


def _settle(store: StoreContext, notice: NoticeRecord, state: NoticeState, reason: str = "") -> None:
    now = store.clock()
    facts = {"reference": notice.reference, "kind": notice.kind.value, **kept("why", reason)}
    with store.work() as uow:
        uow.notices.settle(store.key, notice.id, state, at=now, next_at=None, reason=reason)
        kind = "told" if state is NoticeState.SENT else "not_told"
        uow.journal.append(store.key, [Entry(now, kind, order_id=notice.order_id, facts=facts)])
        uow.commit()


def _postpone(store: StoreContext, notice: NoticeRecord, wait: timedelta, reason: str) -> None:
    now = store.clock()
    with store.work() as uow:
        uow.notices.settle(store.key, notice.id, NoticeState.PENDING, at=now, next_at=now + wait, reason=reason)
        uow.commit()
