"""What is said of a variant wherever it is sold: one promise record behind page, cart, mail, feed and public answer.

It is what the plan wants shown, with what a person changed by hand at the shop above it: a date that the merchant typed
there is the date of the shop, and nothing that we believe ourselves may contradict what its shoppers read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from connector.domain.availability import Availability, Status
from connector.domain.facts import PlatformStatus
from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.ports.records import PoolRecord, ShowingRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.status import FLAG_FIELDS, flag_of, is_open

STATUS_FIELDS = ("_backorder_status", "status")
DAY_FIELDS = ("_backorder_expected_on", "expected_on")
FIRST_DAY_FIELDS = ("_backorder_expected_from", "expected_from")
MESSAGE_FIELDS = ("_backorder_message", "message")
"""How the platforms call what they show beside the flag."""

FEED_LIMIT = timedelta(days=365)
"""Google takes no ``availability_date`` that is further away."""

SCHEMA_ORG: Mapping[PlatformStatus, str] = {
    PlatformStatus.IN_STOCK: "https://schema.org/InStock",
    PlatformStatus.BACKORDER: "https://schema.org/BackOrder",
    PlatformStatus.SOLD_OUT: "https://schema.org/OutOfStock",
}
"""In the words that WooCommerce itself uses, so that a page never says two things."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offer:
    """What is said of one variant.  ``units``: how many can be bought in all, None without limit or where nobody knows.

    ``own_words``: a text that somebody wrote at the shop by hand, which is then said in every language; None: ours.
    ``updated_at``: when the shop's number or what we wrote there last changed.
    """

    variant_id: str
    product_id: str
    sku: str
    status: PlatformStatus
    expected: Expected = UNKNOWN_DAY
    units: int | None = None
    own_words: str | None = None
    updated_at: datetime | None = None

    @property
    def starts(self) -> date | None:
        """The one day where there is room for one only: the last of a range, which is the one that counts."""
        return self.expected.latest

    @property
    def schema_org(self) -> str | None:
        return SCHEMA_ORG.get(self.status)

    def feed_day(self, today: date) -> date | None:
        """``availability_date`` of a product feed: one day, today or later, at most a year ahead."""
        day = self.starts
        return day if day is not None and day - today <= FEED_LIMIT else None

    def availability(self) -> Availability | None:
        """In the words of the domain; None where nobody knows."""
        if self.status is PlatformStatus.UNKNOWN:
            return None
        status = Status(self.status.value)
        first = self.expected.earliest if self.expected.is_range else None
        return Availability(status, status is not Status.SOLD_OUT, self.units, self.expected.latest, first)

    def message(self, store: StoreContext, language: str = "") -> str:
        """The store's words for it, on one line; empty where there is nothing to say."""
        if self.own_words is not None:
            return " ".join(self.own_words.split())
        decided = self.availability()
        return "" if decided is None else " ".join(store.wording.message(decided, language).split())


def public_answer(
    store: StoreContext, offer: Offer, language: str = ""
) -> dict[str, str | int | dict[str, str] | None]:
    """What anybody may read of a variant; described in ``connector/web/public/openapi.json``."""
    first, day = _iso(offer.expected.earliest), _iso(offer.starts)
    return {
        "variant": offer.variant_id,
        "product": offer.product_id,
        "sku": offer.sku,
        "status": offer.status.value,
        "expected": {"from": first or day, "until": day} if day is not None else None,
        "units": offer.units if store.rules.show_units else None,
        "message": offer.message(store, language),
        "availability": offer.schema_org,
        "availability_starts": day,
        "availability_date": _iso(offer.feed_day(store.today())),
        "updated_at": _utc(offer.updated_at),
    }


def offers(store: StoreContext, uow: UnitOfWork, ids: Collection[str]) -> Mapping[str, Offer]:
    """Of those variants that a shopper can buy, by id; four queries however many they are."""
    held = uow.catalogue.get(store.key, ids)
    return offers_of(store, uow, [one for one in held.values() if one.sellable and not one.gone])


def offers_of(store: StoreContext, uow: UnitOfWork, variants: Sequence[VariantRecord]) -> Mapping[str, Offer]:
    """The same for variants that were read already."""
    showings = uow.showings.get(store.key, {id_ for one in variants for id_ in (one.id, one.product_id)})
    pools = uow.pools.get(store.key, {one.pool_id for one in variants})
    today = store.today()
    return {one.id: offer(one, showings, pools.get(one.pool_id), today) for one in variants}


def offer(variant: VariantRecord, showings: Mapping[str, ShowingRecord], pool: PoolRecord | None, today: date) -> Offer:
    """``showings``: that of the variant, and that of its product, whose flag is the variant's where it has none."""
    showing = showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
    flag = showings.get(variant.product_id, showing)
    # Where the platform has no number, or we have not planned yet, what it says itself stands.
    planned = showing.status or (pool.status.value if pool is not None else "")
    status = _status(first_of(showing.override, STATUS_FIELDS) or planned)
    by_hand = {**flag_of(flag.override), **flag_of(showing.override)}
    status, units = _as_the_flag(status, showing.sellable, pool, by_hand)
    return Offer(
        variant.id,
        variant.product_id,
        variant.sku,
        status,
        _expected(showing, today) if status is PlatformStatus.BACKORDER else UNKNOWN_DAY,
        units,
        first_of(showing.override, MESSAGE_FIELDS),
        _newest((pool.changed_at if pool is not None else None, showing.pushed_at)),
    )


def _status(said: str) -> PlatformStatus:
    try:
        return PlatformStatus(said)
    except ValueError:
        return PlatformStatus.UNKNOWN


def _as_the_flag(
    status: PlatformStatus, units: int | None, pool: PoolRecord | None, by_hand: Mapping[str, str]
) -> tuple[PlatformStatus, int | None]:
    """What can be bought where somebody opened or closed the backorder by hand: the shop acts on that flag."""
    if not any(key in by_hand for key in FLAG_FIELDS):
        return status, units
    if is_open(by_hand):
        return (PlatformStatus.BACKORDER if status is PlatformStatus.SOLD_OUT else status), None
    there = max(0, pool.available) if pool is not None and pool.available is not None else None
    return (PlatformStatus.SOLD_OUT if status is PlatformStatus.BACKORDER else status), there


def _expected(showing: ShowingRecord, today: date) -> Expected:
    """A day that has passed is no promise, whoever wrote it."""
    by_hand = first_of(showing.override, DAY_FIELDS)
    latest = showing.expected_on if by_hand is None else day_of(by_hand)
    if latest is None or latest < today:
        return UNKNOWN_DAY
    earliest = day_of(first_of({**showing.desired, **showing.override}, FIRST_DAY_FIELDS) or "")
    return Expected(min(earliest, latest) if earliest is not None and by_hand is None else latest, latest)


def first_of(fields: Mapping[str, str], keys: Iterable[str]) -> str | None:
    return next((fields[key] for key in keys if key in fields), None)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _utc(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if moment is not None else None


def _newest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)
