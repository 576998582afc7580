"""Stock by pool, and which pools are to be planned or confirmed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, func, literal, literal_column, or_, select, type_coerce, update

from connector.domain.facts import PlatformStatus
from connector.ports.records import PoolRecord
from connector.storage.column_types import Moment
from connector.storage.dialect import chunks, upsert
from connector.storage.repository import Repository, columns_of
from connector.storage.restock_looks import look_if_listed
from connector.storage.tables import DIRTY, REPLANNED, UNCONFIRMED
from connector.storage.tables import pools as table

_READ = select(*columns_of(table, PoolRecord))
_OF_STORE = table.c.store == bindparam("store")
_DIRTY = _READ.where(_OF_STORE, DIRTY).order_by(table.c.dirty_at, table.c.id).limit(bindparam("most"))
_REPLAN = (
    _READ.where(_OF_STORE, REPLANNED, table.c.replan_on <= bindparam("today"), table.c.dirty_at.is_(None))
    .order_by(table.c.replan_on, table.c.id)
    .limit(bindparam("most"))
)
_UNCONFIRMED = (
    _READ.where(
        _OF_STORE,
        UNCONFIRMED,
        or_(
            table.c.touched_at <= bindparam("touched_before"),
            table.c.unconfirmed_since <= bindparam("since_before"),
        ),
    )
    .order_by(table.c.unconfirmed_since, table.c.id)
    .limit(bindparam("most"))
)
_PLANNED = (
    update(table)
    .where(table.c.store == bindparam("of_store"), table.c.id == bindparam("of_id"))
    .values(dirty_at=case((table.c.dirty_at == bindparam("dirty_when_read"), None), else_=table.c.dirty_at))
)
_IDS = (
    select(table.c.id).where(_OF_STORE, table.c.id > bindparam("after")).order_by(table.c.id).limit(bindparam("most"))
)
_SIZE = select(func.count()).select_from(table).where(_OF_STORE)
_STOCK = ("available", "status", "changed_at", "seen_at")

# A pool that is dirty already keeps its turn, and yet its mark must differ from the one a planner has read: so the
# mark moves by one microsecond.
_NEXT_MARK = type_coerce(type_coerce(table.c.dirty_at, BigInteger) + literal_column("1"), Moment)


def _restock(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    return {name: new[name] for name in _STOCK}


def _touched(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    return {
        "touched_at": case((table.c.touched_at > new.touched_at, table.c.touched_at), else_=new.touched_at),
        "unconfirmed_since": func.coalesce(table.c.unconfirmed_since, new.unconfirmed_since),
        "dirty_at": func.coalesce(_NEXT_MARK, new.dirty_at),
    }


def _turn(pool: PoolRecord) -> tuple[datetime, str]:
    """Since when a pool waits to be planned: a day that came counts from its midnight."""
    since = pool.dirty_at or datetime.combine(pool.replan_on or date.max, time(), UTC)
    return (since, pool.id)


class SqlPools(Repository):
    __slots__ = ()

    def get(self, store: str, ids: Collection[str]) -> dict[str, PoolRecord]:
        connection = self._scope.of(store)
        return {
            row.id: PoolRecord(*row)
            for some in chunks(ids)
            for row in connection.execute(_READ.where(table.c.store == store, table.c.id.in_(some)))
        }

    def save_stock(self, store: str, pools: Iterable[PoolRecord]) -> None:
        rows = [
            {"store": store, "id": pool.id, "missing": 0, **{name: getattr(pool, name) for name in _STOCK}}
            for pool in pools
        ]
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table, _restock), rows)

    def touch(self, store: str, ids: Iterable[str], at: datetime) -> None:
        new = {"store": store, "status": PlatformStatus.UNKNOWN, "missing": 0}
        new |= {"touched_at": at, "unconfirmed_since": at, "dirty_at": at}
        rows = [{"id": id_, **new} for id_ in dict.fromkeys(ids)]
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table, _touched), rows)

    def redirty(self, store: str, ids: Iterable[str] | None, at: datetime) -> None:
        connection = self._scope.of(store)
        mark = (
            update(table)
            .where(table.c.store == store)
            .values(dirty_at=func.coalesce(_NEXT_MARK, literal(at, Moment())))
        )
        if ids is None:
            connection.execute(mark)
            return
        for some in chunks(list(ids)):
            connection.execute(mark.where(table.c.id.in_(some)))

    def dirty(self, store: str, limit: int, today: date) -> Sequence[PoolRecord]:
        connection = self._scope.of(store)
        marked = connection.execute(_DIRTY, {"store": store, "most": limit}).all()
        come = connection.execute(_REPLAN, {"store": store, "most": limit, "today": today}).all()
        return sorted((PoolRecord(*row) for row in [*marked, *come]), key=_turn)[:limit]

    def planned(self, store: str, pools: Iterable[PoolRecord]) -> None:
        values = [
            {
                "of_store": store,
                "of_id": pool.id,
                "dirty_when_read": pool.dirty_at,
                "replan_on": pool.replan_on,
                "missing": pool.missing,
            }
            for pool in pools
        ]
        if values:
            self._scope.of(store).execute(_PLANNED, values)
            look_if_listed(self._scope.connection, store)

    def unconfirmed(
        self, store: str, *, touched_before: datetime, since_before: datetime, limit: int
    ) -> Sequence[PoolRecord]:
        values = {"store": store, "touched_before": touched_before, "since_before": since_before, "most": limit}
        return [PoolRecord(*row) for row in self._scope.of(store).execute(_UNCONFIRMED, values)]

    def confirm(self, store: str, ids: Collection[str], read_at: datetime) -> Collection[str]:
        connection = self._scope.of(store)
        quiet = (table.c.store == store, or_(table.c.touched_at.is_(None), table.c.touched_at <= read_at))
        confirmed: set[str] = set()
        for some in chunks(ids):
            found = connection.scalars(select(table.c.id).where(*quiet, table.c.id.in_(some))).all()
            these = (table.c.store == store, table.c.id.in_(found))
            connection.execute(update(table).where(*these).values(confirmed_at=read_at, unconfirmed_since=None))
            confirmed.update(found)
        if confirmed:
            look_if_listed(connection, store)
        return confirmed

    def unconfirmed_among(self, store: str, ids: Collection[str]) -> Collection[str]:
        connection = self._scope.of(store)
        query = select(table.c.id).where(table.c.store == store, UNCONFIRMED)
        return {id_ for some in chunks(ids) for id_ in connection.scalars(query.where(table.c.id.in_(some)))}

    def ids_after(self, store: str, after: str, limit: int) -> Sequence[str]:
        values = {"store": store, "after": after, "most": limit}
        return self._scope.of(store).scalars(_IDS, values).all()

    def size(self, store: str) -> int:
        return self._scope.of(store).execute(_SIZE, {"store": store}).scalar_one()
