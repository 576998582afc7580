"""Queues, supplies and histories of any shape, for the laws."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from connector.domain.allocation import ON_HAND, LineRef, OpenLine, Place, Plan, Source, open_pieces
from connector.domain.queue import Sighting, Tranche

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TODAY = MONDAY.date()


def moment(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def day(days: int) -> date:
    return TODAY + timedelta(days=days)


def ref(order: int, line: int = 1) -> LineRef:
    return LineRef(str(order), str(line))


def waiting(order: int, units: int, *, hour: float = 0, line: int = 1, announced: int = 0, rank: int = 0) -> OpenLine:
    """One piece of a line, as ``open_pieces`` makes it of a single tranche."""
    place = Place(0 if announced else 1, rank, moment(hour), (len(str(order)), str(order)), (len(str(line)), str(line)))
    return OpenLine(ref(order, line), place, units)


def got(plan: Plan, line: LineRef) -> dict[str, int]:
    """Units a line gets by source."""
    return {one.source: one.units for one in plan.by_line().get(line, [])}


# Few different values, so that ties and exhausted sources are the rule and not the exception.
units = st.integers(1, 9)
hours = st.integers(0, 6)


@st.composite
def queues(draw: st.DrawFn, *, announced: bool = True, ranks: bool = True) -> list[OpenLine]:
    """The open pieces of up to eight lines, each of one or two tranches."""
    pieces: list[OpenLine] = []
    for number in range(draw(st.integers(0, 8))):
        moments = draw(st.lists(hours, min_size=1, max_size=2, unique=True))
        parts = [Tranche(moment(hour), draw(units)) for hour in sorted(moments)]
        told = draw(st.integers(0, 9)) if announced and draw(st.booleans()) else 0
        rank = draw(st.integers(0, 2)) if ranks else 0
        pieces += open_pieces(ref(number // 2 + 1, number + 1), parts, announced=told, priority=rank)
    return pieces


@st.composite
def supplies(draw: st.DrawFn) -> list[Source]:
    count = draw(st.integers(0, 5))
    due = st.none() | st.integers(-3, 5).map(day)
    return [Source(f"PO-{number}", draw(st.integers(0, 12)), draw(due)) for number in range(count)]


hands = st.integers(-5, 20)


def sighted(numbers: Sequence[int]) -> list[Sighting]:
    """One sighting an hour."""
    return [Sighting(moment(hour), units) for hour, units in enumerate(numbers)]


def wanted_by_line(pieces: Sequence[OpenLine]) -> dict[LineRef, int]:
    totals: dict[LineRef, int] = {}
    for piece in pieces:
        totals[piece.ref] = totals.get(piece.ref, 0) + piece.units
    return totals


def held(hand: int, incoming: Sequence[Source]) -> dict[str, int]:
    """Units each source can give."""
    return {ON_HAND: max(0, hand)} | {one.ref: one.units for one in incoming}
