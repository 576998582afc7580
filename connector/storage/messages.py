"""Messages to people, each sent once and by one sender at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, literal_column, or_, select, update

from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.restock_looks import look
from connector.storage.tables_promises import UNSAID
from connector.storage.tables_promises import messages as table

_ON_ITS_WAY = (MessageState.PENDING, MessageState.SENDING)
OVER = (MessageState.SENT, MessageState.DROPPED, MessageState.BOUNCED)

_READ = select(*columns_of(table, MessageRecord))
_values = values_of(MessageRecord, without=("id",))
_other = table.alias()
_TO_OWNER: Any = literal_column("'to_owner'")
_LEGAL = [kind for kind in MessageKind if kind.is_legal]
_CLAIMABLE = (
    _READ.where(
        table.c.store == bindparam("of_store"),
        UNSAID,
        table.c.not_before <= bindparam("now"),
        or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now")),
        # What is said of one order is said in the order in which it came about; word to its owner and word to its
        # buyer do not wait for each other, and what the law wants said by a day waits for nothing that it does not.
        ~and_(
            table.c.order_id != literal_column("''"),
            exists().where(
                _other.c.store == table.c.store,
                _other.c.order_id == table.c.order_id,
                _other.c.state.in_([literal_column("'pending'"), literal_column("'sending'")]),
                _other.c.not_before <= bindparam("now"),
                _other.c.id < table.c.id,
                (_other.c.kind == _TO_OWNER) == (table.c.kind == _TO_OWNER),
                or_(table.c.kind.not_in(_LEGAL), _other.c.kind.in_(_LEGAL)),
            ),
        ),
    )
    .order_by(table.c.id)
    .limit(bindparam("most"))
)
_CLAIM = update(table).where(table.c.id == bindparam("of_id"), table.c.attempts == bindparam("attempts_read"), UNSAID)


class SqlMessages(Repository):
    __slots__ = ()

    def add(self, store: str, message: MessageRecord, *, instead_of: Collection[MessageKind] = ()) -> int:
        connection = self._scope.of(store)
        held = connection.scalar(
            select(table.c.id).where(table.c.store == store, table.c.reference == message.reference)
        )
        if held is not None:
            return int(held)
        if instead_of and message.order_id:
            older = (
                table.c.store == store,
                table.c.order_id == message.order_id,
                table.c.state == MessageState.PENDING,
                table.c.kind.in_(list(instead_of)),
            )
            newer = {"state": MessageState.DROPPED, "reason": f"a newer one took its place: {message.reference}"}
            connection.execute(update(table).where(*older).values(newer))
        made: Any = connection.execute(insert(table), {"store": store, **_values(message)}).inserted_primary_key
        return int(made.id)

    def claim(
        self,
        store: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        kinds: Collection[MessageKind] | None = None,
    ) -> Sequence[MessageRecord]:
        connection = self._scope.of(store)
        claimed: list[MessageRecord] = []
        claimable = _CLAIMABLE if kinds is None else _CLAIMABLE.where(table.c.kind.in_(list(kinds)))
        for row in connection.execute(claimable, {"of_store": store, "now": now, "most": limit}).all():
            read = MessageRecord(*row)
            now_so: dict[str, Any] = {
                "state": MessageState.SENDING,
                "attempts": read.attempts + 1,
                "next_at": lease_until,
            }
            guard = {"of_id": read.id, "attempts_read": read.attempts}
            if connection.execute(_CLAIM, guard | now_so).rowcount == 1:
                claimed.append(replace(read, **now_so))
        return claimed

    def save(self, store: str, message: MessageRecord) -> None:
        """LookupError where there is no such message."""
        change = update(table).where(table.c.store == store, table.c.id == message.id).values(_values(message))
        if self._scope.of(store).execute(change).rowcount != 1:
            raise LookupError(f"Store {store} has no message {message.id}.")
        if message.kind is MessageKind.RESTOCK and message.state not in _ON_ITS_WAY:
            look(self._scope.connection, store)  # Whom it did not reach waits on.

    def get(self, store: str, message_id: int) -> MessageRecord | None:
        return self._one(store, table.c.id == message_id)

    def by_reference(self, store: str, reference: str) -> MessageRecord | None:
        return self._one(store, table.c.reference == reference)

    def of_order(self, store: str, order_id: str) -> Sequence[MessageRecord]:
        query = _READ.where(table.c.store == store, table.c.order_id == order_id).order_by(table.c.id)
        return [MessageRecord(*row) for row in self._scope.of(store).execute(query)]

    def of_people(self, store: str, subscriptions: Collection[int]) -> Sequence[MessageRecord]:
        query = _READ.where(table.c.store == store, table.c.subscription.in_(list(subscriptions)))
        return [MessageRecord(*row) for row in self._scope.of(store).execute(query.order_by(table.c.id))]

    def find(
        self, store: str, states: Collection[MessageState], limit: int, before: int | None = None
    ) -> Sequence[MessageRecord]:
        query = _READ.where(table.c.store == store, table.c.state.in_(list(states)))
        if before is not None:
            query = query.where(table.c.id < before)
        return [
            MessageRecord(*row) for row in self._scope.of(store).execute(query.order_by(table.c.id.desc()).limit(limit))
        ]

    def purge(self, store: str, before: datetime, limit: int) -> int:
        over = (
            select(table.c.id)
            .where(table.c.store == store, table.c.state.in_(OVER), table.c.created_at < before)
            .order_by(table.c.id)
            .limit(limit)
        )
        return self._scope.of(store).execute(delete(table).where(table.c.id.in_(over))).rowcount

    def _one(self, store: str, *where: Any) -> MessageRecord | None:  # noqa: ANN401 -- as SQLAlchemy takes them
        row = self._scope.of(store).execute(_READ.where(table.c.store == store, *where)).first()
        return None if row is None else MessageRecord(*row)
