"""The inbox as the jobs read it; ``inbox.py`` is how the web part writes it."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, func, select, update

from connector.ports.records import Delivery, DeliveryState
from connector.storage.dialect import chunks
from connector.storage.repository import Repository, columns_of
from connector.storage.tables import DONE, PARKED, RECEIVED
from connector.storage.tables import deliveries as table

# The level is the fastest: what it leaves on a body of 8 kB is nearly as small, and callers wait for it.
COMPRESSION = 1

_READ = select(*columns_of(table, Delivery))
_WAITING = _READ.where(table.c.store == bindparam("store"), RECEIVED).order_by(table.c.id).limit(bindparam("most"))
_IN_STATE = {DeliveryState.RECEIVED: RECEIVED, DeliveryState.PARKED: PARKED, DeliveryState.DONE: DONE}
_COUNTS = {
    state: select(func.count()).select_from(table).where(table.c.store == bindparam("store"), where)
    for state, where in _IN_STATE.items()
}
_NEWEST = select(table.c.received_at).where(table.c.store == bindparam("store")).order_by(table.c.id.desc()).limit(1)
_FINISH = update(table).where(table.c.store == bindparam("of_store"), table.c.id == bindparam("of_id"))


def pack(body: bytes) -> bytes:
    return zlib.compress(body, COMPRESSION)


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    id_, store, platform, topic, external_id, body, *rest = row
    return Delivery(id_, store, platform, topic, external_id, zlib.decompress(body), *rest)


class SqlDeliveries(Repository):
    __slots__ = ()

    def waiting(self, store: str, limit: int) -> Sequence[Delivery]:
        rows = self._scope.of(store).execute(_WAITING, {"store": store, "most": limit})
        return [_delivery(row) for row in rows]

    def finish(self, store: str, results: Iterable[tuple[int, DeliveryState, str]]) -> None:
        values = [{"of_store": store, "of_id": id_, "state": state, "reason": reason} for id_, state, reason in results]
        if values:
            self._scope.of(store).execute(_FINISH, values)

    def replay(self, store: str | None, ids: Collection[int] | None) -> int:
        again = update(table).values(state=DeliveryState.RECEIVED, reason="")
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
        return [_delivery(row) for row in self._scope.connection.execute(query)]

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
