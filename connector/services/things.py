"""Which order or product a fact is of, and which pools rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connector.domain.facts import (
    Fact,
    OrderGone,
    OrderSeen,
    ProductGone,
    ProductSeen,
    ShownSeen,
    StockSeen,
    Thing,
    VariantSeen,
)
from connector.ports.aside import Task
from connector.ports.unit_of_work import UnitOfWork

TASKS = {Thing.ORDER: Task.ORDER, Thing.PRODUCT: Task.PRODUCT, Thing.POOL: Task.POOL, Thing.CATALOGUE: Task.CATALOGUE}
Key = tuple[Task, str]


def by_key(facts: Sequence[Fact], keys: Sequence[Key]) -> Iterator[tuple[Key, list[Fact]]]:
    of: dict[Key, list[Fact]] = {}
    for fact, key in zip(facts, keys, strict=True):
        of.setdefault(key, []).append(fact)
    yield from of.items()


def keys_of(facts: Sequence[Fact]) -> list[Key]:
    """The order or product each fact is of; what is told of a pool or a variant alone is of its product."""
    product_of: dict[str, str] = {}
    drawn: dict[str, str] = {}
    for fact in facts:
        if isinstance(fact, VariantSeen):
            product_of[fact.id] = fact.product_id
            drawn.setdefault(fact.pool_id, fact.product_id)
    return [_key(fact, product_of, drawn) for fact in facts]


def _key(fact: Fact, product_of: Mapping[str, str], drawn: Mapping[str, str]) -> Key:
    match fact:
        case OrderSeen() | OrderGone():
            return Task.ORDER, fact.id
        case VariantSeen():
            return Task.PRODUCT, fact.product_id
        case ProductSeen() | ProductGone():
            return Task.PRODUCT, fact.id
        case StockSeen():
            product = drawn.get(fact.pool_id)
            return (Task.POOL, fact.pool_id) if product is None else (Task.PRODUCT, product)
        case ShownSeen():
            return Task.PRODUCT, product_of.get(fact.variant_id, fact.variant_id)
        case _:  # the shop itself, and the requests of persons: no list tells of them
            return Task.CATALOGUE, ""


def pools_of(uow: UnitOfWork, store: str, key: Key, facts: Sequence[Fact]) -> set[str]:
    """The pools whose plan rests on this thing: as it was, and as it would be."""
    task, id_ = key
    pools = {fact.pool_id for fact in facts if isinstance(fact, VariantSeen | StockSeen)}
    if task is Task.POOL:
        pools.add(id_)
    elif task is Task.PRODUCT:
        pools.update(one.pool_id for one in uow.catalogue.of_products(store, [id_]))
    elif task is Task.ORDER:
        pools.update(line.pool_id for one in uow.orders.get(store, [id_]).values() for line in one.lines.values())
        seen = {line.variant_id or "" for fact in facts if isinstance(fact, OrderSeen) for line in fact.lines}
        pools.update(one.pool_id for one in uow.catalogue.get(store, seen).values())
    return pools - {""}
