"""Messages about orders, each made once and claimed by one sender at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, delete, exists, insert, literal_column, or_, select, update

from connector.ports.records import NoticeRecord, NoticeState
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables import NOTICE_PARKED, UNSENT
from connector.storage.tables import notices as table

_READ = select(*columns_of(table, NoticeRecord))
_values = values_of(NoticeRecord, without=("id",))
_OLDER = delete(table).where(
    table.c.store == bindparam("of_store"),
    table.c.order_id == bindparam("of_order"),
    table.c.state == NoticeState.PENDING,
)
_other = table.alias()
_OF_THE_SAME_ORDER = (
    _other.c.store == table.c.store,
    _other.c.order_id == table.c.order_id,
    _other.c.state.in_([literal_column("'pending'"), literal_column("'sending'")]),
)
# Cut off in the middle, and there is a newer one by now: said after it, its old dates would be the last word.
_OUTRUN = delete(table).where(
    table.c.store == bindparam("of_store"),
    UNSENT,
    table.c.state == NoticeState.SENDING,
    table.c.next_at <= bindparam("now"),
    exists().where(*_OF_THE_SAME_ORDER, _other.c.revision > table.c.revision),
)
_CLAIMABLE = (
    _READ.where(
        table.c.store == bindparam("store"),
        UNSENT,
        or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now")),
        ~exists().where(*_OF_THE_SAME_ORDER, _other.c.revision < table.c.revision),
    )
    .order_by(table.c.id)
    .limit(bindparam("most"))
)
# Every claim counts ``attempts`` up, so the number is the guard: of two claimers that read the same row one finds it
# changed and touches nothing.
_CLAIM = update(table).where(table.c.id == bindparam("of_id"), table.c.attempts == bindparam("attempts_read"), UNSENT)


class SqlNotices(Repository):
    __slots__ = ()

    def add(self, store: str, notice: NoticeRecord) -> None:
        connection = self._scope.of(store)
        connection.execute(_OLDER, {"of_store": store, "of_order": notice.order_id})
        connection.execute(insert(table), {"store": store, **_values(notice)})

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[NoticeRecord]:
        connection = self._scope.of(store)
        connection.execute(_OUTRUN, {"of_store": store, "now": now})
        claimed: list[NoticeRecord] = []
        for row in connection.execute(_CLAIMABLE, {"store": store, "now": now, "most": limit}).all():
            read = NoticeRecord(*row)
            now_so = {"state": NoticeState.SENDING, "attempts": read.attempts + 1, "next_at": lease_until}
            guard = {"of_id": read.id, "attempts_read": read.attempts}
            if connection.execute(_CLAIM, guard | now_so).rowcount == 1:
                claimed.append(
                    replace(read, state=NoticeState.SENDING, attempts=read.attempts + 1, next_at=lease_until)
                )
        return claimed

    def is_due(self, store: str, now: datetime) -> bool:
        ripe = or_(table.c.next_at.is_(None), table.c.next_at <= now)
        query = select(table.c.id).where(table.c.store == store, UNSENT, ripe).limit(1)
        return self._scope.of(store).execute(query).first() is not None

    def settle(
        self, store: str, notice_id: int, state: NoticeState, *, at: datetime, next_at: datetime | None, reason: str
    ) -> None:
        """LookupError where there is no such notice."""
        now_so = {"state": state, "next_at": next_at, "reason": reason}
        if state is NoticeState.SENT:
            now_so["sent_at"] = at
        change = update(table).where(table.c.store == store, table.c.id == notice_id).values(now_so)
        if self._scope.of(store).execute(change).rowcount != 1:
            raise LookupError(f"Store {store} has no notice {notice_id}.")

    def of_order(self, store: str, order_id: str) -> Sequence[NoticeRecord]:
        query = _READ.where(table.c.store == store, table.c.order_id == order_id).order_by(table.c.revision)
        return [NoticeRecord(*row) for row in self._scope.of(store).execute(query)]

    def find(self, store: str, state: NoticeState | None, limit: int) -> Sequence[NoticeRecord]:
        """Newest first."""
        query = _READ.where(table.c.store == store).order_by(table.c.id.desc()).limit(limit)
        if state is NoticeState.PARKED:
            query = query.where(NOTICE_PARKED)
        elif state is not None:
            query = query.where(table.c.state == state)
            query = query.where(UNSENT) if state is not NoticeState.SENT else query
        return [NoticeRecord(*row) for row in self._scope.of(store).execute(query)]
