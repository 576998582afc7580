"""Poll what changed since we last looked, and heal what lost deliveries left wrong.

The cursor is the platform's own clock and is kept after every page, so an interrupted poll goes on where it stopped; it
begins a little before the cursor, because reading something twice is harmless and missing it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.facts import Fact, OrderGone, OrderSeen, ProductGone, VariantSeen
from connector.domain.journal import Entry
from connector.ports.storefront import Page
from connector.services.apply import Apply
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext

ORDERS, PRODUCTS, OPEN = "orders", "products", "open_orders"
REREAD_OPEN_EVERY = timedelta(hours=24)
"""An order deleted for good appears in no poll and sends nothing: the open ones are read by id this often."""

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
    orders, healed_orders = _poll(store, ORDERS, store.storefront.orders_changed, progress)
    healed = healed_products + healed_orders + _reread_open(store)
    found = Found(orders, products, healed)
    now = store.clock()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            first = CONNECTED not in record.cursors
            if first:
                record.progress = {thing: {**of, "total": of["seen"]} for thing, of in record.progress.items()}
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
    return _poll(store, ORDERS, store.storefront.orders_changed, None)[1]


def _poll(
    store: StoreContext, thing: str, read: Callable[[datetime | None], Iterator[Page]], progress: Progress | None
) -> tuple[int, int]:
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        cursor = record.cursors.get(thing) if record else None
    seen = healed = 0
    pages = read(None if cursor is None else cursor - store.overlap)
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


def _take(store: StoreContext, thing: str, page: Page, asked_at: datetime, things: int = 0) -> int:
    with store.work() as uow:
        apply = Apply(uow, store.key, store.buyer_of)
        apply.take(page.facts, asked_at, read=True)
        apply.finish(store.clock())
        record = uow.stores.get(store.key)
        if record is not None:
            if page.read_to is not None:
                # Something dated in the future must not have us skip all that changes until then.
                read_to = min(page.read_to, asked_at)
                record.cursors[thing] = max(read_to, record.cursors.get(thing, read_to))
            if things and CONNECTED not in record.cursors:
                record.progress = {**record.progress, thing: _further(record.progress.get(thing, {}), things, page)}
            uow.stores.save(record)
        uow.commit()
        return apply.changed


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
    now = store.clock()
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        last = record.cursors.get(OPEN) if record else None
        ids = list(uow.orders.all_open_ids(store.key))
    if last is not None and now - last < REREAD_OPEN_EVERY:
        return 0
    healed = 0
    for start in range(0, len(ids), 500):
        asked_at = store.clock()
        facts = tuple(store.storefront.read_orders(ids[start : start + 500]))
        healed += _take(store, OPEN, Page(facts, None), asked_at)
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            record.cursors[OPEN] = now
            uow.stores.save(record)
        uow.commit()
    return healed
