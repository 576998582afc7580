"""Why what is planned does not happen by itself."""

from __future__ import annotations

from enum import Enum

from connector.ports.records import Leaving, StoreRecord
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext


class Held(Enum):
    """In the order in which they count: the first that holds is the one to mend first."""

    GONE = "gone"
    LEAVING = "leaving"
    NOT_READ = "not read"  # the first import has not ended
    PLAN_ONLY = "plan only"  # nothing is to be written to this shop
    PAUSED = "paused"
    STOPPED = "stopped"  # an owner must act; ``StoreRecord.stopped`` says what to do


def held_back(store: StoreContext, record: StoreRecord | None) -> Held | None:
    """None: it happens as soon as it is due."""
    if record is None:
        return Held.NOT_READ
    holds = {
        Held.GONE: record.gone_at is not None,
        Held.LEAVING: record.leaving is not Leaving.NO,
        Held.NOT_READ: CONNECTED not in record.cursors,
        Held.PLAN_ONLY: not store.push,
        Held.PAUSED: record.paused,
        Held.STOPPED: bool(record.stopped),
    }
    return next((one for one, is_so in holds.items() if is_so), None)
