"""How those who write into one SQLite file come to their turns.

SQLite lets one transaction write at a time and keeps no order among those who wait: each sleeps, up to a tenth of a
second, and asks again.  Where many threads hand the lock round among themselves, whoever sleeps longest finds it taken
again and again, and that was the inbox (ADR 21).  So of a process only the thread that came first asks, and the inbox
asks more often than the others.

A turnstile holds back until a transaction has begun, and nothing while it lasts.  What fails, dies or is forgotten
inside a transaction keeps nobody standing here; the lock itself stays SQLite's, also between processes.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BEGIN = "BEGIN IMMEDIATE"
"""A transaction that writes takes the write lock first: taken later, it could find what it read outdated."""

INTAKE_SECONDS = 0.0003
"""Between two questions of the inbox whether the lock is free.  A platform waits for it."""

OTHERS_SECONDS = 0.002
"""Between two questions of everybody else: some seven to one, the inbox finds the lock free before they do."""

LONG_SECONDS = 0.1
"""Whoever has asked for so long asks as often as the inbox, so that no flood of deliveries keeps anybody out."""

_KIND = 0xFF
"""The part of SQLite's error codes that does not say more exactly why."""


class Line:
    """Threads pass one at a time, in the order in which they came."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """For the child of a fork: the threads that stand here are not in it."""
        self._changing = threading.Lock()
        self._places: deque[threading.Lock] = deque()  # each can be taken once all before it have gone

    def __len__(self) -> int:
        return len(self._places)

    @contextmanager
    def place(self, seconds: float) -> Iterator[None]:
        """Wait to be the first, but not longer than that: who has run out of time goes on as if he were."""
        mine = threading.Lock()
        with self._changing:
            if self._places:
                mine.acquire()
            self._places.append(mine)
        try:
            mine.acquire(timeout=seconds)
            yield
        finally:
            with self._changing:
                was_first = self._places[0] is mine
                self._places.remove(mine)
                if was_first and self._places:
                    self._places[0].release()


class Turnstile:
    """``pause``: seconds between two questions whether the lock is free."""

    def __init__(
        self,
        pause: float,
        ticks: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.line = Line()
        self._pause = pause
        self._ticks = ticks
        self._sleep = sleep

    def begin(self, driver: sqlite3.Connection, patience: float, ask: Callable[[], object]) -> None:
        """Begin a transaction that writes, as soon as it is our turn.  The connection itself must not wait
        (``busy_timeout`` 0).

        After so many seconds of patience, and after any other failure than a lock that is taken, ``ask`` is called: it
        begins the transaction or raises whatever its caller expects to be raised.
        """
        give_up = self._ticks() + patience
        with self.line.place(patience):
            if not self._has_begun(driver, give_up):
                ask()

    def _has_begun(self, driver: sqlite3.Connection, give_up: float) -> bool:
        long = self._ticks() + LONG_SECONDS
        while True:
            try:
                driver.execute(BEGIN)
            except sqlite3.Error as error:
                now = self._ticks()
                if not _is_busy(error) or now >= give_up:
                    return False
                self._sleep(self._pause if now < long else min(self._pause, INTAKE_SECONDS))
            else:
                return True


def _is_busy(error: sqlite3.Error) -> bool:
    # The driver's own errors, a closed connection for one, have no code.
    return getattr(error, "sqlite_errorcode", 0) & _KIND == sqlite3.SQLITE_BUSY
