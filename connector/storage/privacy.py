"""What people, or their shops, asked about what is held of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update

from connector.ports.operating import PrivacyRequest, RequestState
from connector.storage.dialect import insert_new
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_operating import ASKED
from connector.storage.tables_operating import privacy_requests as table

_READ = select(*columns_of(table, PrivacyRequest))
_values = values_of(PrivacyRequest, without=("id",))


class SqlPrivacy(Repository):
    __slots__ = ()

    def ask(self, request: PrivacyRequest) -> int:
        connection = self._scope.of(request.store)
        connection.execute(insert_new(connection, table), _values(request))
        same = select(table.c.id).where(table.c.store == request.store, table.c.reference == request.reference)
        return int(connection.execute(same).scalar_one())

    def save(self, request: PrivacyRequest) -> None:
        of = update(table).where(table.c.store == request.store, table.c.id == request.id)
        self._scope.of(request.store).execute(of, _values(request))

    def open(self, store: str, limit: int) -> Sequence[PrivacyRequest]:
        query = _READ.where(table.c.store == store, ASKED).order_by(table.c.due_at).limit(limit)
        return [PrivacyRequest(*row) for row in self._scope.of(store).execute(query)]

    def get(self, request_id: int) -> PrivacyRequest | None:
        row = self._scope.connection.execute(_READ.where(table.c.id == request_id)).first()
        return None if row is None else PrivacyRequest(*row)

    def purge(self, before: datetime, limit: int) -> int:
        old = select(table.c.id).where(table.c.done_at < before).limit(limit)
        return self._scope.connection.execute(delete(table).where(table.c.id.in_(old))).rowcount

    def find(self, store: str | None, state: RequestState | None, limit: int) -> Sequence[PrivacyRequest]:
        query = _READ.order_by(table.c.id.desc()).limit(limit)
        if store is not None:
            query = query.where(table.c.store == store)
        if state is not None:
            query = query.where(table.c.state == state)
        return [PrivacyRequest(*row) for row in self._scope.connection.execute(query)]
