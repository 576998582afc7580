"""When each job last ran for each store, written down for whoever looks after the service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from connector.ports.history import JobRun
from connector.ports.unit_of_work import Work

log = structlog.get_logger()

EVERY_SECONDS = 60.0


@dataclass
class Runs:
    """Keeps the newest run of each job: at once where it failed or is well again, else once a minute.

    Nobody's work depends on these rows, so whatever keeps one from being written is said and stops nothing.
    """

    work: Work
    ticks: Callable[[], float] = time.monotonic
    _kept: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, run: JobRun) -> None:
        if not self._is_news(run):
            return
        try:
            with self.work() as uow:
                uow.job_runs.save(run)
                uow.commit()
        except Exception as error:  # noqa: BLE001 -- see above; why is what the database itself has said elsewhere
            log.warning("job_run.not_kept", store=run.store, job=run.job, cause=type(error).__name__)

    def _is_news(self, run: JobRun) -> bool:
        of, now = (run.store, run.job), self.ticks()
        with self._lock:
            at, failed = self._kept.get(of, (now - EVERY_SECONDS, ""))
            news = bool(run.failed) or run.failed != failed or now - at >= EVERY_SECONDS
            if news:
                self._kept[of] = (now, run.failed)
        return news
