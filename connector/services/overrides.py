"""Values that somebody else gave the shop: seen, respected, and given back to us only by the owner (design, 3.4)."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.journal import Entry
from connector.domain.storefront import difference
from connector.ports.records import ShowingRecord
from connector.services.context import StoreContext
from connector.services.supplies import find_variant


def overrides(store: StoreContext) -> Sequence[tuple[str, ShowingRecord]]:
    """Every variant that bears somebody else's value, with its SKU."""
    with store.work(read_only=True) as uow:
        found = uow.showings.overridden(store.key)
        variants = uow.catalogue.get(store.key, [one.variant_id for one in found])
    return [(variants[one.variant_id].sku if one.variant_id in variants else "", one) for one in found]


def release(store: StoreContext, sku: str) -> int:
    """Steer this variant again: what it should show is pushed over the foreign value.  How many were released."""
    with store.work() as uow:
        variant = find_variant(uow, store.key, sku)
        # A parent that carries the flag of its variations is released with them.
        ids = {variant.id, variant.product_id}
        released = [one for one in uow.showings.get(store.key, ids).values() if one.override]
        now = store.clock()
        for showing in released:
            facts = {"was": dict(showing.override)}
            uow.journal.append(store.key, [Entry(now, "override_released", showing.variant_id, facts=facts)])
            showing.override, showing.suspect = {}, False
            showing.written = {}
            showing.due = bool(difference(showing.shown, showing.desired))
        uow.showings.save(store.key, released)
        uow.commit()
    return len(released)
