"""What the shop shows and what it should."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select

from connector.ports.records import ShowingRecord
from connector.storage.dialect import CHUNK, chunks, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import OVERRIDDEN, PUSHABLE, SUSPECT
from connector.storage.tables import storefront_states as table

_READ = select(*columns_of(table, ShowingRecord))
_OF_STORE = table.c.store == bindparam("store")
_DUE = (
    _READ.where(_OF_STORE, PUSHABLE, or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now")))
    .order_by(table.c.product_id, table.c.variant_id)
    .limit(bindparam("most"))
)
_OVERRIDDEN = _READ.where(_OF_STORE, OVERRIDDEN).order_by(table.c.variant_id)
_SUSPECTS = _READ.where(_OF_STORE, SUSPECT).order_by(table.c.variant_id).limit(bindparam("most"))
_PAGE = _READ.where(_OF_STORE, table.c.variant_id > bindparam("after")).order_by(table.c.variant_id).limit(CHUNK)
_values = values_of(ShowingRecord)


class SqlShowings(Repository):
    __slots__ = ()

    def get(self, store: str, variant_ids: Collection[str]) -> dict[str, ShowingRecord]:
        connection = self._scope.of(store)
        return {
            row.variant_id: ShowingRecord(*row)
            for some in chunks(variant_ids)
            for row in connection.execute(_READ.where(table.c.store == store, table.c.variant_id.in_(some)))
        }

    def save(self, store: str, showings: Iterable[ShowingRecord]) -> None:
        rows = [{"store": store, **_values(one)} for one in showings]
        if rows:
            connection = self._scope.of(store)
            connection.execute(upsert(connection, table), rows)

    def due(self, store: str, now: datetime, limit: int) -> Sequence[ShowingRecord]:
        rows = self._scope.of(store).execute(_DUE, {"store": store, "now": now, "most": limit})
        return [ShowingRecord(*row) for row in rows]

    def overridden(self, store: str) -> Sequence[ShowingRecord]:
        return [ShowingRecord(*row) for row in self._scope.of(store).execute(_OVERRIDDEN, {"store": store})]

    def each(self, store: str) -> Iterator[ShowingRecord]:
        """Page by page, so that what the caller writes between two records disturbs no open cursor."""
        after = ""
        while True:
            rows = self._scope.of(store).execute(_PAGE, {"store": store, "after": after})
            page = [ShowingRecord(*row) for row in rows]
            yield from page
            if len(page) < CHUNK:
                return
            after = page[-1].variant_id

    def suspects(self, store: str, limit: int) -> Sequence[ShowingRecord]:
        rows = self._scope.of(store).execute(_SUSPECTS, {"store": store, "most": limit})
        return [ShowingRecord(*row) for row in rows]
