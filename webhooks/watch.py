"""Notice silence: a shop that sends nothing may have nothing to say, or its webhooks may be gone."""

from __future__ import annotations

from datetime import timedelta

import structlog

from connector.services.context import StoreContext

log = structlog.get_logger()


def silent_for(store: StoreContext) -> timedelta | None:
    """How long no delivery has come; None where none ever came or the store is gone."""
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        newest = uow.deliveries.newest(store.key)
    if record is None or record.gone_at is not None or newest is None:
        return None
    return store.clock() - newest


def watch(store: StoreContext, patience: timedelta) -> bool:
    """Whether the silence has gone on too long; said once in the log each time it is found."""
    silence = silent_for(store)
    if silence is None or silence < patience:
        return False
    log.warning("webhooks.silent", store=store.key, hours=round(silence.total_seconds() / 3600, 1))
    return True
