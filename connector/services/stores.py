"""Small acts on a store as a whole: pause, go on, try again."""

from __future__ import annotations

from datetime import datetime

from connector.domain.journal import Entry
from connector.ports.unit_of_work import Work
from connector.services.apply import RESUMED


def pause(work: Work, store: str, *, by: str, now: datetime) -> None:
    """Nothing is pushed or told until ``go_on``; deliveries are still kept and plans made."""
    _set_paused(work, store, paused=True, by=by, now=now)


def go_on(work: Work, store: str, *, by: str, now: datetime) -> None:
    """After ``pause``, or after what had stopped the store was mended."""
    _set_paused(work, store, paused=False, by=by, now=now)


def try_again(work: Work, store: str, now: datetime) -> None:
    """What an owner had to mend is mended: do not wait for the next reconcile to find out."""
    with work() as uow:
        record = uow.stores.get(store)
        if record is not None and (record.stopped or record.wait_until is not None):
            record.stopped, record.wait_until, record.failures = {}, None, 0
            uow.journal.append(store, [Entry(now, "tried_again", facts={})])
            uow.stores.save(record)
            uow.commit()


def _set_paused(work: Work, store: str, *, paused: bool, by: str, now: datetime) -> None:
    with work() as uow:
        record = uow.stores.get(store)
        if record is None:
            raise KeyError(store)
        if record.paused != paused:
            uow.journal.append(store, [Entry(now, "paused" if paused else "resumed", facts={"by": by})])
        record.paused = paused
        if not paused:
            record.stopped, record.wait_until, record.failures = {}, None, 0
            if record.gone_at is not None:
                record.gone_at = None
                record.cursors[RESUMED] = now
        uow.stores.save(record)
        uow.commit()
