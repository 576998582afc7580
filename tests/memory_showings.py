"""What the shop shows and should, of ``memory_store``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import datetime

from memory_rows import Table, ripe

from connector.ports.records import ShowingRecord


class Showings(Table):
    def get(self, store: str, variant_ids: Collection[str]) -> dict[str, ShowingRecord]:
        del store
        return {one: copy(self._.showings[one]) for one in variant_ids if one in self._.showings}

    def save(self, store: str, showings: Iterable[ShowingRecord]) -> None:
        del store
        for one in showings:
            self._.wrote = True
            self._.showings[one.variant_id] = copy(one)

    def due(self, store: str, now: datetime, limit: int) -> Sequence[ShowingRecord]:
        del store
        found = [
            copy(one)
            for one in self._.showings.values()
            if one.due and not one.suspect and not one.override and not one.parked and ripe(one.next_at, now)
        ]
        return found[:limit]

    def each(self, store: str) -> Iterator[ShowingRecord]:
        del store
        return (copy(one) for one in list(self._.showings.values()))

    def written(self, store: str, after: str, limit: int) -> Sequence[ShowingRecord]:
        del store
        return [
            copy(one)
            for one in (one for _, one in sorted(self._.showings.items()) if one.found)
            if one.variant_id > after
        ][:limit]

    def due_counts(self, store: str) -> Mapping[str, int]:
        del store
        waiting = (
            one for one in self._.showings.values() if one.due and not (one.suspect or one.override or one.parked)
        )
        return Counter(one.status for one in waiting)
