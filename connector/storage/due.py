"""Which store has what to do: a few looks at the head of an index for each store, whatever waits behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Exists, bindparam, exists, or_, select

from connector.ports.unit_of_work import Due
from connector.storage.tables import (
    DIRTY,
    PUSHABLE,
    RECEIVED,
    REPLANNED,
    UNSENT,
    deliveries,
    notices,
    pools,
    rereads,
    storefront_states,
    stores,
)


def _some(table: Any, *where: Any) -> Exists:  # noqa: ANN401 -- as SQLAlchemy takes them
    return exists().where(table.c.store == stores.c.key, *where)


def _ripe(table: Any) -> Any:  # noqa: ANN401 -- as SQLAlchemy takes them
    return or_(table.c.next_at.is_(None), table.c.next_at <= bindparam("now"))


_DUE = select(
    stores.c.key,
    _some(deliveries, RECEIVED),
    _some(rereads),
    or_(_some(pools, DIRTY), _some(pools, REPLANNED, pools.c.replan_on <= bindparam("today"))),
    _some(storefront_states, PUSHABLE, _ripe(storefront_states)),
    _some(notices, UNSENT, _ripe(notices)),
).order_by(stores.c.key)


def read_due(connection: Connection, now: datetime, today: date) -> Sequence[Due]:
    rows = [Due(*row) for row in connection.execute(_DUE, {"now": now, "today": today})]
    return [one for one in rows if one.deliveries or one.rereads or one.dirty or one.push or one.notices]
