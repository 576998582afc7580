"""What tests of the queue put around it: a real PostgreSQL, stores without a shop, and workers in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
from scheduling import SOON, a_store, eventually

from connector.jobs.distributed import Distributed
from connector.jobs.queue import DONE_CHANNEL, Ask, Priorities, Queue, Ran, with_search_path
from connector.jobs.schedule import TURN, Job
from connector.ports.clock import system_clock
from connector.services.context import StoreContext
from connector.storage.engine import Database

numbers = count()
PATIENCE = timedelta(hours=1)
"""How long a worker may be silent: longer than any machine takes to let it speak."""


def arguments_of(database: Database) -> dict[str, Any]:
    return with_search_path(database.driver_arguments())


def stores_of(database: Database, *keys: str) -> dict[str, StoreContext]:
    return {key: replace(a_store(key), work=database.work) for key in keys}


@contextmanager
def connection_to(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**arguments_of(database), autocommit=True) as connection:
        yield connection


def cut_off_the_others(connection: psycopg.Connection[Any]) -> int:
    """All on the same database; how many there were.  They are gone when this returns."""
    minute = 60_000  # a server ends a connection some time after it was told to
    ended = connection.execute(
        "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        (minute,),
    )
    return len(ended.fetchall())


class Till:
    """Asks for jobs as the leader does, and counts what lies in the queue."""

    def __init__(self, connection: psycopg.Connection[Any], jobs: Sequence[Job]) -> None:
        self.connection = connection
        self.queue = Queue(Priorities(jobs))
        self.queue.listen(connection)

    def ask(self, *asks: Ask) -> None:
        self.queue.ask(self.connection, asks, system_clock())

    def told(self) -> list[Ran]:
        """What workers have told up to now; the server passes it on when it likes, but in the order of its coming."""
        last, found = Ran("", "what was told before this", frozenset(), next(numbers)), list[Ran]()
        self.connection.execute("SELECT pg_notify(%s, %s)", (DONE_CHANNEL, last.text()))

        def all_came() -> bool:
            found.extend(self.queue.told(self.connection))
            return last in found

        assert eventually(all_came)
        return found[: found.index(last)]

    def count(self, table: str = "procrastinate_jobs") -> int:
        row = self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 -- ours
        assert row is not None
        return int(row[0])


class Diary:
    """What ran when, and whether another of its store ran beside it.  ``together``: so many run at a time before the
    first of them ends.
    """

    def __init__(self, together: int = 1) -> None:
        self.least = together
        self.ran: list[tuple[str, str]] = []
        self.beside: list[str] = []
        self.together = 0
        self._lock = threading.Lock()
        self._now: list[str] = []

    def job(self, name: str, done: int | None = 1, **more: Any) -> Job:
        def verb(store: StoreContext) -> int | None:
            with self._lock:
                if store.key in self._now:
                    self.beside.append(store.key)
                self._now.append(store.key)
                self.together = max(self.together, len(self._now))
                self.ran.append((store.key, name))
            assert eventually(lambda: self.together >= self.least)
            time.sleep(0.005)
            with self._lock:
                self._now.remove(store.key)
            return done

        return Job(name, verb, **more)

    def jobs(self, *names: str) -> list[Job]:
        return [self.job(name) for name in names]


@contextmanager
def working(
    database: Database,
    jobs: Sequence[Job],
    stores: Mapping[str, StoreContext] | Callable[[], Mapping[str, StoreContext]],
    *,
    workers: int = 1,
    threads: int = 4,
    look_again: Callable[[], None] = lambda: None,
    patience: timedelta = PATIENCE,
) -> Iterator[list[Distributed]]:
    """Workers in this process; when they are done with, none is at work any more."""
    known = stores if callable(stores) else lambda: stores
    crew = [
        Distributed(
            known,
            look_again,
            jobs,
            arguments=arguments_of(database),
            threads=threads,
            patience=patience,
            clock=system_clock,
        )
        for _ in range(workers)
    ]
    for one in crew:
        one.start()
    try:
        yield crew
    finally:
        left = [list(one.stop(SOON)) for one in crew]
        assert left == [[] for _ in crew]
        assert not any(one.alive() for one in crew)


def asks(stores: Iterable[str], *jobs: str) -> list[Ask]:
    return [Ask(store, job) for store in stores for job in jobs]


def turn(verb: Callable[[StoreContext], int | None]) -> Job:
    return Job(TURN, verb)
