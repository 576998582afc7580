"""What runs the stores where the process that keeps the time also does the work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from connector.bootstrap.begin_anew import begin_anew
from connector.bootstrap.service import Service
from connector.bootstrap.store_jobs import store_jobs
from connector.jobs.embedded import Embedded
from connector.jobs.runs import Runs
from connector.jobs.schedule import Job


def embedded_scheduler(service: Service, jobs: Sequence[Job] | None = None) -> Embedded:
    """Made once, when the service starts or begins to lead.  ``jobs``: others than its own."""
    sync = service.settings.sync
    return Embedded(
        service.known.tended,
        jobs or store_jobs(service),
        begun=partial(begin_anew, service),
        work=service.work,
        clock=service.clock,
        tick=timedelta(seconds=sync.digest),
        rest=timedelta(seconds=sync.push),
        settle=timedelta(seconds=sync.settle),
        noted=Runs(service.work),
    )
