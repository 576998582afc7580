"""What WooCommerce sends, in the common model: a table of topics, then pure functions.

A delivery holds the state at the moment of sending, not of the event, so what happened is never read from a topic;
only which kind of body it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from adapters.reader import Reader
from adapters.woocommerce.orders import order_news
from adapters.woocommerce.products import product_news
from connector.domain.facts import Reread, Thing, Translation
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

GONE = Sentence("gone before it was delivered")
UNUSED = Sentence("a topic we do not use")

# Answers of the shop to itself that mean "no such thing any more".
NO_SUCH_THING = frozenset({404, 410})

_SET_STATUS = re.compile(r"action\.woocommerce_\w*set_stock_status", re.ASCII)


def translate(topic: str, body: bytes) -> Translation:
    """Read one delivery.  Raises ``Unreadable`` with the path of what is wrong."""
    read = _stock_status_set if _SET_STATUS.fullmatch(topic) else BY_TOPIC.get(topic)
    return read(Reader.of(body)) if read else Translation(note=UNUSED)


def _living(read: Callable[[Reader], Translation]) -> Callable[[Reader], Translation]:
    """For a body that may be an error: what was trashed for good or became unreadable before WooCommerce sent it
    is delivered, well signed, as the answer the shop's own API would give.
    """

    def read_living(body: Reader) -> Translation:
        if body["code"].is_absent:
            return read(body)
        status = body["data"]["status"].whole()
        if status in NO_SUCH_THING:
            return Translation(note=GONE)
        # The webhook's owner may not read orders any more, say: every later delivery will be like this one.
        raise Unreadable(
            "$.data.status",
            Sentence("is %(status)s: the shop sent an error, %(code)s", status=status, code=body["code"].label_or("")),
        )

    return read_living


def _order_trashed(body: Reader) -> Translation:
    return Translation(rereads=(Reread(Thing.ORDER, body["id"].number_id(), only_known=True),))


def _product_trashed(body: Reader) -> Translation:
    """A page that is trashed sends this too, and so does an order where orders are kept as posts."""
    gone = body["id"].number_id()
    return Translation(rereads=tuple(Reread(thing, gone, only_known=True) for thing in (Thing.PRODUCT, Thing.ORDER)))


def _stock_status_set(body: Reader) -> Translation:
    """A hook of the shop: ``arg`` is the id of the product or variation, or an empty list where it was an object."""
    arg = body["arg"]
    if isinstance(arg.raw, list):
        return Translation(note=Sentence("a hook that names no product"))
    return Translation(rereads=(Reread(Thing.PRODUCT, arg.number_id()),))


BY_TOPIC: Mapping[str, Callable[[Reader], Translation]] = {
    "order.created": _living(order_news),
    "order.updated": _living(order_news),
    "order.restored": _living(order_news),
    "order.deleted": _order_trashed,
    "product.created": _living(product_news),
    "product.updated": _living(product_news),
    "product.restored": _living(product_news),
    "product.deleted": _product_trashed,
}
