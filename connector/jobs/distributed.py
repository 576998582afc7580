"""`backorder worker`: takes the work that the leader asked for out of the queue, for several stores at a time.

Procrastinate's worker fetches, keeps one store's jobs from running side by side, and says that it is alive.  The work
itself blocks, so it is done in threads.  Wherever the database goes away, this goes on by itself once it is back.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, LiteralString

import structlog
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from connector.jobs.embedded import STOP_SECONDS
from connector.jobs.fence import Superseded
from connector.jobs.queue import DONE_CHANNEL, QUEUE, TASK, Ask, Priorities, Ran
from connector.jobs.running import Noted, run_job
from connector.jobs.schedule import TURN, Job
from connector.ports.clock import Clock
from connector.services.context import StoreContext

log = structlog.get_logger()

SLICE_SECONDS = 2.0
"""After so long a turn ends with what it is at and asks to be continued, behind the stores that wait meanwhile."""
POLL_SECONDS = 0.5
"""How soon a job is found that could not begin while another one of its store was running."""
AGAIN_SECONDS = 1.0
CUT_OFF_SECONDS = STOP_SECONDS
"""How long what runs may go on once we are to stop."""
_CONNECTIONS = 3
"""Of the queue itself; one more is for its notifications."""
_TELL: LiteralString = "SELECT pg_notify(%(channel)s, %(text)s)"

Stores = Callable[[], Mapping[str, StoreContext]]


class Distributed:
    """Works from ``start`` to ``stop``.

    ``stores``: those there are now; ``look_again``: asks the database for them at once; ``jobs`` end with
    ``Superseded`` once another worker has begun for the store; ``arguments``: the driver's, for a connection that finds
    the queue; ``patience``: how long this worker may be silent before its jobs are given to others.
    """

    def __init__(
        self,
        stores: Stores,
        look_again: Callable[[], None],
        jobs: Sequence[Job],
        *,
        arguments: Mapping[str, Any],
        threads: int,
        patience: timedelta,
        clock: Clock,
        noted: Noted = lambda _run: None,
    ) -> None:
        self._stores = stores
        self._look_again = look_again
        self._jobs = {job.name: job for job in jobs}
        self._priorities = Priorities(jobs)
        self._arguments = dict(arguments)
        self._threads = threads
        self._patience = patience
        self._clock = clock
        self._noted = noted
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._changed = threading.Condition()
        self._working: Counter[str] = Counter()  # stores that a thread works for
        self._mine: set[int] = set()  # the queue's numbers of what runs here
        self._workers: set[int] = set()  # the queue's numbers of ourselves
        self._stopping = False
        self._blind = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._go_on, name="worker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self, patience: float = STOP_SECONDS) -> Collection[str]:
        """Begin nothing new and wait for what runs, ``patience`` seconds at most; the stores that still work then.

        Nothing is lost if those are cut off.
        """
        self._stopping = True
        if self._loop is not None and self._thread.is_alive():
            with suppress(RuntimeError):  # it has just ended by itself
                self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join(patience + AGAIN_SECONDS)
        self._pool.shutdown(wait=False, cancel_futures=True)
        with self._changed:
            self._changed.wait_for(lambda: not self._working, 0)
            return sorted(self._working)

    def _cancel(self) -> None:
        if self._running is not None:
            self._running.cancel()

    # In the thread of the event loop.

    def _go_on(self) -> None:
        with asyncio.Runner() as runner:
            loop = runner.get_loop()
            loop.set_exception_handler(_say)
            self._loop = loop
            while not self._stopping:
                with suppress(asyncio.CancelledError):
                    runner.run(self._work())

    async def _work(self) -> None:
        """Until told to stop, or until the database cannot be reached any more."""
        self._running = asyncio.current_task()
        try:
            async with self._app().open_async() as app:
                self._blind = False
                sweeper = asyncio.create_task(self._sweep(app))
                try:
                    await app.run_worker_async(
                        queues=[QUEUE],
                        concurrency=self._threads,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        fetch_job_polling_interval=POLL_SECONDS,
                        abort_job_polling_interval=3600.0,
                        shutdown_graceful_timeout=CUT_OFF_SECONDS,
                        update_heartbeat_interval=self._patience.total_seconds() / 4,
                        stalled_worker_timeout=self._patience.total_seconds() * 10,
                    )
                finally:
                    sweeper.cancel()
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is tried again
            if not self._blind:
                log.warning("queue.away", cause=type(error).__name__)
            self._blind = True
        if not self._stopping:
            await asyncio.sleep(AGAIN_SECONDS)

    def _app(self) -> App:
        pool: dict[str, Any] = {"min_size": 1, "max_size": _CONNECTIONS, "timeout": STOP_SECONDS}
        app = App(connector=PsycopgConnector(**pool, reconnect_timeout=STOP_SECONDS, kwargs=self._arguments))
        app.task(name=TASK, queue=QUEUE, pass_context=True)(self._one)
        return app

    async def _one(self, context: JobContext, /, **arguments: Any) -> None:  # noqa: ANN401 -- as they lie in the queue
        """One job of the queue.  Raises nothing but what cuts it off: what was not done is asked for again."""
        ask, number = Ask.of(arguments), context.job.id or 0
        self._mine.add(number)
        if context.job.worker_id is not None:
            self._workers.add(context.job.worker_id)
        try:
            try:
                told = await asyncio.get_running_loop().run_in_executor(self._pool, self._run, ask)
            except asyncio.CancelledError:
                # We must go, and the shop has not answered yet: another worker is to go on from there.
                await self._ask_again(context, ask)
                raise
            if told is None:
                return
            done, whole = told
            if not whole:
                await self._ask_again(context, ask)
            if ask.looks and (done or whole):
                text = Ran(ask.store, ask.job, ask.looks, done).text()
                await context.app.connector.execute_query_async(_TELL, channel=DONE_CHANNEL, text=text)
        finally:
            self._mine.discard(number)

    async def _ask_again(self, context: JobContext, ask: Ask) -> None:
        with suppress(AlreadyEnqueued):
            await context.app.job_manager.defer_job_async(self._priorities.queued(ask, self._clock()))

    async def _sweep(self, app: App) -> None:
        """A job whose end could not be written down would keep its store's lock for as long as we live."""
        lost: set[int] = set()
        while True:
            await asyncio.sleep(self._patience.total_seconds() / 2)
            try:
                doing = await app.job_manager.list_jobs_async(queue=QUEUE, status=Status.DOING.value)
                ours = {one.id or 0 for one in doing if one.worker_id in self._workers} - self._mine
                # What is seen twice was not just about to begin or to end.
                for number in ours & lost:
                    await app.job_manager.finish_job_by_id_async(number, Status.FAILED, delete_job=True)
                lost = ours
            except Exception as error:  # noqa: BLE001 -- the next look is soon
                log.debug("queue.not_swept", cause=type(error).__name__)

    # In the threads of the stores.

    def _run(self, ask: Ask) -> tuple[int, bool] | None:
        """How many things were done, and whether nothing is left to be gone on with; None where another goes on."""
        with self._changed:
            self._working[ask.store] += 1
        try:
            return self._do(ask)
        except Superseded:
            return None
        finally:
            with self._changed:
                self._working[ask.store] -= 1
                self._working += Counter()  # those without a thread are no keys
                self._changed.notify_all()

    def _do(self, ask: Ask) -> tuple[int, bool] | None:
        job, store = self._jobs.get(ask.job), self._store(ask)
        if self._stopping:
            return 0, False
        if job is None or store is None:
            return 0, True
        ends = time.monotonic() + SLICE_SECONDS
        over: list[bool] = []

        def enough() -> bool:
            if time.monotonic() >= ends:
                over.append(True)
            return bool(over)

        done = run_job(job, replace(store, enough=enough) if job.name == TURN else store, self._clock, self._noted)
        return done, not (done and over)

    def _store(self, ask: Ask) -> StoreContext | None:
        """The store as whoever asked knows it; our own look at the stores may be a second old."""
        held = self._stores().get(ask.store)
        if held is not None and not 0 <= held.revision < ask.revision:
            return held
        try:
            self._look_again()
        except Exception as error:  # noqa: BLE001 -- then what is known has to do
            log.warning("stores.not_read", cause=type(error).__name__)
        return self._stores().get(ask.store)


def _say(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What asyncio would print: a job whose end could not be written down, mostly."""
    error = context.get("exception")
    log.warning("queue.failed", cause=type(error).__name__ if error else context.get("message", ""))
