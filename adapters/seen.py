"""Each call to a shop, counted and timed, and drawn as a span where somebody wants spans."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

from connector.ports import tracing
from connector.ports.counting import API_CALLS, API_SECONDS, API_THROTTLES, count, observe
from connector.ports.failures import TryLater

_NUMBER = re.compile(r"\d+")


@dataclass(slots=True)
class Called:
    """``status``: as the shop answered; 0 where it did not."""

    status: int = 0

    @property
    def outcome(self) -> str:
        """The kind of answer, and whether it was one of a shop that is asked too much."""
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return "throttled"
        return f"{self.status // 100}xx" if self.status else "unanswered"


@contextmanager
def calling(platform: str, method: str, path: str) -> Iterator[Called]:
    """The path of a span is without the query, and without the numbers of orders and products in it."""
    called, began = Called(), time.perf_counter()
    where = _NUMBER.sub("{id}", path.partition("?")[0]) if tracing.on() else ""
    with tracing.span("api call", platform=platform, method=method, path=where) as span:
        try:
            yield called
        except TryLater:
            span.tell(outcome=called.outcome)
            raise
        finally:
            count(API_CALLS, platform, called.outcome)
            observe(API_SECONDS, time.perf_counter() - began, platform)
            if called.status == HTTPStatus.TOO_MANY_REQUESTS:
                count(API_THROTTLES, platform, "shop")
        span.tell(outcome=called.outcome)
