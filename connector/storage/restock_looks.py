"""When the restock lists of a store are to be looked at: a row that whatever may let somebody be invited moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, case, delete, literal_column, select, type_coerce, update

from connector.storage.column_types import EPOCH, Moment
from connector.storage.dialect import upsert
from connector.storage.tables_restock import ON_LIST, restock_subscriptions
from connector.storage.tables_restock import restock_looks as table

AT_ONCE = EPOCH

# Asked for again while somebody looks, the mark must differ from the one they have read: so it moves by a microsecond.
_LATER = type_coerce(type_coerce(table.c.at, BigInteger) + literal_column("1"), Moment)


def _sooner(new: Any) -> dict[str, Any]:  # noqa: ANN401 -- the columns of an insert, loosely typed by SQLAlchemy
    return {"at": case((table.c.at > new.at, new.at), else_=_LATER)}


def look(connection: Connection, store: str, at: datetime = AT_ONCE) -> None:
    connection.execute(upsert(connection, table, _sooner), {"store": store, "at": at})


def look_if_listed(connection: Connection, store: str) -> None:
    """Most stores have nobody on a list."""
    listed = select(restock_subscriptions.c.id).where(restock_subscriptions.c.store == store, ON_LIST).limit(1)
    if connection.execute(listed).first() is not None:
        look(connection, store)


def look_at(connection: Connection, store: str) -> datetime | None:
    return connection.scalar(select(table.c.at).where(table.c.store == store))


def looked(connection: Connection, store: str, mark: datetime | None, again_at: datetime | None) -> None:
    same = (table.c.store == store, table.c.at == mark)
    if mark is None and again_at is not None:
        look(connection, store, again_at)
    elif again_at is None:
        connection.execute(delete(table).where(*same))
    else:
        connection.execute(update(table).where(*same).values(at=again_at))
