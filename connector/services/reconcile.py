"""Poll what changed since we last looked, and heal what lost deliveries left wrong.

The cursor is the platform's own clock and is kept after every page, so an interrupted poll goes on where it stopped; it
begins a little before the cursor, because reading something twice is harmless and missing it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from connector.domain.facts import Fact, OrderGone, OrderSeen, ProductGone, VariantSeen
from connector.domain.journal import Entry
from connector.ports.aside import Task
from connector.ports.records import StoreRecord
from connector.ports.storefront import Page
from connector.ports.unit_of_work import UnitOfWork
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.taking import read_and_take, take

ORDERS, PRODUCTS = "orders", "products"
REREAD_OPEN_EVERY = timedelta(hours=24)
"""An order deleted for good appears in no poll and sends nothing: the open ones are read by id this often."""
REREAD_AT_ONCE = 500
"""Of them in one go: a shop with very many of them is asked a part each time, and its other work goes on."""
AT_ONCE = 500
"""Orders that are read by id for one transaction."""
BEGAN = "import began"
"""The cursor that says when the first import began; it goes when that ends."""
LONG_PAST = timedelta(days=1)
"""Beyond any doubt about clocks, and about what was stored later than it is dated."""

Progress = Callable[[str, int, int | None], None]
"""Called with what is read, how many so far, and how many in all where that is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """``read``: things looked at; ``healed``: facts among them that we had wrong or not at all."""

    orders: int = 0
    products: int = 0
    healed: int = 0


def reconcile(store: StoreContext, progress: Progress | None = None) -> Found:
    """Read all that changed, or everything that matters where nothing was read before."""
    products, healed_products = _poll(store, PRODUCTS, store.storefront.products_changed, progress)
    orders, healed_orders = _poll(store, ORDERS, _orders_changed(store), progress)
    healed = healed_products + healed_orders + _reread_open(store)
    found = Found(orders, products, healed)
    now = store.clock()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            first = CONNECTED not in record.cursors
            if first:
                record.progress = {thing: {**of, "total": of["seen"]} for thing, of in record.progress.items()}
                _read_once_more(store, record)
            record.cursors.setdefault(CONNECTED, now)
            record.beats["reconcile"] = now
            uow.stores.save(record)
            if healed:
                facts = {"orders": orders, "products": products, "healed": healed}
                uow.journal.append(store.key, [Entry(now, "imported" if first else "reconciled", facts=facts)])
        uow.commit()
    return found


def poll_orders(store: StoreContext) -> int:
    """Only the orders; how many facts were news."""
    return _poll(store, ORDERS, _orders_changed(store), None)[1]


def _read_once_more(store: StoreContext, record: StoreRecord) -> None:
    """What closed while the first import read the open orders it did not see: the next poll begins where it began."""
    began = record.cursors.pop(BEGAN, None)
    if began is not None and ORDERS in record.cursors:
        record.cursors[ORDERS] = min(record.cursors[ORDERS], began - store.overlap)


def _orders_changed(store: StoreContext) -> Callable[[datetime | None], Iterator[Page]]:
    """Until the first import has ended only what is open is read, also where it was cut off and goes on."""
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
    is_first = record is None or CONNECTED not in record.cursors
    return partial(store.storefront.orders_changed, only_open=True) if is_first else store.storefront.orders_changed


def _poll(
    store: StoreContext, thing: str, read: Callable[[datetime | None], Iterator[Page]], progress: Progress | None
) -> tuple[int, int]:
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        cursor = record.cursors.get(thing) if record else None
    seen = healed = 0
    pages = read(None if cursor is None else _since(store, cursor))
    while True:
        asked_at = store.clock()
        page = next(pages, None)
        if page is None:
            return seen, healed
        things = len({_thing(fact) for fact in page.facts} - {""})
        seen += things
        healed += _take(store, thing, page, asked_at, things)
        if progress is not None:
            progress(thing, seen, page.total)


def _since(store: StoreContext, cursor: datetime) -> datetime:
    """From where a poll goes on.  What is dated close before the cursor may have been stored after we read past it, but
    not what is dated long ago: a first import that was cut off reads no page twice.
    """
    return cursor if cursor < store.clock() - LONG_PAST else cursor - store.overlap


def _take(store: StoreContext, thing: str, page: Page, asked_at: datetime, things: int = 0) -> int:
    """How far was read is written with the last of the page."""

    def read_to(uow: UnitOfWork) -> None:
        _note(store, uow, thing, page, asked_at, things)

    return take(store, page.facts, asked_at, also=read_to).changed


def _note(store: StoreContext, uow: UnitOfWork, thing: str, page: Page, asked_at: datetime, things: int) -> None:
    record = uow.stores.get(store.key)
    if record is None:
        return
    if page.read_to is not None:
        # Something dated in the future must not have us skip all that changes until then.
        read_to = min(page.read_to, asked_at)
        record.cursors[thing] = max(read_to, record.cursors.get(thing, read_to))
    if CONNECTED not in record.cursors:
        record.cursors.setdefault(BEGAN, asked_at)
    if things and CONNECTED not in record.cursors:
        record.progress = {**record.progress, thing: _further(record.progress.get(thing, {}), things, page)}
    uow.stores.save(record)


def _further(held: Mapping[str, int], things: int, page: Page) -> dict[str, int]:
    """The first import's progress after one more page.

    After a restart the platform counts only what is left, so the largest total stands; and the overlap is read twice,
    so never more is seen than there is.
    """
    seen = held.get("seen", 0) + things
    totals = [one for one in (held.get("total"), page.total) if one is not None]
    return {"seen": min(seen, max(totals)), "total": max(totals)} if totals else {"seen": seen}


def _thing(fact: Fact) -> str:
    """The order or product a fact is of, to count what a person would count."""
    match fact:
        case OrderSeen() | OrderGone() | ProductGone():
            return fact.id
        case VariantSeen():
            return fact.product_id
        case _:
            return ""


def _reread_open(store: StoreContext) -> int:
    before = store.clock() - REREAD_OPEN_EVERY
    with store.work(read_only=True) as uow:
        ids = uow.orders.not_seen(store.key, None, before, REREAD_AT_ONCE)
    return read_orders(store, ids)


def read_orders(store: StoreContext, ids: Sequence[str]) -> int:
    """Read these by id; how many facts were news."""
    healed = 0
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        healed += read_and_take(
            store, Task.ORDER, store.storefront.read_orders, some, also=partial(_seen, store)
        ).changed
    return healed


def _seen(store: StoreContext, ids: Sequence[str], asked_at: datetime) -> Callable[[UnitOfWork], None]:
    """One that could not be taken over was asked for all the same: it is tried again by itself."""
    return lambda uow: uow.orders.seen(store.key, ids, asked_at)
