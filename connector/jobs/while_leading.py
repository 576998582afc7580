"""A `backorder serve` among others on one database does the work while it leads, and stands by while it does not."""

from __future__ import annotations

from collections.abc import Callable, Collection

import structlog

from connector.jobs.embedded import Embedded
from connector.jobs.leadership import Leadership

log = structlog.get_logger()


class WhileLeading:
    """``look`` is to be called about once a second.  ``leadership`` None: nobody else can be there.

    ``make`` gives the scheduler anew each time this process begins to lead.
    """

    def __init__(self, leadership: Leadership | None, make: Callable[[], Embedded]) -> None:
        self._leadership = leadership
        self._make = make
        self._running: Embedded | None = None

    @property
    def leads(self) -> bool:
        return self._leadership is None or self._leadership.leads

    def start(self) -> None:
        if self._leadership is not None:
            self._leadership.start()
        self._begin_or_end()

    def look(self) -> None:
        try:
            self._begin_or_end()
        except Exception:
            # The database is away, most likely.  Whoever leads then finds the work as it is.
            log.exception("scheduler.not_begun")

    def stop(self) -> Collection[str]:
        """Begin nothing new and wait for what runs; the stores that still work then."""
        slow = self._running.stop() if self._running is not None else ()
        if self._leadership is not None:
            self._leadership.stop()
        return slow

    def _begin_or_end(self) -> None:
        leads = self.leads
        if leads and self._running is None:
            running = self._make()
            running.start()
            self._running = running
        elif not leads and self._running is not None:
            # What still runs then ends by itself: another process begins with its store, and it may not go on.
            running, self._running = self._running, None
            running.stop()
