"""Read again what deliveries told too little about, and what was set aside when it was read before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import structlog

from connector.domain.facts import Thing
from connector.ports.aside import READ, Task
from connector.ports.unit_of_work import RereadRow, UnitOfWork
from connector.services.apply import Apply
from connector.services.context import StoreContext
from connector.services.set_aside import ENDS_THE_TURN, put_aside
from connector.services.taking import Read, read_and_take, take
from connector.services.things import TASKS, Key
from connector.services.traced import rereading

BATCH = 200
ALL = "all"
"""The id of the catalogue."""
log = structlog.get_logger()

Around = Callable[[UnitOfWork, Apply], AbstractContextManager[None]]


def reread(store: StoreContext, limit: int = BATCH) -> int:
    """Read one batch; how many things."""
    with store.work(read_only=True) as uow:
        rows = uow.rereads.due(store.key, limit)
        aside = uow.aside.due(store.key, READ, store.clock(), limit)
    for thing, task in TASKS.items():
        of_thing = [row for row in rows if row.reread.thing is thing]
        again = [one.id for one in aside if one.task is task]
        if of_thing or again:
            _reread(store, thing, of_thing, again)
    return len(rows) + len(aside)


def _reread(store: StoreContext, thing: Thing, rows: Sequence[RereadRow], again: Sequence[str]) -> None:
    """``again``: what was set aside."""
    things = [row.reread for row in rows]
    ids = list(dict.fromkeys([*(one.id for one in things), *again]))

    def around(uow: UnitOfWork, apply: Apply) -> AbstractContextManager[None]:
        return rereading(uow, store.key, things, apply.traced)

    task = TASKS[thing]
    if thing is Thing.CATALOGUE:
        stumbled = _catalogue(store, around)
    else:
        # What was asked for is tried at once, whatever was set aside before: perhaps the news is that it is mended.
        stumbled = read_and_take(store, task, _calls(store)[thing], ids, around=around, patient=False).stumbled
    with store.work() as uow:
        # One that fails under another name (a pool's product) is set aside by that.
        uow.aside.release(store.key, task, [one for one in ids if (task, one) not in stumbled])
        uow.rereads.done(store.key, rows)
        uow.commit()


def _calls(store: StoreContext) -> Mapping[Thing, Read]:
    front = store.storefront
    return {Thing.ORDER: front.read_orders, Thing.PRODUCT: front.read_products, Thing.POOL: front.read_pools}


def _catalogue(store: StoreContext, around: Around) -> frozenset[Key]:
    """Every product, in as many transactions as there are pages."""
    stumbled: set[Key] = set()
    pages = store.storefront.products_changed(None)
    while True:
        asked_at = store.clock()
        try:
            page = next(pages, None)
        except ENDS_THE_TURN:
            raise
        except Exception as error:
            log.exception("reread.bug", store=store.key, task=Task.CATALOGUE.value)
            put_aside(store, Task.CATALOGUE, ALL, error)
            return frozenset({*stumbled, (Task.CATALOGUE, ALL)})
        if page is None:
            return frozenset(stumbled)
        stumbled |= take(store, page.facts, asked_at, around=around).stumbled
