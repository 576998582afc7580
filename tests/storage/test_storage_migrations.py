from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import Connection, text

from connector.storage.engine import Database, open_database
from connector.storage.tables import metadata

UPGRADE = "import sys; from connector.storage.engine import open_database; open_database(sys.argv[1]).upgrade()"

SQLITE_SCHEMA = """
    SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'
"""
POSTGRESQL_SCHEMA = """
    SELECT 'column', table_name || '.' || column_name, data_type || ' ' || is_nullable || coalesce(collation_name, '')
        || coalesce(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic_version%'
"""


def schema(connection: Connection) -> dict[str, str]:
    """Every table and index in the database's own words, without the spaces and the order of constraints."""
    query = SQLITE_SCHEMA if connection.dialect.name == "sqlite" else POSTGRESQL_SCHEMA
    return {f"{kind} {name}": said(sql) for kind, name, sql in connection.execute(text(query))}


def said(sql: str) -> str:
    """SQLite keeps the text of a statement as it came; the two ways name a single primary key differently."""
    words = " ".join(sql.split())
    return words.replace("( ", "(").replace(" )", ")").replace(", ", ",").replace('"', "")


def test_the_migrated_tables_are_those_the_program_knows(database: Database, empty_url: str) -> None:
    if database.engine.dialect.name not in empty_url:
        pytest.skip("The two fixtures vary apart; one database is compared with itself.")
    made = open_database(empty_url)
    with made.engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        metadata.create_all(connection)
    with made.engine.connect() as known, database.engine.connect() as migrated:
        assert schema(migrated) == schema(known)
    made.close()


def test_migrations_lead_back_and_forth(empty_url: str) -> None:
    database = open_database(empty_url)
    assert database.check() == ["The database has no tables yet. Run: backorder db upgrade"]
    database.upgrade()
    with database.engine.connect() as connection:
        first = schema(connection)
    assert database.check() == []
    database.downgrade("base")
    with database.engine.connect() as connection:
        assert schema(connection) == {}
    database.upgrade()
    database.upgrade()
    with database.engine.connect() as connection:
        assert schema(connection) == first
    database.close()


def test_processes_that_upgrade_at_once_do_not_race(empty_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", UPGRADE, empty_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=30)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    database = open_database(empty_url)
    assert database.check() == []
    database.close()


def test_a_failed_migration_leaves_nothing_behind(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.engine.begin() as connection:
        # The last table of the migration stands already, so the step fails after it has made the others.
        connection.execute(text("CREATE TABLE order_lines (wrong INTEGER)"))
    with pytest.raises(Exception, match="order_lines"):
        database.upgrade()
    with database.engine.begin() as connection:
        connection.execute(text("DROP TABLE order_lines"))
    with database.engine.connect() as connection:
        assert schema(connection) == {}
    database.close()


def test_a_database_of_an_unknown_version_is_reported(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (problem,) = database.check()
    assert problem.startswith("The database is at version 9999, the program expects 0")
