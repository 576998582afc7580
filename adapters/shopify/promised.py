"""What the buyer was shown, as our own theme block wrote it on the order line: the property ``_backorder_promise``.

A browser sent it, so a buyer can have written anything there: it is bounded, and what is not exactly of our form counts
as not written.  Whether such a date was ever shown is for the service to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime

from adapters.reader import EARLIEST_YEAR, LATEST_YEAR, Reader
from connector.domain.promises import UNKNOWN_DAY, Expected, ShownToBuyer
from connector.ports.failures import Unreadable
from connector.ports.sentence import Sentence

PROPERTY = "_backorder_promise"
LONGEST = 2000  # characters; the theme block writes at most half of it
LONGEST_TEXT, LONGEST_PLACE = 1000, 100

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def shown_to_buyer(properties: Reader, name: str) -> ShownToBuyer | None:
    """``properties``: pairs of ``name`` and ``value``, under whatever word the answer calls the first."""
    try:
        return next(filter(None, (_shown(value) for value in _values(properties, name))), None)
    except Unreadable:
        return None


def _values(properties: Reader, name: str) -> Iterable[str]:
    for one in properties.items_or_none():
        if one[name].raw == PROPERTY:
            yield one["value"].text_or("")


def _shown(written: str) -> ShownToBuyer | None:
    if len(written) > LONGEST:
        return None
    try:
        promise = Reader.of(written.encode("utf-8", "replace"))
        text = promise["text"].text().strip()
        expected = _expected(_day(promise["from"]), _day(promise["until"]))
        where = promise["where"].text_or("").strip()
    except Unreadable:
        return None
    if not text:
        return None
    return ShownToBuyer(text[:LONGEST_TEXT], expected, _moment(promise["at"]), where[:LONGEST_PLACE])


def _expected(earliest: date | None, latest: date | None) -> Expected:
    if latest is None:
        return UNKNOWN_DAY
    if earliest is not None and earliest > latest:
        raise Unreadable("$.from", Sentence("is later than until"))
    return Expected(earliest or latest, latest)


def _day(written: Reader) -> date | None:
    text = written.text_or("")
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else date.min
    except ValueError:
        day = date.min
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Unreadable(written.path, Sentence("is no day"))
    return day


def _moment(written: Reader) -> datetime | None:
    try:
        return written.utc_or_none()
    except Unreadable:
        return None  # The day was shown all the same.
