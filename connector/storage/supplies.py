"""Units on their way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from connector.ports.records import SupplyRecord
from connector.storage.dialect import chunks
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import STILL_OPEN
from connector.storage.tables import supplies as table

_READ = select(*columns_of(table, SupplyRecord))
_values = values_of(SupplyRecord, without=("id",))


class SqlSupplies(Repository):
    __slots__ = ()

    def add(self, store: str, supply: SupplyRecord) -> int:
        row = {"store": store, **_values(supply)}
        made: Any = self._scope.of(store).execute(insert(table), row).inserted_primary_key
        return int(made.id)

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
