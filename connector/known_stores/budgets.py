"""What a platform still lets us call a store, kept where every process that calls it finds it."""

from __future__ import annotations

import time

import structlog

from connector.ports.budgets import Change, InMemory
from connector.ports.operating import BucketRecord
from connector.ports.unit_of_work import Work

log = structlog.get_logger()

AWAY_SECONDS = 5.0
"""A database that was away is asked again after this: each call would wait for it first."""


class SharedBudget:
    """A ``BucketKeeper`` in the database.

    A call must not fail because the database is away: as long as it is, this process counts by itself.
    """

    def __init__(self, work: Work, store: str) -> None:
        self._work = work
        self._store = store
        self._alone: InMemory | None = None
        self._again_at = 0.0

    def change(self, change: Change) -> BucketRecord:
        alone = self._alone
        if alone is not None and time.monotonic() < self._again_at:
            return alone.change(change)
        try:
            with self._work() as uow:
                bucket = uow.buckets.change(self._store, change)
                uow.commit()
        except Exception as error:  # noqa: BLE001 -- whatever keeps the database away; the call it is for says the rest
            self._again_at = time.monotonic() + AWAY_SECONDS
            if alone is None:
                # Said once, not at every call.
                log.warning("budget.not_shared", store=self._store, cause=type(error).__name__)
                self._alone = alone = InMemory()
            return alone.change(change)
        if alone is not None:
            log.info("budget.shared_again", store=self._store)
            self._alone = None
        return bucket
