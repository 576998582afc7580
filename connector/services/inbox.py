"""Having deliveries read again: after an update, or after what they needed was put right.  Harmless at any time."""

from __future__ import annotations

from collections.abc import Collection

from connector.ports.unit_of_work import Work


def replay(work: Work, store: str, ids: Collection[int] | None) -> int:
    """Make deliveries of one store wait again (None: all that are parked); how many."""
    with work() as uow:
        count = uow.deliveries.replay(store, ids)
        uow.commit()
    return count
