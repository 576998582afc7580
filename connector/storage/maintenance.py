"""What is done to a database as a whole: migrate, check, copy."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DatabaseError

from connector.ports.failures import OwnerMustAct
from connector.storage.dialect import lock
from connector.storage.files import create_private
from connector.storage.queue_schema import upgrade_queue
from connector.storage.statistics import state_sizes

if TYPE_CHECKING:
    import psycopg

MIGRATIONS = Path(__file__).parent / "migrations"
MOST_PROBLEMS = 20
"""Lines of SQLite's own report worth reading; a broken file has thousands."""

_one_at_a_time = threading.Lock()
"""Alembic keeps what it is doing in module globals."""


def upgrade(engine: Engine, revision: str) -> None:
    def run(config: Config, connection: Connection) -> None:
        command.upgrade(config, revision)
        if connection.dialect.name == "postgresql":
            upgrade_queue(cast("psycopg.Connection[tuple[object, ...]]", connection.connection.driver_connection))

    _migrate(engine, run)


def downgrade(engine: Engine, revision: str) -> None:
    _migrate(engine, lambda config, _: command.downgrade(config, revision))


def _migrate(engine: Engine, run: Callable[[Config, Connection], None]) -> None:
    """One transaction for all steps: it holds a lock that other processes wait for, and fails as a whole."""
    with _one_at_a_time, engine.begin() as connection:
        lock(connection, "migrations")
        config = _config()
        config.attributes["connection"] = connection
        try:
            run(config, connection)
        except CommandError as error:
            if not isinstance(error.__cause__, ResolutionError):
                raise
            problem = f"A newer program has brought the database to version {error.__cause__.argument}."
            fix = "Install the newer program again, or restore the backup made before it."
            raise OwnerMustAct("database", problem, fix) from error
        if engine.dialect.name == "sqlite":
            state_sizes(connection)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def check(engine: Engine) -> Sequence[str]:
    """What is wrong, in sentences; empty where all is well."""
    try:
        with engine.connect() as connection:
            return [*_stale(connection), *(_broken(connection) if engine.dialect.name == "sqlite" else ())]
    except (DatabaseError, sqlite3.Error) as error:
        return [f"The database cannot be read: {getattr(error, 'orig', error)}. Look at [database] url."]


def version_problem(engine: Engine) -> str | None:
    """Whether the tables are those of this program; cheap enough to be asked every second.  Raises where the database
    cannot be reached.
    """
    with engine.connect().execution_options(read_only=True) as connection:  # SQLite's writers are not to wait for it
        return next(iter(_stale(connection)), None)


def _stale(connection: Connection) -> Sequence[str]:
    now = MigrationContext.configure(connection).get_current_revision()
    newest = _newest()
    if now == newest:
        return ()
    if now is None:
        return ("The database has no tables yet. Run: backorder db upgrade",)
    return (f"The database is at version {now}, the program expects {newest}. Run: backorder db upgrade",)


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _broken(connection: Connection) -> Sequence[str]:
    advice = "Stop the service and restore the last backup."
    try:
        said = connection.execute(text(f"PRAGMA integrity_check({MOST_PROBLEMS})")).scalars().all()
        orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    except DatabaseError as error:
        return [f"The database file is damaged: {error.orig}. {advice}"]
    torn = [f"The database file is damaged: {line}. {advice}" for line in said if line != "ok"]
    return [*torn, *(f"A row of {row[0]} belongs to no row of {row[2]}. {advice}" for row in orphans[:MOST_PROBLEMS])]


def backup(engine: Engine, path: Path) -> None:
    """Copy into a new file; it gets its name only once it is whole."""
    if engine.dialect.name != "sqlite":
        raise OwnerMustAct("backup", "PostgreSQL is not copied by this command.", "Use pg_dump.")
    create_private(path)
    part = path.with_name(path.name + ".part")
    try:
        create_private(part)
        with closing(sqlite3.connect(part)) as copy, engine.connect() as connection:
            cast("sqlite3.Connection", connection.connection.driver_connection).backup(copy)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise
