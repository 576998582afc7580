"""What waits, over all stores: for whoever watches the service.  Asked for every few seconds, so it must be cheap."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InboxFigures:
    """``oldest_at``: when the oldest waiting delivery came; ``ours_since``: the same without the stores that are paused
    or whose shop asked for patience, so that what it says is our own doing.
    """

    received: int = 0
    oldest_at: datetime | None = None
    ours_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """How many pools wait to be planned (``dirty``) and confirmed, variants to be pushed, messages to be sent, requests
    of persons to be answered; ``parked``: what a person should look at, by kind.
    """

    dirty: int = 0
    unconfirmed: int = 0
    pushes: int = 0
    notices: int = 0
    messages: int = 0
    requests: int = 0
    parked: Mapping[str, int] = field(default_factory=dict)


class Figures(Protocol):
    def inbox(self, now: datetime, tended: Collection[str] | None = None) -> InboxFigures:
        """``tended``: the stores that anybody works for (None: all); what waits for another store waits for its owner,
        and is no lag.
        """
        ...

    def queues(self) -> QueueFigures:
        """Each count costs what waits, never what there is."""
        ...

    def stores(self, now: datetime) -> Mapping[tuple[str, str], int]:
        """How many, by platform and state: ``ok``, ``waiting`` (for its shop), ``stopped`` (for its owner), ``paused``,
        ``leaving`` or ``gone``.
        """
        ...

    def failing_jobs(self) -> Mapping[str, int]:
        """For how many stores the newest run of a job failed, by job."""
        ...
