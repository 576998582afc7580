"""How much waited when, and how long: kept beside the journal, because a chart cannot add up a journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, delete, select, tuple_

from connector.ports.history import Sample, WaitRecord
from connector.storage.dialect import insert_new, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import samples as moments
from connector.storage.tables_accounts import waits as ends

_SAMPLES = select(*columns_of(moments, Sample)).order_by(moments.c.at)
_WAITS = select(*columns_of(ends, WaitRecord)).order_by(ends.c.served_at, ends.c.order_id, ends.c.line_id)
_sample_values = values_of(Sample)
_wait_values = values_of(WaitRecord)


class SqlHistory(Repository):
    __slots__ = ()

    def sample(self, store: str, sample: Sample) -> None:
        """A second one of the same moment replaces the first."""
        connection = self._scope.of(store)
        connection.execute(upsert(connection, moments), {"store": store, **_sample_values(sample)})

    def samples(self, store: str, since: datetime) -> Sequence[Sample]:
        query = _SAMPLES.where(moments.c.store == store, moments.c.at >= since)
        return [Sample(*row) for row in self._scope.of(store).execute(query)]

    def served(self, store: str, waits: Iterable[WaitRecord]) -> None:
        """A line that is served in parts has a row for each moment."""
        rows = [{"store": store, **_wait_values(one)} for one in waits]
        if rows:
            connection = self._scope.of(store)
            connection.execute(insert_new(connection, ends), rows)

    def waits(self, store: str, since: datetime) -> Sequence[WaitRecord]:
        """Served at or after ``since``, the oldest first."""
        query = _WAITS.where(ends.c.store == store, ends.c.served_at >= since)
        return [WaitRecord(*row) for row in self._scope.of(store).execute(query)]

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """What is older than ``before``, at most ``limit`` rows of both kinds together."""
        gone = self._purge(store, moments, moments.c.at, before, limit)
        return gone + self._purge(store, ends, ends.c.served_at, before, limit - gone)

    def _purge(self, store: str, table: Table, when: Column[Any], before: datetime, limit: int) -> int:
        key = tuple_(*table.primary_key.columns)
        old = (
            select(*table.primary_key.columns).where(table.c.store == store, when < before).order_by(when).limit(limit)
        )
        return self._scope.of(store).execute(delete(table).where(key.in_(old))).rowcount
