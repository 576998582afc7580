"""Units on their way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, func, insert, literal, select, tuple_, update

from connector.ports.backlog import Cursor, Listing
from connector.ports.records import SupplyRecord
from connector.storage.dialect import chunks
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import STILL_OPEN
from connector.storage.tables import supplies as table

_READ = select(*columns_of(table, SupplyRecord))
_values = values_of(SupplyRecord, without=("id",))
_DAY = func.coalesce(table.c.due, date.max, type_=Date)
"""A supply without a date comes after all that have one."""
LONGEST_ID = 18
"""Digits; what is longer is no number to a database."""


class SqlSupplies(Repository):
    __slots__ = ()

    def add(self, store: str, supply: SupplyRecord) -> int:
        row = {"store": store, **_values(supply)}
        made: Any = self._scope.of(store).execute(insert(table), row).inserted_primary_key
        return int(made.id)

    def add_all(self, store: str, supplies: Sequence[SupplyRecord]) -> Sequence[int]:
        if not supplies:
            return []
        connection = self._scope.of(store)
        # Ids grow, and until this transaction ends nobody else adds a supply to this store: those above are ours.
        ids = select(table.c.id).where(table.c.store == store).order_by(table.c.id)
        newest = connection.scalar(ids.with_only_columns(func.max(table.c.id)).order_by(None)) or 0
        connection.execute(insert(table), [{"store": store, **_values(one)} for one in supplies])
        return list(connection.scalars(ids.where(table.c.id > newest)))

    def save(self, store: str, supply: SupplyRecord) -> None:
        """LookupError where there is no such supply."""
        change = update(table).where(table.c.store == store, table.c.id == supply.id).values(_values(supply))
        if self._scope.of(store).execute(change).rowcount != 1:
            raise LookupError(f"Store {store} has no supply {supply.id}.")

    def get(self, store: str, supply_id: int) -> SupplyRecord | None:
        row = self._scope.of(store).execute(_READ.where(table.c.store == store, table.c.id == supply_id)).first()
        return None if row is None else SupplyRecord(*row)

    def open(self, store: str, pool_ids: Collection[str] | None = None) -> Sequence[SupplyRecord]:
        connection = self._scope.of(store)
        query = _READ.where(table.c.store == store, STILL_OPEN)
        queries = [query] if pool_ids is None else [query.where(table.c.pool_id.in_(some)) for some in chunks(pool_ids)]
        found = [SupplyRecord(*row) for one in queries for row in connection.execute(one)]
        return sorted(found, key=lambda one: (one.due or date.max, one.id))

    def page(self, store: str, *, at: Cursor | None = None, limit: int = 50) -> Listing[SupplyRecord]:
        place = tuple_(_DAY, table.c.id)
        query = _READ.where(table.c.store == store, STILL_OPEN)
        back = at is not None and at.back
        if at is not None:
            beyond = tuple_(*_place_of(at))
            query = query.where(place < beyond if back else place > beyond)
        order = (_DAY.desc(), table.c.id.desc()) if back else (_DAY, table.c.id)
        found = [SupplyRecord(*row) for row in self._scope.of(store).execute(query.order_by(*order).limit(limit + 1))]
        more, rows = len(found) > limit, found[:limit]
        if back:
            rows.reverse()
        if not rows:
            return Listing((), None, None)
        previous, next_ = (more, True) if back else (at is not None, more)
        return Listing(
            tuple(rows), _cursor(rows[0], back=True) if previous else None, _cursor(rows[-1]) if next_ else None
        )


def _cursor(supply: SupplyRecord, *, back: bool = False) -> Cursor:
    return Cursor((supply.due.isoformat() if supply.due else "", str(supply.id)), back)


def _place_of(cursor: Cursor) -> tuple[Any, Any]:
    due, id_ = cursor.values
    if not (id_.isascii() and id_.isdigit() and len(id_) <= LONGEST_ID):
        raise ValueError("The cursor of supplies names no id.")
    return literal(date.fromisoformat(due) if due else date.max, Date), literal(int(id_))
