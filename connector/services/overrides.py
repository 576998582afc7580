"""Values that somebody else gave the shop: seen, respected, and given back to us only by the owner (design, 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from connector.domain.journal import Entry
from connector.domain.storefront import difference
from connector.ports.records import ShowingRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.supplies import find_variant


@dataclass(frozen=True, slots=True)
class ByHand:
    """A variant that bears somebody else's value; ``sku`` and ``title`` are empty where it is gone."""

    sku: str
    title: str
    showing: ShowingRecord


def overrides(store: StoreContext) -> Sequence[tuple[str, ShowingRecord]]:
    """Every variant that bears somebody else's value, with its SKU."""
    return [(one.sku, one.showing) for one in by_hand(store)]


def by_hand(store: StoreContext, after: str = "", limit: int | None = None) -> Sequence[ByHand]:
    """The same with more of each, by id from the one after ``after``."""
    with store.work(read_only=True) as uow:
        found = uow.showings.overridden(store.key, after, limit)
        variants = uow.catalogue.get(store.key, [one.variant_id for one in found])
    known = ((variants.get(one.variant_id), one) for one in found)
    return [ByHand(variant.sku, variant.title, one) if variant else ByHand("", "", one) for variant, one in known]


def release(store: StoreContext, sku: str) -> int:
    """Steer this variant again: what it should show is pushed over the foreign value.  How many were released."""
    with store.work() as uow:
        variant = find_variant(uow, store.key, sku)
        # A parent that carries the flag of its variations is released with them.
        released = _release(store, uow, {variant.id, variant.product_id})
        uow.commit()
    return released


def release_variants(store: StoreContext, variant_ids: Collection[str]) -> int:
    """The same for exactly these; those that nobody changed by hand, or that are no variants, are left alone."""
    with store.work() as uow:
        released = _release(store, uow, variant_ids)
        uow.commit()
    return released


def _release(store: StoreContext, uow: UnitOfWork, variant_ids: Collection[str]) -> int:
    released = [one for one in uow.showings.get(store.key, variant_ids).values() if one.override]
    now = store.clock()
    for showing in released:
        facts = {"was": dict(showing.override)}
        uow.journal.append(store.key, [Entry(now, "override_released", showing.variant_id, facts=facts)])
        showing.override, showing.suspect = {}, False
        showing.written = {}
        showing.due = bool(difference(showing.shown, showing.desired))
    uow.showings.save(store.key, released)
    return len(released)
