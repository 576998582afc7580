"""What owners have set on their pages."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select

from connector.ports.accounts import Steered
from connector.storage.dialect import upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import steering as table

_READ = select(*columns_of(table, Steered))
_values = values_of(Steered)


class SqlSteering(Repository):
    __slots__ = ()

    def get(self, store: str) -> Mapping[str, Steered]:
        query = _READ.where(table.c.store == store).order_by(table.c.section)
        return {row.section: Steered(*row) for row in self._scope.of(store).execute(query)}

    def save(self, store: str, steered: Steered) -> None:
        connection = self._scope.of(store)
        connection.execute(upsert(connection, table), {"store": store, **_values(steered)})

    def drop(self, store: str, section: str) -> None:
        self._scope.of(store).execute(delete(table).where(table.c.store == store, table.c.section == section))
