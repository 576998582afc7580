"""A fleet whose processes are killed and paused, over a PostgreSQL that crashes, and a supervisor for each process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from fleet_processes import Fleet, kill
from service_process import START_SECONDS, lineage, wait_for

from connector.bootstrap.service import Service

PAUSE_SECONDS = 13.0
"""Longer than a worker may be silent (the tests' ``patience``), and than the server waits for a silent leader."""


@dataclass(frozen=True, slots=True)
class Blow:
    """What befalls the process at ``place`` of the fleet, or the database below all of them."""

    how: str  # "kill", "pause" or "crash PostgreSQL"
    place: int = 0

    @property
    def value(self) -> str:
        return f"{self.how} {self.place}"


class SupervisedFleet(Fleet):
    """``ended``: role and exit code of each that was started again; ``server``: PostgreSQL's address for the driver."""

    def __init__(self, config: Path, url: str, log: Path, roles: Iterable[str], server: str) -> None:
        super().__init__(config, url, log, roles)
        self.ended: list[tuple[str, int]] = []
        self._server = server
        self._desk = threading.Lock()
        self._closing = threading.Event()
        self._threads = [threading.Thread(target=self._watch, name="supervisor", daemon=True)]

    def __enter__(self) -> Self:
        super().__enter__()
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for thread in self._threads:
            thread.join()
        super().__exit__(kind, error, trace)

    def spare(self, service: Service) -> None:
        """The test's own look at the database is no part of what is tried: no crash comes in the middle of it."""
        work: Callable[..., Any] = service.database.work

        @contextmanager
        def spared(*, read_only: bool = False) -> Iterator[Any]:
            with self._desk, work(read_only=read_only) as uow:
                yield uow

        service.database.work = spared  # type: ignore[method-assign,assignment]

    def kill(self, blow: Blow) -> bool:
        """Whether it has hit."""
        process = self.processes[blow.place]
        if blow.how.startswith("crash"):
            self._crash()
        elif process.poll() is not None:
            return False
        elif blow.how == "kill":
            kill(process)
        else:
            pids = lineage(process.pid)
            _signal(pids, signal.SIGSTOP)
            thread = threading.Thread(target=self._go_on, args=[pids], daemon=True)
            self._threads.append(thread)
            thread.start()
        return True

    def wait_until_whole(self) -> None:
        for thread in self._threads[1:]:
            thread.join()
        wait_for("every process runs", lambda: all(one.poll() is None for one in self.processes), START_SECONDS)

    def _go_on(self, pids: list[int]) -> None:
        self._closing.wait(PAUSE_SECONDS)
        _signal(pids, signal.SIGCONT)

    def _watch(self) -> None:
        while not self._closing.wait(0.1):
            for place, role in enumerate(self._roles):
                code = self.processes[place].poll()
                if code is not None:
                    self.ended.append((role, code))
                    self.processes[place] = self._launched(role)

    def _crash(self) -> None:
        """Where one of its processes is killed, PostgreSQL ends all the others and recovers from its log."""
        with self._desk:
            with suppress(psycopg.OperationalError), self._connected() as one, self._connected() as other:
                os.kill(one.info.backend_pid, signal.SIGKILL)
                while other.execute("SELECT 1"):
                    time.sleep(0.01)
            wait_for("PostgreSQL answers again", self._answers, START_SECONDS)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), self._connected():
            return True
        return False

    def _connected(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self._server, connect_timeout=60, autocommit=True)


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
