"""Who stands where for one pool, and what is on its way to it: for people who look at it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connector.domain.allocation import LineRef, open_pieces, queue_order
from connector.domain.facts import Demand
from connector.domain.journal import Link
from connector.ports.records import WaitingLine
from connector.ports.unit_of_work import UnitOfWork
from connector.services.plan import places

LONG = 1_000
"""Lines of a queue that are all read to show the first of them."""


@dataclass(frozen=True, slots=True)
class InQueue:
    """One line in its place; ``since``: when the platform took its stock."""

    order_id: str
    number: str
    variant_id: str
    demand: Demand
    since: datetime
    outstanding: int
    ready: int
    waiting: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The head of a pool's queue; ``more``: how many lines stand behind it."""

    rows: tuple[InQueue, ...]
    more: int


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """Units still to come to a pool; ``due``: when the next of them do, None where nobody knows."""

    units: int
    due: date | None


def queue_of(uow: UnitOfWork, store: str, pool_id: str, most: int) -> Queue:
    """In the order in which units are given out; a line whose units stand in several places is named at the last.

    Of a very long queue only the head is read, and a line stands there where its first units do.
    """
    long = uow.orders.open_counts(store, [pool_id]).get(pool_id, 0)
    if long > LONG:
        return Queue(_rows(uow, store, uow.orders.head(store, pool_id, most)), max(0, long - most))
    lines = {LineRef(one.order_id, one.line_id): one for one in uow.orders.waiting(store, [pool_id])}
    pieces = (
        piece for ref, line in lines.items() for piece in open_pieces(ref, places(line), announced=line.announced)
    )
    # With its last unit the line is complete; the others may long be there.
    order = list(dict.fromkeys(piece.ref for piece in reversed(list(queue_order(pieces)))))[::-1]
    head = [lines[ref] for ref in order[:most]]
    return Queue(_rows(uow, store, head), max(0, len(order) - most))


def _rows(uow: UnitOfWork, store: str, head: Sequence[WaitingLine]) -> tuple[InQueue, ...]:
    orders = uow.orders.get(store, {line.order_id for line in head})
    return tuple(_in_queue(line, orders[line.order_id].number) for line in head if line.order_id in orders)


def _in_queue(line: WaitingLine, number: str) -> InQueue:
    return InQueue(
        line.order_id,
        number,
        line.variant_id,
        line.demand,
        line.taken_at,
        line.outstanding,
        line.ready,
        line.waiting,
        line.expected_on,
    )


def on_their_way(uow: UnitOfWork, store: str, pool_ids: Collection[str]) -> Mapping[str, OnItsWay]:
    """By pool, where anything is to come."""
    found: dict[str, OnItsWay] = {}
    for supply in uow.supplies.open(store, pool_ids):
        if supply.incoming:
            before = found.get(supply.pool_id)
            # The soonest comes first, and those without a date last.
            due = before.due if before else supply.due
            found[supply.pool_id] = OnItsWay((before.units if before else 0) + supply.incoming, due)
    return found


def grounds(links: Sequence[Link]) -> Mapping[str, str]:
    """What the date of each line rests on, in planning's words, by line id; ``links``: of its order, newest first."""
    found: dict[str, str] = {}
    for link in links:
        if link.entry.kind == "allocated" and link.entry.facts["waiting"]:
            found.setdefault(str(link.entry.facts["line"]), str(link.entry.facts["why"]))
    return found
