"""The shop as it stood at one moment, answering the service from memory: what makes a permutation cost milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.domain.facts import (
    Fact,
    OrderGone,
    OrderSeen,
    ProductGone,
    ProductSeen,
    ShownSeen,
    StockSeen,
    Translation,
    VariantSeen,
)
from connector.ports.clock import system_clock
from connector.ports.storefront import Change, Page, Platform, Pushed, Storefront, Telling

LONG_AGO = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Snapshot:
    """Everything that reading could find at one moment, as the real client told it, by the id that asks for it."""

    orders: dict[str, OrderSeen]
    binned: tuple[OrderGone, ...]  # listed as changed, at WooCommerce, and yet gone
    products: dict[str, tuple[Fact, ...]]
    pools: dict[str, tuple[Fact, ...]]

    @staticmethod
    def of(storefront: Storefront, order_ids: Sequence[str], before: Snapshot | None) -> Snapshot:
        """``before``: its pools and products are asked for by id again, for what has gone since."""
        listed = [fact for page in storefront.products_changed(None) for fact in page.facts]
        products = _grouped(listed, lambda variant: variant.product_id)
        for fact in listed:
            if isinstance(fact, ProductSeen):
                products[fact.id] = (*products.get(fact.id, ()), fact)
        pools = _grouped(listed, lambda variant: variant.pool_id)
        for gone in (before.products.keys() if before else set()) - products.keys():
            products[gone] = tuple(storefront.read_products([gone]))
        for gone in (before.pools.keys() if before else set()) - pools.keys():
            pools[gone] = tuple(storefront.read_pools([gone]))
        listed_orders = [fact for page in storefront.orders_changed(LONG_AGO) for fact in page.facts]
        binned = tuple(fact for fact in listed_orders if isinstance(fact, OrderGone))
        orders = {fact.id: fact for fact in storefront.read_orders(order_ids) if isinstance(fact, OrderSeen)}
        return Snapshot(orders, binned, products, pools)

    def parts(self, product_id: str) -> tuple[Fact, ...]:
        return self.products.get(product_id, (ProductGone(product_id),))


def _grouped(facts: Sequence[Fact], key: Callable[[VariantSeen], str]) -> dict[str, tuple[Fact, ...]]:
    variants = {fact.id: fact for fact in facts if isinstance(fact, VariantSeen)}
    groups: dict[str, dict[int, Fact]] = {}
    for position, fact in enumerate(facts):
        match fact:
            case VariantSeen():
                about = [fact]
            case ShownSeen():
                about = [variants[fact.variant_id]]
            case StockSeen():
                about = [one for one in variants.values() if one.pool_id == fact.pool_id]
                about = about or [one for one in variants.values() if one.id == fact.pool_id]
            case _:
                about = []
        for variant in about:
            groups.setdefault(key(variant), {})[position] = fact
    return {name: tuple(group.values()) for name, group in groups.items()}


@dataclass
class FrozenStorefront:
    """A ``Storefront`` over snapshots, with what was pushed and told laid over them."""

    now_shows: Snapshot
    pushed: dict[str, dict[str, str]] = field(default_factory=dict)
    pushed_at: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, list[Telling]] = field(default_factory=dict)
    writes: int = 0
    confirmations: int = 0

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        found = [
            one
            for one in self.now_shows.orders.values()
            if (since is None or one.changed_at > since) and (one.demand.waits or not (only_open or since is None))
        ]
        found.sort(key=lambda one: (one.changed_at, one.id))
        yield Page((*self.now_shows.binned, *found), max((one.changed_at for one in found), default=since))

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        facts = [fact for group in self.now_shows.products.values() for fact in group]
        newest = max((_changed_at(fact) for fact in facts if not isinstance(fact, ProductGone)), default=since)
        products = [
            group
            for group in self.now_shows.products.values()
            if not any(isinstance(fact, ProductGone) for fact in group)
            and (since is None or any(_changed_at(fact) > since for fact in group))
        ]
        yield Page(tuple(self._live(fact for group in products for fact in group)), newest)

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        for one in ids:
            yield self.now_shows.orders.get(one) or OrderGone(one)

    def read_products(self, ids: Sequence[str]) -> Iterator[Fact]:
        for one in ids:
            # WooCommerce reads a variation by its own id as well.
            by_pool = self.now_shows.pools.get(one) if one not in self.now_shows.products else None
            yield from self._live(by_pool or self.now_shows.parts(one))

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        self.confirmations += 1
        for one in ids:
            yield from self._live(self.now_shows.pools.get(one) or self.now_shows.parts(one))

    def _live(self, facts: Iterable[Fact]) -> Iterator[Fact]:
        for fact in facts:
            if isinstance(fact, ShownSeen) and fact.variant_id in self.pushed:
                fields = {**fact.fields, **self.pushed[fact.variant_id]}
                yield replace(fact, fields=fields, changed_at=self.pushed_at[fact.variant_id])
            else:
                yield fact

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        for change in changes:
            self.writes += 1
            self.pushed.setdefault(change.variant_id, {}).update(change.fields)
            self.pushed_at[change.variant_id] = system_clock()
            yield Pushed(change.variant_id, system_clock())

    def tell(self, telling: Telling) -> None:
        self.told.setdefault(telling.order_id, []).append(telling)

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"the law needs no {name}")


def _changed_at(fact: Fact) -> datetime:
    assert isinstance(fact, VariantSeen | StockSeen | ShownSeen | ProductSeen)
    return fact.changed_at


class ReadOnce:
    """A platform whose translations are made once: a delivery's body is the number of the real one."""

    def __init__(self, platform: Platform, bodies: Sequence[tuple[str, bytes]]) -> None:
        self._platform = platform
        self._said: Mapping[bytes, Translation] = {
            str(number).encode(): platform.translate(topic, body) for number, (topic, body) in enumerate(bodies)
        }

    def translate(self, topic: str, body: bytes) -> Translation:
        del topic
        return self._said[body]

    def __getattr__(self, name: str) -> object:
        return getattr(self._platform, name)
