"""Which language to speak, and how its dates and plurals are written."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError

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
