"""Apply facts: keep the newest version of everything, and mark the pools that news has touched.

Used by whoever learned the facts (a delivery, a re-read, a poll).  Applying the same facts twice, or in another order,
ends in the same state; a fact that changes nothing touches nothing, which is what ends the echo of our own writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from connector.domain.facts import (
    Fact,
    OrderGone,
    OrderSeen,
    PrivacyAsked,
    ProductGone,
    ProductSeen,
    Reread,
    ShownSeen,
    StockSeen,
    StoreGone,
    Thing,
    Unread,
    VariantSeen,
)
from connector.domain.journal import Entry
from connector.ports.promising import ShownRecord
from connector.ports.records import Leaving, PoolRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.apply_order import merge_order, void_order
from connector.services.apply_shown import LOOKED_AT, late_fields, merge_shown
from connector.services.apply_terms import Noted
from connector.services.believe import as_of, is_ahead, to_ask
from connector.services.context import nobody
from connector.services.loaded import Loaded
from connector.services.shown import newly_shown
from connector.services.traced import Touches

RESUMED = "resumed"
"""The cursor that says when a store that had removed us was taken up again."""


class Apply:
    """Facts of one store, inside one unit of work.  ``finish`` writes what has changed.

    ``buyer_of``: the keyed digest of a buyer's address, as ``StoreContext`` has it.
    """

    def __init__(self, uow: UnitOfWork, store: str, buyer_of: Callable[[str], str] = nobody) -> None:
        self.uow = uow
        self.store = store
        self.rows = Loaded(uow, store)
        self.noted = Noted(uow, store, buyer_of)
        self.shown: dict[str, ShownRecord] = {}
        self.touched: dict[str, datetime] = {}
        self.rereads: list[Reread] = []
        self.entries: list[Entry] = []
        self.traced = Touches()
        self.changed = 0

    def take(self, facts: Sequence[Fact], seen_at: datetime, *, read: bool) -> None:
        """Apply facts learned at ``seen_at``; ``read``: we asked the platform, it did not just tell us."""
        self.rows.load(facts)
        asked = len(self.rereads)
        for fact in facts:
            if not is_ahead(fact, seen_at):
                self._take(fact, seen_at, read=read)
            elif read:
                self._take(as_of(fact, seen_at), seen_at, read=True)
            else:
                self.rereads += to_ask(fact)
        self.traced.asked(self.rereads[asked:])

    def _take(self, fact: Fact, seen_at: datetime, *, read: bool) -> None:
        match fact:
            case OrderSeen():
                self._order(fact, seen_at, read=read)
            case OrderGone():
                self._order_gone(fact, seen_at)
            case VariantSeen():
                self._variant(fact, seen_at, read=read)
            case StockSeen():
                self._stock(fact, seen_at, read=read)
            case ShownSeen():
                self._shown(fact, seen_at, read=read)
            case ProductSeen():
                self._product(fact, seen_at, read=read)
            case ProductGone():
                self._product_gone(fact, seen_at)
            case StoreGone():
                self._store_gone(fact)
            case PrivacyAsked() | Unread():
                pass  # the digest puts the one down as a request, ``taking`` sets the other aside

    def finish(self, at: datetime) -> None:
        self.rows.save()
        self.noted.save(at)
        self.uow.promises.showed(self.store, self.shown.values())
        for pool_id, seen_at in self.touched.items():
            self.uow.pools.touch(self.store, [pool_id], seen_at)
        self.uow.rereads.ask(self.store, self.rereads, at)
        self.uow.journal.append(self.store, self.entries)
        self.traced.save(self.uow, self.store)

    def _touch(self, pool_ids: Iterable[str], seen_at: datetime) -> None:
        self.changed += 1
        known = [one for one in pool_ids if one]
        self.traced.touched(known)
        for pool_id in known:
            self.touched[pool_id] = max(seen_at, self.touched.get(pool_id, seen_at))

    def _order(self, fact: OrderSeen, seen_at: datetime, *, read: bool) -> None:
        held = self.rows.orders.get(fact.id)
        self.noted.take(fact, newest=held is None or fact.changed_at >= held.changed_at)
        merged = merge_order(held, fact, self.rows.variants, seen_at, read=read)
        if merged.ask_again:
            self.rereads.append(Reread(Thing.ORDER, fact.id))
        if merged.order is None:
            return
        self.rows.put_order(merged.order)
        if held is not None and merged.pools:
            self.noted.left(held, merged.order)
        if merged.pools:
            self._touch(merged.pools, seen_at)
        strangers = {
            line.product_id for line in fact.lines if line.variant_id and line.variant_id not in self.rows.variants
        }
        self.rereads += [Reread(Thing.PRODUCT, one) for one in sorted(strangers) if one]

    def _order_gone(self, fact: OrderGone, seen_at: datetime) -> None:
        order = self.rows.orders.get(fact.id)
        if order is None or order.status == "gone":
            return
        pools = void_order(order, seen_at)
        self.rows.put_order(order)
        self._touch(pools, seen_at)

    def _variant(self, fact: VariantSeen, seen_at: datetime, *, read: bool) -> None:
        known = self.rows.variants.get(fact.id)
        if known is not None and not read:
            if known.gone:
                # Old news of what was deleted, or it is back: only the platform knows.
                self.rereads.append(Reread(Thing.PRODUCT, fact.product_id))
                return
            if known.changed_at > fact.changed_at:
                return
            if known.changed_at == fact.changed_at and self.rows.differs(fact):
                self.rereads.append(Reread(Thing.PRODUCT, fact.product_id))
        if self.rows.put_variant(fact):
            pools = {fact.pool_id}
            if known is None or known.pool_id != fact.pool_id:
                pools |= set(self.rows.repool(fact.id, fact.pool_id))
            self._touch(pools, seen_at)

    def _stock(self, fact: StockSeen, seen_at: datetime, *, read: bool) -> None:
        pool = self.rows.pools.get(fact.pool_id) or PoolRecord(fact.pool_id)
        differs = (pool.available, pool.status) != (fact.available, fact.status)
        if pool.changed_at is not None and not read:
            if fact.changed_at < pool.changed_at:
                return
            if differs and fact.changed_at == pool.changed_at:
                # The platform's clock is too coarse to say which of the two is newer: ask.
                self.rereads.append(Reread(Thing.POOL, fact.pool_id))
        first = pool.seen_at is None
        pool.available, pool.status = fact.available, fact.status
        pool.changed_at, pool.seen_at = fact.changed_at, seen_at
        self.rows.put_pool(pool)
        if differs or first:
            self._touch([fact.pool_id], seen_at)

    def _shown(self, fact: ShownSeen, seen_at: datetime, *, read: bool) -> None:
        variant = self.rows.variants.get(fact.variant_id)
        if variant is None:
            return
        held = self.rows.showings.get(fact.variant_id)
        before = held.shown if held is not None else {}
        merged = merge_shown(
            held,
            fact,
            variant.product_id,
            seen_at,
            read=read,
            late=lambda theirs: self._late(fact, theirs),
        )
        if merged is None:
            return
        self.rows.put_showing(merged.showing)
        # What somebody wrote there by hand, or a write of ours whose answer was lost: it is what shoppers saw.
        shown = newly_shown(fact.variant_id, before, merged.showing.shown, min(fact.changed_at, seen_at))
        if shown is not None:
            self.shown[fact.variant_id] = shown
        self.entries += merged.entries
        if merged.changed:
            self._touch([variant.pool_id], seen_at)

    def _late(self, fact: ShownSeen, theirs: Mapping[str, str]) -> frozenset[str]:
        said = self.uow.journal.read(self.store, variant_id=fact.variant_id, limit=LOOKED_AT)
        return late_fields(theirs, said, fact.changed_at)

    def _product(self, fact: ProductSeen, seen_at: datetime, *, read: bool) -> None:
        held = self.rows.of_product(fact.id)
        if not read and any(one.changed_at > fact.changed_at for one in held):
            return  # An older list may not know a variant that was made since.
        for variant in held:
            if not variant.gone and variant.id not in fact.variant_ids and variant.product_id == fact.id:
                self.rows.bury(variant)
                self._touch([variant.pool_id], seen_at)

    def _product_gone(self, fact: ProductGone, seen_at: datetime) -> None:
        for variant in self.rows.of_product(fact.id):
            if not variant.gone:
                self.rows.bury(variant)
                self._touch([variant.pool_id], seen_at)

    def _store_gone(self, fact: StoreGone) -> None:
        record = self.uow.stores.get(self.store)
        resumed = record.cursors.get(RESUMED) if record else None
        if resumed is not None and fact.at < resumed:
            return  # The removal before the shop came back, told late.
        if record is not None and record.gone_at is None:
            # The keys died with the removal: there is nothing left to call, to put back or to give back.
            record.gone_at, record.leaving = fact.at, Leaving.NO
            record.revision += 1
            self.uow.stores.save(record)
            self.uow.credentials.forget(self.store)
            self.uow.sessions.end_all(self.store)
            self.entries.append(Entry(fact.at, "store_gone"))
