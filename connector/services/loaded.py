"""The rows that a batch of facts concerns, read in a few queries and written back in a few more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from connector.domain.facts import (
    Fact,
    OrderGone,
    OrderSeen,
    ProductGone,
    ProductSeen,
    Reread,
    ShownSeen,
    StockSeen,
    Thing,
    VariantSeen,
)
from connector.ports.records import OrderRecord, PoolRecord, ShowingRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork


class Loaded:
    """An identity map: a row is read once and written once, however many facts of a batch speak of it."""

    def __init__(self, uow: UnitOfWork, store: str) -> None:
        self.uow = uow
        self.store = store
        self.orders: dict[str, OrderRecord] = {}
        self.variants: dict[str, VariantRecord] = {}
        self.pools: dict[str, PoolRecord] = {}
        self.showings: dict[str, ShowingRecord] = {}
        self._by_product: dict[str, set[str]] = defaultdict(set)
        self._changed: dict[str, set[str]] = {"orders": set(), "variants": set(), "pools": set(), "showings": set()}
        self._asked: dict[str, set[str]] = {
            kind: set() for kind in ("orders", "variants", "products", "pools", "showings")
        }

    def load(self, facts: Sequence[Fact]) -> None:
        orders = {fact.id for fact in facts if isinstance(fact, OrderSeen | OrderGone)}
        variants = {fact.id for fact in facts if isinstance(fact, VariantSeen)}
        shown = {fact.variant_id for fact in facts if isinstance(fact, ShownSeen)}
        lines = (line.variant_id for fact in facts if isinstance(fact, OrderSeen) for line in fact.lines)
        variants |= shown | {one for one in lines if one}
        pools = {fact.pool_id for fact in facts if isinstance(fact, StockSeen)}
        self.orders.update(self.uow.orders.get(self.store, self._new("orders", orders)))
        held = (line.variant_id for one in orders & self.orders.keys() for line in self.orders[one].lines.values())
        variants |= {one for one in held if one}
        self._load_products({fact.id for fact in facts if isinstance(fact, ProductSeen | ProductGone)})
        self._know(self.uow.catalogue.get(self.store, self._new("variants", variants)).values())
        self.pools.update(self.uow.pools.get(self.store, self._new("pools", pools)))
        self.showings.update(self.uow.showings.get(self.store, self._new("showings", shown)))

    def _load_products(self, ids: Collection[str]) -> None:
        """The variants of each product, or the one variation, of these ids."""
        self._know(self.uow.catalogue.of_products(self.store, self._new("products", ids)))
        self._know(self.uow.catalogue.get(self.store, self._new("variants", ids)).values())

    def _know(self, variants: Iterable[VariantRecord]) -> None:
        """What this batch already holds is newer than what stands in the table."""
        for variant in variants:
            self.variants.setdefault(variant.id, variant)
            self._by_product[variant.product_id].add(variant.id)

    def _new(self, kind: str, ids: Iterable[str]) -> Collection[str]:
        fresh = set(ids) - self._asked[kind]
        self._asked[kind] |= fresh
        return fresh

    def put_order(self, order: OrderRecord) -> None:
        self.orders[order.id] = order
        self._changed["orders"].add(order.id)

    def put_pool(self, pool: PoolRecord) -> None:
        self.pools[pool.id] = pool
        self._asked["pools"].add(pool.id)
        self._changed["pools"].add(pool.id)

    def put_showing(self, showing: ShowingRecord) -> None:
        self.showings[showing.variant_id] = showing
        self._changed["showings"].add(showing.variant_id)

    def differs(self, fact: VariantSeen) -> bool:
        """Whether it says anything but another time of change."""
        held = self.variants.get(fact.id)
        return held is None or replace(held, changed_at=fact.changed_at) != _record(fact)

    def put_variant(self, fact: VariantSeen) -> bool:
        """Whether anything but the time of change is new."""
        differs = self.differs(fact)
        self.variants[fact.id] = _record(fact)
        self._by_product[fact.product_id].add(fact.id)
        self._changed["variants"].add(fact.id)
        return differs

    def repool(self, variant_id: str, pool_id: str) -> Collection[str]:
        """Lines that named this variant before we knew its pool, or while it had another, move over."""
        self._write_orders()
        left = self.uow.orders.repool(self.store, variant_id, pool_id)
        for order in self.orders.values():
            for line in order.lines.values():
                if line.variant_id == variant_id:
                    line.pool_id = pool_id
        return left

    def of_product(self, product_id: str) -> list[VariantRecord]:
        """The variants of a product, or the one variation, of this id."""
        self._load_products([product_id])
        # Those that this batch brought are in no table yet, and one that moved is its new product's.
        return [
            self.variants[one]
            for one in sorted(self._by_product[product_id] | {product_id})
            if one in self.variants and product_id in {self.variants[one].product_id, one}
        ]

    def knows(self, reread: Reread) -> bool:
        """Whether we hold such a thing, be it from a delivery of this very batch."""
        match reread.thing:
            case Thing.ORDER:
                return reread.id in self.orders or bool(self.uow.orders.get(self.store, [reread.id]))
            case Thing.PRODUCT:
                return bool(self.of_product(reread.id))
            case Thing.POOL:
                drawing = (one.pool_id for one in self.variants.values())
                return reread.id in drawing or bool(self.uow.catalogue.of_pools(self.store, [reread.id]))
            case Thing.CATALOGUE:
                return True

    def bury(self, variant: VariantRecord) -> None:
        variant.gone = True
        self._changed["variants"].add(variant.id)

    def _write_orders(self) -> None:
        self.uow.orders.save(self.store, [self.orders[one] for one in sorted(self._changed["orders"])])
        self._changed["orders"].clear()

    def save(self) -> None:
        self.uow.catalogue.save(self.store, [self.variants[one] for one in sorted(self._changed["variants"])])
        self._write_orders()
        self.uow.pools.save_stock(self.store, [self.pools[one] for one in sorted(self._changed["pools"])])
        self.uow.showings.save(self.store, [self.showings[one] for one in sorted(self._changed["showings"])])


def _record(fact: VariantSeen) -> VariantRecord:
    return VariantRecord(
        id=fact.id,
        product_id=fact.product_id,
        pool_id=fact.pool_id,
        sku=fact.sku,
        title=fact.title,
        categories=fact.categories,
        tags=fact.tags,
        sellable=fact.sellable,
        changed_at=fact.changed_at,
    )
