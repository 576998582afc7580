"""What our WordPress plugin wrote on an order line about the date it had shown the shopper.  Pure.

Anybody who can write metadata can write this, so garbage is taken for nothing said: it must never park an order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from adapters.reader import EARLIEST_YEAR, LATEST_YEAR, Reader
from adapters.woocommerce.values import PROMISE_KEY, meta
from connector.domain.promises import UNKNOWN_DAY, Expected, ShownToBuyer
from connector.ports.failures import Unreadable

LONGEST = 4_000  # characters of JSON
LONGEST_TEXT = 1_000
PLACES = frozenset({"product page", "cart", "checkout"})


def shown_to_buyer(line: Reader) -> ShownToBuyer | None:
    """None where nothing was written, or nothing that can be read."""
    written = meta(line, PROMISE_KEY)
    try:
        return None if written is None else _read(written)
    except (Unreadable, ValueError, RecursionError):  # no JSON, or deeper than anybody nests
        return None


def _read(written: Reader) -> ShownToBuyer | None:
    raw = written.raw
    if isinstance(raw, str) and len(raw) <= LONGEST:
        raw = json.loads(raw)
    if not isinstance(raw, Mapping):
        return None
    said = Reader(raw)
    text = " ".join(said["text"].text().split())[:LONGEST_TEXT]
    where = said["where"].text_or("")
    if not text:
        return None
    return ShownToBuyer(text, _expected(said), _moment(said["at"]), where if where in PLACES else "")


def _expected(said: Reader) -> Expected:
    """The last day is the one that counts; without it none was promised."""
    first, last = _day(said["from"]), _day(said["until"])
    if last is None:
        return UNKNOWN_DAY
    return Expected(first if first is not None and first <= last else last, last)


def _day(value: Reader) -> date | None:
    try:
        day = date.fromisoformat(value.text_or(""))
    except (Unreadable, ValueError):
        return None
    return day if EARLIEST_YEAR <= day.year <= LATEST_YEAR else None


def _moment(value: Reader) -> datetime | None:
    try:
        moment = value.utc_or_none()
    except Unreadable:
        return None
    return None if moment is None else moment.astimezone(UTC)
