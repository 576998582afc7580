"""What the restock pages show: the variant that is asked for, whether it can be ordered, and the shop's own page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from connector.ports.records import VariantRecord
from connector.ports.restocking import Interest, ListState
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.restock import is_back


@dataclass(frozen=True, slots=True)
class Look:
    """One subscription as its own person may see it.  ``back``: the shop sells it from stock now."""

    state: ListState | None
    title: str
    language: str
    back: bool
    shop: str
    page: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many wait for a variant, and how its invitations went."""

    interest: Interest
    sku: str
    title: str
    status: str
    available: int | None
    waves: int


def find_variant(store: StoreContext, uow: UnitOfWork, variant_id: str, sku: str) -> VariantRecord | None:
    """By id, else by SKU, where only one has it."""
    if variant_id:
        found = uow.catalogue.get(store.key, [variant_id]).get(variant_id)
    else:
        named = uow.catalogue.by_sku(store.key, sku) if sku else ()
        found = named[0] if len(named) == 1 else None
    return found if found is not None and found.sellable and not found.gone else None


def can_be_ordered(store: StoreContext, uow: UnitOfWork, variant_id: str) -> bool:
    """Whether the shop takes orders for it, from stock or ahead; then there is nothing to wait for.  What was never
    planned counts as orderable: nobody knows that it is not.
    """
    showing = uow.showings.get(store.key, [variant_id]).get(variant_id)
    return showing is None or not (showing.status == "sold_out" or showing.sellable == 0)


def look_at(store: StoreContext, subscription_id: int) -> Look:
    """``state`` None: it is forgotten, or never was."""
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        held = uow.restock.get(store.key, subscription_id)
        shop = record.shop if record is not None else ""
        address = shop if "://" in shop or not shop else f"https://{shop}"
        if held is None:
            return Look(None, "", store.language, back=False, shop=store.title or shop, page=address)
        variant = uow.catalogue.get(store.key, [held.variant_id]).get(held.variant_id)
        return Look(
            held.state,
            variant.title if variant is not None else "",
            held.language,
            is_back(store, uow, held.variant_id),
            store.title or shop,
            _product_page(address, held.page),
        )


def _product_page(address: str, path: str) -> str:
    """The page where it was asked for, at the shop itself: whatever else a form named, nobody is sent anywhere else."""
    if not address or not path:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}{path}"


def wanted(store: StoreContext) -> list[Wanted]:
    """For the owner: what is waited for, the most wanted first; how many, never who."""
    with store.work(read_only=True) as uow:
        interest = uow.restock.interest(store.key)
        ids = [one.variant_id for one in interest]
        variants = uow.catalogue.get(store.key, ids)
        showings = uow.showings.get(store.key, ids)
        pool_ids = {one.pool_id for one in variants.values()}
        pools, waves = uow.pools.get(store.key, pool_ids), uow.restock.waves(store.key, pool_ids)
    found: list[Wanted] = []
    for one in interest:
        variant, showing = variants.get(one.variant_id), showings.get(one.variant_id)
        pool = pools.get(variant.pool_id) if variant is not None else None
        wave = waves.get(variant.pool_id) if variant is not None else None
        found.append(
            Wanted(
                one,
                variant.sku if variant is not None else one.variant_id,
                variant.title if variant is not None else "",
                showing.status if showing is not None else "",
                pool.available if pool is not None else None,
                wave.number if wave is not None else 0,
            )
        )
    return found
