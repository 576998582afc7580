"""Which fulfilment holds are to change so that exactly the wanted units of an order are held by us; pure.

Shopify holds whole fulfilment orders.  A hold on some units of an open one splits it: they stay, held, and the rest
leaves for a new one.  One that is held already cannot be split, so it is released first, in the same request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HOLDABLE = frozenset({"OPEN", "SCHEDULED", "ON_HOLD"})
"""Statuses in which we touch one.  What is being packed, or has left, is left alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one order line on a fulfilment order."""

    id: str
    line_id: str
    units: int


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """A fulfilment order.

    ``ours``: our holds on it; ``indivisible``: it is held by somebody else too, or Shopify would not split it;
    ``actions``: what Shopify allows on it now; ``place``: where it is packed.
    """

    id: str
    status: str
    parts: tuple[Part, ...]
    ours: tuple[str, ...] = ()
    indivisible: bool = False
    actions: frozenset[str] = frozenset()
    place: str = ""

    @property
    def units(self) -> dict[str, int]:
        counted: dict[str, int] = {}
        for part in self.parts:
            counted[part.line_id] = counted.get(part.line_id, 0) + part.units
        return counted

    @property
    def can_be_held(self) -> bool:
        return self.status in HOLDABLE and bool(self.ours or "HOLD" in self.actions) and any(self.units.values())


@dataclass(frozen=True, slots=True)
class HoldChange:
    """First ``release`` these holds, then hold ``parts``: units by part id; empty: all of it; None: nothing."""

    fulfilment_id: str
    release: tuple[str, ...] = ()
    parts: Mapping[str, int] | None = None


def hold_changes(current: Iterable[Fulfilment], wanted: Mapping[str, int]) -> tuple[HoldChange, ...]:
    """What to change; nothing where all is as wanted.

    Units that we hold already stay held before others are, so that little is split.  What cannot be split is held whole
    where only a part of it is wanted: too much for a while, instead of a parcel without its goods.  Units that are
    wanted and nowhere to be found (shipped, being packed, at a service whose orders we may not see) are left out.
    """
    open_ones = sorted((one for one in current if one.can_be_held), key=_first_come)
    missing = {line: units for line, units in wanted.items() if units > 0}
    changes: list[HoldChange] = []
    for one in open_ones:
        parts = _taken(one, missing)
        if (change := _change(one, parts)) is not None:
            changes.append(change)
    return tuple(changes)


def _first_come(one: Fulfilment) -> tuple[int, str]:
    """What we hold stays held; then what somebody else holds; then what is open.

    Whether we hold an indivisible one too must not matter: it does so only afterwards, and looking again must find
    nothing to change.
    """
    if one.indivisible:
        return 1, one.id
    return (0 if one.ours else 2), one.id


def _taken(one: Fulfilment, missing: dict[str, int]) -> dict[str, int]:
    """The units of it that are to be held, by part; takes them off what is missing."""
    parts: dict[str, int] = {}
    for part in sorted(one.parts, key=lambda part: part.id):
        units = min(part.units, missing.get(part.line_id, 0))
        if units:
            parts[part.id] = units
            missing[part.line_id] -= units
    return parts


def _change(one: Fulfilment, parts: Mapping[str, int]) -> HoldChange | None:
    """From how it is held to how it should be."""
    whole = bool(parts) and (
        one.indivisible or all(parts.get(part.id, 0) == part.units for part in one.parts if part.units)
    )
    if whole:
        # More than one hold of ours is one too many, and does no harm.
        return None if one.ours else HoldChange(one.id, parts={})
    if parts:
        return HoldChange(one.id, release=one.ours, parts=parts)
    return HoldChange(one.id, release=one.ours) if one.ours else None


def to_merge(current: Iterable[Fulfilment], released: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Sets of fulfilment orders to be made one again: those just ``released`` with open ones that have units of the
    same lines at the same place, which is how a hold on some of a line's units had left them.
    """
    open_ones = [one for one in current if one.status == "OPEN" and "MERGE" in one.actions]
    sets: list[tuple[str, ...]] = []
    used: set[str] = set()
    for one in sorted((one for one in open_ones if one.id in released), key=lambda one: one.id):
        same = [
            other.id
            for other in sorted(open_ones, key=lambda other: other.id)
            if other.id != one.id and other.id not in used and other.place == one.place
            if one.units.keys() & other.units.keys()
        ]
        if same and one.id not in used:
            sets.append((one.id, *same))
            used.update((one.id, *same))
    return tuple(sets)
