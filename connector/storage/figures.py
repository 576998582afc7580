"""What waits, over all stores: counts over the partial indexes that the work itself is found by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Table, bindparam, case, func, literal_column, or_, select

from connector.ports.figures import InboxFigures, QueueFigures
from connector.storage.dialect import chunks
from connector.storage.repository import Repository
from connector.storage.tables import (
    DIRTY,
    NOTICE_PARKED,
    PARKED,
    PUSHABLE,
    RECEIVED,
    UNCONFIRMED,
    UNSENT,
    deliveries,
    notices,
    pools,
    storefront_states,
    stores,
)
from connector.storage.tables_accounts import FAILED, job_runs
from connector.storage.tables_operating import ASKED, aside, privacy_requests
from connector.storage.tables_promises import MESSAGE_PARKED, UNSAID, messages

_RECEIVED = (
    select(deliveries.c.store, func.count(), func.min(deliveries.c.id)).where(RECEIVED).group_by(deliveries.c.store)
)
_WAITS = stores.c.wait_until > bindparam("now")
_HELD = select(stores.c.key).where(or_(stores.c.paused, _WAITS))
_CAME = select(deliveries.c.received_at).where(deliveries.c.id == bindparam("id"))


def _count(table: Table, where: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(table).where(where)


_QUEUES = {
    "dirty": _count(pools, DIRTY),
    "unconfirmed": _count(pools, UNCONFIRMED),
    "pushes": _count(storefront_states, PUSHABLE),
    "notices": _count(notices, UNSENT),
    "messages": _count(messages, UNSAID),
    "requests": _count(privacy_requests, ASKED),
}
_PARKED = {
    "deliveries": _count(deliveries, PARKED),
    "notices": _count(notices, NOTICE_PARKED),
    "messages": _count(messages, MESSAGE_PARKED),
    "set_aside": select(func.count()).select_from(aside),
}
_STATE = case(
    (stores.c.gone_at.is_not(None), "gone"),
    (stores.c.leaving != literal_column("'no'"), "leaving"),
    (stores.c.paused, "paused"),
    (stores.c.stopped != literal_column("'{}'"), "stopped"),
    (_WAITS, "waiting"),
    else_="ok",
)
_STORES = select(stores.c.platform, _STATE.label("state"), func.count()).group_by(
    stores.c.platform, literal_column("state")
)
_FAILING = select(job_runs.c.job, func.count()).where(FAILED).group_by(job_runs.c.job)


class SqlFigures(Repository):
    __slots__ = ()

    def inbox(self, now: datetime, tended: Collection[str] | None = None) -> InboxFigures:
        waiting = self._scope.connection.execute(_RECEIVED).all()
        # The oldest is that of the smallest number; a body lies before its time of arrival in the row, so reading the
        # times of all that waits would read all the bodies.
        oldest = {store: id_ for store, _, id_ in waiting}
        ours = {store: id_ for store, id_ in oldest.items() if tended is None or store in tended}
        for some in chunks(list(ours)):
            for held in self._scope.connection.scalars(_HELD.where(stores.c.key.in_(some)), {"now": now}).all():
                del ours[held]
        return InboxFigures(sum(n for _, n, _ in waiting), self._came(oldest.values()), self._came(ours.values()))

    def _came(self, ids: Collection[int]) -> datetime | None:
        return self._scope.connection.scalar(_CAME, {"id": min(ids)}) if ids else None

    def queues(self) -> QueueFigures:
        connection = self._scope.connection
        counted = {name: connection.scalar(query) or 0 for name, query in _QUEUES.items()}
        return QueueFigures(**counted, parked={name: connection.scalar(query) or 0 for name, query in _PARKED.items()})

    def stores(self, now: datetime) -> Mapping[tuple[str, str], int]:
        rows = self._scope.connection.execute(_STORES, {"now": now})
        return {(platform, state): n for platform, state, n in rows}

    def failing_jobs(self) -> Mapping[str, int]:
        return dict(self._scope.connection.execute(_FAILING).all())
