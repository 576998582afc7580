"""Who keeps what a platform still lets us call a store."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol

from connector.ports.operating import BucketRecord

Change = Callable[[BucketRecord | None], BucketRecord]
"""What the bucket becomes; None: there was none yet.  Pure, for it may be asked again."""


class BucketKeeper(Protocol):
    def change(self, change: Change) -> BucketRecord:
        """Change the bucket, with nobody else's change in between; what it is now."""
        ...


class InMemory:
    """Keeps it for the threads of one process."""

    def __init__(self) -> None:
        self._held: BucketRecord | None = None
        self._lock = Lock()

    def change(self, change: Change) -> BucketRecord:
        with self._lock:
            self._held = change(self._held)
            return self._held
