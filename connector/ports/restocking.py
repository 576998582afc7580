"""People who asked to hear when something is back: rows and what is asked of their storage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol


class ListState(Enum):
    ASKED = "asked"  # an address was typed into a form; nothing has come of it yet
    UNCONFIRMED = "unconfirmed"  # the address was asked whether it was its owner who typed it
    WAITING = "waiting"
    INVITED = "invited"
    USED = "used"  # invited and over, or bought
    STOPPED = "stopped"

    @property
    def is_open(self) -> bool:
        return self in OPEN


OPEN = frozenset({ListState.UNCONFIRMED, ListState.WAITING, ListState.INVITED})
"""Of these a person has one for a variant."""


@dataclass(slots=True)
class SubscriptionRecord:
    """One person who wants ``units`` of one variant.

    ``person``: the keyed digest of the address; ``contact``: the address itself, sealed, empty once it is of no more
    use; ``proof``: what shows that the person wanted it: text, language, time and way of asking and of confirming;
    ``page``: the path of the shop's page where it was asked.  ``opt_in_at``: when a question to confirm was last put to
    the address; ``invitations``: how often it was invited, ``failures`` how often that reached nobody.  ``claimed``:
    units that the invitation keeps from others until ``claim_until``; ``sent_at``: when it left.  ``why``: what ended
    it.
    """

    id: int
    variant_id: str
    person: str
    contact: bytes
    language: str
    units: int
    state: ListState
    asked_at: datetime
    proof: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""
    opt_in_at: datetime | None = None
    opt_ins: int = 0
    confirmed_at: datetime | None = None
    invited_at: datetime | None = None
    invitations: int = 0
    failures: int = 0
    claimed: int = 0
    claim_until: datetime | None = None
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    why: str = ""


@dataclass(slots=True)
class WaveRecord:
    """The invitations of a pool so far.  ``armed``: it was seen empty since the last wave, so that having units again
    is news.
    """

    pool_id: str
    number: int = 0
    last_at: datetime | None = None
    armed: bool = True


@dataclass(frozen=True, slots=True)
class Interest:
    """How many want a variant, for its owner.  ``invited``: whose invitation keeps units from others."""

    variant_id: str
    people: int
    units: int
    unconfirmed: int
    invited: int


class Restock(Protocol):
    def add(self, store: str, subscription: SubscriptionRecord) -> int:
        """The id given."""
        ...

    def save(self, store: str, subscription: SubscriptionRecord) -> None:
        """LookupError where there is none."""
        ...

    def get(self, store: str, subscription_id: int) -> SubscriptionRecord | None: ...

    def delete(self, store: str, ids: Collection[int]) -> int: ...

    def asked(self, store: str, limit: int) -> Sequence[SubscriptionRecord]:
        """Those ASKED, oldest first."""
        ...

    def asked_count(self, store: str) -> int: ...

    def anything(self, store: str) -> bool:
        """Whether anybody is on a list, or asked to be; cheap."""
        ...

    def of_person(self, store: str, person: str) -> Sequence[SubscriptionRecord]:
        """In whatever state, oldest first."""
        ...

    def after(self, store: str, after: int, limit: int) -> Sequence[SubscriptionRecord]:
        """Those that still have an address, by id, from the one after ``after``."""
        ...

    def with_units(self, store: str) -> Sequence[str]:
        """Pools that somebody waits for, that have units over by a confirmed plan, and sell them as in stock."""
        ...

    def waiting(self, store: str, variant_ids: Collection[str], limit: int) -> Sequence[SubscriptionRecord]:
        """Who waits for any of these variants: those whose invitation failed least first, then in the order in which
        they confirmed.
        """
        ...

    def outstanding(self, store: str, pool_id: str, now: datetime) -> int:
        """Units that invitations keep from others now."""
        ...

    def bought(self, store: str, limit: int, pool_id: str | None = None) -> Sequence[int]:
        """Those who have an order of the variant open, or bought it since they asked: among the INVITED of the store,
        or among all who are on the lists of a pool.
        """
        ...

    def over(self, store: str, now: datetime, limit: int) -> Sequence[SubscriptionRecord]:
        """INVITED ones whose time to buy is over."""
        ...

    def unsent(self, store: str, limit: int) -> Sequence[SubscriptionRecord]:
        """INVITED ones whose invitation has not left, oldest first."""
        ...

    def waves(self, store: str, pool_ids: Collection[str]) -> dict[str, WaveRecord]:
        """Those that there are."""
        ...

    def save_waves(self, store: str, waves: Collection[WaveRecord]) -> None: ...

    def to_arm(self, store: str) -> Sequence[WaveRecord]:
        """Those of pools that have no units over now, and are not armed."""
        ...

    def look(self, store: str, at: datetime) -> None:
        """Have the lists looked at then, if not before.  Whatever changes in the lists, and in plans and pools of a
        store with lists, asks for a look at once by itself.
        """
        ...

    def look_at(self, store: str) -> datetime | None:
        """When they are to be looked at; it moves whenever it is asked for again."""
        ...

    def looked(self, store: str, mark: datetime | None, again_at: datetime | None) -> None:
        """They were looked at; ``mark``: ``look_at`` as it was before.  Where it has moved since, it stands."""
        ...

    def interest(self, store: str) -> Sequence[Interest]:
        """By variant, the most wanted first."""
        ...

    def purge(
        self,
        store: str,
        *,
        unconfirmed_before: datetime,
        waiting_before: datetime,
        ended_before: datetime,
        limit: int,
    ) -> int:
        """Delete those asked before then that nobody confirmed, those that have waited since, those that ended before
        then, and those who wait for variants that are gone; how many (at most ``limit`` of each).
        """
        ...
