"""What the shop itself would offer instead: related and complementary products, as its merchant chose them.

The Search & Discovery app keeps both as metafields of the product (``list.product_reference``, the standard definitions
``shopify--discovery--product_recommendation``).  They are found in many public themes and importers; whether every app
with ``read_products`` sees them has not been tried on a real shop.  Where they are missing, empty or denied there are
no alternatives, and that is all.  What Shopify relates by itself, without the merchant, only the Storefront API tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain, zip_longest

from adapters.reader import Reader
from adapters.shopify.admin import Admin
from adapters.shopify.ids import gid, number_in
from adapters.shopify.meaning import full_title
from adapters.shopify.order_now import AMEND, amount
from connector.ports.acting import Alternative
from connector.ports.failures import Refused
from connector.ports.sentence import Sentence

MOST = 20
KINDS = ("related", "complementary")


def alternatives(admin: Admin, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
    """Prices are the shop's own.  An order paid in another currency gets none: what a variant costs there depends on
    where it goes, which is protected customer data.
    """
    if limit < 1:
        return ()
    variables = {"order": gid("Order", order_id), "line": gid("LineItem", line_id)}
    answered = admin.read("Related", variables, act=AMEND)
    order, line = answered.need("order"), answered.need("line")
    if order.is_null:
        raise Refused("unknown_order", Sentence("The shop has no order %(order_id)s.", order_id=order_id))
    if line.is_null:
        raise Refused("unknown_line", Sentence("The shop has no order line %(line_id)s.", line_id=line_id))
    currency = order["currencyCode"].text()
    if order["presentmentCurrencyCode"].text() != currency:
        return ()
    paid = line["discountedUnitPriceAfterAllDiscountsSet"]["shopMoney"]["amount"]
    own = "" if line["variant"].is_null else number_in(line["variant"]["id"])
    offers = (_offer(product, variant, paid, currency) for product, variant in _in_stock(_products(line), own))
    return tuple(one for one in offers if Decimal(one.back) >= 0)[: min(limit, MOST)]


def _products(line: Reader) -> Iterator[Reader]:
    """Each product once, the related ones first.  It may be the very same product, which has other variants."""
    seen: set[str] = set()
    for kind in KINDS:
        for product in line["product"].get(kind).get("references").get("nodes").items_or_none():
            # A reference to something that is no product, or is gone, is null or bare.
            if product.is_null or product["id"].is_absent or product["id"].text() in seen:
                continue
            seen.add(product["id"].text())
            on_sale = product["status"].text() == "ACTIVE" and not product["isGiftCard"].flag()
            if on_sale and not product["requiresSellingPlan"].flag():
                yield product


def _in_stock(products: Iterable[Reader], own: str) -> Iterator[tuple[Reader, Reader]]:
    """A variant of each product, then a second one of each: one with many sizes must not take all places."""
    rows = [
        [(product, variant) for variant in product["variants"]["nodes"] if _is_there(variant, own)]
        for product in products
    ]
    return (one for one in chain.from_iterable(zip_longest(*rows)) if one is not None)


def _is_there(variant: Reader, own: str) -> bool:
    tracked = variant["inventoryItem"]["tracked"].flag()
    there = not tracked or variant["sellableOnlineQuantity"].whole() > 0
    return there and variant["availableForSale"].flag() and number_in(variant["id"]) != own


def _offer(product: Reader, variant: Reader, paid: Reader, currency: str) -> Alternative:
    image = product["featuredMedia"].get("preview").get("image").get("url")
    return Alternative(
        variant_id=number_in(variant["id"]),
        product_id=number_in(product["id"]),
        sku=variant["sku"].label_or(""),
        title=full_title(product["title"].text(), variant["title"].text_or("")),
        price=variant["price"].text(),
        paid=paid.text(),
        back=str(amount(paid) - amount(variant["price"])),
        currency=currency,
        url=product["onlineStoreUrl"].text_or(""),
        image=image.text_or(""),
    )
