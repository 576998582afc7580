"""What the shop itself would offer instead: up-sells, cross-sells and related products that are there and cost no more.

Prices are compared as they are entered in the shop, with tax or without, which is the only way the API gives them;
the order says which it was.  A shopper from a country of another tax rate has paid more or less tax than the entered
price holds: the comparison is then off by the difference of the rates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from html import unescape

from adapters.reader import Reader
from adapters.woocommerce.money import Money, amount, written
from adapters.woocommerce.paging import PER_PAGE, all_pages
from adapters.woocommerce.products import PARENTS, type_of
from adapters.woocommerce.rest import NoSuch, Rest
from adapters.woocommerce.standing import Row, Standing, look
from adapters.woocommerce.values import name, units_or_none
from connector.ports.acting import Alternative
from connector.ports.failures import OwnerMustAct, Refused, Unreadable
from connector.ports.sentence import Sentence

CURRENCY = "settings/general/woocommerce_currency"
KINDS = ("upsell_ids", "cross_sell_ids", "related_ids")  # what the merchant chose comes before what the shop guessed
MOST = 40  # products that are looked at
OFFER_FIELDS = (
    "id,type,status,parent_id,name,sku,price,purchasable,manage_stock,stock_quantity,stock_status,tax_status,tax_class,"
    "permalink,images,image"
)
UNTAXED = "untaxed"
SOLD_SINGLY = frozenset({"simple", "variation"})


def alternatives(rest: Rest, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
    """Raises ``Refused`` where there is no such order or line."""
    order = look(rest, order_id)
    line = order.line(line_id)
    product = replaced(rest, line) if limit > 0 and line.units else None
    if product is None or not _same_currency(rest, order):
        return ()
    found: list[Alternative] = []
    kind = tax_kind(line, product)
    for offer in _offers(rest, product, line.product_id):
        made = _alternative(order, line, offer) if offer.tax_kind == kind else None
        if made is not None and made.variant_id not in {one.variant_id for one in found}:
            found.append(made)
        if len(found) == limit:
            break
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """A product or a variation as the shop sells it now, with the name of the product it belongs to."""

    body: Reader
    parent: str = ""
    image: str = ""

    @property
    def id(self) -> str:
        return self.body["id"].number_id()

    @property
    def price(self) -> Decimal:
        return amount(self.body["price"])

    @property
    def tax_kind(self) -> str:
        """Of another kind, the same price is another amount to the shopper."""
        return self.body["tax_class"].text_or("") if _is_taxed(self.body) else UNTAXED

    def has(self, count: int) -> bool:
        """Whether so many are there to be sold.  ``purchasable`` alone says only that there is a price."""
        body = self.body
        if body["stock_status"].text() != "instock" or not body["purchasable"].flag():
            return False
        if body["status"].text() != "publish" or type_of(body) not in SOLD_SINGLY:
            return False
        left = units_or_none(body["stock_quantity"])
        return body["manage_stock"].raw is False or (left is not None and left >= count)


def offer_of(rest: Rest, variant_id: str) -> Offer:
    """One product or variation by its id; raises ``Refused`` where there is none."""
    if not variant_id.isdecimal():
        raise Refused("not_an_id", Sentence("%(variant_id)s is no WooCommerce id", variant_id=variant_id))
    return Offer(rest.get(f"products/{variant_id}", {"_fields": OFFER_FIELDS}, act="amend").read())


def replaced(rest: Rest, line: Row) -> Reader | None:
    """The product of a line as it is now; None where it is there no longer."""
    if line.product_id == "0":
        return None
    try:
        return rest.get(f"products/{line.product_id}", {"_fields": ",".join((*KINDS, "tax_status"))}).read()
    except NoSuch:
        return None


def tax_kind(line: Row, product: Reader | None) -> str:
    """The class stands on the line; whether it is taxed at all only on the product."""
    return line.tax_class if product is None or _is_taxed(product) else UNTAXED


def paid_for(order: Standing, money: Money) -> Decimal:
    """What was paid, in the way prices are entered in the shop."""
    return money.gross if order.prices_include_tax else money.net


def _alternative(order: Standing, line: Row, offer: Offer) -> Alternative | None:
    try:
        paid = (paid_for(order, line.left) / line.units).quantize(order.grain, ROUND_DOWN)
        price = offer.price.quantize(order.grain)
        if offer.id == line.variant_id or not offer.has(1) or price > paid:
            return None
        return Alternative(
            variant_id=offer.id,
            product_id=_product_of(offer),
            sku=offer.body["sku"].label_or(""),
            title=_title(offer),
            price=written(price, order.grain),
            paid=written(paid, order.grain),
            back=written(paid - price, order.grain),
            currency=order.currency,
            url=offer.body["permalink"].text_or(""),
            image=_image(offer.body) or offer.image,
        )
    except Unreadable:
        return None  # What cannot be understood is not offered; the others are.


def _same_currency(rest: Rest, order: Standing) -> bool:
    """Prices are in the shop's own currency; with a plugin for several an order may be in another."""
    try:
        return rest.get(CURRENCY).read()["value"].text() == order.currency
    except (OwnerMustAct, Refused, Unreadable):  # a right less, or another version: nothing can be compared
        return False


def _is_taxed(product: Reader) -> bool:
    return product["tax_status"].text_or("taxable") == "taxable"


def _offers(rest: Rest, product: Reader, product_id: str) -> Iterator[Offer]:
    """Simple products and the variations of variable ones, the best first."""
    wanted = [one.number_id() for kind in KINDS for one in product[kind].items_or_none()]
    ids = [one for one in dict.fromkeys(wanted) if one != product_id][:MOST]
    if not ids:
        return
    params = {"include": ",".join(ids), "status": "publish", "per_page": str(PER_PAGE), "_fields": OFFER_FIELDS}
    products = {one["id"].number_id(): one for one in rest.get("products", params).read()}
    parents = [one for one in ids if one in products and type_of(products[one]) in PARENTS]
    variations = _variations(rest, parents) if parents else {}
    for one in ids:
        if one in parents:
            title, image = name(products[one]["name"]), _image(products[one])
            yield from (Offer(body, title, image) for body in variations.get(one, ()))
        elif one in products:
            yield Offer(products[one])


def _variations(rest: Rest, parents: Sequence[str]) -> dict[str, list[Reader]]:
    found: dict[str, list[Reader]] = {}
    for one in all_pages(rest, "variations", {"parent": ",".join(parents), "_fields": OFFER_FIELDS}):
        found.setdefault(one["parent_id"].number_id(), []).append(one)
    return found


def _product_of(offer: Offer) -> str:
    return offer.body["parent_id"].number_id() if offer.parent else offer.id


def _title(offer: Offer) -> str:
    """A variation is called by its option alone in lists."""
    own = name(offer.body["name"])
    return f"{offer.parent} - {own}" if offer.parent and own else offer.parent or own


def _image(body: Reader) -> str:
    """The first picture of a product, or that of a variation."""
    for picture in (*body["images"].items_or_none(), body["image"]):
        if not picture.is_null and isinstance(picture.raw, dict):
            return unescape(picture["src"].text_or(""))
    return ""
