"""Keys, history and journal of ``memory_store``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from memory_rows import Table

from connector.domain.journal import Entry, Link
from connector.ports.accounts import Sealed
from connector.ports.history import Sample, WaitRecord


class Credentials(Table):
    def get(self, store: str) -> Sealed | None:
        return self._.credentials.get(store)

    def save(self, store: str, sealed: Sealed) -> None:
        self._.wrote = True
        self._.credentials[store] = sealed

    def forget(self, store: str) -> None:
        self._.wrote = True
        self._.credentials.pop(store, None)


class History(Table):
    def sample(self, store: str, sample: Sample) -> None:
        del store
        self._.wrote = True
        self._.samples[sample.at] = sample

    def samples(self, store: str, since: datetime) -> Sequence[Sample]:
        del store
        return [one for at, one in sorted(self._.samples.items()) if at >= since]

    def served(self, store: str, waits: Iterable[WaitRecord]) -> None:
        del store
        for one in waits:
            self._.wrote = True
            self._.waits.setdefault((one.order_id, one.line_id, one.served_at), one)

    def waits(self, store: str, since: datetime) -> Sequence[WaitRecord]:
        del store
        found = [one for one in self._.waits.values() if one.served_at >= since]
        return sorted(found, key=lambda one: (one.served_at, one.order_id, one.line_id))


class Journal(Table):
    """Without the chain: nobody verifies it here."""

    def append(self, store: str, entries: Iterable[Entry]) -> None:
        del store
        self._.journal += entries

    def read(
        self, store: str, *, variant_id: str | None = None, order_id: str | None = None, limit: int = 1000
    ) -> Sequence[Link]:
        del store
        found = [
            Link(number, entry, "", "")
            for number, entry in enumerate(self._.journal, 1)
            if variant_id in {None, entry.variant_id} and order_id in {None, entry.order_id}
        ]
        return found[::-1][:limit]
