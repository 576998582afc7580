"""Where the web part keeps deliveries: many threads hand in, one thread commits all that waits at once.

A commit waits for the disk, and SQLite allows one at a time.  With a commit for each request, requests queue for the
lock; grouped, a request waits for the disk twice at most, and ten requests cost hardly more than one.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from dataclasses import dataclass, field

import structlog

from connector.ports.discreet import told
from connector.ports.failures import TryLater
from connector.ports.records import DeliveryState, NewDelivery
from connector.storage.bodies import PLAIN, Bodies
from connector.storage.column_types import micros
from connector.storage.inbox_commit import Counted, Row, committer

COUNT_SECONDS = 1.0
"""How long a counter may lag where no delivery comes that takes it along."""

log = structlog.get_logger(__name__)


class NotKept(TryLater):
    """The delivery is not on disk: the platform must not be told that it is."""


@dataclass(slots=True)
class _Group:
    """Deliveries that are committed together; ``new`` has an answer for each of ``rows`` once the lock of the same
    place in ``waiting`` is released.  A lock for each, because those who wait for one event wake in each other's way.
    """

    rows: list[Row] = field(default_factory=list)
    new: list[bool] = field(default_factory=list)
    error: Exception | None = None
    waiting: list[threading.Lock] = field(default_factory=list)


class GroupCommitInbox:
    """``ports.unit_of_work.Inbox``.  Nothing runs until a process keeps its first delivery, so it may be made before a
    fork and used on both sides.
    """

    def __init__(self, url: str, bodies: Bodies = PLAIN) -> None:
        self._url = url
        self._bodies = bodies
        self._writers: dict[int, _Writer] = {}

    def __reduce__(self) -> tuple[type[GroupCommitInbox], tuple[str, Bodies]]:
        return (GroupCommitInbox, (self._url, self._bodies))

    def keep(self, delivery: NewDelivery) -> bool:
        """NotKept where the group of this delivery could not be committed."""
        return self._here().keep(_row(delivery, self._bodies))

    def count(self, store: str, name: str) -> None:
        self._here().count((store, name))

    def close(self) -> None:
        """Commit what waits, then stop; what comes later is refused with NotKept."""
        self._here().close()

    def _here(self) -> _Writer:
        # A fork copies neither threads nor the right to use a connection, and a lock in whatever state it was; so each
        # process has a writer of its own, and finds it without a lock.
        here = os.getpid()
        return self._writers.get(here) or self._writers.setdefault(here, _Writer(self._url))


class _Writer:
    def __init__(self, url: str) -> None:
        self._commit = committer(url)
        self._changed = threading.Condition()
        self._group = _Group()
        self._counts: Counter[Counted] = Counter()
        self._closing = False
        self._thread: threading.Thread | None = None

    def keep(self, row: Row) -> bool:
        answered = threading.Lock()
        answered.acquire()
        with self._changed:
            self._start()
            group = self._group
            place = len(group.rows)
            group.rows.append(row)
            group.waiting.append(answered)
            if place == 0:
                self._changed.notify()
        answered.acquire()  # until the committing thread releases it
        if group.error is not None:
            raise NotKept(f"The delivery could not be written: {group.error}") from group.error
        return group.new[place]

    def count(self, what: Counted) -> None:
        with self._changed:
            self._start()
            self._counts[what] += 1
            if len(self._counts) == 1:
                self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._closing:
            raise NotKept("The service is shutting down.")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._wait():
            with self._changed:
                group, self._group = self._group, _Group()
                counts, self._counts = self._counts, Counter()
            try:
                group.new = self._commit(group.rows, counts)
            except Exception as error:  # noqa: BLE001 -- every caller of the group is told, and the next group is tried
                group.error = error
                self._failed(error, counts)
            for answered in group.waiting:
                answered.release()
        self._commit.close()

    def _wait(self) -> bool:
        """Until there is something to commit.  False: closing, and nothing is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._group.rows or self._counts or self._closing)
            if not self._group.rows:
                self._changed.wait_for(lambda: self._group.rows or self._closing, COUNT_SECONDS)
            return bool(self._group.rows or self._counts)

    def _failed(self, error: Exception, counts: Counter[Counted]) -> None:
        log.error("inbox.commit_failed", error=told(error))
        with self._changed:
            if not self._closing:  # a counter must not keep the process from ending
                self._counts.update(counts)


def _row(delivery: NewDelivery, bodies: Bodies) -> Row:
    """The columns as they lie in the table, computed in the caller's thread: the committing one is the bottleneck."""
    digest = hashlib.sha256(delivery.body).digest()
    return (
        delivery.store,
        delivery.platform,
        delivery.topic,
        delivery.external_id,
        digest,
        bodies.pack(delivery.body, digest),
        micros(delivery.received_at),
        None if delivery.triggered_at is None else micros(delivery.triggered_at),
        DeliveryState.RECEIVED.value,
        "",
    )
