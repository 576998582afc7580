"""What a platform told us, in the common model.

A fact is a state, never an instruction to add or subtract: applying it twice, late or out of order ends the same.
Ids are the platform's own, as text, and mean something only inside one store; the store is named beside a fact,
not in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from connector.domain.promises import ShownToBuyer


class Demand(Enum):
    """What an order asks of our stock."""

    NONE = "none"  # a draft or an unpaid cart: the platform has taken no stock
    UNPAID = "unpaid"  # stock is taken, payment is awaited: keeps its place, is told nothing
    OPEN = "open"
    DONE = "done"  # everything has left the house
    VOID = "void"  # cancelled, failed, refunded, trashed
    UNKNOWN = "unknown"  # a status nobody has met: keeps its place, is told nothing, a person looks

    @property
    def waits(self) -> bool:
        """Whether the lines of such an order stand in the queue."""
        return self in {Demand.UNPAID, Demand.OPEN, Demand.UNKNOWN}


class PlatformStatus(Enum):
    """What the platform itself says of a variant; read, never derived (a shop may set its own threshold)."""

    IN_STOCK = "in_stock"
    BACKORDER = "backorder"
    SOLD_OUT = "sold_out"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One order line, in units.

    ``wanted`` counts the units the platform took out of its available number for this line and that the order has
    not given back (zero where it took none); ``shipped`` how many of those have left.
    """

    id: str
    variant_id: str | None  # None: the platform no longer says which (a product deleted for good)
    sku: str
    title: str
    ordered: int
    wanted: int
    shipped: int = 0
    product_id: str = ""  # to read the product of a variant nobody has told us of
    shown: ShownToBuyer | None = None  # the date the shop says it had shown the buyer

    @property
    def outstanding(self) -> int:
        return max(0, self.wanted - self.shipped)


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """One version of an order; the newest ``changed_at`` (the platform's clock) wins."""

    id: str
    number: str  # what the merchant reads; may differ from the id
    demand: Demand
    status: str  # the platform's own word, shown where demand is UNKNOWN
    changed_at: datetime
    placed_at: datetime
    taken_at: datetime  # when the platform took the stock: the moment that orders the queue
    lines: tuple[LineSeen, ...]
    language: str = ""  # as the platform gives it ("de-DE"); empty: the store's own
    test: bool = False
    country: str = ""  # where it goes, ISO 3166-1 alpha-2; empty: this body does not say
    paid_at: datetime | None = None  # when it was properly completed; None: not said
    email: str = ""  # only to tell one buyer from another; never kept as it is
    anonymised: bool = False  # the shop has erased who its buyer is, so that we must too


@dataclass(frozen=True, slots=True)
class OrderGone:
    """A read found no such order any more, or found it in the bin."""

    id: str


@dataclass(frozen=True, slots=True)
class VariantSeen:
    """Identity and place of a variant in the catalogue.

    ``pool_id`` names the units it draws from: a WooCommerce product or variation id (the parent's where the parent
    keeps the stock), a Shopify inventory item id.  ``sellable`` is False for a parent that only carries the stock
    and the flag of its variations.
    """

    id: str
    product_id: str
    pool_id: str
    sku: str
    title: str
    changed_at: datetime
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sellable: bool = True


@dataclass(frozen=True, slots=True)
class StockSeen:
    """The platform's own number for a pool: physical units minus units owed.  None: it keeps no number."""

    pool_id: str
    available: int | None
    status: PlatformStatus
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ShownSeen:
    """What the shop shows now for a variant, as the platform's own writable fields.

    Only keys that we may write for this variant appear: a variation whose parent keeps the stock has no flag of its
    own.  A field that is absent in the shop is the empty string.
    """

    variant_id: str
    fields: Mapping[str, str]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ProductSeen:
    """A product has exactly these variants; any other we hold of it was deleted."""

    id: str
    variant_ids: tuple[str, ...]
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ProductGone:
    """A read found no such product or variation any more; its variants go with it."""

    id: str


@dataclass(frozen=True, slots=True)
class StoreGone:
    """The shop removed us; every credential is dead.  ``at`` may be no better than the shop's own last change."""

    at: datetime


@dataclass(frozen=True, slots=True)
class PrivacyAsked:
    """A platform's privacy request: ``customers/data_request``, ``customers/redact`` or ``shop/redact``.

    ``customer``: the platform's id of the person; ``email`` and ``phone`` where it gives them; ``shop``: whose it is.
    """

    topic: str
    order_ids: tuple[str, ...] = ()
    customer: str = ""
    email: str = ""
    phone: str = ""
    shop: str = ""


class Thing(Enum):
    """What can be read again."""

    ORDER = "order"
    PRODUCT = "product"  # with all its variants
    POOL = "pool"  # the stock number and what is shown
    CATALOGUE = "catalogue"  # every product: something changed that concerns them all


@dataclass(frozen=True, slots=True)
class Unread:
    """The platform was asked for it and told of it, but not so that it can be understood.  ``id``: by which it can be
    asked for again.
    """

    thing: Thing
    id: str
    why: str


Fact = (
    OrderSeen
    | OrderGone
    | VariantSeen
    | StockSeen
    | ShownSeen
    | ProductSeen
    | ProductGone
    | StoreGone
    | PrivacyAsked
    | Unread
)


@dataclass(frozen=True, slots=True)
class Reread:
    """A delivery said that this changed, and too little about how.

    ``only_known``: act only if we hold a thing of that id; WooCommerce tells us of deleted pages as if they were
    products.
    """

    thing: Thing
    id: str
    only_known: bool = False


@dataclass(frozen=True, slots=True)
class Translation:
    """All that one delivery says.  Neither facts nor rereads: ``note`` tells why it is none of our business."""

    facts: tuple[Fact, ...] = ()
    rereads: tuple[Reread, ...] = ()
    note: str = field(default="")
