"""How texts are written for searching and sorting: without case, in one spelling, and no longer than an index bears.

A row of an index of PostgreSQL holds 2,704 bytes and the name of a product any number, so what lies in an index is cut.
Two texts that differ only behind the cut sort by what comes next; a title is searched as far as it is kept.
"""

from __future__ import annotations

from unicodedata import normalize

SHORT = 64
"""Characters kept of a number or a SKU."""

LONG = 250
"""Characters kept of a title."""


def folded(text: str) -> str:
    """In lower case, Unicode's compatible characters made one, each run of spaces one space."""
    plain = text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())
    return " ".join(plain.split())


def code(text: str) -> str:
    """A number or a SKU."""
    return folded(text)[:SHORT]


def words(text: str) -> str:
    """A title."""
    return folded(text)[:LONG]
