"""What a shop shows, as learned, against what we last wrote: an echo, old news, or somebody else's hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.domain.facts import ShownSeen
from connector.domain.journal import Entry, Link
from connector.domain.storefront import difference, foreign
from connector.ports.records import ShowingRecord

UNANSWERED = "unanswered"
"""The journal's word for values that we sent and never heard of again."""
LATE = timedelta(days=1)
"""So long after a write was given up, the shop (or a worker that stood still meanwhile) may still carry it out."""
PUSHED = "pushed"
TWICE = timedelta(hours=1)
"""So long after a push that went well, a second worker may make it once more that had stood still with it in hand."""
LOOKED_AT = 50
"""Journal entries of a variant in which such values are looked for, newest first."""

Late = Callable[[Mapping[str, str]], frozenset[str]]


def nothing_late(theirs: Mapping[str, str]) -> frozenset[str]:
    del theirs
    return frozenset()


@dataclass(frozen=True, slots=True)
class MergedShown:
    showing: ShowingRecord
    changed: bool
    entries: tuple[Entry, ...] = ()


def merge_shown(
    held: ShowingRecord | None,
    seen: ShownSeen,
    product_id: str,
    seen_at: datetime,
    *,
    read: bool,
    late: Late = nothing_late,
) -> MergedShown | None:
    """None: nothing to write.  ``late``: which fields of a foreign hand are writes of ours that came late.

    A delivery may be late and carry what stood there before our own write, so it can only raise a suspicion; whether a
    foreign hand was at work is decided by a read.
    """
    if held is None:
        fields = dict(seen.fields)
        fresh = ShowingRecord(seen.variant_id, product_id, fields, seen.changed_at, seen_at)
        return MergedShown(fresh, changed=True)
    if not read:
        return _told(held, seen, seen_at)
    return _read(held, seen, seen_at, late)


def unanswered(variant_id: str, fields: Mapping[str, str], at: datetime) -> Sequence[Entry]:
    """What is to be remembered of values that were sent, and of which the shop said nothing."""
    return (Entry(at, UNANSWERED, variant_id, facts={"fields": dict(fields)}),) if fields else ()


def late_fields(theirs: Mapping[str, str], entries: Sequence[Link], changed_at: datetime) -> frozenset[str]:
    """The fields among these whose values are writes of ours that came late: given up, or, where all of them are those
    of one push, made a second time by a worker that had stood still.
    """
    found: set[str] = set()
    for one in (link.entry for link in entries):
        fields, age = one.facts.get("fields", {}), changed_at - one.at
        if one.kind == UNANSWERED and age <= LATE:
            found |= {key for key, value in theirs.items() if fields.get(key) == value}
        elif one.kind == PUSHED and age <= TWICE and len(theirs) > 1 and theirs.items() <= fields.items():
            # A hand at the shop changes a flag, or a text; hardly ever both to what we had just written.
            found |= theirs.keys()
    return frozenset(found)


def _told(held: ShowingRecord, seen: ShownSeen, seen_at: datetime) -> MergedShown | None:
    if held.shown_changed_at is not None and seen.changed_at < held.shown_changed_at:
        return None
    if held.written:
        known = {key: value for key, value in held.override.items() if key in seen.fields}
        if held.suspect or foreign(seen.fields, held.written, held.attempted) == known:
            return None
        held.suspect = True
        return MergedShown(held, changed=True)
    shown = {**held.shown, **seen.fields}
    if shown == held.shown:
        return None
    _show(held, shown, seen, seen_at)
    return MergedShown(held, changed=True)


def _read(held: ShowingRecord, seen: ShownSeen, seen_at: datetime, late: Late) -> MergedShown | None:
    theirs = foreign(seen.fields, held.written, held.attempted)
    if theirs:
        ours = late(theirs)
        theirs = {key: value for key, value in theirs.items() if key not in ours}
    lost = {key: value for key, value in held.attempted.items() if seen.fields.get(key) != value}
    entries: tuple[Entry, ...] = (*unanswered(held.variant_id, lost, seen_at),)
    if theirs and theirs != held.override:
        facts = {"theirs": theirs, "ours": {key: held.written[key] for key in theirs}}
        entries += (Entry(seen_at, "override_found", held.variant_id, facts=facts),)
    elif held.override and not theirs:
        entries += (Entry(seen_at, "override_undone", held.variant_id, facts={"was": dict(held.override)}),)
    before = (held.shown, held.suspect, held.override, held.due)
    held.written = {
        key: seen.fields.get(key, value) if key not in theirs else value for key, value in held.written.items()
    }
    held.attempted = {}
    held.override, held.suspect = theirs, False
    _show(held, dict(seen.fields), seen, seen_at)
    changed = before != (held.shown, held.suspect, held.override, held.due)
    return MergedShown(held, changed, entries)


def _show(held: ShowingRecord, shown: dict[str, str], seen: ShownSeen, seen_at: datetime) -> None:
    held.shown, held.shown_changed_at, held.shown_seen_at = shown, seen.changed_at, seen_at
    held.due = bool(difference(shown, held.desired))
