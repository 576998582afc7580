"""Workers and leaders that die, are paused, or are told to go, in the middle of a call to a shop."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from databases import postgresql_database
from fleet_processes import Fleet, kill
from kill_day import Day, day
from service_process import wait_for
from sqlalchemy import text

from connector.ports.operating import ProcessRecord
from connector.ports.records import DeliveryState
from connector.sandbox.scenario import WOO

PATIENCE = 10  # a worker says that it is there four times meanwhile
SOON = 300.0  # a process starts in two seconds, and on a machine that is busy with other tests in a minute


class Hold:
    """Stands between the service and its shops: once armed, the next call is told of and its answer is kept back."""

    def __init__(self) -> None:
        self._armed = threading.Event()
        self.asked = threading.Event()
        self.answer = threading.Event()
        self.left = 0  # ``Executioner``: nobody is to be killed by it

    def watch(self, _service: object) -> None:
        pass

    def arm(self) -> None:
        self.asked.clear()
        self.answer.clear()
        self._armed.set()

    def happened(self, when: str) -> None:
        if when == "a shop is asked" and self._armed.is_set():
            self._armed.clear()
            self.asked.set()
            self.answer.wait(3 * SOON)


class Installation:
    def __init__(self, there: Day, hold: Hold) -> None:
        self.there = there
        self.hold = hold
        self.fleet: Fleet = there.process
        self.gone = 0  # the newest of the workers before the one that a test began with last

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        self.gone = self._newest()
        process = self.fleet.start("worker", "--threads", "2")
        try:
            yield process
        finally:
            self.hold.answer.set()
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
                process.wait(SOON)

    def _newest(self) -> int:
        """The queue's number of the worker that came last, of those it still knows."""
        return int(self._ask("SELECT coalesce(max(id), 0) FROM procrastinate.procrastinate_workers")[0])

    def doing(self, *, gone: bool) -> list[Any]:
        """The jobs that are being done, by name and store: by workers that came last, or were before them."""
        whose = f"coalesce(worker_id, 0) {'<=' if gone else '>'} {self.gone}"
        jobs = "FROM procrastinate.procrastinate_jobs WHERE status = 'doing'"
        return self._ask(f"SELECT queueing_lock {jobs} AND {whose}")

    def _ask(self, question: str) -> list[Any]:
        with self.there.service.database.engine.connect() as connection:
            return list(connection.scalars(text(question)))

    def processes(self, role: str) -> list[ProcessRecord]:
        with self.there.service.work(read_only=True) as uow:
            return [one for one in uow.processes.all() if one.role == role]

    def trade(self) -> Callable[[], bool]:
        """A shopper orders; whether word of that has come, and has been dealt with."""
        before = len(self._states())
        shop = self.there.shops[WOO]
        shop.cancel_order(shop.place_order({"SOFA-BLUE": 1}))

        def is_done() -> bool:
            states = self._states()
            return len(states) >= before + 2 and set(states) == {DeliveryState.DONE}

        return is_done

    def _states(self) -> list[DeliveryState]:
        with self.there.service.work(read_only=True) as uow:
            return [one.state for one in uow.deliveries.find(store=WOO, limit=10_000)]


@pytest.fixture(scope="module")
def installation(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    def run(config: Path, url: str, log: Path) -> Fleet:
        return Fleet(config, url, log, ["web", "scheduler", "scheduler"])

    with postgresql_database(postgresql_server) as address:
        more = f"\n[jobs]\npatience = {PATIENCE}\n"
        with day(tmp_path_factory.mktemp("fleet"), [], run, address, more) as there:
            hold = Hold()
            there.executioner.happened = hold.happened  # type: ignore[method-assign]
            made = Installation(there, hold)
            try:
                with made.worker():
                    wait_for("both shops were read", there._is_connected, SOON)
                yield made
            finally:
                hold.answer.set()


@pytest.fixture
def server(postgresql_server: str) -> str:
    """Its address for the driver, beside the installation's database."""
    return postgresql_server.replace("+psycopg", "")


@pytest.fixture(autouse=True)
def _log(installation: Installation, request: pytest.FixtureRequest) -> Iterator[None]:
    before = len(installation.fleet.log())
    yield
    said = installation.fleet.log()[before:]
    paused = "paused" in request.node.name
    # Of one that was paused the server may have ended a transaction meanwhile.
    assert paused or "away" in request.node.name or "job.failed" not in said, said[-4000:]
    assert ("job.superseded" in said) == paused, said[-4000:]


def running(installation: Installation) -> list[int]:
    return [one.pid for one in installation.fleet.processes if one.poll() is None]


def held(installation: Installation) -> None:
    """The newest worker waits for a shop's answer, at something that goes on after it."""
    wait_for("nothing that another worker left is kept for it", lambda: not installation.doing(gone=True), SOON)
    for _ in range(200):
        installation.hold.arm()
        assert installation.hold.asked.wait(SOON), installation.fleet.log()[-4000:]
        doing = installation.doing(gone=False)
        if doing and all(one.startswith("reconcile ") for one in doing):
            return
        installation.hold.answer.set()  # looking after webhooks may end with this very answer
    raise AssertionError("nothing was read from a shop")


def test_a_worker_that_is_told_to_go_finishes_what_it_is_at(installation: Installation) -> None:
    with installation.worker() as process:
        held(installation)
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        installation.hold.answer.set()
        assert process.wait(SOON) == 0
    assert "Cut off" not in installation.fleet.log()


def test_the_job_of_a_worker_that_was_killed_is_taken_up_by_another(installation: Installation) -> None:
    with installation.worker() as first:
        held(installation)
        kill(first)
        installation.hold.answer.set()
        with installation.worker():
            wait_for("the other has done it", installation.trade(), SOON)
    with installation.there.service.work(read_only=True) as uow:
        assert uow.turns.number(WOO) > 0


def test_a_worker_that_was_paused_for_too_long_writes_nothing_when_it_wakes(installation: Installation) -> None:
    with installation.worker() as first:
        held(installation)
        os.kill(first.pid, signal.SIGSTOP)
        with installation.worker():
            # Whoever is paused in the middle of a transaction keeps its locks until the server ends it, after a minute.
            wait_for("the other has done it", installation.trade(), 2 * SOON)
            os.kill(first.pid, signal.SIGCONT)
            installation.hold.answer.set()
            installation.fleet.wait_until_said("job.superseded")
            wait_for("both go on", installation.trade(), SOON)
        assert first.poll() is None
        wait_for("the one that had been paused works again", installation.trade(), SOON)


def test_when_the_leader_dies_another_one_leads(installation: Installation) -> None:
    led: list[int] = []

    def leaders() -> list[int]:
        led[:] = [one.number for one in installation.processes("scheduler") if one.leads]
        return led

    wait_for("one leads", lambda: len(leaders()) == 1, SOON)
    (dead,) = led
    assert len(installation.processes("scheduler")) == 2
    with installation.worker():
        wait_for("it works", installation.trade(), SOON)
        kill(next(one for one in installation.fleet.processes if one.pid == dead))
        wait_for("another one asks for the work", installation.trade(), SOON)
        wait_for("another one leads", lambda: bool(set(leaders()) - {dead}), SOON)


def test_a_database_that_was_away_is_found_again_by_every_process(installation: Installation, server: str) -> None:
    name = installation.there.service.database.url.database
    with installation.worker() as worker:
        wait_for("it works", installation.trade(), SOON)
        before = running(installation)
        with psycopg.connect(server, autocommit=True) as elsewhere:
            elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'.encode())
            elsewhere.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            time.sleep(3)
            elsewhere.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'.encode())
        wait_for("it works again", installation.trade(), SOON)
        assert running(installation) == before
        assert worker.pid in before


def test_nothing_of_the_queue_is_left_where_nobody_works(installation: Installation) -> None:
    def is_short() -> bool:
        with installation.there.service.database.engine.connect() as connection:
            found: Any = connection.exec_driver_sql("SELECT status FROM procrastinate.procrastinate_jobs").scalars()
            return "doing" not in set(found)

    wait_for("no job is held by anybody", is_short, SOON)
