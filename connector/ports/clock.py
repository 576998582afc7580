"""Time is an argument; this is where it comes from."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def __call__(self) -> datetime:
        """Return the present moment, always with a zone."""
        ...


def system_clock() -> datetime:
    return datetime.now(UTC)
