from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import structlog
from scheduling import NEVER, eventually

from connector.jobs.beats import Beats
from connector.ports.operating import ProcessRecord
from connector.storage.engine import Database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def processes(database: Database) -> Sequence[ProcessRecord]:
    with database.work(read_only=True) as uow:
        return uow.processes.all()


def test_a_process_says_what_it_is_and_that_it_is_still_there(database: Database) -> None:
    now = [NOON]
    with Beats(database.work, "worker", lambda: now[0], every=0.02) as beats:
        assert eventually(lambda: len(processes(database)) == 1)
        (first,) = processes(database)
        assert (first.role, first.machine, first.number) == ("worker", socket.gethostname(), os.getpid())
        assert (first.began_at, first.beat_at, first.leads) == (NOON, NOON, False)
        assert beats.me == f"worker {os.getpid()} on {socket.gethostname()}"
        now[0] = NOON + timedelta(seconds=10)
        assert eventually(lambda: processes(database)[0].beat_at == now[0])
    (last,) = processes(database)
    assert (last.id, last.began_at) == (first.id, NOON)


def test_that_it_leads_is_said_at_once(database: Database) -> None:
    leads: list[bool] = []
    with Beats(database.work, "scheduler", lambda: NOON, leads=lambda: bool(leads), every=NEVER.total_seconds()):
        assert eventually(lambda: [one.leads for one in processes(database)] == [False])
        leads.append(True)
        assert eventually(lambda: [one.leads for one in processes(database)] == [True])


def test_several_on_one_machine_are_several_and_who_is_gone_for_a_day_is_forgotten(database: Database) -> None:
    Beats(database.work, "web", lambda: NOON).beat()
    Beats(database.work, "web", lambda: NOON + timedelta(hours=23)).beat()
    assert len(processes(database)) == 2
    Beats(database.work, "worker", lambda: NOON + timedelta(hours=25)).beat()
    assert [one.role for one in processes(database)] == ["web", "worker"]


def test_a_database_that_is_away_is_said_once_and_stops_nothing() -> None:
    def away() -> Any:
        raise OSError("away")

    beats = Beats(cast("Any", away), "web", lambda: NOON)
    with structlog.testing.capture_logs() as said:
        beats.beat()
        beats.beat()
    assert [(one["event"], one["cause"]) for one in said] == [("beat.not_kept", "OSError")]
