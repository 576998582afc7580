"""One connected store with everything its services need: handed in by bootstrap, the same for every verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connector.domain.dates import Road
from connector.domain.rules import PolicyBook
from connector.ports.clock import Clock
from connector.ports.promising import Channel, Composer, PageLinks
from connector.ports.records import StoreRecord
from connector.ports.storefront import Platform, Storefront
from connector.ports.unit_of_work import Work
from connector.ports.vault import Vault
from connector.ports.wording import Wording
from connector.settings.promise import (
    DatesSettings,
    LawSettings,
    QuietSettings,
    RestockSettings,
    SenderSettings,
    ShopperSettings,
    SupplierSettings,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the owner decided about promises and messages (``connector.settings.promise``)."""

    dates: DatesSettings = field(default_factory=DatesSettings)
    suppliers: Mapping[str, SupplierSettings] = field(default_factory=dict)
    law: LawSettings = field(default_factory=LawSettings)
    shopper: ShopperSettings = field(default_factory=ShopperSettings)
    quiet: QuietSettings = field(default_factory=QuietSettings)
    mail: SenderSettings = field(default_factory=SenderSettings)
    restock: RestockSettings = field(default_factory=RestockSettings)
    origins: tuple[str, ...] = ()
    show_units: bool = True


def never() -> bool:
    return False


def _every_day(day: date) -> bool:
    del day
    return True


def nobody(address: str) -> str:
    """Tells no buyer from another."""
    del address
    return ""


@dataclass(frozen=True, slots=True)
class StoreContext:
    """``push``: whether anything is written to the shop at all; ``settle``: how long a pool must be quiet before it is
    confirmed; ``overlap``: how far before its cursor a poll begins, for clocks and transactions that disagree;
    ``lease``: how long a notice belongs to the one who claimed it, after whose death it is tried again; ``revision``:
    of which settings and keys this was made (``StoreRecord.revision``): once there is a newer one, nothing is planned,
    pushed or told with it; ``title``: what its owner calls it.

    ``channels``: the ways to reach people, the dearest first; ``composer`` puts messages into words; ``links`` makes
    the addresses of shoppers' pages; ``buyer_of``: the keyed digest of an address (empty for none), by which buyers are
    told apart without keeping who they are; ``vault`` seals what must not lie in the database in the clear;
    ``is_working``: whether a day is a working day of the store; ``keep_orders``: for how long after its last change an
    order is kept of which nothing waits any more (None: for ever); ``enough``: whether a long run is to end with what
    it is at, because others wait too.
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
    rules: Rules = field(default_factory=Rules)
    is_working: Callable[[date], bool] = _every_day
    channels: Sequence[Channel] = ()
    composer: Composer | None = None
    links: PageLinks | None = None
    buyer_of: Callable[[str], str] = nobody
    vault: Vault | None = None
    keep_orders: timedelta | None = None
    enough: Callable[[], bool] = never

    @property
    def talks(self) -> bool:
        """Whether people are reached by messages of our own; else the shop's own notes say what is to be said."""
        return self.composer is not None and any(one.name in {"email", "sms", "console"} for one in self.channels)

    @property
    def road(self) -> Road:
        """From the day goods arrive at the shop to the day that is promised."""
        dates = self.rules.dates
        return Road(dates.handling_days, *dates.transit_days, self.is_working)

    def today(self) -> date:
        return self.day_of(self.clock())

    def day_of(self, moment: datetime) -> date:
        """The store's own calendar day."""
        return moment.astimezone(self.zone).date()


def is_outdated(store: StoreContext, record: StoreRecord | None) -> bool:
    """Whether the store has other settings or keys by now."""
    return record is not None and record.revision != store.revision
