"""What the jobs ask of the inbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from connector.ports.records import Delivery, DeliveryState


class Deliveries(Protocol):
    def waiting(self, store: str, limit: int) -> Sequence[Delivery]:
        """The oldest received deliveries."""
        ...

    def finish(self, store: str, results: Iterable[tuple[int, DeliveryState, str]]) -> None:
        """Set state and reason of each id."""
        ...

    def replay(self, store: str | None, ids: Collection[int] | None) -> int:
        """Make deliveries wait again (ids None: all that are parked); how many.  Those whose body is gone cannot."""
        ...

    def find(
        self,
        *,
        store: str | None = None,
        state: DeliveryState | None = None,
        ids: Collection[int] | None = None,
        limit: int = 100,
        before: int | None = None,
    ) -> Sequence[Delivery]:
        """Newest first; ``before``: only those with a smaller id, for the next page."""
        ...

    def counts(self, store: str) -> Mapping[DeliveryState, int]: ...

    def newest(self, store: str) -> datetime | None:
        """When the last delivery came."""
        ...

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """Delete done deliveries received before; how many (at most ``limit``)."""
        ...

    def purge_parked(self, store: str, before: datetime, limit: int) -> int:
        """Delete deliveries that were received before and still wait for a person; how many (at most ``limit``)."""
        ...

    def empty_old(self, store: str, before: datetime, limit: int) -> int:
        """Empty the bodies of done deliveries received before; how many (at most ``limit``).  The rows stay, so that
        the same delivery is still known when it comes again.
        """
        ...

    def after(self, store: str, after: int, limit: int) -> Sequence[Delivery]:
        """Those that still have a body, in whatever state, oldest first, from the id after ``after``."""
        ...

    def empty(self, store: str, ids: Collection[int], reason: str) -> int:
        """Empty their bodies, whose ``reason`` may quote them, and be done with them; how many."""
        ...
