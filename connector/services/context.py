"""One connected store with everything its services need: handed in by bootstrap, the same for every verb."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.rules import PolicyBook
from connector.ports.clock import Clock
from connector.ports.records import StoreRecord
from connector.ports.storefront import Platform, Storefront
from connector.ports.unit_of_work import Work
from connector.ports.wording import Wording


@dataclass(frozen=True, slots=True)
class StoreContext:
    """``push``: whether anything is written to the shop at all; ``settle``: how long a pool must be quiet before it is
    confirmed; ``overlap``: how far before its cursor a poll begins, for clocks and transactions that disagree;
    ``lease``: how long a notice belongs to the one who claimed it, after whose death it is tried again; ``revision``:
    of which settings and keys this was made (``StoreRecord.revision``): once there is a newer one, nothing is planned,
    pushed or told with it; ``title``: what its owner calls it.
    """

    key: str
    platform: Platform
    storefront: Storefront
    work: Work
    clock: Clock
    policies: PolicyBook
    wording: Wording
    push: bool = True
    language: str = "en"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    settle: timedelta = timedelta(seconds=20)
    overlap: timedelta = timedelta(seconds=120)
    lease: timedelta = timedelta(seconds=120)
    revision: int = 0
    title: str = ""

    def today(self) -> date:
        return self.day_of(self.clock())

    def day_of(self, moment: datetime) -> date:
        """The store's own calendar day."""
        return moment.astimezone(self.zone).date()


def is_outdated(store: StoreContext, record: StoreRecord | None) -> bool:
    """Whether the store has other settings or keys by now."""
    return record is not None and record.revision != store.revision
