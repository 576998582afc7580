"""Rows by id, and in the order of their last change; and the counters that number them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Generic, Protocol, TypeVar


class Row(Protocol):
    id: int
    modified: datetime


R = TypeVar("R", bound=Row)

# Behind every id, so that a search by moment alone falls after all rows of that second.
_AFTER_EVERY_ID = 1 << 62


class Table(Generic[R]):
    """Keeps rows in the order of their ids, and an index by (modified, id): a poll never sorts the whole shop."""

    def __init__(self) -> None:
        self._rows: dict[int, R] = {}
        self._changed: list[tuple[datetime, int]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows.values())

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def get(self, row_id: int) -> R | None:
        return self._rows.get(row_id)

    def __getitem__(self, row_id: int) -> R:
        return self._rows[row_id]

    def add(self, row: R) -> None:
        self._rows[row.id] = row
        insort(self._changed, (row.modified, row.id))

    def touch(self, row: R, moment: datetime) -> None:
        """Set ``modified``; the only way it may change, or the index would lie."""
        if row.modified == moment:
            return
        self._unindex(row)
        row.modified = moment
        insort(self._changed, (moment, row.id))

    def remove(self, row: R) -> None:
        del self._rows[row.id]
        self._unindex(row)

    def changed(self, after: datetime | None, before: datetime | None) -> Iterator[R]:
        """Rows strictly between two moments, oldest change first, then by id."""
        start = 0 if after is None else bisect_right(self._changed, (after, _AFTER_EVERY_ID))
        end = len(self._changed) if before is None else bisect_left(self._changed, (before, 0))
        return (self._rows[row_id] for _, row_id in self._changed[start:end])

    def _unindex(self, row: R) -> None:
        del self._changed[bisect_left(self._changed, (row.modified, row.id))]


class Ids:
    """Products, orders and refunds are all posts and share one sequence; the rest have one each."""

    def __init__(self) -> None:
        self.posts = count(13)  # a fresh shop has used the first ones for its pages
        self.lines = count(1)
        self.metas = count(20)
        self.notes = count(2)
        self.webhooks = count(1)
