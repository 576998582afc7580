"""Which rule decides for a variant, by rules that need not be saved yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.domain.rules import PolicyBook
from connector.ports.records import VariantRecord
from connector.services.context import StoreContext

MOST = 20
"""Variants that may share the SKU and still are all shown."""


@dataclass(frozen=True, slots=True)
class Decided:
    """``position``: of the first rule that matches, from 0; None: the store's policy.  ``variant`` is None for a SKU
    that the store does not have, of which nothing but the SKU itself can be matched.
    """

    variant: VariantRecord | None
    position: int | None


def which_rule(store: StoreContext, book: PolicyBook, sku: str) -> Sequence[Decided]:
    """One answer for each variant with this SKU, or one for a SKU that is none (yet)."""
    with store.work(read_only=True) as uow:
        variants = uow.catalogue.by_sku(store.key, sku)[:MOST]
        parents = uow.catalogue.get(store.key, {one.product_id for one in variants})
    decided = []
    for variant in variants:
        # As in planning: the policy of a variation may hang on its parent's categories.
        parent = parents.get(variant.product_id, variant)
        categories, tags = (*variant.categories, *parent.categories), (*variant.tags, *parent.tags)
        decided.append(Decided(variant, _first(book, variant.sku, categories, tags)))
    return decided or [Decided(None, _first(book, sku, (), ()))]


def _first(book: PolicyBook, sku: str, categories: Sequence[str], tags: Sequence[str]) -> int | None:
    return next((at for at, rule in enumerate(book.rules) if rule.matches(sku, categories, tags)), None)
