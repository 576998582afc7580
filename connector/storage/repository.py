"""What the repositories share: the transaction, and the way between a row and a record of the same field names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import Column, Connection, Table

from connector.storage.dialect import lock, serialises


class Scope:
    """One transaction.  A connection is had for a store, so that no query forgets to name one.

    The transactions of one store that write run one after the other on PostgreSQL too, by a lock taken when a store is
    first named: what was read stays true until it is written.  SQLite does so for all stores at once.
    """

    __slots__ = ("_held", "connection")

    def __init__(self, connection: Connection, *, writes: bool) -> None:
        self.connection = connection
        """For what concerns all stores."""
        self._held: set[str] | None = set() if writes and not serialises(connection) else None

    def of(self, store: str) -> Connection:
        if self._held is not None and store not in self._held:
            lock(self.connection, store)
            self._held.add(store)
        return self.connection

    def commit(self) -> None:
        try:
            self.connection.commit()
        except BaseException:
            # After a commit that failed SQLAlchemy rolls nothing back: the connection would go back to the pool inside
            # its transaction, which on SQLite keeps everybody from writing for good.
            self.connection.invalidate()
            raise
        if self._held:
            self._held.clear()  # the locks ended with the transaction


class Repository:
    __slots__ = ("_scope",)

    def __init__(self, scope: Scope) -> None:
        self._scope = scope


def names_of(record: type[Any], *, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record) if field.name not in without)


def columns_of(table: Table, record: type[Any], *, without: tuple[str, ...] = ()) -> list[Column[Any]]:
    """The columns in the order of the record's fields, so that ``record(*row)`` makes it."""
    return [table.c[name] for name in names_of(record, without=without)]


def values_of(record: type[Any], *, without: tuple[str, ...] = ()) -> Callable[[Any], dict[str, Any]]:
    """A function that gives the values of a record by column; records have slots, so there is no ``__dict__``."""
    names = names_of(record, without=without)
    get = attrgetter(*names)

    def values(one: Any) -> dict[str, Any]:  # noqa: ANN401 -- an instance of ``record``
        return dict(zip(names, get(one), strict=True))

    return values
