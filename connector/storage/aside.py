"""What could not be done for a reason of its own (``connector.ports.aside``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from connector.ports.aside import READ, AsideRecord, Task
from connector.storage.dialect import chunks, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_operating import aside as table

_READ = select(*columns_of(table, AsideRecord))
_values = values_of(AsideRecord)


class SqlAside(Repository):
    __slots__ = ()

    def put(self, store: str, rows: Collection[AsideRecord]) -> None:
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table), [{"store": store, **_values(one)} for one in rows])

    def get(self, store: str, task: Task) -> Mapping[str, AsideRecord]:
        rows = self._scope.of(store).execute(_READ.where(table.c.store == store, table.c.task == task))
        return {row.id: AsideRecord(*row) for row in rows}

    def due(self, store: str, tasks: Collection[Task], now: datetime, limit: int) -> Sequence[AsideRecord]:
        come = _READ.where(table.c.store == store, table.c.task.in_(tasks), table.c.next_at <= now)
        query = come.order_by(table.c.next_at, table.c.task, table.c.id).limit(limit)
        return [AsideRecord(*row) for row in self._scope.of(store).execute(query)]

    def find(self, store: str, limit: int) -> Sequence[AsideRecord]:
        query = _READ.where(table.c.store == store).order_by(table.c.since, table.c.task, table.c.id).limit(limit)
        return [AsideRecord(*row) for row in self._scope.of(store).execute(query)]

    def doubtful(self, store: str) -> frozenset[str]:
        query = select(table.c.pools).where(table.c.store == store, table.c.task.in_(READ))
        return frozenset(pool for pools in self._scope.of(store).scalars(query) for pool in pools)

    def release(self, store: str, task: Task, ids: Collection[str]) -> None:
        connection = self._scope.of(store)
        for some in chunks(ids):
            these = (table.c.store == store, table.c.task == task, table.c.id.in_(some))
            connection.execute(delete(table).where(*these))

    def again(self, store: str, now: datetime) -> int:
        later = (table.c.store == store, table.c.next_at > now)
        self._scope.of(store).execute(update(table).where(*later).values(next_at=now))
        return len(self._scope.connection.scalars(select(table.c.id).where(table.c.store == store)).all())
