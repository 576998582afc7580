"""What could not be done for a reason of its own, and waits beside the others until it is tried again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class Task(Enum):
    """What was to be done; the ``id`` of a row says with what."""

    ORDER = "order"  # to be read from the shop and taken over; by its id
    PRODUCT = "product"  # the same, with all its variants; by its id
    POOL = "pool"  # the same of a stock number and what draws from it; by its id
    CATALOGUE = "catalogue"  # the same of every product
    TELL = "tell"  # an order whose plan is confirmed: to be judged and announced; by its id
    INVITE = "invite"  # the next ones of a restock list are to be invited; by the pool's id
    LISTED = "listed"  # somebody on a restock list is to be looked after; by the subscription's id
    PRIVACY = "privacy"  # a request of a person is to be answered; by its number


READ = (Task.ORDER, Task.PRODUCT, Task.POOL, Task.CATALOGUE)
"""What is tried again by reading the shop.  Until it is read, nothing irreversible may rest on its pools."""


@dataclass(frozen=True, slots=True)
class AsideRecord:
    """``why``: as ``services.stumbled`` names it, never what anybody wrote; ``since``: when it failed first;
    ``attempts``: how often in a row; ``pools``: those whose plan may rest on what is not known.
    """

    task: Task
    id: str
    why: str
    since: datetime
    next_at: datetime
    attempts: int = 1
    pools: tuple[str, ...] = ()


class Aside(Protocol):
    def put(self, store: str, rows: Collection[AsideRecord]) -> None:
        """Set aside, or put off once more."""
        ...

    def get(self, store: str, task: Task) -> Mapping[str, AsideRecord]:
        """All of one kind, by id."""
        ...

    def due(self, store: str, tasks: Collection[Task], now: datetime, limit: int) -> Sequence[AsideRecord]:
        """Those whose time has come, the longest overdue first."""
        ...

    def find(self, store: str, limit: int) -> Sequence[AsideRecord]:
        """For whoever looks: the oldest first."""
        ...

    def doubtful(self, store: str) -> frozenset[str]:
        """The pools whose plan may rest on what is set aside."""
        ...

    def release(self, store: str, task: Task, ids: Collection[str]) -> None:
        """They are done, or nothing is to be done about them any more."""
        ...

    def again(self, store: str, now: datetime) -> int:
        """Try all of them at the next look; how many."""
        ...
