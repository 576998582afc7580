"""The tables of the job queue beside ours: made once, by whoever is first, and in nobody's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from importlib.resources import files

import psycopg
import pytest
from databases import postgresql_database
from sqlalchemy import inspect

from connector.ports.failures import OwnerMustAct
from connector.storage import queue_schema
from connector.storage.engine import Database, open_database
from connector.storage.tables import metadata


@pytest.fixture
def shared(postgresql_server: str) -> Iterator[Database]:
    with postgresql_database(postgresql_server) as url:
        database = open_database(url)
        yield database
        database.close()


def asked(database: Database, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(**database.driver_arguments(), autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()


def test_processes_that_start_at_once_make_it_once(shared: Database) -> None:
    failed: list[BaseException] = []

    def start() -> None:
        try:
            shared.upgrade()
        except BaseException as error:  # noqa: BLE001 -- whatever it is, the test is to know of it
            failed.append(error)

    starts = [threading.Thread(target=start) for _ in range(3)]
    for one in starts:
        one.start()
    for one in starts:
        one.join()
    assert failed == []
    assert asked(shared, "SELECT count(*) FROM procrastinate.procrastinate_jobs") == [(0,)]


def test_it_is_in_nobodys_way(shared: Database) -> None:
    shared.upgrade()
    assert list(shared.check()) == []
    assert set(inspect(shared.engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    assert asked(shared, "SHOW search_path") == [('"$user", public',)]


def test_what_a_newer_procrastinate_brings_is_applied_once(
    shared: Database, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared.upgrade()
    newer = tmp_path_factory.mktemp("migrations")
    for one in (files("procrastinate.sql") / "migrations").iterdir():
        if one.name.endswith(".sql"):
            (newer / one.name).write_text("this one is there already")
    (newer / "99.00.00_01_pre_colour.sql").write_text(
        "ALTER TABLE procrastinate_jobs ADD colour text; CREATE TABLE hues (name text)"
    )
    scripts = {one.name: one for one in newer.iterdir()}
    monkeypatch.setattr(queue_schema, "_scripts", lambda: scripts)
    shared.upgrade()
    shared.upgrade()
    assert asked(shared, "SELECT count(colour) FROM procrastinate.procrastinate_jobs") == [(0,)]
    assert asked(shared, "SELECT count(*) FROM procrastinate.hues") == [(0,)]
    names = [row[0] for row in asked(shared, "SELECT name FROM procrastinate.applied_migrations")]
    assert sorted(str(name) for name in names) == sorted(scripts)


def test_a_user_that_may_not_make_it_is_told_what_to_ask_for(shared: Database) -> None:
    asked_for = f'GRANT CREATE ON DATABASE "{shared.url.database}" TO "clerk_of_the_queue"'
    with psycopg.connect(**shared.driver_arguments(), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS clerk_of_the_queue")
        connection.execute("CREATE ROLE clerk_of_the_queue LOGIN")
        connection.execute("GRANT ALL ON SCHEMA public TO clerk_of_the_queue")
        clerk = open_database(shared.url.set(username="clerk_of_the_queue").render_as_string(hide_password=False))
        with pytest.raises(OwnerMustAct) as refused:
            clerk.upgrade()
        assert asked_for in refused.value.fix
        connection.execute(asked_for)
        clerk.upgrade()
        connection.execute(asked_for.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
        clerk.upgrade()  # once it is there, nothing more is asked for
        assert list(clerk.check()) == []
        clerk.close()
        connection.execute("DROP OWNED BY clerk_of_the_queue CASCADE")
        connection.execute("DROP ROLE clerk_of_the_queue")
