"""What tests of the scheduler put around it: times, stores, and a database that says what is due."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self, cast
from zoneinfo import ZoneInfo

from connector.domain.rules import PolicyBook
from connector.ports.clock import system_clock
from connector.ports.due import Due, Look
from connector.services.context import StoreContext

TICK = timedelta(milliseconds=20)
REST = timedelta(milliseconds=200)
NEVER = timedelta(hours=1)
SOON = 60.0
"""Seconds that a test waits for what comes at once, on whatever machine: they are spent only where it never comes."""


@dataclass
class Desk:
    """Stands for the database: says what is due by the stores' calendars, and counts how often it was asked."""

    due_by: Callable[[Callable[[str], date]], Sequence[Due]] = lambda _: ()
    looks: int = 0

    def __call__(self, *, read_only: bool = False) -> Self:
        assert read_only, "a look must keep nobody waiting"
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def due(self, _now: datetime, *, settle: timedelta, today: Callable[[str], date]) -> Sequence[Due]:
        del settle
        self.looks += 1
        return self.due_by(today)


def due(store: str, *looks: Look) -> Due:
    return Due(store, frozenset(looks))


def a_store(key: str, zone: str = "UTC", clock: Callable[[], datetime] = system_clock) -> StoreContext:
    nothing = cast("Any", None)
    return StoreContext(key, nothing, nothing, nothing, clock, cast("PolicyBook", None), nothing, zone=ZoneInfo(zone))


def eventually(holds: Callable[[], bool], seconds: float = SOON) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True
