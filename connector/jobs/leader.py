"""`backorder scheduler`: one of them leads, looks at what is due and whose time has come, and asks for it in the queue.

The work itself is done by `backorder worker`.  Nothing of what the leader knows is needed by the next one: what is due
lies in our tables, what was asked for in the queue, and when a job last ran in ``job_runs``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from connector.jobs.leadership import Leadership, NotLeading
from connector.jobs.patience import Patience
from connector.jobs.queue import Ask, Priorities, Queue
from connector.jobs.rota import Rota
from connector.jobs.schedule import LONG_AGO, Begun, Job, called_for, is_set_back
from connector.ports.clock import Clock
from connector.ports.unit_of_work import Due, Work
from connector.services.context import StoreContext

if TYPE_CHECKING:
    import psycopg

log = structlog.get_logger()

MOST_WAITING = 1000
"""Jobs that wait in the queue.  What is due beyond that waits in its own table, and is asked for as there is room."""
MOST_PERIODIC = 200
"""Where so many wait, no job is added only because its time has come."""


class Leader:
    """Leads, or stands by, from ``start`` to ``stop``.

    ``arguments``: the driver's, for a connection that finds the queue; ``patience``: how long a worker may be silent
    before its jobs are given to others; the others are those of ``Embedded``.
    """

    def __init__(
        self,
        stores: Callable[[], Mapping[str, StoreContext]],
        jobs: Sequence[Job],
        *,
        arguments: Mapping[str, Any],
        begun: Begun,
        work: Work,
        clock: Clock,
        tick: timedelta,
        rest: timedelta,
        settle: timedelta,
        patience: timedelta,
    ) -> None:
        self._stores = stores
        self._jobs = {job.name: job for job in jobs}
        self._begun = begun
        self._work = work
        self._clock = clock
        self._tick = tick
        self._rest = rest
        self._settle = settle
        self._silence = patience
        self._queue = Queue(Priorities(jobs))
        self._leadership = Leadership(arguments, on_lead=self._queue.listen)
        self._with: psycopg.Connection[Any] | None = None
        self._blind = False
        self._latest = LONG_AGO
        self._forget()
        self._scheduler = BackgroundScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}, timezone="UTC"
        )

    def _forget(self) -> None:
        """What a leader knows from having led."""
        self._patience = Patience(self._rest)
        self._rota = Rota(list(self._jobs.values()))
        self._held: Mapping[str, StoreContext] = {}
        self._ran: dict[str, dict[str, datetime]] = {}
        self._starting: deque[Ask] = deque()
        self._last = ""
        self._abandoned_at: datetime | None = None

    @property
    def leads(self) -> bool:
        return self._leadership.leads

    def start(self) -> None:
        self._leadership.start()
        self._scheduler.add_job(self.look, "interval", seconds=self._tick.total_seconds(), id="look")
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        self._leadership.stop()

    def look(self) -> None:
        """One look at everything, if we lead."""
        try:
            connection = self._leadership.connection()
        except NotLeading:
            return
        try:
            self._look(connection, self._clock())
        except Exception:
            # Said once, not at every tick; what is due stays so.  Where the connection is gone, we lead no more.
            if not self._blind:
                log.exception("look.failed")
            self._blind = True
        else:
            self._blind = False

    def _look(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        mistaken = is_set_back(now, self._latest)
        if connection is not self._with or mistaken:
            self._forget()
            self._ran = self._read_runs()
            self._with = connection
        for ran in self._queue.told(connection):
            if ran.done:
                self._patience.was_fruitful(ran.store, ran.job)
            elif ran.job in self._jobs:
                self._patience.was_vain(ran.store, ran.job, ran.looks, now, self._jobs[ran.job].rest)
        self._greet(now, anyway=mistaken)
        self._latest = now if mistaken else max(self._latest, now)
        waiting, doing = self._queue.waiting(connection)
        asks = [*self._abandoned(connection, now), *self._due(waiting | doing, MOST_WAITING - len(waiting), now)]
        asks += self._in_time(MOST_PERIODIC - len(waiting) - len(asks), now)
        self._queue.ask(connection, {ask.name: ask for ask in asks if ask.name not in waiting}.values(), now)

    def _read_runs(self) -> dict[str, dict[str, datetime]]:
        found: dict[str, dict[str, datetime]] = {}
        with self._work(read_only=True) as uow:
            for run in uow.job_runs.of(None):
                found.setdefault(run.store, {})[run.job] = run.began_at
        return found

    def _greet(self, now: datetime, *, anyway: bool) -> None:
        """Begin with stores that came or got other settings.  What was tried in vain without them is no guide."""
        before, stores = self._held, self._stores()
        if before is stores:
            return
        changed = {key: store for key, store in stores.items() if before.get(key) is not store}
        came = changed.keys() - before.keys()
        others = self._begun(came, changed.keys() - came, anyway=anyway)
        for key, store in changed.items():
            old = before.get(key)
            self._patience.forget(key)
            ran = self._ran.pop(key, {})
            if old is None:
                self._rota.add(key, ran, now)
            # Not for a store that only has another leader than before.
            new = key in others if old is None else old.storefront is not store.storefront
            for job in self._jobs.values():
                if job.at_start and (new or (old is None and job.name not in ran)):
                    self._starting.append(Ask(key, job.name, revision=store.revision))
        for key in before.keys() - stores.keys():
            self._rota.drop(key)
        self._held = stores

    def _due(self, asked: Collection[str], room: int, now: datetime) -> list[Ask]:
        """What is due and not asked for yet; where there is not room for all, the next look goes on from there."""
        due = self._read_due(now)
        self._patience.saw({one.store: one.looks for one in due})
        due.sort(key=lambda one: one.store)
        at = bisect_right(due, self._last, key=lambda one: one.store)
        asks: list[Ask] = []
        for one in [*due[at:], *due[:at]]:
            store = self._held[one.store]
            for job, looks in called_for(self._jobs.values(), one.looks, push=store.push):
                ask = Ask(one.store, job.name, looks, store.revision)
                if ask.name not in asked and self._patience.is_ripe(one.store, job.name, looks, now):
                    asks.append(ask)
            if len(asks) >= room:
                self._last = one.store
                break
        return asks[: max(room, 0)]

    def _read_due(self, now: datetime) -> list[Due]:
        """A plan is due by the store's own calendar."""
        stores = self._held

        def today(key: str) -> date:
            return stores[key].day_of(now) if key in stores else now.date()

        with self._work(read_only=True) as uow:
            return [one for one in uow.due(now, settle=self._settle, today=today) if one.store in stores]

    def _in_time(self, room: int, now: datetime) -> Iterable[Ask]:
        """What is wanted at a start, then what is wanted by the clock."""
        asks: list[Ask] = []
        while self._starting and len(asks) < room:
            asks.append(self._starting.popleft())
        periodic = self._rota.take(now, max(room - len(asks), 0))
        return [*asks, *(Ask(store, job, revision=self._held[store].revision) for store, job in periodic)]

    def _abandoned(self, connection: psycopg.Connection[Any], now: datetime) -> list[Ask]:
        """The jobs of workers that are gone.  The first look comes late: where the database was away, every worker has
        been silent, and is about to say that it is not gone.
        """
        pause = self._silence / 4
        if self._abandoned_at is None:
            self._abandoned_at = now + pause
        if now - self._abandoned_at < pause:
            return []
        self._abandoned_at = now
        found = self._queue.abandoned(connection, self._silence)
        for ask in found:
            log.warning("job.abandoned", store=ask.store, job=ask.job)
        return [ask for ask in found if ask.store in self._held and ask.job in self._jobs]
