"""Untrusted JSON, read with the path of what is wrong: ``$.line_items[1].quantity is not a whole number: '1'``.

A ``Reader`` never raises anything but ``Unreadable``.  Going down (``order["billing"]["country"]``) never raises at
all; asking for a value does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from adapters.parsing import parse, shown
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence, together

# No shop counts to a trillion, and a million numbers below it still add up to what a database column holds (2**63).
LEAST_WHOLE, GREATEST_WHOLE = -(10**12), 10**12
LONGEST_LABEL = 255
# No shop is older than the epoch.  The bounds keep every later sum of days inside datetime's own range.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2999

_ID = re.compile(r"[0-9]{1,20}", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Reader:
    """One value of a JSON document, with its path.  ``Reader(value)`` reads what is already parsed."""

    __slots__ = ("_problem", "_value", "path")

    def __init__(self, value: object, path: str = "$") -> None:
        self.path = path
        self._value = value
        self._problem: Unreadable | None = None

    @classmethod
    def of(cls, body: bytes) -> Reader:
        """Parse a whole body.  A byte order mark is allowed: plugins put one before what WordPress sends."""
        return cls(parse(body))

    def __getitem__(self, key: str) -> Reader:
        """The member ``key`` of an object.  Whatever is wrong on the way is said when the value is asked for."""
        return self._child(key, lenient=False)

    def get(self, key: str) -> Reader:
        """The same, but a member of nothing (null or absent) is absent instead of an error."""
        return self._child(key, lenient=True)

    def __iter__(self) -> Iterator[Reader]:
        """The entries of a list, with indexed paths."""
        value = self.raw
        if not isinstance(value, list):
            raise self._wrong(Sentence("is not a list"))
        return (Reader(entry, f"{self.path}[{index}]") for index, entry in enumerate(value))

    def items(self) -> tuple[Reader, ...]:
        return tuple(self)

    def items_or_none(self) -> tuple[Reader, ...]:
        """No entries where the list is null or absent."""
        return () if self.is_null else tuple(self)

    @property
    def is_absent(self) -> bool:
        return self._problem is not None and isinstance(self._value, _Absent)

    @property
    def is_null(self) -> bool:
        """Null or absent.  Raises where the way here led through something that is no object."""
        if self._problem is not None and not self.is_absent:
            raise self._problem
        return self.is_absent or self._value is None

    @property
    def raw(self) -> object:
        """The value as ``json`` gives it; text in it is not cleaned (see ``text``)."""
        if self._problem is not None:
            raise self._problem
        return self._value

    def whole(self, minimum: int | None = None) -> int:
        """A whole number of a size that can be counted with.  ``2.0`` is one (JSON has one kind of number), ``true`` is
        not.
        """
        value = self.raw
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong(Sentence("is not a whole number"))
        if not LEAST_WHOLE <= value <= GREATEST_WHOLE:
            raise self._wrong(Sentence("is out of range"))
        if minimum is not None and value < minimum:
            raise self._wrong(Sentence("is less than %(minimum)s", minimum=minimum))
        return value

    def number(self) -> float:
        """A finite number, whole or not."""
        value = self.raw
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(Sentence("is not a number"))
        try:
            return float(value)
        except OverflowError:
            raise self._wrong(Sentence("is out of range")) from None

    def text(self) -> str:
        """Text that every database can store.

        PostgreSQL stores no NUL character and no lone half of a surrogate pair, and both can be written in JSON.  NUL
        means nothing to a reader and is taken out; a lone surrogate becomes the replacement character.
        """
        value = self.raw
        if not isinstance(value, str):
            raise self._wrong(Sentence("is not text"))
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\0", ""))

    def text_or(self, default: str) -> str:
        """Text; ``default`` where it is null or absent."""
        return default if self.is_null else self.text()

    def label(self) -> str:
        """Text that is looked up by, as a SKU or an order's number; cut where no index could hold it any more."""
        return self.text()[:LONGEST_LABEL]

    def label_or(self, default: str) -> str:
        """A label; ``default`` where it is null or absent."""
        return default if self.is_null else self.label()

    def flag(self) -> bool:
        value = self.raw
        if not isinstance(value, bool):
            raise self._wrong(Sentence("is not true or false"))
        return value

    def number_id(self) -> str:
        """An id as text, from a number or digits; at most 20 digits, without leading zeros."""
        value = self.raw
        digits = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if not isinstance(digits, str) or not _ID.fullmatch(digits):
            raise self._wrong(Sentence("is not an id"))
        return digits.lstrip("0") or "0"

    def utc(self) -> datetime:
        """A moment in ISO 8601 with its zone, in UTC."""
        moment = self._moment()
        if moment.tzinfo is None:
            raise self._wrong(Sentence("has no time zone"))
        return self._in_utc(moment)

    def gmt(self) -> datetime:
        """A moment that is UTC where it names no zone, as WooCommerce's ``*_gmt`` fields are."""
        moment = self._moment()
        return self._in_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def utc_or_none(self) -> datetime | None:
        """As ``utc``; None where it is null, absent or empty."""
        return None if self._is_nothing() else self.utc()

    def gmt_or_none(self) -> datetime | None:
        """As ``gmt``; None where it is null, absent or empty."""
        return None if self._is_nothing() else self.gmt()

    def __repr__(self) -> str:
        return f"<Reader {self.path}>"

    def _is_nothing(self) -> bool:
        return self.is_null or self._value == ""

    def _moment(self) -> datetime:
        value = self.raw
        try:
            return datetime.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            raise self._wrong(Sentence("is not a date and time")) from None

    def _in_utc(self, moment: datetime) -> datetime:
        # The year is checked before the shift: near year 1 and 9999 the shift itself overflows.
        if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise self._wrong(Sentence("is out of range"))
        try:
            return moment.astimezone(UTC)
        except (OverflowError, ValueError):
            raise self._wrong(Sentence("is out of range")) from None

    def _child(self, key: str, *, lenient: bool) -> Reader:
        path = f"{self.path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{self.path}[{key!r}]"
        if self._problem is not None:
            return _failed(path, _ABSENT if lenient and self.is_absent else None, self._problem)
        value = self._value
        if isinstance(value, dict) and key in value:
            return Reader(value[key], path)
        # PHP writes an empty object as an empty list.
        if isinstance(value, dict) or value == [] or (lenient and value is None):
            return _failed(path, _ABSENT, Unreadable(path, Sentence("is missing")))
        return _failed(path, None, self._wrong(Sentence("is not an object")))

    def _wrong(self, problem: str) -> Unreadable:
        return Unreadable(self.path, together(problem, shown(self._value), ": "))


class _Absent:
    """The value of a member that is not there."""


_ABSENT = _Absent()


def _failed(path: str, value: object, problem: Unreadable) -> Reader:
    reader = Reader(value, path)
    reader._problem = problem  # noqa: SLF001 -- the other half of this class, kept out of its public constructor
    return reader
