"""What several processes know in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from connector.ports.operating import BucketRecord, ProcessRecord
from connector.storage.dialect import chunks, lock, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_operating import buckets, limits, processes, served, turns

_NUMBER = select(turns.c.number).where(turns.c.store == bindparam("store"))
_BUCKET = select(*columns_of(buckets, BucketRecord)).where(buckets.c.store == bindparam("store"))
_PROCESSES = select(*columns_of(processes, ProcessRecord)).order_by(processes.c.role, processes.c.id)
_SERVED = select(served.c.store, served.c.settings)
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


class SqlServed(Repository):
    __slots__ = ()

    def all(self) -> Mapping[str, str]:
        return {row.store: row.settings for row in self._scope.connection.execute(_SERVED)}

    def save(self, store: str, settings: str) -> None:
        connection = self._scope.of(store)
        connection.execute(upsert(connection, served), {"store": store, "settings": settings})


class SqlBuckets(Repository):
    __slots__ = ()

    def get(self, store: str) -> BucketRecord | None:
        row = self._scope.of(store).execute(_BUCKET, {"store": store}).first()
        return None if row is None else BucketRecord(*row)

    def save(self, store: str, bucket: BucketRecord) -> None:
        connection = self._scope.of(store)
        connection.execute(upsert(connection, buckets), {"store": store, **_bucket(bucket)})

    def change(self, store: str, change: Callable[[BucketRecord | None], BucketRecord]) -> BucketRecord:
        connection = self._scope.connection
        lock(connection, f"bucket of {store}")
        row = connection.execute(_BUCKET, {"store": store}).first()
        bucket = change(None if row is None else BucketRecord(*row))
        connection.execute(upsert(connection, buckets), {"store": store, **_bucket(bucket)})
        return bucket


class SqlProcesses(Repository):
    __slots__ = ()

    def beat(self, process: ProcessRecord) -> None:
        connection = self._scope.connection
        connection.execute(upsert(connection, processes), {"store": "", **_process(process)})

    def all(self) -> Sequence[ProcessRecord]:
        return [ProcessRecord(*row) for row in self._scope.connection.execute(_PROCESSES)]

    def forget(self, before: datetime) -> int:
        return self._scope.connection.execute(delete(processes).where(processes.c.beat_at < before)).rowcount


_LIMIT = select(limits.c.n, limits.c.until).where(limits.c.store == "", limits.c.name == bindparam("name"))


def _counted(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    return {"n": limits.c.n + new.n}


class SqlLimits(Repository):
    __slots__ = ()

    def hit(self, name: str, amount: int, now: datetime, until: datetime) -> int:
        connection = self._scope.connection
        connection.execute(delete(limits).where(limits.c.store == "", limits.c.name == name, limits.c.until <= now))
        row = {"store": "", "name": name, "n": amount, "until": until}
        connection.execute(upsert(connection, limits, _counted), row)
        return self.get(name, now)[0]

    def get(self, name: str, now: datetime) -> tuple[int, datetime]:
        row = self._scope.connection.execute(_LIMIT, {"name": name}).first()
        return (row.n, row.until) if row is not None and row.until > now else (0, now)

    def clear(self, name: str | None = None) -> int:
        gone = delete(limits) if name is None else delete(limits).where(limits.c.name == name)
        return self._scope.connection.execute(gone).rowcount

    def purge(self, now: datetime, limit: int) -> int:
        # What another process counts or forgets just now is left to it.
        over = select(limits.c.name).where(limits.c.until <= now).limit(limit).with_for_update(skip_locked=True)
        names = self._scope.connection.scalars(over).all()
        return sum(
            self._scope.connection.execute(delete(limits).where(limits.c.name.in_(some))).rowcount
            for some in chunks(names)
        )
