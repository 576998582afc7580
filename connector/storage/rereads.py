"""What must be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, delete, select, update

from connector.domain.facts import Reread
from connector.ports.unit_of_work import RereadRow
from connector.storage.dialect import upsert
from connector.storage.repository import Repository
from connector.storage.tables import rereads as table

_DUE = (
    select(table.c.thing, table.c.id, table.c.only_known, table.c.asked_at, table.c.attempts)
    .where(table.c.store == bindparam("store"))
    .order_by(table.c.attempts, table.c.asked_at, table.c.thing, table.c.id)
    .limit(bindparam("most"))
)
_SAME = (
    table.c.store == bindparam("of_store"),
    table.c.thing == bindparam("of_thing"),
    table.c.id == bindparam("of_id"),
)
_FAILED = update(table).where(*_SAME).values(attempts=table.c.attempts + 1)
_DONE = delete(table).where(*_SAME, table.c.asked_at <= bindparam("read_at"))


def _again(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    """Asked for once more: the newest asking counts, earlier failures do not, and an unconditional one stays so."""
    return {
        "only_known": and_(table.c.only_known, new.only_known),
        "asked_at": case((table.c.asked_at > new.asked_at, table.c.asked_at), else_=new.asked_at),
        "attempts": 0,
    }


class SqlRereads(Repository):
    __slots__ = ()

    def ask(self, store: str, things: Iterable[Reread], at: datetime) -> None:
        rows = [
            {
                "store": store,
                "thing": one.thing,
                "id": one.id,
                "only_known": one.only_known,
                "asked_at": at,
                "attempts": 0,
            }
            for one in things
        ]
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table, _again), rows)

    def due(self, store: str, limit: int) -> Sequence[RereadRow]:
        rows = self._scope.of(store).execute(_DUE, {"store": store, "most": limit})
        return [
            RereadRow(Reread(thing, id_, only_known), asked_at, attempts)
            for thing, id_, only_known, asked_at, attempts in rows
        ]

    def done(self, store: str, rows: Iterable[RereadRow]) -> None:
        values = [
            {"of_store": store, "of_thing": row.reread.thing, "of_id": row.reread.id, "read_at": row.asked_at}
            for row in rows
        ]
        if values:
            self._scope.of(store).execute(_DONE, values)

    def failed(self, store: str, rows: Iterable[RereadRow]) -> None:
        values = [{"of_store": store, "of_thing": row.reread.thing, "of_id": row.reread.id} for row in rows]
        if values:
            self._scope.of(store).execute(_FAILED, values)
