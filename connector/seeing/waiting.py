"""What lies in the database, asked for when somebody looks: how much waits, since when, and who works on it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.ports.clock import Clock
from connector.ports.figures import InboxFigures, QueueFigures
from connector.ports.operating import ProcessRecord
from connector.ports.unit_of_work import Work

log = structlog.get_logger()

CACHED_SECONDS = 5.0
"""Several may look at once; the database is asked once."""

WAITING: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "backorder_database_up": ("Whether the figures of the database could be read (1) or not (0).", ()),
    "backorder_build_info": ("Always 1; which version this is.", ("version",)),
    "backorder_inbox_deliveries": ("Deliveries that wait to be digested.", ()),
    "backorder_inbox_oldest_seconds": ("How long the oldest of them has waited.", ()),
    "backorder_inbox_lag_seconds": (
        "The same without stores that are paused, wait for their shop, or are nobody's any more.",
        (),
    ),
    "backorder_pools_dirty": ("Pools that wait to be planned.", ()),
    "backorder_pools_unconfirmed": ("Pools whose news have not been confirmed by reading the shop again.", ()),
    "backorder_pushes_due": ("Variants whose flag waits to be sent to its shop.", ()),
    "backorder_notices_due": ("Marks and notes on orders that wait to be sent.", ()),
    "backorder_messages_due": ("Messages to people that wait to be sent.", ()),
    "backorder_parked": ("What a person should look at, by kind.", ("kind",)),
    "backorder_privacy_requests_open": ("Requests of persons about their data that wait for an answer.", ()),
    "backorder_stores": ("Connected stores, by platform and state.", ("platform", "state")),
    "backorder_jobs_failing": ("Stores for which the newest run of this job failed.", ("job",)),
    "backorder_processes": ("Processes that gave a sign of life within a minute, by role.", ("role",)),
    "backorder_beat_age_seconds": ("How long ago the last process of a role gave a sign of life.", ("role",)),
    "backorder_schedulers_leading": ("Schedulers that lead; one, unless none is needed.", ()),
}
"""Name, what it says, labels.  They are the same on every machine: take their maximum, not their sum."""

ALIVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Seen:
    inbox: InboxFigures
    queues: QueueFigures
    stores: Mapping[tuple[str, str], int]
    failing: Mapping[str, int]
    processes: Collection[ProcessRecord]
    at: datetime


@dataclass(eq=False)
class Waiting(Collector):
    """``tended``: the stores that this installation works for."""

    work: Work
    clock: Clock
    version: str
    tended: Callable[[], Collection[str]]
    ticks: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: tuple[float, _Seen | None] | None = None

    def collect(self) -> Iterator[Metric]:
        seen = self._look()
        yield _family("backorder_database_up", {(): float(seen is not None)})
        yield _family("backorder_build_info", {(self.version,): 1})
        if seen is not None:
            yield from _families(seen)

    def _look(self) -> _Seen | None:
        with self._lock:
            now = self.ticks()
            if self._kept is None or now - self._kept[0] >= CACHED_SECONDS:
                self._kept = (now, self._read())
            return self._kept[1]

    def _read(self) -> _Seen | None:
        now = self.clock()
        try:
            tended = self.tended()
            with self.work(read_only=True) as uow:
                of = uow.figures
                return _Seen(
                    of.inbox(now, tended), of.queues(), of.stores(now), of.failing_jobs(), uow.processes.all(), now
                )
        except Exception as error:  # noqa: BLE001 -- a database that is away must be seen, not hidden by a failed look
            log.warning("metrics.database_not_read", cause=type(error).__name__)
            return None


def _families(seen: _Seen) -> Iterator[Metric]:
    inbox, queues = seen.inbox, seen.queues
    for name, value in {
        "backorder_inbox_deliveries": inbox.received,
        "backorder_inbox_oldest_seconds": _seconds(inbox.oldest_at, seen.at),
        "backorder_inbox_lag_seconds": _seconds(inbox.ours_since, seen.at),
        "backorder_pools_dirty": queues.dirty,
        "backorder_pools_unconfirmed": queues.unconfirmed,
        "backorder_pushes_due": queues.pushes,
        "backorder_notices_due": queues.notices,
        "backorder_messages_due": queues.messages,
        "backorder_privacy_requests_open": queues.requests,
        "backorder_schedulers_leading": sum(one.leads and _alive(one, seen.at) for one in seen.processes),
    }.items():
        yield _family(name, {(): value})
    yield _family("backorder_parked", {(kind,): n for kind, n in queues.parked.items()})
    yield _family("backorder_stores", {(platform, state): n for (platform, state), n in seen.stores.items()})
    yield _family("backorder_jobs_failing", {(job,): n for job, n in seen.failing.items()})
    roles = sorted({one.role for one in seen.processes})
    of = {role: [one for one in seen.processes if one.role == role] for role in roles}
    yield _family("backorder_processes", {(role,): sum(_alive(one, seen.at) for one in of[role]) for role in roles})
    newest = {role: max(one.beat_at for one in of[role]) for role in roles}
    yield _family("backorder_beat_age_seconds", {(role,): _seconds(at, seen.at) for role, at in newest.items()})


def _family(name: str, values: Mapping[tuple[str, ...], float]) -> Metric:
    says, labels = WAITING[name]
    family = GaugeMetricFamily(name, says, labels=labels)
    for labelled, value in sorted(values.items()):
        family.add_metric(labelled, value)
    return family


def _alive(process: ProcessRecord, now: datetime) -> bool:
    return _seconds(process.beat_at, now) <= ALIVE_SECONDS


def _seconds(since: datetime | None, now: datetime) -> float:
    """0 where nothing waits; machines' clocks differ, and nothing has waited for less than that."""
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
