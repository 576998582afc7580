"""Of all processes on one database one leads; when it is gone, cut off or silent, another does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
import pytest
import structlog
from databases import postgresql_database
from queue_stand import arguments_of, connection_to, cut_off_the_others
from scheduling import NEVER, eventually

from connector.jobs import leadership
from connector.jobs.leadership import NAME, Leadership, NotLeading
from connector.storage.engine import Database, open_database

SOON = 0.05
HELD: LiteralString = """
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (
        SELECT oid FROM pg_database WHERE datname = current_database()
    )"""


@pytest.fixture(scope="module")
def shared(postgresql_server: str) -> Iterator[Database]:
    with postgresql_database(postgresql_server) as url:
        database = open_database(url)
        yield database
        database.close()


@pytest.fixture(autouse=True)
def _unhurried(shared: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is taken for silent only because the machine is slow, and whoever led in the test before is gone."""
    monkeypatch.setattr(leadership, "SILENT_SECONDS", 600)
    monkeypatch.setattr(leadership, "SURE_SECONDS", 600.0)
    with connection_to(shared) as connection:
        assert eventually(lambda: connection.execute(HELD).fetchone() is None)


@contextmanager
def standing(database: Database, every: float = SOON) -> Iterator[Leadership]:
    one = Leadership(arguments_of(database), every=every)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def test_one_leads_and_the_others_stand_by_until_it_ends(shared: Database) -> None:
    with standing(shared) as first:
        assert first.leads
        with standing(shared) as second, standing(shared) as third:
            assert [first.leads, second.leads, third.leads] == [True, False, False]
            first.stop()
            assert eventually(lambda: [one.leads for one in (first, second, third)].count(True) == 1)
            assert eventually(lambda: second.leads or third.leads)


def test_who_does_not_lead_is_given_no_connection_to_ask_on(shared: Database) -> None:
    with standing(shared) as first, standing(shared) as second:
        assert first.connection().execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(NotLeading):
            second.connection()


def test_who_leads_is_told_so_with_its_connection_each_time(shared: Database) -> None:
    told: list[psycopg.Connection[object]] = []
    one = Leadership(arguments_of(shared), on_lead=told.append, every=SOON)
    with structlog.testing.capture_logs():
        one.start()
        assert [one.connection()] == told
        _cut_off(shared)
        assert eventually(lambda: len(told) == 2)
        one.stop()
    assert told[0] is not told[1]


def test_a_leader_whose_connection_was_cut_leads_no_more_and_can_ask_nothing_on_it(shared: Database) -> None:
    with standing(shared, every=NEVER.total_seconds()) as first:
        connection = first.connection()
        _cut_off(shared)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        with standing(shared) as second:
            assert second.leads


def test_a_leader_that_is_silent_is_replaced_and_does_not_believe_that_it_still_leads(
    shared: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "SILENT_SECONDS", 1)
    monkeypatch.setattr(leadership, "SURE_SECONDS", 0.5)
    with structlog.testing.capture_logs(), standing(shared) as silent:
        assert eventually(lambda: silent.leads)
        silent._every = NEVER.total_seconds()  # the next look is its last
        with standing(shared) as second:
            assert eventually(lambda: second.leads)
            assert not silent.leads


def test_a_database_that_is_away_is_said_once_and_waited_for(shared: Database) -> None:
    nowhere = {**arguments_of(shared), "dbname": "not_there"}
    with structlog.testing.capture_logs() as said:
        one = Leadership(nowhere, every=SOON)
        one.start()
        assert not one.leads
        one._arguments["dbname"] = shared.url.database
        assert eventually(lambda: one.leads)
        one.stop()
    assert [line["event"] for line in said] == ["leadership.database_away", "leadership.taken"]


def test_no_store_has_the_name_that_is_the_leaders_lock() -> None:
    from connector.settings.stores import _KEY  # noqa: PLC0415 -- what a key may be is a matter of the settings alone

    assert _KEY.fullmatch("main")
    assert not _KEY.fullmatch(NAME)


def _cut_off(database: Database) -> None:
    with connection_to(database) as connection:
        cut_off_the_others(connection)
