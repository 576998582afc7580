"""What a shop shows, as learned, against what we last wrote: an echo, old news, or somebody else's hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.domain.facts import ShownSeen
from connector.domain.journal import Entry
from connector.domain.storefront import difference, foreign
from connector.ports.records import ShowingRecord


@dataclass(frozen=True, slots=True)
class MergedShown:
    showing: ShowingRecord
    changed: bool
    entries: tuple[Entry, ...] = ()


def merge_shown(
    held: ShowingRecord | None, seen: ShownSeen, product_id: str, seen_at: datetime, *, read: bool
) -> MergedShown | None:
    """None: nothing to write.

    A delivery may be late and carry what stood there before our own write, so it can only raise a suspicion; whether a
    foreign hand was at work is decided by a read.
    """
    if held is None:
        fields = dict(seen.fields)
        fresh = ShowingRecord(seen.variant_id, product_id, fields, seen.changed_at, seen_at)
        return MergedShown(fresh, changed=True)
    if not read:
        return _told(held, seen, seen_at)
    return _read(held, seen, seen_at)


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


def _read(held: ShowingRecord, seen: ShownSeen, seen_at: datetime) -> MergedShown | None:
    theirs = foreign(seen.fields, held.written, held.attempted)
    entries: tuple[Entry, ...] = ()
    if theirs and theirs != held.override:
        facts = {"theirs": theirs, "ours": {key: held.written[key] for key in theirs}}
        entries = (Entry(seen_at, "override_found", held.variant_id, facts=facts),)
    elif held.override and not theirs:
        entries = (Entry(seen_at, "override_undone", held.variant_id, facts={"was": dict(held.override)}),)
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
