"""One run of a job for a store, the same wherever it runs: timed, told of, and never the end of whoever runs it."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from structlog.contextvars import bound_contextvars

from connector.jobs.fence import Superseded
from connector.jobs.schedule import Job
from connector.ports import tracing
from connector.ports.clock import Clock
from connector.ports.counting import JOB_SECONDS, JOBS, count, observe
from connector.ports.history import JobRun
from connector.services.context import StoreContext

log = structlog.get_logger()

Noted = Callable[[JobRun], None]
"""Told of each run of a job; raises nothing."""


def run_job(job: Job, store: StoreContext, clock: Clock, noted: Noted) -> int:
    """How many things were done.  Raises ``Superseded`` where the store was given to another meanwhile."""
    began_at, began, failed, done = clock(), time.monotonic(), "", 0
    # Whatever is said from here on names the store and the job, also by who does not know them.
    with bound_contextvars(store=store.key, job=job.name), tracing.span(f"job {job.name}", store=store.key) as span:
        try:
            done = job.verb(store) or 0
        except Superseded:
            log.warning("job.superseded", store=store.key, job=job.name)
            count(JOBS, job.name, "superseded")
            raise
        except Exception as error:
            # A bug of ours: the rows still wait and are tried again; said, never swallowed.
            log.exception("job.failed", store=store.key, job=job.name)
            failed = type(error).__name__
        seconds = time.monotonic() - began
        span.tell(done=done, failed=failed)
        noted(JobRun(store.key, job.name, began_at, seconds, failed))
    count(JOBS, job.name, "failed" if failed else "done")
    observe(JOB_SECONDS, seconds, job.name)
    return done
