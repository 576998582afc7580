"""The end of the day: what each shop really has and shows, beside what our service believes and wants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connector.ports.sandbox import SandboxShop
from connector.services.status import StoreStatus, VariantStatus, in_words


@dataclass(frozen=True, slots=True)
class Row:
    """One variant.  ``wrong`` says in words what does not agree; empty where all does."""

    store: str
    sku: str
    stock: int | None
    queue: int
    shows: str
    should_show: str
    wrong: str


def rows(statuses: Sequence[StoreStatus], shops: Mapping[str, SandboxShop]) -> Iterator[Row]:
    """Compare every variant with the shop itself, not with what we remember of it."""
    for store in statuses:
        owed = _owed_by_pool(store)
        for variant in store.variants:
            shelf = shops[store.key].shelf(variant.sku)
            shows = in_words({**variant.flag, **shelf.fields}) if shelf.fields else variant.shows
            faults = list(_faults(variant, shelf.available, shows, owed))
            yield Row(
                store.key,
                variant.sku,
                shelf.available,
                variant.backordered,
                shows,
                variant.should_show,
                "; ".join(faults),
            )


def _owed_by_pool(store: StoreStatus) -> dict[str, int]:
    owed: dict[str, int] = {}
    for variant in store.variants:
        owed[variant.pool_id] = owed.get(variant.pool_id, 0) + variant.backordered
    return owed


def _faults(variant: VariantStatus, stock: int | None, shows: str, owed: Mapping[str, int]) -> Iterator[str]:
    if variant.available != stock:
        yield f"we believe the stock to be {variant.available}"
    if stock is not None and owed[variant.pool_id] != max(0, -stock):
        yield f"the queue should hold {max(0, -stock)} units"
    if variant.should_show not in {"as the shop says", shows}:
        yield f"it should show {variant.should_show}"
