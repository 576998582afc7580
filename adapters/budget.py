"""How fast a platform lets us call it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock


class Budget:
    """A leaky bucket: ``points`` at most, ``restore_per_second`` flow back.  Safe to share between threads.

    What is asked for is taken at once, even before it is there, so that callers queue up behind each other instead of
    all waking at the same moment.
    """

    def __init__(
        self, points: float, restore_per_second: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        if points <= 0 or restore_per_second <= 0:
            raise ValueError("a budget that holds or restores nothing would never let a call through")
        self._maximum = points
        self._restore = restore_per_second
        self._monotonic = monotonic
        self._available = points
        self._at = monotonic()
        self._lock = Lock()

    def wait_for(self, cost: float) -> float:
        """Take ``cost`` points; gives the seconds to wait before using them.

        What costs more than the bucket holds waits for a full one.
        """
        with self._lock:
            self._flow()
            self._available -= min(cost, self._maximum)
            return max(0.0, -self._available / self._restore)

    def give_back(self, cost: float) -> None:
        """Return points that were taken and not used."""
        with self._lock:
            self._flow()
            self._available = min(self._maximum, self._available + min(cost, self._maximum))

    def learn(
        self, currently_available: float, maximum: float | None = None, restore_per_second: float | None = None
    ) -> None:
        """Believe what the platform says of its own bucket; what makes no sense is not believed."""
        with self._lock:
            self._flow()
            if maximum is not None and maximum > 0:
                self._maximum = maximum
            if restore_per_second is not None and restore_per_second > 0:
                self._restore = restore_per_second
            self._available = min(self._maximum, currently_available)

    def _flow(self) -> None:
        now = self._monotonic()
        self._available = min(self._maximum, self._available + (now - self._at) * self._restore)
        self._at = now
