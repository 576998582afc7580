"""Forget what is no longer needed, in small steps that block nobody.

A step is one transaction of some milliseconds, and after each the database rests as long as the step took, so that
whoever else wants to write comes between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.privacy import lapse
from connector.services.restock_privacy import forget
from connector.services.set_aside import ENDS_THE_TURN

STEP = 200
"""Rows of one kind that are deleted in one transaction."""
ORDERS_STEP = 50
"""Orders are deleted with all that belongs to them."""
ROUNDS = 500
"""Steps of each kind at most; what is left has time until the next run, and the store's other work comes first."""

Step = Callable[[UnitOfWork], int]


@dataclass(frozen=True, slots=True)
class Keep:
    """How long what is kept: done deliveries, the journal, what the charts are drawn from, and closed orders (None: for
    ever).
    """

    deliveries: timedelta
    journal: timedelta
    samples: timedelta
    orders: timedelta | None = None
    bodies: timedelta | None = None  # of done deliveries; None: as long as their rows
    parked: timedelta | None = None  # deliveries that wait for a person


def housekeeping(store: StoreContext, keep: Keep, *, rest: Callable[[float], None] = time.sleep) -> int:
    """Delete what is past its time: of this store, and sessions and passes of whomsoever; how many things."""
    busy = _steps(store, keep)
    gone = 0
    failed: list[Exception] = []
    for _ in range(ROUNDS):
        done = [(step, _try(store, step, rest, failed)) for step in busy]
        gone += sum(some for _, some in done)
        busy = [step for step, some in done if some]
        if not busy:
            break
    if failed:
        raise failed[0]  # said, and tried again with the next run
    return gone


def _try(store: StoreContext, step: Step, rest: Callable[[float], None], failed: list[Exception]) -> int:
    """A fault of ours in one kind of thing must not keep the others for longer than they may be kept."""
    try:
        return _do(store, step, rest)
    except ENDS_THE_TURN:
        raise
    except Exception as error:  # noqa: BLE001 -- raised once everything else is done
        failed.append(error)
        return 0


def _do(store: StoreContext, step: Step, rest: Callable[[float], None]) -> int:
    began = time.perf_counter()
    with store.work() as uow:
        some = step(uow)
        uow.commit()
    if some:
        rest(time.perf_counter() - began)
    return some


def _steps(store: StoreContext, keep: Keep) -> Sequence[Step]:
    now, key = store.clock(), store.key
    orders = keep.orders
    return (
        lambda uow: uow.deliveries.purge(key, now - keep.deliveries, STEP),
        lambda uow: uow.orders.purge(key, now - orders, ORDERS_STEP) if orders is not None else 0,
        lambda uow: uow.journal.purge(key, now - keep.journal, STEP),
        lambda uow: uow.history.purge(key, now - keep.samples, STEP),
        lambda uow: uow.promises.purge_shown(key, now - keep.journal, STEP),
        lambda uow: forget(store, uow, STEP),
        lambda uow: uow.messages.purge(key, now - keep.journal, STEP),
        lambda uow: uow.deliveries.empty_old(key, now - keep.bodies, STEP) if keep.bodies is not None else 0,
        lambda uow: uow.deliveries.purge_parked(key, now - keep.parked, STEP) if keep.parked is not None else 0,
        lambda uow: uow.privacy.purge(now - keep.journal, STEP) + lapse(uow, key, now, STEP),
        lambda uow: uow.sessions.purge(now, STEP),
        lambda uow: uow.passes.purge(now, STEP),
    )
