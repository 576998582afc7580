"""Forget what is no longer needed, in small steps that block nobody."""

from __future__ import annotations

from datetime import timedelta

from connector.services.context import StoreContext

STEP = 500


def housekeeping(store: StoreContext, *, keep_deliveries: timedelta, keep_journal: timedelta) -> int:
    """Delete done deliveries and journal entries past their time; how many rows."""
    now = store.clock()
    gone = 0
    while True:
        with store.work() as uow:
            some = uow.deliveries.purge(store.key, now - keep_deliveries, STEP)
            some += uow.journal.purge(store.key, now - keep_journal, STEP)
            uow.commit()
        gone += some
        if not some:
            return gone
