"""When each periodic job of each store is wanted next.

Ten thousand stores that are all looked after at the same moment are a queue; spread over the period they are a trickle.
So each job of each store has a moment of its own in the period, which follows from the store's key: it is the same in
every process, and after every restart.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count

from connector.jobs.schedule import Job

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def phase(store: str, job: str, period: timedelta) -> timedelta:
    """How far into each period this job of this store is wanted."""
    share = int.from_bytes(blake2b(f"{job} {store}".encode(), digest_size=8).digest()) / 2**64
    return period * share


def next_after(moment: datetime, store: str, job: str, period: timedelta) -> datetime:
    """The next time after ``moment`` at which it is wanted."""
    first = BEGINNING + phase(store, job, period)
    return first + ((moment - first) // period + 1) * period


class Rota:
    """Not safe to share between threads."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = {job.name: job for job in jobs if job.every is not None}
        self._waiting: list[tuple[datetime, str, str, int]] = []
        self._stores: dict[str, int] = {}  # a number, so that a store that comes back has not what it left behind too
        self._numbers = count()

    def add(self, store: str, ran: Mapping[str, datetime], now: datetime) -> None:
        """Begin with a store.  ``ran``: when its jobs last ran; what never did waits for its time."""
        if store in self._stores:
            return
        self._stores[store] = next(self._numbers)
        for name in self._jobs:
            self._await(store, name, min(ran.get(name, now), now))

    def drop(self, store: str) -> None:
        self._stores.pop(store, None)

    def take(self, now: datetime, most: int) -> list[tuple[str, str]]:
        """Store and job of what is wanted by now, the longest overdue first, ``most`` at most; each once, however many
        of its times have passed.
        """
        taken: list[tuple[str, str]] = []
        while self._waiting and self._waiting[0][0] <= now and len(taken) < most:
            _, store, name, number = heapq.heappop(self._waiting)
            if self._stores.get(store) == number:
                taken.append((store, name))
                self._await(store, name, now)
        return taken

    def _await(self, store: str, name: str, since: datetime) -> None:
        period = self._jobs[name].every
        if period is not None:
            entry = (next_after(since, store, name, period), store, name, self._stores[store])
            heapq.heappush(self._waiting, entry)
