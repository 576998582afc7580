"""Mark as confirmed what was read again, once all that is news in it is written down, order by order where one fails.

An order whose news cannot be written down for a fault of ours is set aside.  Its pools are confirmed all the same:
those who wait for the same goods are told, and they hang on nothing that is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from connector.ports.aside import Task
from connector.ports.unit_of_work import UnitOfWork
from connector.services.announce import Announced, announce_orders, announce_some
from connector.services.context import StoreContext, is_outdated
from connector.services.set_aside import ENDS_THE_TURN, backing_off, put_aside

AT_ONCE = 200
"""Orders that are announced in one transaction."""
log = structlog.get_logger()


def confirm_read(store: StoreContext, ids: Sequence[str], read_at: datetime) -> int:
    """Confirm those of these pools that nobody touched since ``read_at``; how many."""
    going: str | None = ""
    confirmed = 0
    while going is not None:
        after = going
        try:
            going, confirmed = _part(store, ids, read_at, after, AT_ONCE)
        except ENDS_THE_TURN:
            raise
        except Exception:  # noqa: BLE001 -- a fault of ours in one order must not hold up the others: find it
            log.warning("tell.batch_failed", store=store.key, pools=len(ids))
            going, confirmed = _one_by_one(store, ids, read_at, after)
    return confirmed


def tell_again(store: StoreContext) -> int:
    """Try those orders again whose time has come; how many could be told."""
    with store.work(read_only=True) as uow:
        due = uow.aside.due(store.key, (Task.TELL,), store.clock(), AT_ONCE)
    return sum(_tell_again(store, one.id) for one in due)


def _tell_again(store: StoreContext, order_id: str) -> bool:
    try:
        with store.work() as uow:
            if is_outdated(store, uow.stores.get(store.key)):
                return False
            known = uow.orders.get(store.key, [order_id])
            told = announce_orders(store, uow, [order_id]) if known else Announced(0, of=(order_id,))
            # One whose pool is to be confirmed first is told with that.
            uow.aside.release(store.key, Task.TELL, told.of)
            uow.commit()
            return bool(told.of)
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        log.exception("tell.bug", store=store.key, order=order_id)
        put_aside(store, Task.TELL, order_id, error)
        return False


def _part(store: StoreContext, ids: Sequence[str], read_at: datetime, after: str, limit: int) -> tuple[str | None, int]:
    """The next orders in one transaction, and with the last of them the pools; where to go on, and how many pools."""
    with store.work() as uow:
        if is_outdated(store, uow.stores.get(store.key)):
            return None, 0  # Nothing was planned: the settings are others by now.
        quiet = _quiet(store, uow, ids, read_at)
        if not quiet:
            return None, 0
        later = backing_off(store, uow, Task.TELL)
        told = announce_some(store, uow, quiet, after=after, limit=limit, without=later)
        uow.aside.release(store.key, Task.TELL, told.of)
        # Cut off before its last part it is confirmed once more, and those that were told are not told again.
        confirmed = uow.pools.confirm(store.key, quiet, read_at) if told.until is None else ()
        uow.commit()
    return told.until, len(confirmed)


def _quiet(store: StoreContext, uow: UnitOfWork, ids: Sequence[str], read_at: datetime) -> list[str]:
    doubtful = uow.aside.doubtful(store.key)
    return [
        pool.id
        for pool in uow.pools.get(store.key, ids).values()
        if pool.id not in doubtful and (pool.touched_at is None or pool.touched_at <= read_at)
    ]


def _one_by_one(store: StoreContext, ids: Sequence[str], read_at: datetime, after: str) -> tuple[str | None, int]:
    """As many orders as one part has, each in a transaction of its own."""
    going: str | None = after
    confirmed = 0
    for _ in range(AT_ONCE):
        if going is None:
            break
        after = going
        try:
            going, confirmed = _part(store, ids, read_at, after, 1)
        except ENDS_THE_TURN:
            raise
        except Exception as error:
            with store.work(read_only=True) as uow:
                quiet = _quiet(store, uow, ids, read_at)
                failed = uow.orders.to_tell(store.key, quiet, after=after, limit=1)
            if not failed:
                raise
            log.exception("tell.bug", store=store.key, order=failed[0])
            put_aside(store, Task.TELL, failed[0], error)
            going = failed[0]
    return going, confirmed
