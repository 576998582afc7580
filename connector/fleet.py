"""The processes of one installation over one PostgreSQL, each put together from an opened service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from connector.bootstrap.begin_anew import begin_anew
from connector.bootstrap.scheduler import embedded_scheduler
from connector.bootstrap.service import Service
from connector.bootstrap.store_jobs import store_jobs
from connector.jobs.distributed import Distributed
from connector.jobs.embedded import Embedded
from connector.jobs.fence import fenced
from connector.jobs.leader import Leader
from connector.jobs.leadership import Leadership
from connector.jobs.queue import with_search_path
from connector.jobs.runs import Runs
from connector.jobs.schedule import Job

ASIDE = 4
"""Connections beside one for each thread: for the look at the stores, the beats and what is written down of runs."""


def connections_for(threads: int) -> int:
    """How many connections a process keeps at most in which so many threads work."""
    return threads + ASIDE


def worker(service: Service, threads: int, by: str) -> Distributed:
    """`backorder worker`.  ``by``: this process, in words."""
    return Distributed(
        service.known.tended,
        service.known.refresh,
        fenced_jobs(service, by),
        arguments=queue_arguments(service),
        threads=threads,
        patience=_patience(service),
        clock=service.clock,
        noted=Runs(service.work),
    )


def leader(service: Service) -> Leader:
    """`backorder scheduler`."""
    sync = service.settings.sync
    return Leader(
        service.known.tended,
        store_jobs(service),
        arguments=queue_arguments(service),
        begun=partial(begin_anew, service),
        work=service.work,
        clock=service.clock,
        tick=timedelta(seconds=sync.digest),
        rest=timedelta(seconds=sync.push),
        settle=timedelta(seconds=sync.settle),
        patience=_patience(service),
    )


def leadership(service: Service) -> Leadership:
    """For a `backorder serve`, which does the work itself while it leads."""
    return Leadership(queue_arguments(service))


def embedded(service: Service, by: str) -> Embedded:
    """What does the work in such a ``serve``."""
    return embedded_scheduler(service, fenced_jobs(service, by))


def fenced_jobs(service: Service, by: str) -> Sequence[Job]:
    """The jobs, each of which ends once another process works for its store."""
    return [replace(job, verb=fenced(job.verb, by)) for job in store_jobs(service)]


def queue_arguments(service: Service) -> dict[str, Any]:
    return with_search_path(service.database.driver_arguments())


def _patience(service: Service) -> timedelta:
    return timedelta(seconds=service.settings.jobs.patience)
