"""What is on its way, as people look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.ports.backlog import Cursor, Listing
from connector.ports.records import SupplyRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext


@dataclass(frozen=True, slots=True)
class Coming:
    """``title`` is empty where nothing draws from its pool any more; ``overdue``: its day has passed."""

    supply: SupplyRecord
    title: str
    overdue: bool


def coming(store: StoreContext, at: Cursor | None, limit: int) -> Listing[Coming]:
    """A page of the open supplies, the soonest first.  ValueError for a cursor that no listing has given."""
    with store.work(read_only=True) as uow:
        page = uow.supplies.page(store.key, at=at, limit=limit)
        titles = _titles(store, uow, page.rows)
    return Listing(tuple(_coming(store, one, titles) for one in page.rows), page.previous, page.next)


def one_coming(store: StoreContext, supply_id: int) -> Coming | None:
    """One supply, open or closed."""
    with store.work(read_only=True) as uow:
        supply = uow.supplies.get(store.key, supply_id)
        return None if supply is None else _coming(store, supply, _titles(store, uow, [supply]))


def likely(store: StoreContext, typed: str, most: int) -> Sequence[VariantRecord]:
    """The variants that somebody may have meant by what is no SKU, or the SKU of several."""
    with store.work(read_only=True) as uow:
        exact = uow.catalogue.by_sku(store.key, typed)
        if exact:
            return exact[:most]
        ids = uow.backlog.variant_ids(store.key, search=typed, limit=most).rows
        found = uow.catalogue.get(store.key, ids)
    return [found[one] for one in ids if one in found]


def picked(store: StoreContext, variant_id: str) -> VariantRecord | None:
    """The variant that a link names; None where it is gone or was never there."""
    with store.work(read_only=True) as uow:
        found = uow.catalogue.get(store.key, [variant_id]).get(variant_id)
    return None if found is None or found.gone else found


def _coming(store: StoreContext, supply: SupplyRecord, titles: Mapping[tuple[str, str], str]) -> Coming:
    title = titles.get((supply.pool_id, supply.sku)) or titles.get((supply.pool_id, ""), "")
    return Coming(supply, title, not supply.closed and supply.due is not None and supply.due < store.today())


def _titles(store: StoreContext, uow: UnitOfWork, supplies: Sequence[SupplyRecord]) -> dict[tuple[str, str], str]:
    """By pool and SKU, and by pool alone for a supply whose SKU has changed since."""
    titles: dict[tuple[str, str], str] = {}
    for variant in uow.catalogue.of_pools(store.key, {one.pool_id for one in supplies}):
        titles[variant.pool_id, variant.sku] = variant.title
        titles.setdefault((variant.pool_id, ""), variant.title)
    return titles
