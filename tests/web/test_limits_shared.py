"""Knocks are counted by all web processes together, and a database that is away locks nobody out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database
from connector.web import limits_storage
from connector.web.limits import new_limiter
from connector.web.limits_storage import SharedCounts

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"k" * 32

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class Away:
    """Opens units of work, or is away."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.away = False

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        if self.away:
            raise OSError("the network is gone")
        return self.database.work(read_only=read_only)


def a_web_process(work: Away) -> FlaskClient:
    """Where the count in memory goes by the time of the machine, a day is too long to end in the middle of a test."""
    app = Flask("web")
    limiter = new_limiter(work, lambda: NOON, KEY)
    limiter.init_app(app)
    app.get("/")(limiter.limit("3 per day")(lambda: "come in"))
    return app.test_client()


def knocks(client: FlaskClient, times: int, address: str = "192.0.2.1") -> list[int]:
    return [client.get("/", environ_base={"REMOTE_ADDR": address}).status_code for _ in range(times)]


def test_two_processes_count_together(database: Database) -> None:
    one, other = (a_web_process(Away(database)) for _ in range(2))
    assert knocks(one, 2) + knocks(other, 2) + knocks(one, 1) == [200, 200, 200, 429, 429]
    assert knocks(other, 1, "192.0.2.2") == [200]


def test_a_database_that_is_away_locks_nobody_out_and_shows_nobody_an_error(database: Database) -> None:
    work = Away(database)
    client = a_web_process(work)
    assert knocks(client, 2) == [200, 200]
    work.away = True
    with structlog.testing.capture_logs() as said:
        # From memory, where nobody has knocked yet.
        assert knocks(client, 4) == [200, 200, 200, 429]
    assert {one["event"] for one in said} == {"limits.not_shared"}


def test_who_knocked_stands_nowhere(database: Database) -> None:
    knocks(a_web_process(Away(database)), 1, "192.0.2.77")
    with database.engine.connect() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM limits")]
    assert len(rows) == 1
    assert "192.0.2.77" not in str(rows)


def counts(database: Database, clock: Callable[[], datetime]) -> SharedCounts:
    return SharedCounts(work=database.work, clock=clock, key=KEY)


def test_a_count_is_forgotten_with_its_window_and_not_before(database: Database) -> None:
    now = NOON
    kept = counts(database, lambda: now)
    assert [kept.incr("a", 60), kept.incr("a", 60, 2), kept.incr("b", 60)] == [1, 3, 1]
    assert kept.get_expiry("a") == (NOON + timedelta(seconds=60)).timestamp()
    now = NOON + timedelta(seconds=59)
    assert (kept.get("a"), kept.incr("a", 60)) == (3, 4)
    now = NOON + timedelta(seconds=60)
    assert (kept.get("a"), kept.incr("a", 60)) == (0, 1)


def test_counts_can_be_taken_back(database: Database) -> None:
    kept = counts(database, lambda: NOON)
    for name in ("a", "b", "c"):
        kept.incr(name, 60)
    kept.clear("a")
    assert [kept.get(name) for name in ("a", "b", "c")] == [0, 1, 1]
    assert kept.reset() == 2
    assert kept.check()


def test_what_is_over_is_taken_away_now_and_then(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = NOON
    kept = counts(database, lambda: now)
    for number in range(200):
        kept.incr(str(number), 60)
    now = NOON + timedelta(hours=1)
    kept.incr("again", 60)
    monkeypatch.setattr(limits_storage, "PURGE_ONE_IN", 1)
    kept.incr("again", 60)
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM limits").scalar() == 1
