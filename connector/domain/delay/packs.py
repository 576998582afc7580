"""What the rules of each part of the world say, as data, and whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from connector.domain.delay.cases import Law, Pack
from connector.domain.delay.days import later
from connector.domain.working_time import add_working_days, weekly_closing_counts

DEFAULT_DAYS = 30
"""Where no time was stated: 16 CFR 435.2(a)(1)(ii); Directive 2011/83, art. 18(1); Consumer Rights Act 2015, s. 28.
The 50 days of a buyer who applies to the seller for credit are not ours: shops here lend no money.
"""

CONSENT_DAYS = 30
"""How far a revised day may lie behind the promised one for silence to consent to it, and how long an express consent
is waited for otherwise: 16 CFR 435.2(b)(1)(ii) and (iii).
"""

_REFUND_WORKING_DAYS = 7  # 16 CFR 435.1(b)(1)

# Art. 18(3) and s. 28 say "without undue delay" and no number.  The directive's own bound for giving money back, that
# of art. 13(1), is taken as the latest day.
_REFUND_DAYS = 14

_STATES = frozenset("US PR VI GU AS MP UM".split())  # noqa: SIM905 -- forty strings in quotes cannot be read
# The Union, the regions of it that have codes of their own, and Iceland, Liechtenstein and Norway (the directive is one
# of the European Economic Area).
_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK "  # noqa: SIM905 -- as above
    "AX GF GP MF MQ RE YT IS LI NO".split()
)


def N_(text: str) -> str:  # noqa: N802 -- the name by which those who extract texts for translation know it
    """Mark a text as one to be translated; that is done where it is said."""
    return text


@dataclass(frozen=True, slots=True)
class Lapses:
    """Why an order ends that the buyer has not agreed to wait for: the provision in each case."""

    unnoticed: str  # no valid notice was sent in time
    unanswered: str  # nobody consented to a long delay
    missed: str  # a day that was consented to has passed


@dataclass(frozen=True, slots=True)
class Rules:
    """One pack.  The strings are the provisions that acts cite.

    ``lapses`` None: silence is no answer, and the buyer alone ends the contract.  ``from_shipment``: the law is about
    the day goods leave, else about that of delivery.
    """

    pack: Pack
    area: frozenset[str]
    lapses: Lapses | None
    from_shipment: bool
    option: str
    renewed: str
    asked_by_buyer: str
    asked_by_seller: str
    refund: str
    withdrawal_refund: str
    refund_by: Callable[[date, Law], date]
    switched_off: str


def _seven_working_days(day: date, law: Law) -> date:
    return add_working_days(day, _REFUND_WORKING_DAYS, weekly_closing_counts(law.is_working))


def _fourteen_days(day: date, law: Law) -> date:
    del law
    return later(day, _REFUND_DAYS)


_US = Rules(
    pack=Pack.US,
    area=_STATES,
    lapses=Lapses("16 CFR 435.2(c)(5)", "16 CFR 435.2(c)(2)", "16 CFR 435.2(c)(3)"),
    from_shipment=True,
    option="16 CFR 435.2(b)(1)",
    renewed="16 CFR 435.2(b)(2)",
    asked_by_buyer="16 CFR 435.2(c)(1)",
    asked_by_seller="16 CFR 435.2(c)(4)",
    refund="16 CFR 435.1(b)(1)",
    withdrawal_refund="16 CFR 435.1(b)(1)",
    refund_by=_seven_working_days,
    switched_off=N_(
        "Buyers in the United States are no longer asked whether they want to wait or cancel when an order is late, "
        "and nothing is cancelled when they do not answer. 16 CFR 435 still asks this of you, with penalties for each "
        "order: you must do it yourself."
    ),
)
_EU = Rules(
    pack=Pack.EU,
    area=_UNION,
    lapses=None,
    from_shipment=False,
    option="Directive 2011/83, art. 18(2)",
    renewed="Directive 2011/83, art. 18(2)",
    asked_by_buyer="Directive 2011/83, art. 18(2)",
    asked_by_seller="Directive 2011/83, art. 18(2)",
    refund="Directive 2011/83, art. 18(3)",
    withdrawal_refund="Directive 2011/83, art. 13(1)",
    refund_by=_fourteen_days,
    switched_off=N_(
        "Buyers in the European Union are no longer told, before the promised day has passed, that a delivery is late "
        "and that they may set a last day or end the contract. Directive 2011/83, art. 18, still gives them these "
        "rights, and refunds after a cancellation are no longer watched: you must do it yourself."
    ),
)
_UK_DELIVERY = "Consumer Rights Act 2015, s. 28"
_UK = Rules(
    pack=Pack.UK,
    area=frozenset({"GB"}),
    lapses=None,
    from_shipment=False,
    option=_UK_DELIVERY,
    renewed=_UK_DELIVERY,
    asked_by_buyer=_UK_DELIVERY,
    asked_by_seller=_UK_DELIVERY,
    refund=_UK_DELIVERY,
    withdrawal_refund="SI 2013/3134, reg. 34",
    refund_by=_fourteen_days,
    switched_off=N_(
        "Buyers in the United Kingdom are no longer told, before the promised day has passed, that a delivery is late "
        "and that they may set a last day or end the contract. The Consumer Rights Act 2015, s. 28, still gives them "
        "these rights, and refunds after a cancellation are no longer watched: you must do it yourself."
    ),
)
RULES = {rules.pack: rules for rules in (_US, _EU, _UK)}


def applies(law: Law, destination: str) -> tuple[Pack, ...]:
    """The packs in force for an order that goes to ``destination``, strictest first.

    A pack holds where the goods go to its part of the world or the seller sits there: 16 CFR 435 is about all commerce
    of a seller in the States, and a seller's own consumer law is that of its contracts.  Where nobody has said where
    the goods go, each pack could apply, and all do.
    """
    ends = {destination, law.seller}
    return tuple(pack for pack in Pack if pack in law.packs and (not destination or ends & RULES[pack].area))


def what_switching_off_means(pack: Pack) -> str:
    """For the store's owner, before they do it."""
    return RULES[pack].switched_off
