"""Lists as WordPress answers them: filters, orders, pages, and only the fields asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import Generic, TypeVar

from adapters.woocommerce.sandbox.records import Order, Product
from adapters.woocommerce.sandbox.rules import moment, truth
from adapters.woocommerce.sandbox.tables import Table

Params = Mapping[str, object]
R = TypeVar("R", Product, Order)


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """One page and the size of the whole; ``page`` counts from one."""

    rows: Sequence[R]
    total: int
    per_page: int
    page: int

    @property
    def pages(self) -> int:
        return -(-self.total // self.per_page)


def listed(
    table: Table[R],
    params: Params,
    zone: tzinfo,
    keep: Callable[[R], bool],
    *,
    candidates: Iterable[R] | None = None,
    title: Callable[[R], str] = lambda row: str(row.id),
) -> Listed[R]:
    """Filter, order and cut; ``candidates`` narrows the search where an index knows better than the table."""
    page, per_page = number(params, "page", 1), number(params, "per_page", 10)
    wanted = ids(params.get("include"))
    excluded = set(ids(params.get("exclude")))
    after, before = (bound(params, name, zone) for name in ("modified_after", "modified_before"))
    if candidates is None and wanted:
        candidates = (row for one in dict.fromkeys(wanted) if (row := table.get(one)) is not None)
    by_change = candidates is None
    source = table.changed(after, before) if by_change else iter(candidates or ())
    rows = [row for row in source if keep(row) and row.id not in excluded]
    if not by_change:
        rows = [row for row in rows if _within(row.modified, after, before)]
    created_after, created_before = (bound(params, name, zone) for name in ("after", "before"))
    if created_after or created_before:
        rows = [row for row in rows if _within(row.created, created_after, created_before)]
    rows = _ordered(rows, params, wanted, title, by_change=by_change)
    start = number(params, "offset", (page - 1) * per_page)
    return Listed(list(islice(rows, start, start + per_page)), len(rows), per_page, page)


def bound(params: Params, name: str, zone: tzinfo) -> datetime | None:
    """A moment as WordPress reads it.

    A date without a zone is the site's.  WordPress turns every date into the site's local time and compares that with
    the local column, or with the GMT column where ``dates_are_gmt`` says so: plain UTC is then right, and a date with
    ``Z`` is wrong by the site's offset.
    """
    text = params.get(name)
    if not isinstance(text, str) or not text:
        return None
    given = moment(text)
    local = (given.replace(tzinfo=zone) if given.tzinfo is None else given.astimezone(zone)).replace(microsecond=0)
    if truth(params.get("dates_are_gmt", False)):
        return local.replace(tzinfo=UTC)
    return local.astimezone(UTC)


def number(params: Params, name: str, default: int) -> int:
    value = params.get(name)
    return default if value is None else int(float(str(value)))


def ids(value: object) -> list[int]:
    """Ids in a list or separated by commas."""
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [int(float(str(one))) for one in parts if str(one).strip()]


def words(value: object) -> list[str]:
    """Texts in a list or separated by commas; a space after a comma belongs to the text, and so finds nothing."""
    return (
        [str(one) for one in value] if isinstance(value, list) else [one for one in str(value or "").split(",") if one]
    )


def pick(body: object, fields: object) -> object:
    """What ``_fields`` leaves of an answer; it reaches into objects, not into lists inside an object."""
    wanted = [one.strip().split(".") for one in words(fields)]
    if not wanted:
        return body
    if isinstance(body, list):
        return [_picked(one, wanted) or [] for one in body]
    return _picked(body, wanted) or []


def _picked(body: object, wanted: Sequence[Sequence[str]]) -> dict[str, object]:
    found: dict[str, object] = {}
    if not isinstance(body, dict):
        return found
    for key, value in body.items():
        below = [path[1:] for path in wanted if path[0] == key]
        if any(not path for path in below):
            found[key] = value
        elif below and (inner := _picked(value, below)):
            found[key] = inner
    return found


def _within(value: datetime, after: datetime | None, before: datetime | None) -> bool:
    return (after is None or value > after) and (before is None or value < before)


def _ordered(
    rows: list[R], params: Params, wanted: Sequence[int], title: Callable[[R], str], *, by_change: bool
) -> list[R]:
    """Newest first unless asked otherwise; equal keys stand in the order of their ids."""
    by = str(params.get("orderby", "date"))
    if by == "include":
        place = {one: at for at, one in enumerate(wanted)}
        return sorted(rows, key=lambda row: place.get(row.id, len(place)))
    if not (by == "modified" and by_change):
        rows.sort(key=_key(by, title))
    return rows if params.get("order", "desc") == "asc" else rows[::-1]


def _key(by: str, title: Callable[[R], str]) -> Callable[[R], tuple[object, int]]:
    match by:
        case "modified":
            return lambda row: (row.modified, row.id)
        case "title" | "slug":
            return lambda row: (title(row), row.id)
        case "date":
            return lambda row: (row.created, row.id)
        case _:
            return lambda row: (0, row.id)
