from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from sqlalchemy import select, text
from storage_rows import OTHER, SHOP, TODAY, a_line, a_showing, a_variant, an_order, fill

from connector.domain.facts import Demand
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


def schema(database: Database) -> dict[str, str]:
    """Every table and index in the database's own words, without line breaks."""
    query = SQLITE_SCHEMA if database.engine.dialect.name == "sqlite" else POSTGRESQL_SCHEMA
    with database.engine.connect() as connection:
        return {f"{kind} {name}": " ".join(sql.split()) for kind, name, sql in connection.execute(text(query))}


def test_the_migrated_tables_are_those_the_program_knows(empty_url: str) -> None:
    database = open_database(empty_url)
    database.upgrade()
    migrated = schema(database)
    database.downgrade("base")
    metadata.create_all(database.engine)
    assert migrated == schema(database)
    assert len(migrated) > len(metadata.tables)
    database.close()


def test_migrations_lead_back_and_forth(empty_url: str) -> None:
    database = open_database(empty_url)
    assert database.check() == ["The database has no tables yet. Run: backorder db upgrade"]
    database.upgrade()
    first = schema(database)
    assert database.check() == []
    database.downgrade("base")
    assert schema(database) == {}
    database.upgrade()
    database.upgrade()
    assert schema(database) == first
    database.close()


def rows(database: Database, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    with database.engine.connect() as connection:
        return {name: sorted(map(tuple, connection.execute(select(*metadata.tables[name].columns)))) for name in tables}


def test_what_the_second_step_fills_in_is_what_saving_would_have_written(empty_url: str) -> None:
    database = open_database(empty_url)
    database.upgrade()
    lines = [
        a_line("1", variant_id="v1", waiting=2, expected_on=TODAY, title="Größe  Ünïcode " + "Ä" * 400),
        a_line("2", variant_id="v2", waiting=1, sku="STRASSE-" + "ß" * 80),
        a_line("3", variant_id="v3"),
    ]
    with database.work() as work:
        fill(work, OTHER)
        fill(work, SHOP)
        work.orders.save(SHOP, [an_order(f"o{n}", *lines, number=f"N-{n}") for n in range(1500)])
        work.orders.save(SHOP, [an_order("unpaid", *lines, demand=Demand.UNPAID)])
        work.catalogue.save(SHOP, [a_variant(f"v{n}", sku="ÄÖ", title="Straße") for n in range(5)])
        shown: list[dict[str, Any]] = [
            {"due": True},
            {"override": {"stock_status": "instock"}},
            {"parked": "No."},
            {"suspect": True},
        ]
        work.showings.save(SHOP, [a_showing(f"v{n}", **more) for n, more in enumerate(shown)])
        work.commit()
    every = rows(database, "stores", "orders", "order_lines", "variants", "storefront_states", "journal", "supplies")
    database.downgrade("0001")
    database.upgrade()
    assert rows(database, *every) == every
    assert all(rows(database, name)[name] == [] for name in ("credentials", "sessions", "passes", "waits"))
    database.close()


def test_processes_that_upgrade_at_once_do_not_race(empty_url: str) -> None:
    command = [sys.executable, "-W", "error", "-c", UPGRADE, empty_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=30)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
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
    assert schema(database) == {}
    database.close()


def test_a_database_of_an_unknown_version_is_reported(empty_url: str) -> None:
    database = open_database(empty_url)
    database.upgrade()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    (problem,) = database.check()
    database.close()
    assert problem.startswith("The database is at version 9999, the program expects 0")
