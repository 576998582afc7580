"""How much waits, written down every hour: what the charts are drawn from."""

from __future__ import annotations

from connector.ports.history import Sample
from connector.services.context import StoreContext


def sample(store: StoreContext) -> int:
    """Write down how much waits now; a second look in the same hour takes the place of the first."""
    hour = store.clock().replace(minute=0, second=0, microsecond=0)
    with store.work() as uow:
        totals = uow.backlog.totals(store.key)
        uow.history.sample(store.key, Sample(hour, totals.units, totals.orders))
        uow.commit()
    return 1
