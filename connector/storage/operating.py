"""What several processes know in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from connector.ports.operating import BucketRecord, ProcessRecord
from connector.storage.dialect import upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_operating import buckets, processes, turns

_NUMBER = select(turns.c.number).where(turns.c.store == bindparam("store"))
_BUCKET = select(*columns_of(buckets, BucketRecord)).where(buckets.c.store == bindparam("store"))
_PROCESSES = select(*columns_of(processes, ProcessRecord)).order_by(processes.c.role, processes.c.id)
_bucket = values_of(BucketRecord)
_process = values_of(ProcessRecord)


class SqlTurns(Repository):
    __slots__ = ()

    def begin(self, store: str, by: str, at: datetime) -> int:
        number = self.number(store) + 1  # nobody else writes of this store meanwhile
        connection = self._scope.of(store)
        connection.execute(upsert(connection, turns), {"store": store, "number": number, "by": by, "began_at": at})
        return number

    def number(self, store: str) -> int:
        return self._scope.of(store).scalar(_NUMBER, {"store": store}) or 0


class SqlBuckets(Repository):
    __slots__ = ()

    def get(self, store: str) -> BucketRecord | None:
        row = self._scope.of(store).execute(_BUCKET, {"store": store}).first()
        return None if row is None else BucketRecord(*row)

    def save(self, store: str, bucket: BucketRecord) -> None:
        connection = self._scope.of(store)
        connection.execute(upsert(connection, buckets), {"store": store, **_bucket(bucket)})


class SqlProcesses(Repository):
    __slots__ = ()

    def beat(self, process: ProcessRecord) -> None:
        connection = self._scope.connection
        connection.execute(upsert(connection, processes), {"store": "", **_process(process)})

    def all(self) -> Sequence[ProcessRecord]:
        return [ProcessRecord(*row) for row in self._scope.connection.execute(_PROCESSES)]

    def forget(self, before: datetime) -> int:
        return self._scope.connection.execute(delete(processes).where(processes.c.beat_at < before)).rowcount
