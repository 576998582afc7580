"""What works once: the guard of every change is in the change itself, so of two at once one finds nothing to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from connector.ports.accounts import PassKind, PassRecord
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_accounts import passes as table

KEPT_AFTERWARDS = timedelta(days=1)
"""Until then whoever comes back late is told what became of it."""

_READ = select(*columns_of(table, PassRecord))
_values = values_of(PassRecord)


class SqlPasses(Repository):
    __slots__ = ()

    def add(self, one: PassRecord) -> None:
        self._scope.connection.execute(insert(table), _values(one))

    def get(self, id_: str) -> PassRecord | None:
        row = self._scope.connection.execute(_READ.where(table.c.id == id_)).first()
        return None if row is None else PassRecord(*row)

    def use(self, id_: str, kind: PassKind, now: datetime) -> PassRecord | None:
        unused = (table.c.id == id_, table.c.kind == kind, table.c.used_at.is_(None), table.c.until > now)
        used = self._scope.connection.execute(update(table).where(*unused).values(used_at=now))
        return self.get(id_) if used.rowcount == 1 else None

    def note(self, id_: str, *, store: str, said: str) -> None:
        self._scope.connection.execute(update(table).where(table.c.id == id_).values(store=store, said=said))

    def keep(self, id_: str, remember: Mapping[str, str]) -> None:
        self._scope.connection.execute(update(table).where(table.c.id == id_).values(remember=dict(remember)))

    def land(self, id_: str, now: datetime) -> bool:
        away = (table.c.id == id_, table.c.landed_at.is_(None))
        return self._scope.connection.execute(update(table).where(*away).values(landed_at=now)).rowcount == 1

    def purge(self, now: datetime, limit: int) -> int:
        over = select(table.c.id).where(table.c.until <= now - KEPT_AFTERWARDS).order_by(table.c.until).limit(limit)
        return self._scope.connection.execute(delete(table).where(table.c.id.in_(over))).rowcount
