"""What SQLite is told of the sizes of things, since it would guess wrong and measuring could mislead it.

Every key begins with the store, and SQLite without statistics takes ``store = ?`` for nearly unique: it would walk all
orders of a shop to find the few open ones.  ANALYZE would measure a young database, where every way is short, and keep
believing it.  So the statistics state what is always true: few stores, much history, little of it open.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

HISTORY, OPEN = 1_000_000, 10_000
"""Rows in a whole index and in a partial one."""

STORES = 4
ALIKE = 10
"""Rows that agree in what follows the store, where the key is not unique."""

_INDEXES = text("""
    SELECT tables.name AS table_name, indexes.name AS index_name, indexes."unique" AS is_unique,
           indexes.partial AS is_partial, indexes.origin AS origin, count(*) AS columns,
           tables.sql LIKE '%WITHOUT ROWID%' AS without_rowid
    FROM sqlite_master AS tables, pragma_index_list(tables.name) AS indexes, pragma_index_info(indexes.name)
    WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite_%'
    GROUP BY tables.name, indexes.name
""")
_STATE = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:tbl, :idx, :stat)")


def state_sizes(connection: Connection) -> None:
    """Write the statistics of every index there is; to be called after each migration of a SQLite file."""
    connection.execute(text("ANALYZE sqlite_master"))  # makes the table of statistics, measures nothing
    connection.execute(text("DELETE FROM sqlite_stat1"))
    for row in connection.execute(_INDEXES).all():
        # The key that a table without row ids is kept by goes by the name of the table.
        own_key = row.origin == "pk" and row.without_rowid
        stat = _stat(row.columns, unique=bool(row.is_unique), partial=bool(row.is_partial))
        name = row.table_name if own_key else row.index_name
        connection.execute(_STATE, {"tbl": row.table_name, "idx": name, "stat": stat})
    connection.execute(text("ANALYZE sqlite_master"))  # makes open connections read them


def _stat(columns: int, *, unique: bool, partial: bool) -> str:
    """``rows alike-in-1 alike-in-2 ...`` (https://www.sqlite.org/fileformat2.html#stat1tab).

    With so few stores SQLite would go through all of them where a question names none (``noskipscan``); but of stores
    there may be ten thousand.
    """
    rows = OPEN if partial else HISTORY
    alike = [rows // STORES, *[ALIKE] * (columns - 1)]
    if unique:
        alike[-1] = 1
    return " ".join(map(str, [rows, *alike, "noskipscan"]))
