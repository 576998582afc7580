"""Every process says every few seconds that it is there, so that whoever looks after the service sees who is."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

import structlog

from connector.ports.clock import Clock
from connector.ports.operating import ProcessRecord
from connector.ports.unit_of_work import Work

log = structlog.get_logger()

EVERY_SECONDS = 10.0
LOOK_SECONDS = 1.0
STOP_SECONDS = 10.0
FORGET = timedelta(days=1)


class Beats:
    """Beats in a thread of its own from ``start`` to ``stop``; also a context manager.

    ``role``: serve, web, worker or scheduler; ``leads``: whether this process decides what runs when.
    """

    def __init__(
        self,
        work: Work,
        role: str,
        clock: Clock,
        *,
        leads: Callable[[], bool] = lambda: False,
        every: float = EVERY_SECONDS,
    ) -> None:
        self._work = work
        self._clock = clock
        self._leads = leads
        self._every = every
        self._stopped = threading.Event()
        self._blind = False
        self._said = False
        now = clock()
        self._me = ProcessRecord(uuid4().hex, role, socket.gethostname(), os.getpid(), now, now)
        self._thread = threading.Thread(target=self._go_on, name="beats", daemon=True)

    @property
    def me(self) -> str:
        """What this process is called in words."""
        return name_of(self._me)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def beat(self) -> None:
        """Once, now.  Raises nothing: nobody's work depends on it."""
        now, self._said = self._clock(), self._leads()
        try:
            with self._work() as uow:
                uow.processes.beat(replace(self._me, beat_at=now, leads=self._said))
                uow.processes.forget(now - FORGET)
                uow.commit()
        except Exception as error:  # noqa: BLE001 -- see above; why is what the database itself has said elsewhere
            if not self._blind:
                log.warning("beat.not_kept", cause=type(error).__name__)
            self._blind = True
        else:
            self._blind = False

    def _go_on(self) -> None:
        beat_at = -self._every
        while True:
            now = time.monotonic()
            # That another one leads now is worth saying at once.
            if now - beat_at >= self._every or self._leads() != self._said:
                self.beat()
                beat_at = now
            if self._stopped.wait(min(LOOK_SECONDS, self._every)):
                return

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def name_of(process: ProcessRecord) -> str:
    return f"{process.role} {process.number} on {process.machine}"
