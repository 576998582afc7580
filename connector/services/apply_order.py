"""One version of an order against the one we hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connector.domain.facts import Demand, LineSeen, OrderSeen
from connector.domain.queue import Sighting, remember
from connector.ports.records import LineRecord, OrderRecord, VariantRecord


@dataclass(frozen=True, slots=True)
class Merged:
    """``order`` None: nothing to write.  ``pools``: those whose plan may change.  ``ask_again``: two versions bear the
    same time and differ, and only the platform knows which is newer.
    """

    order: OrderRecord | None
    pools: frozenset[str] = frozenset()
    ask_again: bool = False


def merge_order(
    held: OrderRecord | None, seen: OrderSeen, variants: Mapping[str, VariantRecord], seen_at: datetime, *, read: bool
) -> Merged:
    """The newer version wins; an older one still tells when a line wanted how much."""
    if held is None:
        order = _build(None, seen, variants, seen_at)
        return Merged(order, _pools(order))
    if seen.changed_at < held.changed_at:
        order = _with_history(held, seen, variants)
        return Merged(order, _pools(order)) if order.lines != held.lines or _earlier(order, held) else Merged(None)
    order = _build(held, seen, variants, seen_at)
    if _content(order) == _content(held):
        return Merged(order)
    tie = seen.changed_at == held.changed_at and not read
    return Merged(order, _pools(order) | _pools(held), ask_again=tie)


def void_order(order: OrderRecord, seen_at: datetime) -> frozenset[str]:
    """The platform knows it no more: nothing of it waits.  The pools it stood in."""
    pools = _pools(order)
    order.demand, order.status, order.seen_at = Demand.VOID, "gone", seen_at
    for line in order.lines.values():
        # Its places are kept: an order that comes back out of the bin had its stock taken all the while.
        line.outstanding, line.announced = 0, 0
        line.ready, line.waiting, line.expected_on = 0, 0, None
    return pools


def counted(demand: Demand, line: LineSeen | LineRecord) -> int:
    """Units a line wants in the eyes of the queue: a cancelled order's line wants none, whatever it says."""
    return line.wanted if demand.waits or demand is Demand.DONE else 0


def _build(
    held: OrderRecord | None, seen: OrderSeen, variants: Mapping[str, VariantRecord], seen_at: datetime
) -> OrderRecord:
    before = held.lines if held else {}
    lines = {line.id: _line(before.get(line.id), line, seen, variants) for line in seen.lines}
    for gone in before.keys() - lines.keys():
        # A line taken off the order is kept at zero, so that its place is not given back if it returns.
        lines[gone] = _emptied(before[gone], seen.changed_at)
    order = OrderRecord(
        id=seen.id,
        number=seen.number,
        demand=seen.demand,
        status=seen.status,
        changed_at=seen.changed_at,
        seen_at=seen_at,
        placed_at=seen.placed_at,
        taken_at=seen.taken_at,
        first_waiting_at=seen.changed_at if seen.demand.waits else None,
        language=seen.language,
        test=seen.test,
        lines=dict(sorted(lines.items())),
    )
    if held is not None:
        order.told, order.revision = held.told, held.revision
        order.first_waiting_at = _first(held.first_waiting_at, order.first_waiting_at)
        order.taken_at = _taken_at(held, seen)
    return order


def _taken_at(held: OrderRecord, seen: OrderSeen) -> datetime:
    """The oldest moment that any version in which the stock was taken gives: whichever of them came first.

    Paying a bank transfer later must not cost the place that the order took when it was made.
    """
    waited = [held.taken_at] if held.first_waiting_at is not None else []
    waits = [seen.taken_at] if seen.demand.waits else []
    newest = seen.taken_at if seen.changed_at >= held.changed_at else held.taken_at
    return min([*waited, *waits], default=newest)


def _line(
    held: LineRecord | None, line: LineSeen, order: OrderSeen, variants: Mapping[str, VariantRecord]
) -> LineRecord:
    # WooCommerce forgets which product a line was of when the product is deleted for good; we do not.
    variant_id = line.variant_id or (held.variant_id if held else "")
    known = variants.get(variant_id)
    waits = order.demand.waits and bool(variant_id)
    record = LineRecord(
        id=line.id,
        variant_id=variant_id,
        pool_id=known.pool_id if known else variant_id,
        sku=line.sku,
        title=line.title,
        ordered=line.ordered,
        wanted=line.wanted,
        shipped=line.shipped,
        outstanding=line.outstanding if waits else 0,
        history=_history(held, order, counted(order.demand, line)),
    )
    if held is not None and record.outstanding:
        record.announced = min(held.announced, record.outstanding)
        record.ready, record.waiting, record.expected_on = held.ready, held.waiting, held.expected_on
    return record


def _history(held: LineRecord | None, order: OrderSeen, units: int) -> tuple[Sighting, ...]:
    """Nothing is left out as idle: that a line wanted no units at a time may explain a version yet to come."""
    before = held.history if held else ()
    # Of several versions of one moment nobody knows which came last; the most counts, and planning cuts what is over.
    return remember(before, Sighting(order.changed_at, max([units, *_at(before, order.changed_at)])))


def _at(history: tuple[Sighting, ...], moment: datetime) -> list[int]:
    return [one.units for one in history if one.at == moment]


def _emptied(line: LineRecord, at: datetime) -> LineRecord:
    return replace(
        line,
        wanted=0,
        outstanding=0,
        history=remember(line.history, Sighting(at, 0)),
        announced=0,
        ready=0,
        waiting=0,
        expected_on=None,
    )


def _identified(
    line: LineRecord, older: LineSeen, order: OrderRecord, variants: Mapping[str, VariantRecord]
) -> LineRecord:
    """An older version may know which product the line was of; the newest forgot it where the product was deleted."""
    if line.variant_id or not older.variant_id:
        return line
    known = variants.get(older.variant_id)
    outstanding = max(0, line.wanted - line.shipped) if order.demand.waits else 0
    return replace(
        line,
        variant_id=older.variant_id,
        pool_id=known.pool_id if known else older.variant_id,
        outstanding=outstanding,
    )


def _with_history(held: OrderRecord, seen: OrderSeen, variants: Mapping[str, VariantRecord]) -> OrderRecord:
    """A version that came too late changes places, not numbers."""
    lines = dict(held.lines)
    for line in seen.lines:
        if line.id in lines:
            record = _identified(lines[line.id], line, held, variants)
            lines[line.id] = replace(record, history=_history(record, seen, counted(seen.demand, line)))
    for absent in lines.keys() - {line.id for line in seen.lines}:
        lines[absent] = replace(lines[absent], history=remember(lines[absent].history, Sighting(seen.changed_at, 0)))
    order = replace(held, lines=lines)
    if seen.demand.waits:
        order.first_waiting_at = _first(held.first_waiting_at, seen.changed_at)
        order.taken_at = _taken_at(held, seen)
    return order


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known) if known else None


def _earlier(order: OrderRecord, held: OrderRecord) -> bool:
    return (order.taken_at, order.first_waiting_at) != (held.taken_at, held.first_waiting_at)


def _content(order: OrderRecord) -> object:
    """What of an order can change a plan or a notice; its time of change is not among it."""
    return (
        order.demand,
        order.status,
        order.number,
        order.taken_at,
        order.first_waiting_at,
        order.language,
        order.test,
        sorted(
            (one.id, one.variant_id, one.pool_id, one.wanted, one.shipped, one.outstanding)
            for one in order.lines.values()
        ),
    )


def _pools(order: OrderRecord) -> frozenset[str]:
    return frozenset(line.pool_id for line in order.lines.values() if line.pool_id and line.wanted)
