"""The body of a product or a variation, as a webhook, ``/products`` or ``/variations`` gives it.  Pure.

Every body says three things: what it is, its stock number, and what the shop shows for it.  The one exception is a
variation whose parent keeps the stock: its number is a mirror, so only the parent's body speaks of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.reader import Reader
from adapters.woocommerce.values import BACKORDERS, PRODUCT_META, meta_text, name, units_or_none
from connector.domain.facts import (
    Fact,
    PlatformStatus,
    ProductGone,
    ProductSeen,
    ShownSeen,
    StockSeen,
    Translation,
    VariantSeen,
)
from connector.ports.sentence import Sentence

STATUSES: Mapping[str, PlatformStatus] = {
    "instock": PlatformStatus.IN_STOCK,
    "onbackorder": PlatformStatus.BACKORDER,
    "outofstock": PlatformStatus.SOLD_OUT,
}

# Nothing of these is ever in our stock: a group sells its members, an external product is sold by another shop.
NOT_STOCKED = frozenset({"grouped", "external"})
# Types that only carry variations; the second is that of the subscriptions plugin.
PARENTS = frozenset({"variable", "variable-subscription"})
# What ``manage_stock`` says of a variation that draws from its parent: a text among booleans.
BY_PARENT = "parent"


def product_news(product: Reader) -> Translation:
    """Translate the body of ``product.created``, ``product.updated`` or ``product.restored``."""
    facts = product_facts(product)
    return (
        Translation(facts)
        if facts
        else Translation(note=Sentence("a product that has no stock (%(kind)s)", kind=type_of(product)))
    )


def product_facts(product: Reader) -> tuple[Fact, ...]:
    """What a body says; nothing for a type that has no stock.

    A variable product whose variations keep their own stock is said whole as well (no number, no fields): its
    categories decide the policy of its variations, and a number it kept before must not live on.
    """
    if type_of(product) in NOT_STOCKED:
        return ()
    if product["status"].text() == "trash":
        return (ProductGone(product["id"].number_id()),)
    if _manages(product) == BY_PARENT:
        return _variant(product), _shown(product)
    said = (_variant(product), _stock(product), _shown(product))
    whole = type_of(product) in PARENTS and not product["variations"].is_absent
    return (*said, _members(product)) if whole else said


def type_of(product: Reader) -> str:
    """The type; bodies of ``/products/<id>/variations`` name none in older versions, and know their parent."""
    return product["type"].text_or("variation")


def shown_fields(product: Reader) -> dict[str, str]:
    """The fields that we may write here, with the values the shop shows now."""
    manages = _manages(product)
    if manages is False:
        # Without a number the merchant sets the status by hand, and ``backorders`` always reads "no".
        return {}
    fields = {key: meta_text(product, key) for key in PRODUCT_META}
    if manages is True:
        fields[BACKORDERS] = product[BACKORDERS].text()
    return fields


def _manages(product: Reader) -> bool | str:
    return BY_PARENT if product["manage_stock"].raw == BY_PARENT else product["manage_stock"].flag()


def _variant(product: Reader) -> VariantSeen:
    own = product["id"].number_id()
    parent = product["parent_id"].number_id() if type_of(product).endswith("variation") else own
    return VariantSeen(
        id=own,
        product_id=parent,
        pool_id=parent if _manages(product) == BY_PARENT else own,
        sku=product["sku"].label_or(""),
        title=name(product["name"]),
        changed_at=product["date_modified_gmt"].gmt(),
        # Bodies of ``/variations`` have neither: the parent's count for them.
        categories=_names(product, "categories"),
        tags=_names(product, "tags"),
        sellable=type_of(product) not in PARENTS,
    )


def _members(product: Reader) -> ProductSeen:
    """A variable product with its variations; it is a variant of its own for us, because it carries their flag."""
    own = product["id"].number_id()
    variations = (one.number_id() for one in product["variations"])
    return ProductSeen(own, (own, *variations), product["date_modified_gmt"].gmt())


def _stock(product: Reader) -> StockSeen:
    return StockSeen(
        pool_id=product["id"].number_id(),
        # A product that manages stock but was never given a number reads null: it keeps none either.
        available=units_or_none(product["stock_quantity"]) if _manages(product) is True else None,
        status=STATUSES.get(product["stock_status"].text(), PlatformStatus.UNKNOWN),
        changed_at=product["date_modified_gmt"].gmt(),
    )


def _shown(product: Reader) -> ShownSeen:
    return ShownSeen(product["id"].number_id(), shown_fields(product), product["date_modified_gmt"].gmt())


def _names(product: Reader, key: str) -> tuple[str, ...]:
    return tuple(name(entry["name"]) for entry in product[key].items_or_none())
