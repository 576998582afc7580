from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import inspect, select, text
from storage_rows import OTHER, SHOP, TODAY, a_line, a_showing, a_variant, an_order, fill, fill_every_table

from connector.domain.facts import Demand
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
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


VERSIONS = ("0001", "0002", "0003", "0004", "0005")


def everything(database: Database) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
    """By table and key each row by column, as it lies in the database."""
    with database.engine.connect() as connection:
        found: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {}
        for name in inspect(connection).get_table_names():
            if name != "alembic_version":
                keys = inspect(connection).get_pk_constraint(name)["constrained_columns"]
                rows = connection.execute(text(f'SELECT * FROM "{name}"')).mappings().all()  # noqa: S608 -- its own names
                found[name] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    return found


def same_where_both_have_it(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether all rows and values agree that have a table and a column in both."""
    for table in one.keys() & other.keys():
        if one[table].keys() != other[table].keys():
            return False
        for key, row in one[table].items():
            if any(row[column] != other[table][key][column] for column in row.keys() & other[table][key].keys()):
                return False
    return True


@pytest.fixture
def full(empty_url: str) -> Iterator[Database]:
    """Every table has rows."""
    database = open_database(empty_url)
    database.upgrade()
    inbox = GroupCommitInbox(empty_url)
    fill_every_table(database, inbox)
    inbox.close()
    yield database
    database.close()


def test_a_full_database_goes_back_step_by_step_and_forth_again_and_keeps_what_each_step_knows(full: Database) -> None:
    whole = everything(full)
    assert all(whole.values())
    for version in reversed(VERSIONS[:-1]):
        full.downgrade(version)
        now = everything(full)
        assert all(now.values()), "a downgrade has emptied a table"
        assert same_where_both_have_it(now, whole)
    for version in VERSIONS[1:]:
        before = everything(full)
        full.upgrade(version)
        assert same_where_both_have_it(before, everything(full))
    assert same_where_both_have_it(now, everything(full))
    assert full.check() == []


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_a_full_database_of_an_old_version_becomes_what_it_was(full: Database, version: str) -> None:
    """Up to what the old version has no place for."""
    full.downgrade(version)
    old = everything(full)
    full.upgrade()
    new = everything(full)
    assert full.check() == []
    assert same_where_both_have_it(old, new)
    full.downgrade(version)
    assert everything(full) == old


@pytest.mark.parametrize("version", ["", "0001"])
def test_processes_that_upgrade_at_once_do_not_race(empty_url: str, version: str) -> None:
    """As many machines do that are started together: on nothing, and on full tables of an old version."""
    database = open_database(empty_url)
    old: dict[str, Any] = {}
    if version:
        database.upgrade()
        inbox = GroupCommitInbox(empty_url)
        fill_every_table(database, inbox)
        inbox.close()
        database.downgrade(version)
        old = everything(database)
    command = [sys.executable, "-W", "error", "-c", UPGRADE, empty_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [process.communicate(timeout=600)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert database.check() == []
    assert same_where_both_have_it(old, everything(database))
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
