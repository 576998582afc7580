"""What moves stock.  At every place ``on_hand = available + committed``, and the set-aside numbers, zero by default."""

from __future__ import annotations

from adapters.shopify.sandbox.bodies import level_body, product_body, variant_body
from adapters.shopify.sandbox.records import Item, Level, Location, Product
from adapters.shopify.sandbox.sales import Line
from adapters.shopify.sandbox.store import Store


def level_at(store: Store, item: Item, place: Location) -> Level:
    """The level of ``item`` at ``place``, made with zeros where it is not stocked there yet."""
    level = item.levels.get(place.ref)
    if level is None:
        now = store.now()
        level = Level(ref=store.new_id(), item=item, location=place, created_at=now, updated_at=now)
        item.levels[place.ref] = store.keep(level)
        store.tell("inventory_levels/connect", level, lambda: level_body(level))
    return level


def move(store: Store, level: Level, **deltas: int) -> None:
    """Add ``deltas`` to the numbers; only a moved ``available`` is told, as the webhook's body has no other number."""
    for name, delta in deltas.items():
        level.numbers[name] += delta
    level.updated_at = store.now()
    if deltas.get("available"):
        level.item.variant.old_quantity = level.item.everywhere() - deltas["available"]
        store.tell("inventory_levels/update", level, lambda: level_body(level))
        _tell_crossing(store, level.item)


def _tell_crossing(store: Store, item: Item) -> None:
    variant = item.variant
    was, is_ = variant.old_quantity > 0, item.everywhere() > 0
    if was != is_:
        topic = "variants/in_stock" if is_ else "variants/out_of_stock"
        store.tell(topic, variant, lambda: variant_body(variant))


def touch_product(store: Store, product: Product) -> None:
    product.updated_at = store.now()
    store.tell("products/update", product, lambda: product_body(product))


def commit(store: Store, line: Line, units: int) -> None:
    """The storefront sold ``units``: they are promised away at once, paid or not."""
    if line.item is not None:
        move(store, level_at(store, line.item, line.order.location), available=-units, committed=units)


def release(store: Store, line: Line, units: int, *, restock: bool) -> None:
    """``units`` will not leave after all; without ``restock`` they are gone from the shelf too."""
    if line.item is not None:
        level = level_at(store, line.item, line.order.location)
        move(store, level, committed=-units, available=units if restock else 0)


def leave(store: Store, line: Line, units: int, place: Location) -> None:
    """``units`` leave the house; what was available does not change."""
    if line.item is not None:
        move(store, level_at(store, line.item, place), committed=-units)


def come_back(store: Store, line: Line, units: int, place: Location) -> None:
    if line.item is not None:
        move(store, level_at(store, line.item, place), available=units)
