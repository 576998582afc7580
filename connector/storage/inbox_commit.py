"""How a group of deliveries is committed; by the bare driver on SQLite, where each microsecond is everyone's wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, cast

from sqlalchemy import PoolProxiedConnection

from connector.storage.dialect import chunks
from connector.storage.engine import Database, open_database
from connector.storage.tables import counters, deliveries, stores
from connector.storage.turnstile import BEGIN, INTAKE_SECONDS, Turnstile

Row = tuple[Any, ...]
"""The columns of ``deliveries`` after ``id``, in their order."""

Counted = tuple[str, str]
"""Store and name of a counter."""

_COLUMNS = [column.name for column in deliveries.columns if not column.primary_key]
_KEY = ("store", "topic", "external_id", "digest")
_INSERT = f"INSERT INTO {deliveries.name} ({', '.join(_COLUMNS)}) VALUES "  # noqa: S608 -- our own column names
_ONE = f"({', '.join('?' for _ in _COLUMNS)})"
_ROWS_IN_STATEMENT = 64  # SQLite before 3.32 takes 999 variables
# A counter lags, and its store may have been forgotten meanwhile: nothing of it may come back.
_COUNT = (
    f"INSERT INTO {counters.name} (store, name, n) "  # noqa: S608 -- our own table names
    f"SELECT {stores.name}.key, ?, ? FROM {stores.name} WHERE {stores.name}.key = ? "
    f"ON CONFLICT (store, name) DO UPDATE SET n = {counters.name}.n + excluded.n"
)


class Committer(Protocol):
    def __call__(self, rows: Sequence[Row], counts: Mapping[Counted, int]) -> list[bool]:
        """Commit all or nothing; for each row whether it is new."""
        ...

    def close(self) -> None: ...


def committer(url: str) -> Committer:
    database = open_database(url)
    return _Sqlite(database) if database.engine.dialect.name == "sqlite" else _Postgresql(database)


class _Sqlite:
    """Keeps one connection; after a failure it takes a new one, for the old one may be past use."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turnstile = Turnstile(INTAKE_SECONDS)
        self._connection: PoolProxiedConnection | None = None
        self._patience = 0.0  # seconds for which the connection would have waited by itself

    def __call__(self, rows: Sequence[Row], counts: Mapping[Counted, int]) -> list[bool]:
        if self._connection is None:
            self._connection = self._connected()
        driver = cast("sqlite3.Connection", self._connection.driver_connection)
        try:
            self._turnstile.begin(driver, self._patience, lambda: driver.execute(BEGIN))
            new = _insert(driver, rows)
            if counts:
                driver.executemany(_COUNT, _flat(counts))
            driver.execute("COMMIT")
        except BaseException:
            self._connection.invalidate()
            self._connection = None
            raise
        return new

    def _connected(self) -> PoolProxiedConnection:
        """A connection that does not wait itself; once for all groups, as each statement costs them time."""
        connection = self._database.engine.raw_connection()
        driver = cast("sqlite3.Connection", connection.driver_connection)
        (milliseconds,) = driver.execute("PRAGMA busy_timeout").fetchone()
        driver.execute("PRAGMA busy_timeout = 0")
        self._patience = milliseconds / 1000
        return connection

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._database.close()


def _insert(driver: sqlite3.Connection, rows: Sequence[Row]) -> list[bool]:
    """For each row whether it is new.

    Many rows go in one statement, because after every statement this thread waits for its turn among all that serve
    requests.  A row that was kept before makes the statement fail as a whole, and then they go one by one.
    """
    new: list[bool] = []
    for start in range(0, len(rows), _ROWS_IN_STATEMENT):
        some = rows[start : start + _ROWS_IN_STATEMENT]
        try:
            driver.execute(_INSERT + ", ".join([_ONE] * len(some)), [value for row in some for value in row])
        except sqlite3.IntegrityError:
            new += [driver.execute(f"{_INSERT}{_ONE} ON CONFLICT DO NOTHING", row).rowcount == 1 for row in some]
        else:
            new += [True] * len(some)
    return new


class _Postgresql:
    def __init__(self, database: Database) -> None:
        self._database = database

    def __call__(self, rows: Sequence[Row], counts: Mapping[Counted, int]) -> list[bool]:
        with self._database.engine.begin() as connection:
            kept: set[Row] = set()
            for some in chunks(range(len(rows))):
                values = [value for place in some for value in rows[place]]
                one = _ONE.replace("?", "%s")
                statement = (
                    f"{_INSERT}{', '.join([one] * len(some))} ON CONFLICT DO NOTHING RETURNING {', '.join(_KEY)}"
                )
                kept.update(tuple(row) for row in connection.exec_driver_sql(statement, tuple(values)))
            if counts:
                connection.exec_driver_sql(_COUNT.replace("?", "%s"), list(_flat(counts)))
        return [_is_first(kept, row) for row in rows]

    def close(self) -> None:
        self._database.close()


def _flat(counts: Mapping[Counted, int]) -> Iterable[tuple[str, int, str]]:
    # Always in the same order, so that two processes that count alike never wait for each other in a ring.
    return [(name, n, store) for (store, name), n in sorted(counts.items())]


_PLACES = [_COLUMNS.index(name) for name in _KEY]


def _is_first(kept: set[Row], row: Row) -> bool:
    """Whether the row made it in; of two alike in one group the first did."""
    key = tuple(row[place] for place in _PLACES)
    if key not in kept:
        return False
    kept.remove(key)
    return True
