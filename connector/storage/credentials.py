"""The encrypted keys of the stores that were connected on a page."""

from __future__ import annotations

from sqlalchemy import delete, select

from connector.ports.accounts import Sealed
from connector.storage.dialect import upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import credentials as table

_READ = select(*columns_of(table, Sealed))
_values = values_of(Sealed)


class SqlCredentials(Repository):
    __slots__ = ()

    def get(self, store: str) -> Sealed | None:
        row = self._scope.of(store).execute(_READ.where(table.c.store == store)).first()
        return None if row is None else Sealed(*row)

    def save(self, store: str, sealed: Sealed) -> None:
        connection = self._scope.of(store)
        connection.execute(upsert(connection, table), {"store": store, **_values(sealed)})

    def forget(self, store: str) -> None:
        self._scope.of(store).execute(delete(table).where(table.c.store == store))
