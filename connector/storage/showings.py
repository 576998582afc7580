"""What the shop shows and what it should."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select

from connector.ports.records import ShowingRecord
from connector.storage.dialect import CHUNK, chunks, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import OVERRIDDEN, PUSHABLE, SUSPECT, WRITTEN
from connector.storage.tables import storefront_states as table
from connector.storage.variant_marks import mark_differing

_READ = select(*columns_of(table, ShowingRecord))
_OF_STORE = table.c.store == bindparam("store")
_DUE = (
    _READ.where(_OF_STORE, PUSHABLE, or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now")))
    .order_by(table.c.product_id, table.c.variant_id)
    .limit(bindparam("most"))
)
_OVERRIDDEN = _READ.where(_OF_STORE, OVERRIDDEN, table.c.variant_id > bindparam("after")).order_by(table.c.variant_id)
_SUSPECTS = _READ.where(_OF_STORE, SUSPECT).order_by(table.c.variant_id).limit(bindparam("most"))
_WRITTEN = (
    _READ.where(_OF_STORE, WRITTEN, table.c.variant_id > bindparam("after"))
    .order_by(table.c.variant_id)
    .limit(bindparam("most"))
)
_DUE_COUNTS = (
    select(table.c.status, func.count()).where(_OF_STORE, PUSHABLE).group_by(table.c.status).order_by(table.c.status)
)
_PAGE = _READ.where(_OF_STORE, table.c.variant_id > bindparam("after")).order_by(table.c.variant_id).limit(CHUNK)
_values = values_of(ShowingRecord)


def _differs(one: ShowingRecord) -> bool:
    """As ``tables.DIFFERS`` says it of a row."""
    return one.due or bool(one.override) or bool(one.parked)


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
        records = {one.variant_id: one for one in showings}
        if not records:
            return
        connection = self._scope.of(store)
        connection.execute(upsert(connection, table), [{"store": store, **_values(one)} for one in records.values()])
        for differs in (True, False):
            ids = [id_ for id_, one in records.items() if _differs(one) is differs]
            mark_differing(connection, store, ids, differs=differs)

    def due(self, store: str, now: datetime, limit: int) -> Sequence[ShowingRecord]:
        rows = self._scope.of(store).execute(_DUE, {"store": store, "now": now, "most": limit})
        return [ShowingRecord(*row) for row in rows]

    def overridden(self, store: str, after: str = "", limit: int | None = None) -> Sequence[ShowingRecord]:
        rows = self._scope.of(store).execute(_OVERRIDDEN.limit(limit), {"store": store, "after": after})
        return [ShowingRecord(*row) for row in rows]

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

    def written(self, store: str, after: str, limit: int) -> Sequence[ShowingRecord]:
        rows = self._scope.of(store).execute(_WRITTEN, {"store": store, "after": after, "most": limit})
        return [ShowingRecord(*row) for row in rows]

    def due_counts(self, store: str) -> Mapping[str, int]:
        """The same as ``due`` would give in time: neither what the shop refused nor what somebody changed by hand."""
        return dict(self._scope.of(store).execute(_DUE_COUNTS, {"store": store}).all())
