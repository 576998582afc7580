"""When each job last ran for each store, and how it went."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from connector.ports.history import JobRun
from connector.storage.dialect import upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import job_runs as table

_READ = select(*columns_of(table, JobRun)).order_by(table.c.store, table.c.job)
_values = values_of(JobRun)


class SqlJobRuns(Repository):
    __slots__ = ()

    def save(self, run: JobRun) -> None:
        connection = self._scope.of(run.store)
        connection.execute(upsert(connection, table), _values(run))

    def of(self, store: str | None) -> Sequence[JobRun]:
        query = _READ if store is None else _READ.where(table.c.store == store)
        return [JobRun(*row) for row in self._scope.connection.execute(query)]
