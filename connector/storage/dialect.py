"""What SQLite and PostgreSQL say differently; nothing else in storage asks which one it talks to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Executable, Integer, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

CHUNK = 500
"""Ids in one IN list.  SQLite before 3.32 takes 999 variables in a statement."""

_INSERTS: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_PLAN_ONCE = text("SET LOCAL plan_cache_mode = force_generic_plan")
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

T = TypeVar("T")


Merge = Callable[[Any], dict[str, Any]]
"""From the row that could not be inserted (``new.column``) to what the standing row becomes."""


def upsert(connection: Connection, table: Table, merge: Merge | None = None) -> Executable:
    """Insert a row, or change the one with the same primary key (``merge`` None: replace it)."""
    return _upsert(connection.dialect.name, table, merge)


def insert_new(connection: Connection, table: Table) -> Any:  # noqa: ANN401 -- two unrelated classes with the same methods
    """Insert a row unless one of its unique keys stands already."""
    return _INSERTS[connection.dialect.name](table).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, table: Table, merge: Merge | None) -> Executable:
    statement: Any = _INSERTS[dialect](table)
    new = statement.excluded
    keys = [column.name for column in table.primary_key]
    become = merge(new) if merge else {column.name: new[column.name] for column in table.c if not column.primary_key}
    done: Executable = statement.on_conflict_do_update(index_elements=keys, set_=become)
    return done


def serialises(connection: Connection) -> bool:
    """Whether the database itself lets one writing transaction run at a time."""
    return connection.dialect.name == "sqlite"


def lock(connection: Connection, name: str) -> None:
    """Wait until no other transaction holds ``name``; held until this one ends.  SQLite has its one write lock."""
    if not serialises(connection):
        connection.execute(_LOCK, {"name": name})


def plan_once(connection: Connection) -> None:
    """For a question that is long and asked again and again in the same words: PostgreSQL would think about its plan
    each time for longer than it takes to answer it.  SQLite keeps plans anyway.
    """
    if not serialises(connection):
        connection.execute(_PLAN_ONCE)


def chunks(ids: Collection[T]) -> Iterator[Sequence[T]]:
    """The ids, each once, in lists short enough for an IN."""
    distinct = list(dict.fromkeys(ids))
    for start in range(0, len(distinct), CHUNK):
        yield distinct[start : start + CHUNK]


class place_of(FunctionElement[int]):  # noqa: N801 -- a function of SQL, and written like one
    """``place_of(column, text)``: where the text first stands in the column, from 1; 0: nowhere.  Unlike in a LIKE,
    every character means itself.
    """

    type = Integer()
    inherit_cache = True


@compiles(place_of, "sqlite")
def _instr(element: FunctionElement[int], compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 -- as SQLAlchemy passes it
    return f"instr({compiler.process(element.clauses, **more)})"


@compiles(place_of, "postgresql")
def _strpos(element: FunctionElement[int], compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 -- as SQLAlchemy passes it
    return f"strpos({compiler.process(element.clauses, **more)})"
