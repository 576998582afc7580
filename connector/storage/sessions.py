"""Browsers that have signed in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from connector.ports.accounts import SessionRecord
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import sessions as table

_READ = select(*columns_of(table, SessionRecord))
_OPERATORS = table.c.operator.is_(True)
_OWNERS = table.c.operator.is_(False)
_values = values_of(SessionRecord)


class SqlSessions(Repository):
    __slots__ = ()

    def add(self, session: SessionRecord) -> None:
        self._scope.connection.execute(insert(table), _values(session))

    def get(self, id_: str, now: datetime) -> SessionRecord | None:
        row = self._scope.connection.execute(_READ.where(table.c.id == id_, table.c.until > now)).first()
        return None if row is None else SessionRecord(*row)

    def look_at(self, id_: str, store: str) -> None:
        """An owner's session never turns to another store."""
        self._scope.connection.execute(update(table).where(table.c.id == id_, _OPERATORS).values(store=store))

    def end(self, id_: str) -> None:
        self._scope.connection.execute(delete(table).where(table.c.id == id_))

    def end_all(self, store: str, *, attempt: str | None = None) -> int:
        of_store = (table.c.store == store,)
        if attempt is not None:
            begun = (*of_store, _OWNERS, table.c.attempt == attempt)
            return self._scope.connection.execute(delete(table).where(*begun)).rowcount
        self._scope.connection.execute(update(table).where(*of_store, _OPERATORS).values(store=""))
        return self._scope.connection.execute(delete(table).where(*of_store, _OWNERS)).rowcount

    def purge(self, now: datetime, limit: int) -> int:
        ended = select(table.c.id).where(table.c.until <= now).order_by(table.c.until).limit(limit)
        return self._scope.connection.execute(delete(table).where(table.c.id.in_(ended))).rowcount
