"""Where the units of a line stand in the queue.

A platform tells how many units a line wants now, not when each joined.  Units added by an edit queue at the time of
the edit, and an edit down takes the newest; so we keep, for each line, at what time of the platform's clock which
number was seen.  The sightings are a set: whatever order the versions arrive in, the same places come out.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

LONGEST = 64
"""Sightings of one line that are kept whatever they say; an order has some ten versions in its life."""


class Sighting(NamedTuple):
    """At ``at`` (the platform's clock) the line wanted ``units``."""

    at: datetime
    units: int


class Tranche(NamedTuple):
    """Units of one line that joined the queue together."""

    since: datetime
    units: int


def remember(history: Sequence[Sighting], seen: Sighting) -> tuple[Sighting, ...]:
    """Add a sighting; a second one of the same moment replaces the first.

    A late version may fall anywhere, so each sighting can matter.  Past ``LONGEST`` of them only the first and the last
    of each run of equal numbers are kept, so that an order touched every minute does not grow without end.
    """
    kept = [one for one in history if one.at != seen.at]
    insort(kept, seen)
    if len(kept) <= LONGEST:
        return tuple(kept)
    last = len(kept) - 1
    return tuple(
        one for i, one in enumerate(kept) if i in {0, last} or not kept[i - 1].units == one.units == kept[i + 1].units
    )


def tranches(history: Sequence[Sighting], taken_at: datetime, first_waiting_at: datetime | None) -> list[Tranche]:
    """Split what a line wants by the moment it joined.

    ``taken_at`` is when the platform took the order's stock; ``first_waiting_at`` the oldest version of the order in
    which it had.  A line first seen later than that was added by an edit and joins then; one given up and wanted again
    joins at the end.
    """
    parts: list[Tranche] = []
    ever = False
    for at, units in history:
        have = sum(part.units for part in parts)
        if units > have:
            original = not ever and (first_waiting_at is None or at <= first_waiting_at)
            parts.append(Tranche(taken_at if original else at, units - have))
            ever = True
        elif units < have:
            parts = drop_newest(parts, have - units)
    return parts


def drop_newest(parts: Sequence[Tranche], units: int) -> list[Tranche]:
    """What an edit or a partial refund takes away leaves from the end."""
    left = list(parts)
    while units and left:
        since, size = left.pop()
        if size > units:
            left.append(Tranche(since, size - units))
        units -= min(size, units)
    return left


def drop_oldest(parts: Sequence[Tranche], units: int) -> list[Tranche]:
    """What has shipped was at the head."""
    left: list[Tranche] = []
    for since, size in parts:
        gone = min(size, units)
        units -= gone
        if size > gone:
            left.append(Tranche(since, size - gone))
    return left
