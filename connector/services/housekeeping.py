"""Forget what is no longer needed, in small steps that block nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.restock_privacy import forget

STEP = 500


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept: done deliveries, the journal, what the charts are drawn from."""

    deliveries: timedelta
    journal: timedelta
    samples: timedelta


def housekeeping(store: StoreContext, keep: Keep) -> int:
    """Delete what is past its time: of this store, and sessions and passes of whomsoever; how many rows."""
    gone = 0
    while True:
        with store.work() as uow:
            some = _purge(uow, store, keep)
            uow.commit()
        gone += some
        if not some:
            return gone


def _purge(uow: UnitOfWork, store: StoreContext, keep: Keep) -> int:
    now = store.clock()
    return (
        uow.deliveries.purge(store.key, now - keep.deliveries, STEP)
        + uow.journal.purge(store.key, now - keep.journal, STEP)
        + uow.history.purge(store.key, now - keep.samples, STEP)
        + uow.promises.purge_shown(store.key, now - keep.journal, STEP)
        + forget(store, uow, STEP)
        + uow.messages.purge(store.key, now - keep.journal, STEP)
        + uow.sessions.purge(now, STEP)
        + uow.passes.purge(now, STEP)
    )
