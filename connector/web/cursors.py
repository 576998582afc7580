"""Places in a listing as text for an address.  Anybody may write one, so nothing about it is believed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from werkzeug.exceptions import BadRequest

from connector.ports.backlog import Cursor

LONGEST = 4_000
"""Characters of an encoded cursor that we look at; a server takes addresses of some eight thousand."""

MOST_VALUES = 8
"""No listing of ours sorts by more columns."""


class BadCursor(BadRequest):
    """Cut off, altered, or never one of ours."""


def encode(cursor: Cursor) -> str:
    """Letters, digits, ``-`` and ``_`` only."""
    said = json.dumps([int(cursor.back), *cursor.values], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(said.encode()).decode("ascii").rstrip("=")


def decode(text: str) -> Cursor:
    """The very cursor that was encoded, or ``BadCursor``.  Whether its values make sense, the listing itself says."""
    if len(text) > LONGEST or not text.isascii():
        raise BadCursor
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        back, *values = json.loads(raw.decode())
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCursor from error
    if not _is_flag(back) or len(values) > MOST_VALUES or not all(isinstance(one, str) for one in values):
        raise BadCursor
    cursor = Cursor(tuple(values), back=bool(back))
    # Base64 and JSON can be written in many ways; there is one way in which we write them.
    try:
        same = encode(cursor) == text
    except UnicodeEncodeError as error:
        raise BadCursor from error  # half a surrogate pair, which JSON can spell and no text holds
    if not same:
        raise BadCursor
    return cursor


def _is_flag(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in {0, 1}
