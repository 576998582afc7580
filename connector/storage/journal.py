"""The chained record of decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select

from connector.domain.journal import GENESIS, Entry, Link, chain
from connector.storage.dialect import CHUNK
from connector.storage.repository import Repository
from connector.storage.tables import OF_ORDER, OF_VARIANT
from connector.storage.tables import journal as table

_READ = select(*[column for column in table.columns if column is not table.c.store]).where(
    table.c.store == bindparam("store")
)
_NEWEST = (
    select(table.c.number, table.c.hash)
    .where(table.c.store == bindparam("store"))
    .order_by(table.c.number.desc())
    .limit(1)
)
_OLDEST = (
    select(table.c.number, table.c.at)
    .where(table.c.store == bindparam("store"))
    .order_by(table.c.number)
    .limit(bindparam("most"))
)
_LATEST = _READ.order_by(table.c.number.desc()).limit(bindparam("most"))
_PAGE = _READ.where(table.c.number > bindparam("after")).order_by(table.c.number).limit(CHUNK)


def _link(row: Row[*tuple[Any, ...]]) -> Link:
    number, at, kind, variant_id, order_id, facts, previous, sealed = row
    return Link(number, Entry(at, kind, variant_id, order_id, facts), previous, sealed)


class SqlJournal(Repository):
    __slots__ = ()

    def append(self, store: str, entries: Iterable[Entry]) -> None:
        # The hash covers the moment as text; it is read back in UTC and must be the same text then.
        said = [replace(entry, at=entry.at.astimezone(UTC)) if entry.at.tzinfo else entry for entry in entries]
        if not said:
            return
        connection = self._scope.of(store)
        newest = connection.execute(_NEWEST, {"store": store}).first()
        number, previous = newest or (0, GENESIS)
        connection.execute(insert(table), [_row(store, link) for link in chain(said, number, previous)])

    def read(
        self, store: str, *, variant_id: str | None = None, order_id: str | None = None, limit: int = 1000
    ) -> Sequence[Link]:
        query = _LATEST
        if variant_id is not None:
            query = query.where(table.c.variant_id == variant_id, OF_VARIANT)
        if order_id is not None:
            query = query.where(table.c.order_id == order_id, OF_ORDER)
        return [_link(row) for row in self._scope.of(store).execute(query, {"store": store, "most": limit})]

    def walk(self, store: str) -> Iterator[Link]:
        after = 0
        while True:
            rows = self._scope.of(store).execute(_PAGE, {"store": store, "after": after})
            page = [_link(row) for row in rows]
            yield from page
            if len(page) < CHUNK:
                return
            after = page[-1].number

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """Only whole beginnings go: an entry older than one that stays would leave a gap in the chain."""
        connection = self._scope.of(store)
        oldest = connection.execute(_OLDEST, {"store": store, "most": limit + 1}).all()
        # The newest entry stays for the chain to go on from; it is among these only where these are all there are.
        may_go = [number for number, at in takewhile(lambda row: row.at < before, oldest)]
        may_go = may_go[: min(limit, len(oldest) - 1)]
        if may_go:
            connection.execute(delete(table).where(table.c.store == store, table.c.number <= may_go[-1]))
        return len(may_go)


def _row(store: str, link: Link) -> dict[str, Any]:
    entry = link.entry
    return {
        "store": store,
        "number": link.number,
        "at": entry.at,
        "kind": entry.kind,
        "variant_id": entry.variant_id,
        "order_id": entry.order_id,
        "facts": entry.facts,
        "previous": link.previous,
        "hash": link.hash,
    }
