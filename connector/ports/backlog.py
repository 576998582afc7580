"""What waits, in pages: for people who look at it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar

from connector.domain.facts import Demand


class LineSort(Enum):
    SINCE = "since"  # who waits longest first
    EXPECTED = "expected"  # the soonest day first, no day last
    SKU = "sku"
    ORDER = "order"  # by the order's number, as text


class LineFilter(Enum):
    ALL = "all"
    DATED = "dated"
    UNDATED = "undated"
    UNPAID = "unpaid"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows of a listing: the sort values of a row, and whether one goes on or back from it."""

    values: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True, slots=True)
class BacklogLine:
    order_id: str
    number: str
    line_id: str
    variant_id: str
    sku: str
    title: str
    demand: Demand
    ready: int
    waiting: int
    since: datetime
    expected_on: date | None


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page; ``previous`` and ``next`` are None at the ends."""

    rows: tuple[Row, ...]
    previous: Cursor | None
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Totals:
    """``oldest``: since when the line waits that waits longest; ``undated``: units without a day to believe."""

    units: int
    lines: int
    orders: int
    variants: int
    oldest: datetime | None
    undated: int


class VariantSort(Enum):
    SKU = "sku"
    WAITING = "waiting"  # the most units first


class VariantFilter(Enum):
    ALL = "all"
    WAITING = "waiting"
    DIFFERS = "differs"  # the shop does not show what it should: to be pushed, refused, or changed by hand


class Backlog(Protocol):
    """What waits, in pages.  Every page costs the same, however many there are before it."""

    def lines(
        self,
        store: str,
        *,
        search: str = "",
        only: LineFilter = LineFilter.ALL,
        sort: LineSort = LineSort.SINCE,
        at: Cursor | None = None,
        limit: int = 50,
    ) -> Listing[BacklogLine]:
        """The lines that wait.  ``search``: the beginning of an order's number or a SKU, or words of a title, in any
        case.
        """
        ...

    def each_line(self, store: str, *, search: str = "", only: LineFilter = LineFilter.ALL) -> Iterator[BacklogLine]:
        """All of them, the longest waiting first; for an export."""
        ...

    def variant_ids(
        self,
        store: str,
        *,
        search: str = "",
        only: VariantFilter = VariantFilter.ALL,
        sort: VariantSort = VariantSort.SKU,
        at: Cursor | None = None,
        limit: int = 50,
    ) -> Listing[str]:
        """The variants that can be bought."""
        ...

    def waiting_for(self, store: str, variant_ids: Collection[str]) -> Mapping[str, int]:
        """Units waited for, by variant; only those above zero."""
        ...

    def totals(self, store: str) -> Totals: ...

    def on_sale(self, store: str) -> tuple[int, int]:
        """How many variants a shopper can buy, and how many units of these are waited for."""
        ...

    def waiting_before(self, store: str, moments: Sequence[datetime]) -> Sequence[int]:
        """Units of the lines that wait since before each of these moments."""
        ...

    def by_day(self, store: str, limit: int) -> Sequence[tuple[date | None, int, int]]:
        """Expected day, units and lines, the soonest first, the unknown last."""
        ...

    def most_waited_for(self, store: str, limit: int) -> Sequence[tuple[str, str, str, int]]:
        """Variant id, SKU, title and units, the most first."""
        ...
