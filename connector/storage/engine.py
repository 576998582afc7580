"""Opening the database: one address in the settings decides between SQLite and PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
import time
import weakref
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from connector.storage import maintenance
from connector.storage.away import name_failures
from connector.storage.bodies import PLAIN, Bodies
from connector.storage.files import create_private
from connector.storage.postgresql import CONNECTIONS, driver_arguments, postgresql_engine
from connector.storage.turnstile import BEGIN, OTHERS_SECONDS, Turnstile
from connector.storage.unit_of_work import SqlUnitOfWork

WAIT_SECONDS = 30
"""How long a writer waits for another one before it fails."""

OLDEST_SQLITE = (3, 24)
"""The first with ON CONFLICT; Red Hat 9 still comes with 3.34, which knows no RETURNING."""

_opened: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """An opened database, shared by all threads of a process; a forked child makes connections of its own."""

    def __init__(self, url: URL, bodies: Bodies = PLAIN, connections: int = CONNECTIONS) -> None:
        self.url = url
        self._bodies = bodies
        self.turnstile = Turnstile(OTHERS_SECONDS)
        """Which of our threads is the next to ask SQLite for its write lock; PostgreSQL needs none."""
        self.engine = postgresql_engine(url, connections) if self.is_shared else _sqlite(url, self.turnstile)
        name_failures(self.engine)
        self._reading = self.engine.execution_options(read_only=True, postgresql_readonly=True)
        _opened.add(self)

    @property
    def is_shared(self) -> bool:
        """Whether processes on several machines may work on it."""
        return self.url.get_backend_name() != "sqlite"

    def driver_arguments(self) -> dict[str, Any]:
        """What PostgreSQL's driver itself is to be called with to connect to it."""
        return driver_arguments(self.engine)

    def work(self, *, read_only: bool = False) -> SqlUnitOfWork:
        """A unit of work.  It may write, and then no other of the same store does; ``read_only`` waits for nobody."""
        engine = self._reading if read_only else self.engine
        return SqlUnitOfWork(engine, writes=not read_only, bodies=self._bodies)

    def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to what this version of the program expects; safe to call from several processes at once."""
        maintenance.upgrade(self.engine, revision)

    def downgrade(self, revision: str) -> None:
        maintenance.downgrade(self.engine, revision)

    def check(self) -> Sequence[str]:
        """What is wrong with the database, in sentences; empty where all is well."""
        return maintenance.check(self.engine)

    def version_problem(self) -> str | None:
        """What is wrong with the version of its tables; cheap.  Raises where it cannot be reached."""
        return maintenance.version_problem(self.engine)

    @property
    def folder(self) -> Path | None:
        """Where its file lies; None where it is a server's."""
        return None if self.is_shared else Path(str(self.url.database)).parent

    def backup(self, path: Path) -> None:
        """Copy the database into a new file while it is in use.  OwnerMustAct on PostgreSQL, FileExistsError."""
        maintenance.backup(self.engine, path)

    def close(self) -> None:
        self.engine.dispose()


def open_database(url: str, bodies: Bodies = PLAIN, connections: int = CONNECTIONS) -> Database:
    """Open (SQLite: and create, readable by its owner alone) the database; nothing is migrated yet.

    ``bodies``: how those of deliveries are read; ``connections``: how many are kept to PostgreSQL at most.

    ValueError for an address that names neither a SQLite file nor a PostgreSQL server.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Database(_existing_file(parsed), bodies)
    if parsed.get_backend_name() == "postgresql":
        return Database(parsed.set(drivername="postgresql+psycopg"), bodies, connections)
    raise ValueError(f"[database] url must begin with sqlite:/// or postgresql://, not {parsed.drivername}://.")


def _existing_file(url: URL) -> URL:
    """Create the file first: SQLite would make it readable to everyone, and it holds the orders of a shop."""
    if url.database in {None, "", ":memory:"}:
        raise ValueError("[database] url names no file; write for example sqlite:///data/backorder.db.")
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old; Python must come with 3.24 or newer.")
    path = Path(str(url.database)).absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    create_private(path, exist_ok=True)
    return url.set(drivername="sqlite", database=str(path))


def _sqlite(url: URL, turnstile: Turnstile) -> Engine:
    # Without an isolation level the driver leaves BEGIN to us; its own comes too late and is never IMMEDIATE.
    # An error that quotes its parameters would put orders and bodies into the log.
    engine = create_engine(url, hide_parameters=True, connect_args={"isolation_level": None, "timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", partial(_begin, turnstile, WAIT_SECONDS))
    return engine


def configure(connection: sqlite3.Connection) -> None:
    """Settings that SQLite keeps by connection, not by file (all but the first)."""
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = FULL")  # what was answered with 200 outlives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what was erased is overwritten, not only let go of
    connection.execute("PRAGMA journal_size_limit = 67108864")  # bytes; a backlog must not keep the disk for good


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    configure(cast("sqlite3.Connection", connection))


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL.  Two processes that open a new file at once collide here without SQLite's usual wait."""
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
        else:
            return


def _begin(turnstile: Turnstile, patience: float, connection: Connection) -> None:
    reading = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reading)}")
    if reading:
        connection.exec_driver_sql("BEGIN")
        return
    driver = cast("sqlite3.Connection", connection.connection.driver_connection)
    driver.execute("PRAGMA busy_timeout = 0")  # the turnstile waits instead
    try:
        turnstile.begin(driver, patience, lambda: connection.exec_driver_sql(BEGIN))
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")


def _forget_the_parent() -> None:
    """A connection made before a fork belongs to the parent; the child must neither use nor close it."""
    for database in _opened:
        database.engine.dispose(close=False)
        database.turnstile.line.forget()


if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_forget_the_parent)
