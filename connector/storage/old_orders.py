"""Orders past their time, and all that belongs to them alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, exists, literal_column, or_, select

from connector.storage.dialect import chunks
from connector.storage.tables import CLOSED, NOTICE_PARKED, OUTSTANDING, UNSENT, WAITING, notices, order_lines, untold
from connector.storage.tables import orders as table
from connector.storage.tables_accounts import waits
from connector.storage.tables_promises import (
    LOOKED_AT,
    UNDONE,
    UNSAID,
    amendments,
    messages,
    order_terms,
    promise_events,
)

OF_AN_ORDER = (order_lines, promise_events, order_terms, amendments, messages, notices, waits, untold)


def _none(of: Table, *where: Any) -> Any:  # noqa: ANN401 -- as SQLAlchemy takes them
    return ~exists().where(of.c.store == table.c.store, of.c.order_id == table.c.id, *where)


# What waits for a person is kept for as long as it takes; what only says that somebody once acted is not.
_OVER = (
    select(table.c.id)
    .where(
        table.c.store == bindparam("store"),
        CLOSED,
        table.c.changed_at < bindparam("before"),
        _none(order_lines, or_(OUTSTANDING, WAITING)),
        _none(order_terms, LOOKED_AT),
        _none(amendments, or_(UNDONE, amendments.c.state == literal_column("'owner'"))),
        _none(messages, or_(UNSAID, messages.c.state == literal_column("'parked'"))),
        _none(notices, or_(UNSENT, NOTICE_PARKED)),
    )
    .order_by(table.c.changed_at)
    .limit(bindparam("most"))
)


def purge_orders(connection: Connection, store: str, before: datetime, limit: int) -> int:
    """Delete those that changed last before, at most ``limit``; how many."""
    over = connection.scalars(_OVER, {"store": store, "before": before, "most": limit}).all()
    for some in chunks(over):
        for one in OF_AN_ORDER:
            connection.execute(delete(one).where(one.c.store == store, one.c.order_id.in_(some)))
        connection.execute(delete(table).where(table.c.store == store, table.c.id.in_(some)))
    return len(over)
