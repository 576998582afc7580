"""Pages found by where the last one ended, so that page 1,000 costs what page 1 does.

What is listed lies in a few parts, each an index in the order of the listing with the part's name before it; a page is
merged from the heads of the parts that a filter lets through.  So every filter reads only rows that it shows.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Date, and_, false, literal, or_, select, tuple_

from connector.ports.backlog import Cursor
from connector.storage.column_types import Moment, micros, moment_of
from connector.storage.dialect import place_of
from connector.storage.folding import LONG, SHORT, folded

MOST_WORDS = 8
"""Words of a search that are looked for in a title; each costs a look at every title."""

_WHOLE = re.compile(r"-?[0-9]{1,19}")

Place = tuple[Any, ...]
"""The sort values of a row; no two rows have the same."""


@dataclass(frozen=True, slots=True)
class Pages:
    """A listing that can be walked both ways.  ``key``: its sort columns, ending in what is unique in the store."""

    connection: Connection
    key: tuple[Column[Any], ...]
    parts: tuple[ColumnElement[bool], ...]
    wanted: ColumnElement[bool]

    def walk(self, place: Place | None, limit: int, *, back: bool = False) -> list[Place]:
        """The next places from one on (None: from the end that is walked away from), in the order of the walk."""
        query = select(*self.key).where(self.wanted).limit(limit)
        query = query.order_by(*(column.desc() if back else column.asc() for column in self.key))
        if place is not None:
            ours, theirs = tuple_(*self.key), tuple_(*map(_bound, place, self.key))
            query = query.where(ours < theirs if back else ours > theirs)
        found = [[tuple(row) for row in self.connection.execute(query.where(part))] for part in self.parts]
        return list(islice(heapq.merge(*found, reverse=back), limit))

    def page(self, at: Cursor | None, limit: int) -> tuple[Sequence[Place], Cursor | None, Cursor | None]:
        """One page with the cursors before and behind it.  A page that is no longer there gives the nearest one.

        ValueError for a cursor that is none of this listing, and for a limit below 1.
        """
        if limit < 1:
            raise ValueError(f"A page has at least one row, not {limit}.")
        place, back = (None, False) if at is None else (self.place(at), at.back)
        places = self.walk(place, limit + 1, back=back)
        if place is not None and not places:
            place, back = None, not back
            places = self.walk(place, limit + 1, back=back)
        ahead, places = len(places) > limit, places[:limit]
        behind = place is not None and bool(self.walk(places[0], 1, back=not back))
        if back:
            places.reverse()
            ahead, behind = behind, ahead
        previous = Cursor(_texts(places[0]), back=True) if behind else None
        return places, previous, Cursor(_texts(places[-1])) if ahead else None

    def place(self, cursor: Cursor) -> Place:
        """Read a cursor, which may be forged."""
        if len(cursor.values) != len(self.key):
            raise ValueError(f"A cursor of this listing has {len(self.key)} values, not {len(cursor.values)}.")
        return tuple(_value(text, column) for text, column in zip(cursor.values, self.key, strict=True))


def _bound(value: Any, column: Column[Any]) -> Any:  # noqa: ANN401 -- whatever the column holds
    return literal(value, column.type)


def _texts(place: Place) -> tuple[str, ...]:
    return tuple(_text(value) for value in place)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return str(micros(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(text: str, column: Column[Any]) -> Any:  # noqa: ANN401 -- whatever the column holds
    read: Callable[[str], Any] = _word
    if isinstance(column.type, Moment):
        read = _moment
    elif isinstance(column.type, Date):
        read = date.fromisoformat
    elif isinstance(column.type, BigInteger):
        read = _number
    return read(text)


def _number(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"No whole number: {text[:30]!r}.")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        return moment_of(_number(text))
    except OverflowError:
        raise ValueError(f"No moment: {text!r}.") from None


def _word(text: str) -> str:
    if not storable(text):
        raise ValueError("A cursor holds characters that no text has.")
    return text


def storable(text: str) -> bool:
    """Whether both databases take it: PostgreSQL knows no NUL, and half a surrogate pair is no character."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def sought(search: str, codes: Sequence[Column[Any]], title: Column[Any]) -> ColumnElement[bool] | None:
    """What a search finds: codes that begin with it, or titles that hold each of its words.  None: it asks nothing."""
    text = folded(search)
    if not storable(text):
        return false()
    if not text:
        return None
    words = dict.fromkeys(text[:LONG].split(" ")[:MOST_WORDS])
    return or_(*(place_of(one, text[:SHORT]) == 1 for one in codes), and_(*(place_of(title, one) > 0 for one in words)))
