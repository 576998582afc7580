"""Which stores have what to do, at the cost of those that have: ten thousand idle ones are not looked at.

What is due as soon as it is there is found by skipping from store to store along a partial index, past whatever else a
store has.  What lies there until its time comes is found at the head of an index by time; only where very many such
rows are due at once (of a store that is paused, say) are their stores found by skipping, too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Date,
    Select,
    Table,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from connector.ports.due import RENEW_AHEAD, UNSETTLED, Due, Look
from connector.storage import tables, tables_accounts, tables_operating, tables_promises, tables_restock
from connector.storage.dialect import chunks, plan_once

MOST_ROWS = 2_000
"""So many rows whose time has come are read one by one."""
FURTHEST_EAST = timedelta(hours=14)
"""Where the calendar is ahead the most; a store whose day has not come is left out by its own calendar."""
_LOOKS = {look.value: look for look in Look}
_EVEN_OF_GONE = frozenset({Look.DELIVERIES.value, Look.PRIVACY.value})
"""The shop of a store that was disconnected still sends privacy requests; nothing else is done for it."""


@dataclass(frozen=True, eq=False)
class _Waiting:
    """Rows that are due as soon as one of ``ripe`` holds of them, or at once where there is none."""

    look: Look
    table: Table
    where: ColumnElement[bool]
    ripe: tuple[ColumnElement[bool], ...] = ()

    def query(self) -> Select[Any]:
        heads = _heads(self.table, self.where)
        # Asked apart, each way is one step down an index of its own.
        some = [exists().where(self.table.c.store == heads.c.store, self.where, one) for one in self.ripe]
        found = _found(self.look, heads.c.store).where(heads.c.store.is_not(None))
        return found.where(or_(*some)) if some else found


@dataclass(frozen=True, eq=False)
class _Timed:
    """Rows that are due once ``when`` has come."""

    look: Look
    table: Table
    where: ColumnElement[bool]
    when: ColumnElement[Any]
    bound: str = "now"

    @property
    def _come(self) -> ColumnElement[bool]:
        return self.when <= bindparam(self.bound)

    def query(self) -> Select[Any]:
        """The first of them, counted by store."""
        come = select(self.table.c.store, self.when.label("moment")).where(self.where, self._come)
        found = come.order_by(self.when).limit(bindparam("most")).subquery()
        day = func.min(found.c.moment) if self._is_by_day else None
        return _found(self.look, found.c.store, day, func.count()).group_by(found.c.store)

    @cached_property
    def all(self) -> Select[Any]:
        """Where they are too many to be counted."""
        heads = _heads(self.table, self.where)
        of_store = (self.table.c.store == heads.c.store, self.where)
        first = select(self.when).where(*of_store).order_by(self.when).limit(literal_column("1")).correlate(heads)
        found = _found(self.look, heads.c.store, first.scalar_subquery() if self._is_by_day else None)
        return found.where(heads.c.store.is_not(None), exists().where(*of_store, self._come))

    @property
    def _is_by_day(self) -> bool:
        return isinstance(self.when.type, Date)


def _heads(table: Table, where: ColumnElement[bool]) -> CTE:
    """Each store that has such a row, found by one step down the index per store."""
    first = select(table.c.store).where(where).order_by(table.c.store).limit(literal_column("1"))
    heads = select(first.scalar_subquery().label("store")).cte(recursive=True)
    further = first.where(table.c.store > heads.c.store).correlate(heads).scalar_subquery()
    return heads.union_all(select(further).select_from(heads).where(heads.c.store.is_not(None)))


def _found(
    look: Look,
    store: ColumnElement[str],
    day: ColumnElement[Any] | None = None,
    rows: ColumnElement[int] | None = None,
) -> Select[Any]:
    """Its look, its store, of plans the first day that is due, and how many rows were read for it."""
    return select(
        literal_column(f"'{look.value}'"),
        store,
        cast(null(), Date) if day is None else day,
        literal_column("1") if rows is None else rows,
    )


def _ripe(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (table.c.next_at.is_(None), table.c.next_at <= bindparam("now"))


_pools, _states, _notices = tables.pools, tables.storefront_states, tables.notices
_amendments, _messages, _terms = tables_promises.amendments, tables_promises.messages, tables_promises.order_terms
_lists, _looks, _keys = tables_restock.restock_subscriptions, tables_restock.restock_looks, tables_accounts.credentials
_aside = tables_operating.aside
_ALWAYS = literal_column("1") == literal_column("1")
_SETTLED = (_pools.c.touched_at <= bindparam("settled"), _pools.c.unconfirmed_since <= bindparam("unsettled"))
_WAITING = (
    _Waiting(Look.DELIVERIES, tables.deliveries, tables.RECEIVED),
    _Waiting(Look.REREADS, tables.rereads, _ALWAYS),
    _Waiting(Look.DIRTY, _pools, tables.DIRTY),
    _Waiting(Look.PUSH, _states, tables.PUSHABLE, _ripe(_states)),
    _Waiting(Look.NOTICES, _notices, tables.UNSENT, _ripe(_notices)),
    _Waiting(Look.CONFIRM, _pools, tables.UNCONFIRMED, _SETTLED),
    _Waiting(Look.AMENDMENTS, _amendments, tables_promises.UNDONE, _ripe(_amendments)),
    _Waiting(Look.RESTOCK, _lists, tables_restock.FORM),
    _Waiting(Look.PRIVACY, tables_operating.privacy_requests, tables_operating.ASKED),
)
_TIMED = (
    _Timed(Look.DIRTY, _pools, tables.REPLANNED, _pools.c.replan_on, "latest_day"),
    _Timed(Look.PROMISES, _terms, tables_promises.LOOKED_AT, _terms.c.look_at),
    _Timed(Look.MESSAGES, _messages, tables_promises.UNSAID, tables_promises.SENT_FROM),
    _Timed(Look.REREADS, _aside, tables_operating.READ_AGAIN, _aside.c.next_at),
    _Timed(Look.CONFIRM, _aside, tables_operating.TOLD_AGAIN, _aside.c.next_at),
    _Timed(Look.RESTOCK, _lists, tables_restock.INVITED, _lists.c.claim_until),
    _Timed(Look.RESTOCK, _looks, _looks.c.at.is_not(None), _looks.c.at),
    _Timed(Look.RENEWAL, _keys, tables_accounts.LAPSING, _keys.c.lapses_at, "renewed_until"),
)
_LEAVING = _found(Look.LEAVING, tables.stores.c.key).where(
    tables.LEAVES,
    or_(tables.stores.c.wait_until.is_(None), tables.stores.c.wait_until <= bindparam("now")),
)
_DUE = union_all(*(one.query() for one in _WAITING), *(one.query() for one in _TIMED), _LEAVING)


def read_due(connection: Connection, now: datetime, settle: timedelta, today: Callable[[str], date]) -> Sequence[Due]:
    values = {
        "now": now,
        "settled": now - settle,
        "unsettled": now - UNSETTLED * settle,
        "renewed_until": now + RENEW_AHEAD,
        "most": MOST_ROWS,
        "latest_day": (now + FURTHEST_EAST).date(),
    }
    plan_once(connection)
    rows: Sequence[Any] = connection.execute(_DUE, values).all()
    if sum(row[3] for row in rows) >= MOST_ROWS:
        rows = [*rows, *(row for one in _many(rows) for row in connection.execute(one.all, values))]
    found: dict[str, set[str]] = {}
    for look, store, day, _ in rows:
        if day is None or day <= today(store):
            found.setdefault(store, set()).add(look)
    for store in _gone(connection, found):
        found[store] &= _EVEN_OF_GONE
    return [Due(store, frozenset(_LOOKS[look] for look in looks)) for store, looks in sorted(found.items()) if looks]


def _gone(connection: Connection, keys: Collection[str]) -> Sequence[str]:
    gone = select(tables.stores.c.key).where(tables.stores.c.gone_at.is_not(None))
    return [key for some in chunks(keys) for key in connection.scalars(gone.where(tables.stores.c.key.in_(some)))]


def _many(rows: Sequence[Any]) -> Sequence[_Timed]:
    """Of which more may be due than were read."""
    read = Counter[str]()
    for row in rows:
        read[row[0]] += row[3]
    return [one for one in _TIMED if read[one.look.value] >= MOST_ROWS]
