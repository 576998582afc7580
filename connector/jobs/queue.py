"""How the work for stores lies in Procrastinate's queue.

What is asked for is a name and a store, nothing more: what there is to do lies in our own tables.  So asking twice
before it ran is asking once (``queueing_lock``), the jobs of one store run one at a time (``lock``), and a job that is
lost costs the seconds until it is asked for again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, LiteralString

from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from procrastinate.sync_psycopg_connector import SyncPsycopgConnector

from connector.jobs.schedule import TURN, Job
from connector.ports.due import Look
from connector.storage.queue_schema import SCHEMA

if TYPE_CHECKING:
    import psycopg

QUEUE = "stores"
TASK = "work"
DONE_CHANNEL = "backorder_done"
"""Where workers tell the leader how the runs ended that were asked for because something was due."""
ADVANTAGE = timedelta(seconds=30)
"""A turn goes before other jobs that have waited less than this longer; so it is soon done, and nothing else waits for
ever behind turns.
"""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

_WAITING: LiteralString = "SELECT queueing_lock, status FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
_ABANDONED: LiteralString = """
    DELETE FROM procrastinate_jobs WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN (
        SELECT id FROM procrastinate_workers WHERE last_heartbeat < now() - %(patience)s
    )) RETURNING args"""
_FORGET_WORKERS: LiteralString = "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - 10 * %(patience)s"
_LISTEN: LiteralString = f"LISTEN {DONE_CHANNEL}"


@dataclass(frozen=True, slots=True)
class Ask:
    """``looks``: what is due that the job could do something about, none for one whose time has come; ``revision``: of
    the store's settings, as they are known to whoever asks.
    """

    store: str
    job: str
    looks: frozenset[Look] = frozenset()
    revision: int = 0

    @property
    def name(self) -> str:
        return f"{self.job} {self.store}"

    def arguments(self) -> dict[str, Any]:
        looks = sorted(look.value for look in self.looks)
        return {"store": self.store, "job": self.job, "looks": looks, "revision": self.revision}

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Ask:
        known = {look.value: look for look in Look}  # a newer program may name others
        looks = frozenset(known[one] for one in arguments["looks"] if one in known)
        return cls(arguments["store"], arguments["job"], looks, arguments["revision"])


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended that was asked for because ``looks`` were due: how many things were done."""

    store: str
    job: str
    looks: frozenset[Look]
    done: int

    def text(self) -> str:
        return json.dumps({**Ask(self.store, self.job, self.looks).arguments(), "done": self.done})

    @classmethod
    def of(cls, text: str) -> Ran:
        told = json.loads(text)
        ask = Ask.of(told)
        return cls(ask.store, ask.job, ask.looks, told["done"])


class Priorities:
    """The sooner a job was asked for, the higher; turns, and what must go before a turn, have an advantage."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        names = [job.name for job in jobs]
        self._urgent = frozenset(names[: names.index(TURN) + 1] if TURN in names else ())

    def of(self, job: str, now: datetime) -> int:
        moment = now - ADVANTAGE if job in self._urgent else now
        return -int((moment - BEGINNING).total_seconds())

    def queued(self, ask: Ask, now: datetime) -> QueuedJob:
        return QueuedJob(
            queue=QUEUE,
            task_name=TASK,
            lock=ask.store,
            queueing_lock=ask.name,
            priority=self.of(ask.job, now),
            task_kwargs=ask.arguments(),
        )


class Queue:
    """The queue as the leader uses it, on the connection that makes it the leader: without that it can ask nothing."""

    def __init__(self, priorities: Priorities) -> None:
        self._priorities = priorities
        self._manager = JobManager(SyncPsycopgConnector())

    def listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(_LISTEN)

    def told(self, connection: psycopg.Connection[Any]) -> list[Ran]:
        """What workers have told since the last time."""
        return [Ran.of(one.payload) for one in connection.notifies(timeout=0) if one.channel == DONE_CHANNEL]

    def waiting(self, connection: psycopg.Connection[Any]) -> tuple[set[str], set[str]]:
        """The names of what waits and of what runs."""
        rows = connection.execute(_WAITING).fetchall()
        waiting = {name for name, status in rows if status == "todo"}
        return waiting, {name for name, status in rows if status == "doing"}

    def ask(self, connection: psycopg.Connection[Any], asks: Iterable[Ask], now: datetime) -> None:
        """Ask for all of these; what waits already is left as it is."""
        queued = [self._priorities.queued(ask, now) for ask in asks]
        if not queued:
            return
        try:
            self._manager.batch_defer_jobs(queued, connection)
        except AlreadyEnqueued:
            # A job asked for its own continuation, or somebody else leads: one of them stands already.
            for one in queued:
                self._ask_alone(connection, one)

    def _ask_alone(self, connection: psycopg.Connection[Any], one: QueuedJob) -> None:
        try:
            self._manager.defer_job(one, connection)
        except AlreadyEnqueued:
            return

    def abandoned(self, connection: psycopg.Connection[Any], patience: timedelta) -> list[Ask]:
        """Take away the jobs of workers that are gone, or were silent for that long; which those were."""
        found = connection.execute(_ABANDONED, {"patience": patience}).fetchall()
        connection.execute(_FORGET_WORKERS, {"patience": patience})
        return [Ask.of(row[0]) for row in found]


def with_search_path(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A driver's arguments for a connection that finds Procrastinate's tables."""
    return {**arguments, "options": f"{arguments.get('options', '')} -c search_path={SCHEMA}".strip()}
