"""Which language to speak, and how its dates and plurals are written."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

MOST_PARTS = 4
"""A language has no more; what an order says it has may be anything."""


def spelled(language: str) -> str:
    """One spelling for what the platforms and the owner write: ``de_AT_formal`` and ``de-at-formal`` are the same."""
    return language.strip().replace("_", "-").lower()


def widening(language: str) -> list[str]:
    """The language and what it is a kind of, the narrowest first: de-at-formal, de-at, de."""
    parts = spelled(language).split("-")[:MOST_PARTS]
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


@lru_cache(maxsize=512)
def locale_of(spoken: str, *asked: str) -> Locale | None:
    """How to write numbers and dates in the language ``spoken`` for one who asked for these, the dearest first.

    Austria's January is written where an Austrian reads German, not where one reads English.  None: nobody knows.
    """
    base = widening(spoken)[-1]
    kin = [language for one in asked for language in widening(one) if widening(one)[-1] == base]
    for language in [*kin, *widening(spoken)]:
        try:
            return Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError):  # what an order names as its language may be none
            continue
    return None


_SUM = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,4})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def money(amount: str, currency: str, locale: Locale | None) -> str:
    """A sum as people write it; what is no plain number, such as an owner's words, as it stands.  Empty for none."""
    if locale is not None and _SUM.fullmatch(amount) and _CURRENCY.fullmatch(currency):
        return format_currency(Decimal(amount), currency, locale=locale)
    return f"{amount} {currency}".strip() if amount else ""
