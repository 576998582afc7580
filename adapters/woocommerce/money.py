"""Amounts as WooCommerce writes them, and a line's own total split among its units.  Pure.

Nothing here prices anything: an amount is only ever a part of what the shop itself wrote on the order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from adapters.reader import Reader
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

NOTHING = Decimal(0)
_AMOUNT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?", re.ASCII)


def amount(value: Reader) -> Decimal:
    """An amount, which WooCommerce writes as text.  An empty one is nothing: a product without a price has it."""
    text = value.text_or("")
    if text and not _AMOUNT.fullmatch(text):
        raise Unreadable(value.path, Sentence("is no amount of money: %(text)s", text=repr(text[:20])))
    return Decimal(text or 0)


def grain_of(value: Reader) -> Decimal:
    """The smallest amount of the shop's own setting, as the total of an order shows it: 0.01, or 1 for yen."""
    exponent = amount(value).as_tuple().exponent
    return Decimal(1).scaleb(exponent if isinstance(exponent, int) else 0)


def written(value: Decimal, grain: Decimal) -> str:
    """With the shop's decimals."""
    return f"{value.quantize(grain, ROUND_HALF_UP):f}"


def share(left: Decimal, units: int, of: int, grain: Decimal) -> Decimal:
    """What ``units`` of ``of`` units cost that together cost ``left``.

    The last take the rest.  So units taken off one after the other, each time from what is left, add up to the total.
    """
    whole = left.quantize(grain, ROUND_HALF_UP)
    return whole if units >= of else (whole * units / of).quantize(grain, ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount without tax, and its taxes by the id of their rate."""

    net: Decimal = NOTHING
    taxes: Mapping[str, Decimal] = field(default_factory=dict)

    @classmethod
    def read(cls, row: Reader) -> Money:
        """Of a line, a shipping or a fee line; below zero in a refund."""
        taxes = {tax["id"].number_id(): amount(tax["total"]) for tax in row["taxes"].items_or_none()}
        return cls(amount(row["total"]), {rate: tax for rate, tax in taxes.items() if tax})

    @property
    def tax(self) -> Decimal:
        return sum(self.taxes.values(), NOTHING)

    @property
    def gross(self) -> Decimal:
        return self.net + self.tax

    def __add__(self, other: Money) -> Money:
        rates = {**self.taxes, **other.taxes}
        both = {rate: self.taxes.get(rate, NOTHING) + other.taxes.get(rate, NOTHING) for rate in rates}
        return Money(self.net + other.net, both)

    def share(self, units: int, of: int, grain: Decimal) -> Money:
        """What ``units`` of ``of`` units cost, to the cent with tax, which is what a shopper reads."""
        return self.part(share(self.rounded(grain).gross, units, of, grain), grain)

    def part(self, gross: Decimal, grain: Decimal) -> Money:
        """A part of it that comes to ``gross``, its taxes in proportion; at most the whole.

        The running sum is rounded and not each amount, so that together they make ``gross`` and none is below zero.
        """
        whole = self.rounded(grain)
        if gross >= whole.gross or not whole.gross:
            return whole
        exact = told = NOTHING
        parts = []
        for value in (*whole.taxes.values(), whole.net):
            exact += value * gross / whole.gross
            parts.append(exact.quantize(grain, ROUND_HALF_UP) - told)
            told += parts[-1]
        *taxes, net = parts
        return Money(net, dict(zip(whole.taxes, taxes, strict=True)))

    def rounded(self, grain: Decimal) -> Money:
        """Taxes are kept with more decimals than money has."""
        taxes = {rate: tax.quantize(grain, ROUND_HALF_UP) for rate, tax in self.taxes.items()}
        return Money(self.net.quantize(grain, ROUND_HALF_UP), taxes)


def together(amounts: Iterable[Money]) -> Money:
    return sum(amounts, Money())
