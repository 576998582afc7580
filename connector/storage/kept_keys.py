"""Derived keys that outlive the key they were derived from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Engine, delete, select

from connector.ports.vault import KeptKey
from connector.storage.dialect import insert_new
from connector.storage.repository import columns_of, values_of
from connector.storage.tables_operating import kept_keys as table

_READ = select(*columns_of(table, KeptKey)).order_by(table.c.name)
_values = values_of(KeptKey)


class SqlKeptKeys:
    """``ports.vault.KeptKeys``: asked for at the very start, before there is any unit of work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> Sequence[KeptKey]:
        with self._engine.execution_options(read_only=True).connect() as connection:
            return [KeptKey(*row) for row in connection.execute(_READ)]

    def add(self, keys: Iterable[KeptKey]) -> None:
        rows = [{"store": "", **_values(one)} for one in keys]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(insert_new(connection, table), rows)

    def forget(self, names: Iterable[str]) -> None:
        gone = list(names)
        if gone:
            with self._engine.begin() as connection:
                connection.execute(delete(table).where(table.c.name.in_(gone)))
