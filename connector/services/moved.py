"""Who is better off and who is worse off by what was planned last: shown after a supply was changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from connector.domain.allocation import LineRef
from connector.ports.unit_of_work import UnitOfWork

LOOKED_AT = 2_000
"""Journal entries of one variant that are looked at, newest first."""


class Stand(NamedTuple):
    """How a line stands in a plan: units there, units waited for, and when the last of them is expected."""

    ready: int
    waiting: int
    expected_on: date | None

    @property
    def rank(self) -> tuple[int, date, int]:
        """The smaller, the better: complete, then by the day of the last unit, then by what is there already."""
        return (1 if self.waiting else 0, (self.expected_on or date.max) if self.waiting else date.min, -self.ready)


@dataclass(frozen=True, slots=True)
class Move:
    """A line whose place in time has changed.  ``number`` is the order's, as the merchant reads it."""

    line: LineRef
    number: str
    variant_id: str
    was: Stand
    now: Stand


@dataclass(frozen=True, slots=True)
class Moves:
    better: tuple[Move, ...] = ()
    worse: tuple[Move, ...] = ()


def effect(was: Stand, now: Stand) -> int:
    """Above zero: better off; below: worse; 0: neither, or a line that is new or wants another number now."""
    if was.ready + was.waiting != now.ready + now.waiting:
        return 0
    return (was.rank > now.rank) - (was.rank < now.rank)


def moved_since(uow: UnitOfWork, store: str, variant_ids: Collection[str], since: datetime) -> Moves:
    """What planning has made of the lines of these variants from ``since`` on; several plans count as one."""
    first: dict[LineRef, Stand] = {}
    last: dict[LineRef, tuple[str, Stand]] = {}
    for variant_id in sorted(variant_ids):
        for link in uow.journal.read(store, variant_id=variant_id, limit=LOOKED_AT):
            entry = link.entry
            if entry.at < since:
                break
            if entry.kind == "allocated":
                line = LineRef(entry.order_id, str(entry.facts["line"]))
                first[line] = _stand(entry.facts["was"])  # newest first: the oldest one stays
                last.setdefault(line, (variant_id, _stand(entry.facts)))
    orders = uow.orders.get(store, {line.order_id for line in last})
    better: list[Move] = []
    worse: list[Move] = []
    for line, (variant_id, now) in last.items():
        how = effect(first[line], now)
        if how:
            number = orders[line.order_id].number if line.order_id in orders else line.order_id
            (better if how > 0 else worse).append(Move(line, number, variant_id, first[line], now))
    return Moves(tuple(sorted(better, key=_by_day)), tuple(sorted(worse, key=_by_day)))


def _by_day(move: Move) -> tuple[tuple[int, date, int], LineRef]:
    return move.now.rank, move.line


def _stand(facts: Mapping[str, Any]) -> Stand:
    day = facts["expected_on"]
    return Stand(int(facts["ready"]), int(facts["waiting"]), date.fromisoformat(day) if day else None)
