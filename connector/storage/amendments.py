"""Changes of orders that somebody asked for, each carried out once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, insert, literal_column, or_, select, update

from connector.ports.promising import AmendmentRecord, AmendmentState
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_promises import UNDONE
from connector.storage.tables_promises import amendments as table

_READ = select(*columns_of(table, AmendmentRecord))
_values = values_of(AmendmentRecord, without=("id",))
_other = table.alias()
_CLAIMABLE = (
    _READ.where(
        table.c.store == bindparam("of_store"),
        UNDONE,
        or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now")),
        ~exists().where(
            _other.c.store == table.c.store,
            _other.c.order_id == table.c.order_id,
            _other.c.state.in_([literal_column("'asked'"), literal_column("'doing'")]),
            _other.c.id < table.c.id,
        ),
    )
    .order_by(table.c.id)
    .limit(bindparam("most"))
)
# The number of attempts is the guard: of two claimers that read the same row one finds it changed.
_CLAIM = update(table).where(table.c.id == bindparam("of_id"), table.c.attempts == bindparam("attempts_read"), UNDONE)


class SqlAmendments(Repository):
    __slots__ = ()

    def add(self, store: str, amendment: AmendmentRecord) -> int:
        connection = self._scope.of(store)
        known = select(table.c.id).where(table.c.store == store, table.c.reference == amendment.reference)
        held = connection.scalar(known)
        if held is not None:
            return int(held)
        made: Any = connection.execute(insert(table), {"store": store, **_values(amendment)}).inserted_primary_key
        return int(made.id)

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[AmendmentRecord]:
        connection = self._scope.of(store)
        claimed: list[AmendmentRecord] = []
        for row in connection.execute(_CLAIMABLE, {"of_store": store, "now": now, "most": limit}).all():
            read = AmendmentRecord(*row)
            now_so: dict[str, Any] = {
                "state": AmendmentState.DOING,
                "attempts": read.attempts + 1,
                "next_at": lease_until,
            }
            guard = {"of_id": read.id, "attempts_read": read.attempts}
            if connection.execute(_CLAIM, guard | now_so).rowcount == 1:
                claimed.append(replace(read, **now_so))
        return claimed

    def save(self, store: str, amendment: AmendmentRecord) -> None:
        """LookupError where there is no such amendment."""
        change = update(table).where(table.c.store == store, table.c.id == amendment.id).values(_values(amendment))
        if self._scope.of(store).execute(change).rowcount != 1:
            raise LookupError(f"Store {store} has no amendment {amendment.id}.")

    def get(self, store: str, amendment_id: int) -> AmendmentRecord | None:
        row = self._scope.of(store).execute(_READ.where(table.c.store == store, table.c.id == amendment_id)).first()
        return None if row is None else AmendmentRecord(*row)

    def of_order(self, store: str, order_id: str) -> Sequence[AmendmentRecord]:
        query = _READ.where(table.c.store == store, table.c.order_id == order_id).order_by(table.c.id)
        return [AmendmentRecord(*row) for row in self._scope.of(store).execute(query)]

    def find(
        self, store: str, states: Collection[AmendmentState], limit: int, before: int | None = None
    ) -> Sequence[AmendmentRecord]:
        query = _READ.where(table.c.store == store, table.c.state.in_(list(states)))
        if before is not None:
            query = query.where(table.c.id < before)
        rows = self._scope.of(store).execute(query.order_by(table.c.id.desc()).limit(limit))
        return [AmendmentRecord(*row) for row in rows]
