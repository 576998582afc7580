"""Products and variants: made, changed, deleted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from adapters.shopify.sandbox.bodies import gone_body, product_body
from adapters.shopify.sandbox.records import Item, Level, Product, Variant
from adapters.shopify.sandbox.stock import touch_product
from adapters.shopify.sandbox.store import Store

PRICE = Decimal("10.00")
DEFAULT_TITLE = "Default Title"  # what Shopify calls the only variant of a product without options


def add_product(
    store: Store, title: str, variants: Mapping[str, tuple[str, int | None]], counter_units: int
) -> Product:
    """A product of ``sku -> (variant title, available online)``; None: untracked.

    A tracked variant also has ``counter_units`` at the place that never serves online orders.
    """
    with store.act():
        now = store.now()
        product = store.keep(Product(ref=store.new_id(), title=title, created_at=now, updated_at=now))
        store.products[product.ref] = product
        for sku, (name, units) in variants.items():
            _add_variant(store, product, sku, name, units, counter_units)
        store.tell("products/create", product, lambda: product_body(product))
    return product


def _add_variant(store: Store, product: Product, sku: str, title: str, units: int | None, counter_units: int) -> None:
    now = store.now()
    variant = Variant(
        ref=store.new_id(),
        product=product,
        title=title,
        position=len(product.variants) + 1,
        price=PRICE,
        created_at=now,
        updated_at=now,
    )
    tracked = units is not None
    item = Item(ref=store.new_id(), variant=variant, sku=sku, tracked=tracked, created_at=now, updated_at=now)
    variant.inventory_item = item
    for place, available in ((store.online, units or 0), (store.counter, counter_units if tracked else 0)):
        level = Level(ref=store.new_id(), item=item, location=place, created_at=now, updated_at=now)
        level.numbers["available"] = available
        item.levels[place.ref] = store.keep(level)
    variant.old_quantity = item.everywhere()
    product.variants.append(store.keep(variant))
    store.variants[variant.ref] = variant
    store.items[item.ref] = store.keep(item)
    store.by_sku.setdefault(sku, []).append(variant)


def touch_variant(store: Store, variant: Variant) -> None:
    variant.updated_at = store.now()
    touch_product(store, variant.product)


def delete_product(store: Store, product: Product) -> None:
    """The product goes with its variants, stock and metafields; order lines stay, and no longer say of what."""
    with store.act():
        ref = product.ref
        gone = {variant.ref for variant in product.variants}
        for variant in product.variants:
            _forget_variant(store, variant)
        for order in store.orders.values():
            for line in order.lines:
                if line.variant is not None and line.variant.ref in gone:
                    line.variant, line.item = None, None
        del store.products[ref]
        store.forget(product)
        store.tell("products/delete", product, lambda: gone_body(ref))


def _forget_variant(store: Store, variant: Variant) -> None:
    item = variant.inventory_item
    bearers = store.by_sku[item.sku]
    bearers.remove(variant)
    if not bearers:
        del store.by_sku[item.sku]
    for record in (variant, item, *item.levels.values(), *variant.metafields.values()):
        store.forget(record)
    del store.variants[variant.ref], store.items[item.ref]
    store.tell("inventory_items/delete", item, lambda: gone_body(item.ref))
