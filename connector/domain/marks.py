"""What an order should bear at the shop, and when that is news for the shopper."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum


class NoticeKind(Enum):
    WAITING = "waiting"  # units of this order are backordered
    CHANGED = "changed"  # still waiting; dates or quantities moved
    READY = "ready"  # all that waited is now there
    CLEARED = "cleared"  # nothing waits any more, without having been served (cancelled, refunded)


class OrderStatus(Enum):
    """The mark as a whole.  NONE: never backordered, or no longer."""

    NONE = ""
    WAITING = "waiting"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class LineMark:
    """How one line stands: units there, units waited for, and when the last of them is expected."""

    line_id: str
    sku: str
    title: str
    ready: int
    waiting: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class OrderMarks:
    status: OrderStatus = OrderStatus.NONE
    lines: tuple[LineMark, ...] = ()

    @property
    def expected_on(self) -> date | None:
        """When the whole order can leave; None where one waiting line has no date."""
        dates = [line.expected_on for line in self.lines if line.waiting]
        known = [day for day in dates if day is not None]
        return max(known) if known and len(known) == len(dates) else None

    @property
    def waited_for(self) -> dict[str, tuple[int, date | None]]:
        """Units and date by line."""
        return {line.line_id: (line.waiting, line.expected_on) for line in self.lines if line.waiting}


def marks_of(lines: Iterable[LineMark], told: OrderMarks) -> OrderMarks:
    """The marks an order should bear now, given those it was last told to bear.

    Only an order that has waited is marked: one that was served from stock at once never hears from us.
    """
    standing = tuple(sorted((line for line in lines if line.ready or line.waiting), key=lambda line: line.line_id))
    if any(line.waiting for line in standing):
        return OrderMarks(OrderStatus.WAITING, standing)
    if not standing or told.status is OrderStatus.NONE:
        return OrderMarks()
    return OrderMarks(OrderStatus.READY, standing)


def news(now: OrderMarks, told: OrderMarks) -> NoticeKind | None:
    """What the difference between two marks means to the shopper; None where there is none worth a word."""
    if now == told:
        return None
    if now.status is OrderStatus.WAITING:
        if told.status is not OrderStatus.WAITING:
            return NoticeKind.WAITING
        # A line of the order that shipped from stock, or a new title, changes nothing for the units waited for.
        return NoticeKind.CHANGED if now.waited_for != told.waited_for else None
    if now.status is OrderStatus.READY:
        # A line shipped or taken off an order that was already told is no second message.
        return NoticeKind.READY if told.status is OrderStatus.WAITING else None
    return NoticeKind.CLEARED if told.status is OrderStatus.WAITING else None
