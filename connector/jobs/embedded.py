"""The scheduler inside one process: APScheduler keeps time, a pool of threads runs the stores.

APScheduler drops a run that falls due while the last one is still going, so it is never the only one to know that there
is work: each store has a set of wanted jobs, one thread at a time empties it, and the database is looked at every tick.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from connector.jobs.fence import Superseded
from connector.jobs.patience import Patience
from connector.jobs.running import Noted, run_job
from connector.jobs.schedule import LONG_AGO, Begun, Job, called_for, is_set_back
from connector.ports.clock import Clock
from connector.ports.due import Due, Look
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext

log = structlog.get_logger()
MOST_THREADS = 64
STOP_SECONDS = 10.0


def _nothing_is_new(came: Collection[str], changed: Collection[str] = (), *, anyway: bool = False) -> Collection[str]:
    del came, changed, anyway
    return ()


class Embedded:
    """Runs the jobs of all stores until it is stopped.

    ``stores`` are asked for again and again: one that comes is begun with at once, one that goes is left alone.
    ``tick``: how often the database is asked what is due; ``rest``: how long a store whose work did not get done (it is
    paused, its shop is busy) is left alone at first, where a job says nothing else; ``settle``: how long a pool must be
    quiet before it is confirmed; ``begun`` has planned what other settings concern; ``noted`` is told of every run.
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
        settle: timedelta = timedelta(seconds=20),
        begun: Begun = _nothing_is_new,
        noted: Noted = lambda _run: None,
    ) -> None:
        self._stores = stores
        self._begun = begun
        self._noted = noted
        self._jobs = {job.name: job for job in jobs}
        self._work = work
        self._clock = clock
        self._tick = tick
        self._settle = settle
        self._changed = threading.Condition()
        self._patience = Patience(rest)
        self._wanted: dict[str, set[str]] = {}
        self._due: dict[tuple[str, str], frozenset[Look]] = {}  # why a job was wanted, by store and job
        self._doing: dict[str, str] = {}  # the job that runs now, by store
        self._asked: set[str] = set()  # stores that a thread was asked for
        self._working: set[str] = set()  # those that have got theirs
        self._ticking = 0  # threads of the scheduler that look or ask for jobs
        self._held: Mapping[str, StoreContext] = {}  # as they were at the last look
        self._latest = LONG_AGO
        self._blind = False
        self._stopping = False
        self._threads: ThreadPoolExecutor | None = None
        self._scheduler = BackgroundScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        # A store that hangs keeps its thread; with one for each, the others never wait for it.  They are made as stores
        # ask for them, so there are never more than stores.
        self._threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="store")
        tick = self._tick.total_seconds()
        self._scheduler.add_job(self._timed, "interval", [self._look], seconds=tick, id="look", name="look")
        for job in self._jobs.values():
            if job.every is not None:
                seconds = job.every.total_seconds()
                asking = [self._want_everywhere, job.name]
                self._scheduler.add_job(self._timed, "interval", asking, seconds=seconds, id=job.name, name=job.name)
        # Before the first look, which would begin with the same stores in its own thread.  If it fails, nothing runs.
        self._greet()
        self._scheduler.start()

    def stop(self, patience: float = STOP_SECONDS) -> Collection[str]:
        """Begin nothing new and wait for what runs, ``patience`` seconds at most; the stores that still work then.

        Nothing is lost if those are cut off.
        """
        with self._changed:
            self._stopping = True
        if self._threads is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)
            self._threads.shutdown(wait=False, cancel_futures=True)
        with self._changed:
            self._changed.wait_for(lambda: not self._working and not self._ticking, patience)
            return sorted(self._working)

    def want(self, store: str, job: str) -> None:
        """Ask for a job; asking twice before it ran is asking once."""
        with self._changed:
            self._wanted.setdefault(store, set()).add(job)
            if store not in self._asked and self._threads is not None and not self._stopping:
                self._asked.add(store)
                self._threads.submit(self._run, store)

    def _timed(self, work: Callable[..., None], *given: str) -> None:
        """Called by the scheduler.  After ``stop`` nobody asks the database any more, which is closed then."""
        with self._changed:
            if self._stopping:
                return
            self._ticking += 1
        try:
            work(*given)
        finally:
            with self._changed:
                self._ticking -= 1
                self._changed.notify_all()

    def _want_everywhere(self, job: str) -> None:
        for store in self._stores():
            self.want(store, job)

    def _look(self) -> None:
        """Ask for a job wherever something is due that it can do something about."""
        try:
            self._greet()
            due = self._read_due()
        except Exception:
            # Said once, not at every tick; what is due stays so.
            if not self._blind:
                log.exception("look.failed")
            self._blind = True
            return
        self._blind = False
        now = self._clock()
        with self._changed:
            self._patience.saw({one.store: one.looks for one in due})
        for one in due:
            store = self._held.get(one.store)
            if store is not None:
                self._call(one, now, push=store.push)

    def _call(self, one: Due, now: datetime, *, push: bool) -> None:
        with self._changed:
            for job, looks in called_for(self._jobs.values(), one.looks, push=push):
                if not self._patience.is_ripe(one.store, job.name, looks, now):
                    continue
                if self._doing.get(one.store) != job.name:
                    # While it runs, what is due may be what it is just doing: that is not yet in vain.
                    self._due[one.store, job.name] = looks
                self.want(one.store, job.name)

    def _greet(self) -> None:
        """Begin with stores that came or got other keys, and with all of them where our clock told a wrong time."""
        now, stores = self._clock(), self._stores()
        mistaken = is_set_back(now, self._latest)
        if stores is not self._held or mistaken:
            self._begin(stores, anyway=mistaken)
        self._latest = now if mistaken else max(self._latest, now)

    def _begin(self, stores: Mapping[str, StoreContext], *, anyway: bool) -> None:
        before = self._held
        changed = {key: store for key, store in stores.items() if before.get(key) is not store}
        came = stores.keys() if anyway else changed.keys() - before.keys()
        self._begun(came, changed.keys() - came, anyway=anyway)
        self._held = stores
        with self._changed:
            for key in changed.keys() | came:
                # What was tried in vain with other settings, or at a wrong time, is no guide.
                self._patience.forget(key)
        for key, store in changed.items():
            old = before.get(key)
            for job in self._jobs.values():
                if job.at_start and (old is None or old.storefront is not store.storefront):
                    self.want(key, job.name)

    def _read_due(self) -> list[Due]:
        """A plan is due by the store's own calendar."""
        stores, now = self._held, self._clock()

        def today(key: str) -> date:
            return stores[key].day_of(now) if key in stores else now.date()

        with self._work(read_only=True) as uow:
            return list(uow.due(now, settle=self._settle, today=today))

    def _run(self, store: str) -> None:
        """Empty one store's wants, one job after the other."""
        with self._changed:
            if self._stopping:
                return
            self._working.add(store)
        try:
            while (job := self._next(store)) is not None:
                self._do(store, job)
        finally:
            with self._changed:
                self._working.discard(store)
                self._changed.notify_all()

    def _next(self, store: str) -> Job | None:
        """The next wanted job.  None gives the thread back, in the same breath in which nothing was found."""
        with self._changed:
            wanted = self._wanted.get(store, set())
            name = next((one for one in self._jobs if one in wanted), None)
            if name is None or self._stopping:
                self._asked.discard(store)
                self._doing.pop(store, None)
                return None
            wanted.discard(name)
            self._doing[store] = name
            return self._jobs[name]

    def _do(self, store: str, job: Job) -> None:
        context = self._stores().get(store)
        if context is None:
            return
        with self._changed:
            due = self._due.pop((store, job.name), frozenset())
        try:
            done = run_job(job, context, self._clock, self._noted)
        except Superseded:
            return
        with self._changed:
            if done:
                self._patience.was_fruitful(store, job.name)
            elif due:
                self._patience.was_vain(store, job.name, due, self._clock(), job.rest)
