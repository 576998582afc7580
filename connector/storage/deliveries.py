"""The inbox as the jobs read it; ``inbox.py`` is how the web part writes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, func, select, update

from connector.ports.records import UNOPENED, Delivery, DeliveryState
from connector.ports.vault import Unopenable
from connector.storage.bodies import PLAIN, Bodies
from connector.storage.dialect import chunks
from connector.storage.repository import Repository, Scope, columns_of
from connector.storage.tables import DONE, FULL, PARKED, RECEIVED
from connector.storage.tables import deliveries as table

_READ = select(*columns_of(table, Delivery), table.c.digest)
_WAITING = _READ.where(table.c.store == bindparam("store"), RECEIVED).order_by(table.c.id).limit(bindparam("most"))
_IN_STATE = {DeliveryState.RECEIVED: RECEIVED, DeliveryState.PARKED: PARKED, DeliveryState.DONE: DONE}
_COUNTS = {
    state: select(func.count()).select_from(table).where(table.c.store == bindparam("store"), where)
    for state, where in _IN_STATE.items()
}
_NEWEST = select(table.c.received_at).where(table.c.store == bindparam("store")).order_by(table.c.id.desc()).limit(1)
_FINISH = update(table).where(table.c.store == bindparam("of_store"), table.c.id == bindparam("of_id"))


class SqlDeliveries(Repository):
    __slots__ = ("_bodies",)

    def __init__(self, scope: Scope, bodies: Bodies = PLAIN) -> None:
        super().__init__(scope)
        self._bodies = bodies

    def _delivery(self, row: Row[*tuple[Any, ...]]) -> Delivery:
        """One that cannot be opened (any more) says so in place of its body; the others are none the worse."""
        id_, store, platform, topic, external_id, kept, *rest, digest = row
        try:
            body = self._bodies.unpack(kept, digest)
        except Unopenable:
            body = UNOPENED
        return Delivery(id_, store, platform, topic, external_id, body, *rest)

    def waiting(self, store: str, limit: int) -> Sequence[Delivery]:
        rows = self._scope.of(store).execute(_WAITING, {"store": store, "most": limit})
        return [self._delivery(row) for row in rows]

    def finish(self, store: str, results: Iterable[tuple[int, DeliveryState, str]]) -> None:
        values = [{"of_store": store, "of_id": id_, "state": state, "reason": reason} for id_, state, reason in results]
        if values:
            self._scope.of(store).execute(_FINISH, values)

    def replay(self, store: str | None, ids: Collection[int] | None) -> int:
        again = update(table).where(FULL).values(state=DeliveryState.RECEIVED, reason="")
        if store is not None:
            again = again.where(table.c.store == store)
        if ids is None:
            return self._scope.connection.execute(again.where(PARKED)).rowcount
        return sum(self._scope.connection.execute(again.where(table.c.id.in_(some))).rowcount for some in chunks(ids))

    def find(
        self,
        *,
        store: str | None = None,
        state: DeliveryState | None = None,
        ids: Collection[int] | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Delivery]:
        wanted: list[ColumnElement[bool]] = []
        if store is not None:
            wanted.append(table.c.store == store)
        if state is not None:
            wanted.append(_IN_STATE[state])
        if before is not None:
            wanted.append(table.c.id < before)
        query = _READ.where(*wanted).order_by(table.c.id.desc()).limit(limit)
        if ids is None:
            return self._found(query)
        # The highest ids come first, so that the first full answers are the newest of all.
        found: list[Delivery] = []
        for some in chunks(sorted(ids, reverse=True)):
            found += self._found(query.where(table.c.id.in_(some)))
            if len(found) >= limit:
                break
        return found[:limit]

    def _found(self, query: Select[Any]) -> list[Delivery]:
        return [self._delivery(row) for row in self._scope.connection.execute(query)]

    def counts(self, store: str) -> Mapping[DeliveryState, int]:
        connection = self._scope.of(store)
        return {state: connection.scalar(query, {"store": store}) or 0 for state, query in _COUNTS.items()}

    def newest(self, store: str) -> datetime | None:
        return self._scope.of(store).scalar(_NEWEST, {"store": store})

    def purge(self, store: str, before: datetime, limit: int) -> int:
        old = (
            select(table.c.id)
            .where(table.c.store == store, DONE, table.c.received_at < before)
            .order_by(table.c.received_at)
            .limit(limit)
        )
        return self._scope.of(store).execute(delete(table).where(table.c.id.in_(old))).rowcount

    def purge_parked(self, store: str, before: datetime, limit: int) -> int:
        old = select(table.c.id).where(table.c.store == store, PARKED, table.c.received_at < before).limit(limit)
        return self._scope.of(store).execute(delete(table).where(table.c.id.in_(old))).rowcount

    def empty_old(self, store: str, before: datetime, limit: int) -> int:
        old = (
            select(table.c.id)
            .where(table.c.store == store, DONE, FULL, table.c.received_at < before)
            .order_by(table.c.received_at)
            .limit(limit)
        )
        return self._scope.of(store).execute(update(table).where(table.c.id.in_(old)).values(body=b"")).rowcount

    def after(self, store: str, after: int, limit: int) -> Sequence[Delivery]:
        query = _READ.where(table.c.store == store, FULL, table.c.id > after).order_by(table.c.id).limit(limit)
        return [self._delivery(row) for row in self._scope.of(store).execute(query)]

    def empty(self, store: str, ids: Collection[int], reason: str) -> int:
        emptied = update(table).where(table.c.store == store)
        emptied = emptied.values(body=b"", state=DeliveryState.DONE, reason=reason)
        connection = self._scope.of(store)
        return sum(connection.execute(emptied.where(table.c.id.in_(some))).rowcount for some in chunks(ids))
