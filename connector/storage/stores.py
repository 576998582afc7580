"""The connected shops themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select, update

from connector.ports.records import StoreRecord
from connector.storage.dialect import upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import NAMED_SHOP, counters, metadata
from connector.storage.tables import stores as table
from connector.storage.tables_accounts import sessions

_READ = select(*columns_of(table, StoreRecord))
_values = values_of(StoreRecord)


class SqlStores(Repository):
    __slots__ = ()

    def get(self, key: str) -> StoreRecord | None:
        row = self._scope.of(key).execute(_READ.where(table.c.key == key)).first()
        return None if row is None else StoreRecord(*row)

    def save(self, store: StoreRecord) -> None:
        connection = self._scope.of(store.key)
        connection.execute(upsert(connection, table), _values(store))

    def remove(self, key: str) -> None:
        connection = self._scope.of(key)
        # An operator who looks at it stays signed in.
        looking = update(sessions).where(sessions.c.store == key, sessions.c.operator.is_(True))
        connection.execute(looking.values(store=""))
        # Children first: lines refer to their order.
        for one in reversed(metadata.sorted_tables):
            of_store = one.c.key if one is table else one.c.store
            connection.execute(delete(one).where(of_store == key))

    def all(self) -> Sequence[StoreRecord]:
        return [StoreRecord(*row) for row in self._scope.connection.execute(_READ.order_by(table.c.key))]

    def counters(self, key: str) -> Mapping[str, int]:
        rows = self._scope.of(key).execute(select(counters.c.name, counters.c.n).where(counters.c.store == key))
        return {row.name: row.n for row in rows}

    def revisions(self) -> Mapping[str, int]:
        return {row.key: row.revision for row in self._scope.connection.execute(select(table.c.key, table.c.revision))}

    def by_shop(self, platform: str, shop: str) -> StoreRecord | None:
        """Where a shop is connected twice: the one that is not gone, then the first by key."""
        query = _READ.where(table.c.platform == platform, table.c.shop == shop, NAMED_SHOP)
        row = self._scope.connection.execute(query.order_by(table.c.gone_at.is_not(None), table.c.key).limit(1)).first()
        return None if row is None else StoreRecord(*row)
