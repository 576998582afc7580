"""What happened in a store since its midnight: how much of each kind, and the newest in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from connector.domain.journal import Link
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.explain import Told, told
from connector.services.sentences import N_, Voice

LOOKED_AT = 3_000
"""Entries of the journal; on a busier day the counts say so many and more."""

LOUD = ("pushed", "announced", "told", "imported", "reconciled", "supply_added", "steered", "owner_must_act")
"""The kinds that a store's owner wants counted."""


QUIET = {"decided", "announced"}
"""Steps on the way to what is told anyway: a flag that was written, a notice that arrived."""


@dataclass(frozen=True, slots=True)
class Today:
    """``newest``: newest first, each with the SKU or order it is about.  ``whole``: whether everything of the day was
    looked at.
    """

    counts: Mapping[str, int]
    newest: tuple[Told, ...]
    whole: bool


def today(store: StoreContext, say: Voice, most: int = 15) -> Today:
    midnight = datetime.combine(store.today(), time.min, store.zone)
    with store.work(read_only=True) as uow:
        links = uow.journal.read(store.key, limit=LOOKED_AT)
        of_today = [link for link in links if link.entry.at >= midnight]
        shown = [link for link in of_today if link.entry.kind not in QUIET][:most]
        newest = _with_names(uow, store.key, shown, say)
    counts = Counter(link.entry.kind for link in of_today)
    return Today({kind: counts[kind] for kind in LOUD if counts[kind]}, newest, whole=len(of_today) < LOOKED_AT)


def _with_names(uow: UnitOfWork, store: str, links: Sequence[Link], say: Voice) -> tuple[Told, ...]:
    variants = uow.catalogue.get(store, {link.entry.variant_id for link in links if link.entry.variant_id})
    orders = uow.orders.get(store, {link.entry.order_id for link in links if link.entry.order_id})

    def whose(link: Link) -> str:
        order, variant = orders.get(link.entry.order_id), variants.get(link.entry.variant_id)
        named = [say(N_("order %(number)s"), number=order.number or order.id)] if order is not None else []
        return ", ".join([*named, variant.sku or variant.title] if variant is not None else named)

    return tuple(told(link, whose(link), say) for link in links)
