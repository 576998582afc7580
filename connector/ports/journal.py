"""What the services ask of the journal: who decided what, and from which facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from connector.domain.journal import Entry, Link


class Journal(Protocol):
    def append(self, store: str, entries: Iterable[Entry]) -> None: ...

    def read(
        self, store: str, *, variant_id: str | None = None, order_id: str | None = None, limit: int = 1000
    ) -> Sequence[Link]:
        """Newest first, of a variant or an order or of all."""
        ...

    def walk(self, store: str) -> Iterator[Link]:
        """All that are kept, oldest first; for checking the chain."""
        ...

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """Delete the oldest entries made before (at most ``limit``, never the newest entry); how many.  The chain of
        those that stay still verifies, from the first of them on.
        """
        ...
