"""What is done at the shop about one order, and what is asked of the shop for it.  Part of ``Storefront``.

Every act may raise ``TryLater`` and ``OwnerMustAct``, and ``Refused`` where the platform will never do it (already
shipped, not editable, unknown): then nothing was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Contact:
    """How the buyer of an order can be reached; empty where the platform does not say.  Read when it is needed and kept
    nowhere.  ``country``: where the goods go, ISO 3166-1 alpha-2.
    """

    email: str = ""
    phone: str = ""
    name: str = ""
    language: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Units to be taken off an order, and the money for them sent back by the way it came.

    ``reference`` is short and unique: an adapter that cannot act twice without harm writes it along and looks for it
    before a retry (``again``).  ``key`` is a UUID for platforms that take an idempotency key.  ``whole``: nothing else
    of the order has shipped or will, so everything paid goes back, shipping included (16 CFR 435.1(d)).
    """

    reference: str
    key: str
    order_id: str
    units: Mapping[str, int]  # by line id
    whole: bool
    reason: str  # a sentence that stays with the order, for the merchant
    again: bool = False


@dataclass(frozen=True, slots=True)
class Swapping:
    """Units of one line to be replaced by as many of another variant.  What is too much paid goes back; an alternative
    that costs more than was paid is ``Refused`` (``dearer``).
    """

    reference: str
    key: str
    order_id: str
    line_id: str
    units: int
    variant_id: str
    reason: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to.  ``refunded``: the amount sent back, as the platform writes it, empty where none was.

    ``by_hand``: why a person must send the money (cash on delivery, a gateway without refunds); empty where nothing is
    left to do.  ``at``: the platform's time of it.
    """

    at: datetime | None = None
    refunded: str = ""
    currency: str = ""
    by_hand: str = ""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A variant in stock that the shop itself relates to another one.  ``price`` and ``paid`` (a unit of the replaced
    line) are the platform's strings in ``currency``; ``back`` is the difference a unit, ``paid`` minus ``price``, which
    is never below zero.
    """

    variant_id: str
    product_id: str
    sku: str
    title: str
    price: str
    paid: str
    back: str
    currency: str
    url: str = ""
    image: str = ""


class Acting(Protocol):
    def contact(self, order_id: str) -> Contact: ...

    def say(self, order_id: str, text: str, reference: str, *, again: bool) -> None:
        """Tell the buyer by the platform's own means; ``Refused`` (``says_nothing``) where it would reach nobody."""
        ...

    def cancel(self, cancelling: Cancelling) -> Done: ...

    def alternatives(self, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
        """Related, up-sell and complementary products, in stock, not dearer than what was paid; the cheapest call that
        tells.
        """
        ...

    def swap(self, swapping: Swapping) -> Done: ...


@dataclass(frozen=True, slots=True)
class Held:
    """Units by line that must not leave the house yet; ``handle`` names our hold (Shopify), at most 64 characters."""

    units: Mapping[str, int] = field(default_factory=dict)
    handle: str = ""
