"""What a shop's own fields say of a variant to whoever looks at it, as a record of what was shown when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.ports.promising import ShownRecord
from connector.services.availability import DAY_FIELDS, FIRST_DAY_FIELDS, MESSAGE_FIELDS, STATUS_FIELDS

WORDS = frozenset((*STATUS_FIELDS, *DAY_FIELDS, *FIRST_DAY_FIELDS, *MESSAGE_FIELDS))


def newly_shown(
    variant_id: str, before: Mapping[str, str], after: Mapping[str, str], at: datetime
) -> ShownRecord | None:
    """``before`` and ``after``: the fields of the shop.  None where they say the same, or nothing of ours."""
    if _words(before) == _words(after):
        return None
    status = _first(after, STATUS_FIELDS) or ""
    return ShownRecord(variant_id, at, status, _expected(after), _first(after, MESSAGE_FIELDS) or "")


def _words(fields: Mapping[str, str]) -> Mapping[str, str]:
    return {key: value for key, value in fields.items() if key in WORDS and value}


def _expected(fields: Mapping[str, str]) -> Expected:
    latest = _day(_first(fields, DAY_FIELDS))
    if latest is None:
        return UNKNOWN_DAY
    earliest = _day(_first(fields, FIRST_DAY_FIELDS))
    return Expected(latest if earliest is None else min(earliest, latest), latest)


def _first(fields: Mapping[str, str], keys: tuple[str, ...]) -> str | None:
    return next((fields[key] for key in keys if key in fields), None)


def _day(text: str | None) -> date | None:
    """What a person typed there by hand may be anything."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
