"""What a list was asked for in its address: whatever stands there, a sensible list comes of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from flask import request

from connector.ports.backlog import Cursor, Listing
from connector.web.cursors import BadCursor, decode, encode

LONGEST_SEARCH = 100

Choice = TypeVar("Choice", bound=Enum)
Row = TypeVar("Row")


def search_asked() -> str:
    return request.args.get("q", "").strip()[:LONGEST_SEARCH]


def choice_asked(name: str, default: Choice) -> Choice:
    """A member of the default's enumeration, by its value; the default for anything else."""
    try:
        return type(default)(request.args.get(name, ""))
    except ValueError:
        return default


def page_asked(read: Callable[[Cursor | None], Listing[Row]]) -> Listing[Row]:
    """The page that ``at`` names.  A cursor of no list, or of another one, is answered with 400."""
    at = request.args.get("at", "")
    cursor = decode(at) if at else None
    try:
        return read(cursor)
    except ValueError as error:
        if cursor is None:
            raise
        raise BadCursor from error


def around(listing: Listing[Row], address: Callable[[str], str]) -> tuple[str, str]:
    """The addresses of the pages before and after, empty at the ends; ``address`` takes a cursor as text."""
    before, after = listing.previous, listing.next
    return address(encode(before)) if before else "", address(encode(after)) if after else ""
