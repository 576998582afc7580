"""Moving an installation into another database: every row as it lies there, and proof that it has arrived.

All is written in one transaction of the target, so that a failure leaves it as empty as it was.  Of the source nothing
can be changed meanwhile: what would come in after its rows were read would be lost.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    MetaData,
    Select,
    Table,
    Text,
    TypeDecorator,
    collate,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from connector.domain.journal import first_break_of_kept
from connector.ports.failures import OwnerMustAct
from connector.storage.engine import Database
from connector.storage.journal import SqlJournal
from connector.storage.repository import Scope
from connector.storage.tables import journal, metadata

ROWS = 500
ROWS_WITH_BODIES = 20
"""Rows that are held in memory at once; a body may have some megabytes."""
LOCK_SECONDS = 30

Tell = Callable[[str, str, int], None]
"""Called with a verb, a table and how many more of its rows are done; each is done twice: copied and compared."""


@dataclass(slots=True)
class Copied:
    """``mended``: texts that held a NUL character, which PostgreSQL cannot keep; it was taken out."""

    rows: dict[str, int] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)
    mended: int = 0


def sizes(database: Database) -> dict[str, int]:
    """How many rows each table of ours has; those that are not there are left out, and nothing is created."""
    with database.engine.connect().execution_options(read_only=True) as connection:
        return _sizes(connection)


def copy_database(source: Database, target: Database, tell: Tell = lambda _verb, _table, _rows: None) -> Copied:
    """Copy everything and compare it.  OwnerMustAct where the target holds anything or what arrived is not the same."""
    refuse_unless_empty(target)
    target.upgrade()
    copied = Copied()
    try:
        with source.engine.connect() as old, target.engine.begin() as new:
            _hold_still(old)
            takes_nul = new.dialect.name == "sqlite"
            for table in metadata.sorted_tables:
                _copy(old, new, table, copied, tell, takes_nul=takes_nul)
            for table in metadata.sorted_tables:
                _compare(new, table, copied, tell)
            _verify_journals(new)
            for table in metadata.sorted_tables:
                _go_on_numbering(old, new, table)
    except DBAPIError as error:
        why = str(error.orig).splitlines()[0].rstrip(".")
        fix = "Nothing was copied. Mend that and copy again."
        raise OwnerMustAct("copy", f"The database said: {why}.", fix) from error
    if target.engine.dialect.name == "postgresql":
        with target.engine.begin() as connection:
            connection.execute(text("ANALYZE"))  # until it has looked by itself it would take every table for empty
    return copied


def refuse_unless_empty(target: Database) -> None:
    held = {name: rows for name, rows in sizes(target).items() if rows}
    if held:
        said = ", ".join(f"{rows:,} in {name}" for name, rows in sorted(held.items(), key=lambda one: -one[1])[:5])
        problem = f"The target is not empty: it holds rows, {said}{' and more' if len(held) > 5 else ''}."  # noqa: PLR2004 -- as above
        raise OwnerMustAct("copy", problem, "Nothing was copied. Name a database without anything in it.")


def _sizes(connection: Connection) -> dict[str, int]:
    there = set(inspect(connection).get_table_names())
    tables = [table for table in metadata.sorted_tables if table.name in there]
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def _hold_still(source: Connection) -> None:
    """From here on nobody changes the source: its one write lock on SQLite, one on each table on PostgreSQL."""
    if source.dialect.name == "sqlite":
        source.begin()  # takes the write lock (``engine``)
        return
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    source.execute(text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
    source.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def plain(table: Table) -> Table:
    """The same columns without what they mean: moments stay numbers, and structures the text that was hashed once."""
    columns = [Column(one.name, _plain_type(one.type), primary_key=one.primary_key) for one in table.columns]
    return Table(table.name, MetaData(), *columns)


def _plain_type(kind: Any) -> Any:  # noqa: ANN401 -- as Column takes it
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _by_key(connection: Connection, table: Table) -> Select[Any]:
    """In an order that both databases agree on: that of the bytes."""
    return select(table).order_by(*(_bytewise(connection, key) for key in table.primary_key))


def _bytewise(connection: Connection, key: Column[Any]) -> ColumnElement[Any]:
    words = isinstance(key.type, Text) and connection.dialect.name == "postgresql"
    return collate(key, "C") if words else key


def _batches(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)
    result = connection.execute(
        _by_key(connection, table), execution_options={"yield_per": ROWS_WITH_BODIES if heavy else ROWS}
    )
    for batch in result.partitions():
        yield [tuple(row) for row in batch]


class _Hash:
    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Python's own notation tells all values of a column apart, and floats to the last bit."""
        for row in rows:
            self._hash.update(repr(row).encode("utf-8", "backslashreplace"))
        self.rows += len(rows)

    def __str__(self) -> str:
        return self._hash.hexdigest()


def _copy(old: Connection, new: Connection, table: Table, copied: Copied, tell: Tell, *, takes_nul: bool) -> None:
    bare, seen = plain(table), _Hash()
    names = [column.name for column in bare.columns]
    for batch in _batches(old, bare):
        rows = batch if takes_nul else [_without_nul(row, copied) for row in batch]
        new.execute(insert(bare), [dict(zip(names, row, strict=True)) for row in rows])
        seen.add(rows)
        tell("copying", table.name, len(rows))
    copied.rows[table.name], copied.hashes[table.name] = seen.rows, str(seen)


def _without_nul(row: tuple[Any, ...], copied: Copied) -> tuple[Any, ...]:
    """As the translators do with whatever a shop says (``adapters.reader``)."""
    if not any(isinstance(value, str) and "\0" in value for value in row):
        return row
    copied.mended += sum(isinstance(value, str) and "\0" in value for value in row)
    return tuple(value.replace("\0", "") if isinstance(value, str) else value for value in row)


def _compare(new: Connection, table: Table, copied: Copied, tell: Tell) -> None:
    found = _Hash()
    for batch in _batches(new, plain(table)):
        found.add(batch)
        tell("comparing", table.name, len(batch))
    if (found.rows, str(found)) != (copied.rows[table.name], copied.hashes[table.name]):
        problem = (
            f"What arrived in {table.name} is not what was there: "
            f"{copied.rows[table.name]:,} rows with the hash {copied.hashes[table.name][:12]}, "
            f"and {found.rows:,} rows with the hash {str(found)[:12]}."
        )
        raise OwnerMustAct("copy", problem, "Nothing was copied. Please report this; go on with the old database.")


def _verify_journals(new: Connection) -> None:
    walked = SqlJournal(Scope(new, writes=False))
    for store in new.scalars(select(journal.c.store).distinct().order_by(journal.c.store)).all():
        try:
            broken = first_break_of_kept(walked.walk(store))
        except (TypeError, ValueError) as error:
            broken, why = -1, f"it holds what nobody wrote ({error})"
        else:
            why = f"its entry {broken} does not follow from the one before"
        if broken is not None:
            problem = f"The journal of {store} does not verify: {why}."
            fix = "Nothing was copied. Run `backorder db check` on the old database, and restore its last good backup."
            raise OwnerMustAct("copy", problem, fix)


def _go_on_numbering(old: Connection, new: Connection, table: Table) -> None:
    """An id that was given once never means another row, also where the newest rows were deleted since."""
    for column in table.primary_key:
        if column.autoincrement is True:
            newest = max(_last_given(old, table, column), new.scalar(select(func.max(column))) or 0)
            if newest:
                _give_after(new, table, column, newest)


_SEQUENCE = "pg_get_serial_sequence(:table, :column)"


def _last_given(old: Connection, table: Table, column: Column[Any]) -> int:
    if old.dialect.name == "sqlite":
        return old.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :table"), {"table": table.name}) or 0
    name = old.scalar(text(f"SELECT {_SEQUENCE}"), {"table": table.name, "column": column.name})
    row = old.execute(text(f"SELECT last_value, is_called FROM {name}")).one()  # noqa: S608 -- the database's own name
    return int(row.last_value) if row.is_called else 0


def _give_after(new: Connection, table: Table, column: Column[Any], newest: int) -> None:
    values = {"table": table.name, "newest": newest}
    if new.dialect.name == "sqlite":
        new.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), {"table": table.name})
        new.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :newest)"), values)
    else:
        new.execute(text(f"SELECT setval({_SEQUENCE}, :newest)"), {**values, "column": column.name})
