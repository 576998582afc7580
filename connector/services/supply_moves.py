"""Whom the last change of a supply has helped and hurt."""

from __future__ import annotations

from connector.ports.records import SupplyRecord
from connector.services.context import StoreContext
from connector.services.moved import Moves, moved_since

LOOKED_AT = 200
"""Journal entries of a variant among which the last one about the supply is looked for."""


def moves_of(store: StoreContext, supply: SupplyRecord) -> Moves | None:
    """Lines that planning has moved since; None where nothing is written of the supply any more."""
    with store.work(read_only=True) as uow:
        variants = [one.id for one in uow.catalogue.of_pools(store.key, [supply.pool_id])]
        told = (
            link.entry.at
            for variant in variants
            for link in uow.journal.read(store.key, variant_id=variant, limit=LOOKED_AT)
            if link.entry.facts.get("supply") == supply.id
        )
        since = max(told, default=None)
        return None if since is None else moved_since(uow, store.key, variants, since)
