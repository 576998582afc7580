"""Which traces made something necessary (``connector.ports.tracing``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import delete, select

from connector.ports.tracing import MOST_LINKS, Trace
from connector.storage.dialect import chunks, upsert
from connector.storage.repository import Repository
from connector.storage.tables_operating import traces as table


class SqlTraces(Repository):
    __slots__ = ()

    def add(self, store: str, kind: str, of: Mapping[str, Iterable[Trace]]) -> None:
        if not of:
            return
        held = self.get(store, kind, of)
        rows = [
            {"store": store, "kind": kind, "id": id_, "links": _text([*links, *held.get(id_, ())])}
            for id_, links in of.items()
        ]
        connection = self._scope.of(store)
        connection.execute(upsert(connection, table), rows)

    def take(self, store: str, kind: str, ids: Iterable[str]) -> dict[str, tuple[Trace, ...]]:
        found = self.get(store, kind, ids)
        connection = self._scope.of(store)
        for some in chunks(list(found)):
            connection.execute(delete(table).where(table.c.store == store, table.c.kind == kind, table.c.id.in_(some)))
        return found

    def get(self, store: str, kind: str, ids: Iterable[str]) -> dict[str, tuple[Trace, ...]]:
        query = select(table.c.id, table.c.links).where(table.c.store == store, table.c.kind == kind)
        connection = self._scope.of(store)
        return {
            id_: tuple(map(Trace.of, links.split()))
            for some in chunks(list(ids))
            for id_, links in connection.execute(query.where(table.c.id.in_(some)))
        }


def _text(links: Sequence[Trace]) -> str:
    return " ".join(str(one) for one in list(dict.fromkeys(links))[:MOST_LINKS])
