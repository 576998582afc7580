"""The scheduler inside one process: APScheduler keeps time, its threads run the stores.

APScheduler drops a run that falls due while the last one is still going, so it is never the only one to know that there
is work: each store has a set of wanted jobs, one thread at a time empties it, and the database is looked at every tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from connector.jobs.schedule import TURN, Job
from connector.ports.clock import Clock
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext

log = structlog.get_logger()
THREADS = 8


class Embedded:
    """Runs the jobs of all stores until it is stopped.

    ``tick``: how often the database is asked what is due; ``rest``: how long a store whose work did not get done (it is
    paused, its shop is busy) is left alone between two turns.
    """

    def __init__(
        self,
        stores: Callable[[], Mapping[str, StoreContext]],
        jobs: Sequence[Job],
        *,
        work: Work,
        clock: Clock,
        tick: timedelta,
        rest: timedelta,
    ) -> None:
        self._stores = stores
        self._jobs = {job.name: job for job in jobs}
        self._work = work
        self._clock = clock
        self._tick = tick
        self._rest = rest
        self._lock = threading.Lock()
        self._wanted: dict[str, set[str]] = {}
        self._running: set[str] = set()
        self._looked: dict[str, datetime] = {}
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(2), "stores": ThreadPoolExecutor(THREADS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        self._scheduler.add_job(self._look, "interval", seconds=self._tick.total_seconds(), id="look")
        for job in self._jobs.values():
            if job.every is not None:
                seconds = job.every.total_seconds()
                self._scheduler.add_job(self._want_everywhere, "interval", [job.name], seconds=seconds, id=job.name)
        self._scheduler.start()
        for job in self._jobs.values():
            if job.at_start:
                self._want_everywhere(job.name)

    def stop(self) -> None:
        """Let running turns end; nothing is lost if they are cut off instead."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)

    def want(self, store: str, job: str) -> None:
        """Ask for a job; asking twice before it ran is asking once."""
        with self._lock:
            self._wanted.setdefault(store, set()).add(job)
            if store in self._running or self._stopping.is_set():
                return
            self._running.add(store)
        self._scheduler.add_job(self._run, args=[store], executor="stores", misfire_grace_time=None)

    def _want_everywhere(self, job: str) -> None:
        for store in self._stores():
            self.want(store, job)

    def _look(self) -> None:
        """Ask for a turn wherever something is due; the day decides which dates have passed."""
        stores = self._stores()
        now = self._clock()
        with self._work(read_only=True) as uow:
            due = uow.due(now, now.date())
        for one in due:
            if one.store not in stores:
                continue
            # What came in is worked on at once.  The rest was tried by the turn that made it due, so it is waiting for
            # something (a paused store, a busy shop); asking at every tick would only spin.
            rested = now - self._looked.get(one.store, now - self._rest) >= self._rest
            if one.deliveries or one.dirty or rested:
                self._looked[one.store] = now
                self.want(one.store, TURN)

    def _run(self, store: str) -> None:
        """Empty one store's wants, one job after the other."""
        while not self._stopping.is_set():
            with self._lock:
                wanted = self._wanted.get(store, set())
                name = next((one for one in self._jobs if one in wanted), None)
                if name is None:
                    self._running.discard(store)
                    return
                wanted.discard(name)
            self._do(store, self._jobs[name])
        with self._lock:
            self._running.discard(store)

    def _do(self, store: str, job: Job) -> None:
        context = self._stores().get(store)
        if context is None:
            return
        try:
            job.verb(context)
        except Exception:
            # A bug of ours: the rows still wait, and the next look tries again; said, never swallowed.
            log.exception("job.failed", store=store, job=job.name)
