"""One row that cannot be done for a fault of ours is set aside, so that those behind it are done.

It waits longer after each attempt, an hour at most, stands on its owner's page with the reason, and is done by itself
once the reason is gone.  What ends the whole turn (a shop that is away, a database that is, a turn that was given to
another) blames no row.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from connector.domain.journal import Entry
from connector.ports.aside import AsideRecord, Task
from connector.ports.failures import DatabaseAway, Failure
from connector.ports.operating import TurnLost
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.context import StoreContext
from connector.services.patience import backoff
from connector.services.sentences import kept
from connector.services.stumbled import named

ENDS_THE_TURN = (Failure, DatabaseAway, TurnLost)
"""Raised on by whoever sets rows aside."""
OF_AN_ORDER = frozenset({Task.ORDER, Task.TELL})
MOST_TOLD = 20
"""Variants in whose history it is written that something of theirs was set aside."""


def put_aside(store: StoreContext, task: Task, id_: str, error: Exception, pools: Collection[str] = ()) -> None:
    """Set it aside, or put it off once more, in a transaction of its own."""
    with store.work() as uow:
        set_aside(store, uow, task, id_, named(error), pools)
        uow.commit()


def set_aside(
    store: StoreContext, uow: UnitOfWork, task: Task, id_: str, why: str, pools: Collection[str] = ()
) -> None:
    """The same in the caller's transaction.  ``pools``: those whose plan may rest on what is not known now: none of
    them is confirmed until it is done.
    """
    now = store.clock()
    held = uow.aside.get(store.key, task).get(id_)
    row = held or AsideRecord(task, id_, why, now, now, 0)
    attempts = row.attempts + 1
    doubtful = tuple(sorted({*row.pools, *pools}))
    uow.aside.put(
        store.key, [replace(row, why=why, next_at=now + backoff(attempts), attempts=attempts, pools=doubtful)]
    )
    if held is None:
        uow.pools.touch(store.key, uow.pools.get(store.key, doubtful), now)
        uow.journal.append(store.key, _entries(store, uow, row, doubtful))


def _entries(store: StoreContext, uow: UnitOfWork, row: AsideRecord, pools: Collection[str]) -> list[Entry]:
    """Only the first time: tried again each hour, it would fill the journal."""
    facts = {"task": row.task.value, "id": row.id, **kept("why", row.why)}
    if row.task in OF_AN_ORDER:
        return [Entry(row.since, "set_aside", order_id=row.id, facts=facts)]
    variants = [one.id for one in uow.catalogue.of_pools(store.key, pools)][:MOST_TOLD] if pools else []
    return [Entry(row.since, "set_aside", one, facts=facts) for one in variants or [""]]


def backing_off(store: StoreContext, uow: UnitOfWork, task: Task) -> frozenset[str]:
    """The ids of what was set aside and is not to be tried yet."""
    now = store.clock()
    return frozenset(id_ for id_, one in uow.aside.get(store.key, task).items() if one.next_at > now)


def try_again(work: Work, store: str, now: datetime) -> int:
    """Somebody says that the reason is gone: all of a store's are tried at the next look; how many."""
    with work() as uow:
        count = uow.aside.again(store, now)
        uow.restock.look(store, now)
        uow.commit()
    return count
