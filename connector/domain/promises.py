"""What was promised for one order line and what became of it: an append-only list of events, and what it adds up to.

The first event of a line is what the shopper was shown when ordering; nothing ever changes it.  Everything later (other
dates, notices, answers, cancellations, refunds) is one more event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class Expected:
    """When goods arrive: a day (both the same), a range, or not known (``latest`` None).

    The law counts the last day of a range.
    """

    earliest: date | None = None
    latest: date | None = None

    @property
    def is_known(self) -> bool:
        return self.latest is not None

    @property
    def is_range(self) -> bool:
        return self.earliest is not None and self.latest is not None and self.earliest < self.latest


UNKNOWN_DAY = Expected()

ON_THE_LINE = "the order line"
"""The basis of a promise that the shop itself had written down; a buyer's browser may have had a hand in its words."""


class EventKind(Enum):
    PROMISED = "promised"  # what the shopper was shown when ordering; number 0, once
    REVISED = "revised"  # another day is expected now; ``basis`` says why
    OPTION = "option"  # the notice that asks "wait or cancel?" was sent; the day in it is the one it offers
    REMINDED = "reminded"  # of an open choice
    CONSENTED = "consented"  # the shopper said they will wait, until ``expected.latest`` or without a day
    CANCEL_ASKED = "cancel_asked"  # by the shopper, the owner, or a rule because nobody answered
    CANCELLED = "cancelled"  # carried out at the platform
    REFUNDED = "refunded"  # the money was sent back
    WITHDRAWN = "withdrawn"  # the shopper withdrew from the contract (Directive 2011/83, art. 11a)
    SHIPPED = "shipped"  # units left the house
    TERM_SET = (
        "term_set"  # the shopper set an additional period (Directive 2011/83, art. 18(2)), to ``expected.latest``
    )


class Actor(Enum):
    SHOPPER = "shopper"
    OWNER = "owner"
    SERVICE = "service"  # us, because a rule or a plan says so
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class PromiseEvent:
    """``units`` are those it concerns; ``expected`` the day it names, where it names one.

    ``text`` is what was shown or said, word for word; ``where`` it was shown (``product page``, ``cart``, ``e-mail``,
    ``own page``); ``basis`` what the day rested on; ``rule`` the provision acted on (``16 CFR 435.2(b)(1)``);
    ``reference`` that of the message or amendment it came of.
    """

    at: datetime
    kind: EventKind
    actor: Actor
    units: int = 0
    expected: Expected = UNKNOWN_DAY
    text: str = ""
    where: str = ""
    basis: str = ""
    rule: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class ShownToBuyer:
    """What the shop itself wrote on an order line about the date it had shown (our plugin and theme block do)."""

    text: str
    expected: Expected
    at: datetime | None = None
    where: str = ""
