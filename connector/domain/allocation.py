"""Give units on hand and units on their way to the lines that wait: a pure function of facts (design, 3.2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import NamedTuple

from connector.domain.queue import Tranche

ON_HAND = "on hand"
"""The reference of the source that is already there."""


class LineRef(NamedTuple):
    order_id: str
    line_id: str


class Place(NamedTuple):
    """A place in the queue; the smallest is served first."""

    announced: int  # 0: the shopper was told that these units are there
    priority: int  # 0 unless the owner ranks orders; smaller first
    since: datetime
    order: tuple[int, str]  # ids as numbers without trusting that they are
    line: tuple[int, str]


class OpenLine(NamedTuple):
    """Units of one line that share one place."""

    ref: LineRef
    place: Place
    units: int


class Source(NamedTuple):
    """Units to give.  ``due`` None: nobody knows when they come, so they come last."""

    ref: str
    units: int
    due: date | None


class Allocation(NamedTuple):
    line: LineRef
    source: str
    units: int
    due: date | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Who gets what; ``short`` are the units nobody can promise yet, ``left`` what no line needs, by source."""

    allocations: tuple[Allocation, ...]
    short: tuple[tuple[LineRef, int], ...]
    left: dict[str, int] = field(default_factory=dict)

    def by_line(self) -> dict[LineRef, list[Allocation]]:
        found: dict[LineRef, list[Allocation]] = defaultdict(list)
        for one in self.allocations:
            found[one.line].append(one)
        return found


def on_hand(available: int, outstanding: int) -> int:
    """Units physically there.  Below zero there are orders we have not seen; the caller clamps and reconciles."""
    return available + outstanding


def open_pieces(ref: LineRef, parts: Sequence[Tranche], *, announced: int = 0, priority: int = 0) -> Iterator[OpenLine]:
    """The pieces of a line: its announced units first, the rest where each joined."""
    order, line = (len(ref.order_id), ref.order_id), (len(ref.line_id), ref.line_id)
    for since, units in parts:
        told = min(units, announced)
        announced -= told
        if told:
            yield OpenLine(ref, Place(0, priority, since, order, line), told)
        if units > told:
            yield OpenLine(ref, Place(1, priority, since, order, line), units - told)


def supply_order(source: Source) -> tuple[bool, date, str]:
    return (source.due is None, source.due or date.max, source.ref)


def allocate(lines: Iterable[OpenLine], hand: int, supplies: Iterable[Source]) -> Plan:
    """Give the soonest source to the head of the queue, splitting a line where it must.

    No source gives more than it holds; what a line gets and what it is short of add up to what it wants; no unit goes
    to a piece further back while one ahead of it waits; the order of the arguments is irrelevant.  Supplies are told
    apart by their references.
    """
    held = (one for one in (Source(ON_HAND, hand, date.min), *sorted(supplies, key=supply_order)) if one.units > 0)
    source = Source(ON_HAND, 0, None)
    left = 0
    given: list[Allocation] = []
    short: dict[LineRef, int] = defaultdict(int)
    for ref, _, wanted in queue_order(lines):
        need = wanted
        while need > 0:
            if not left:
                following = next(held, None)
                if following is None:
                    short[ref] += need
                    break
                source, left = following, following.units
            take = min(need, left)
            given.append(Allocation(ref, source.ref, take, source.due))
            need -= take
            left -= take
    remaining = {source.ref: left} if left else {}
    remaining.update((unused.ref, unused.units) for unused in held)
    return Plan(tuple(given), tuple(short.items()), remaining)


def queue_order(lines: Iterable[OpenLine]) -> Iterator[OpenLine]:
    """Sort by place.

    Comparing whole places would be most of the time of a large plan.  Sorted by the moment alone first, a class is
    already in order but for lines of the same moment, and the second sort finds little left to do.
    """
    classes: dict[tuple[int, int], list[OpenLine]] = defaultdict(list)
    for line in lines:
        classes[line.place.announced, line.place.priority].append(line)
    for _, queue in sorted(classes.items(), key=itemgetter(0)):
        queue.sort(key=attrgetter("place.since"))
        queue.sort(key=attrgetter("place"))
        yield from queue
