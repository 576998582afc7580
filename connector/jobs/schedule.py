"""What runs when.  A job only says *look now*: what is due is rows, so a lost or doubled run costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from connector.services.context import StoreContext

Verb = Callable[[StoreContext], int | None]
"""Does what is due for one store; how many things were done, where that is known."""


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of look at one store.  ``every`` None: only when something is due (the inbox, a dirty pool, ...).
    ``at_start``: also once when the service starts.  Jobs run in the order in which they are listed.
    """

    name: str
    verb: Verb
    every: timedelta | None = None
    at_start: bool = False


TURN = "turn"
"""The job that is wanted whenever a store has something due."""
