"""What a store can have to do, by kind: what those who decide what runs when ask the database at every tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

UNSETTLED = 5
"""A pool that is touched all the time is confirmed after this many settle times all the same."""
RENEW_AHEAD = timedelta(minutes=15)
"""Keys that lapse within so long are renewed."""


class Look(Enum):
    """Something waits that this look would find.  What cannot be done yet (it is leased, quiet, or to be tried again
    later) is no reason to look.
    """

    DELIVERIES = "deliveries"
    REREADS = "rereads"  # also what was set aside and is to be read once more
    DIRTY = "dirty"  # pools to be planned: marked so, or whose day has come
    PUSH = "push"
    NOTICES = "notices"
    CONFIRM = "confirm"  # pools that have settled, or orders whose news could not be told and are to be tried again
    PROMISES = "promises"  # orders to be judged by now
    AMENDMENTS = "amendments"
    MESSAGES = "messages"
    RESTOCK = "restock"
    LEAVING = "leaving"
    RENEWAL = "renewal"  # keys that lapse soon
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Due:
    """A store that has something to do, and what kind of thing.  ``looks`` may name one too many, never one too few."""

    store: str
    looks: frozenset[Look]
