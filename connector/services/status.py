"""How every store stands, as plain data for tables, JSON and pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from connector.ports.records import DeliveryState, NoticeState, PoolRecord, ShowingRecord, StoreRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork, Work

AS_IT_IS = "as the shop says"
FLAG_FIELDS = ("backorders", "inventoryPolicy")
"""The one writable field of each platform that is the flag itself; the others are words beside it."""


@dataclass(frozen=True, slots=True)
class VariantStatus:
    """``shows`` is what the shop shows now and ``should_show`` what it should, both in the common model's words with
    the date; ``backordered`` counts units waited for; ``flag`` is the field that opens or closes the backorder, the
    parent's where the variant has none of its own.  ``note`` says why the two may differ for a while or for good.
    """

    sku: str
    title: str
    variant_id: str
    pool_id: str
    available: int | None
    backordered: int
    shows: str
    should_show: str
    expected_on: date | None
    sellable: int | None
    flag: dict[str, str]
    note: str

    @property
    def agrees(self) -> bool:
        return self.should_show in {AS_IT_IS, self.shows}


@dataclass(frozen=True, slots=True)
class StoreStatus:
    key: str
    platform: str
    state: str
    needs_owner: tuple[str, ...]
    received: int
    parked: int
    notices_waiting: int
    notices_parked: int
    orders_read_to: datetime | None
    last_reconcile: datetime | None
    last_delivery: datetime | None
    forged: int
    variants: tuple[VariantStatus, ...]


def all_statuses(work: Work, keys: list[str] | None = None, *, now: datetime) -> list[StoreStatus]:
    with work(read_only=True) as uow:
        known = uow.stores.all()
        return [store_status(uow, one, now) for one in known if keys is None or one.key in keys]


def store_status(uow: UnitOfWork, store: StoreRecord, now: datetime) -> StoreStatus:
    counts = uow.deliveries.counts(store.key)
    return StoreStatus(
        key=store.key,
        platform=store.platform,
        state=_state(store, now),
        needs_owner=tuple(f"{act}: {said}" for act, said in sorted(store.stopped.items())),
        received=counts.get(DeliveryState.RECEIVED, 0),
        parked=counts.get(DeliveryState.PARKED, 0),
        notices_waiting=len(uow.notices.find(store.key, NoticeState.PENDING, 10_000)),
        notices_parked=len(uow.notices.find(store.key, NoticeState.PARKED, 10_000)),
        orders_read_to=store.cursors.get("orders"),
        last_reconcile=store.beats.get("reconcile"),
        last_delivery=uow.deliveries.newest(store.key),
        forged=uow.stores.counters(store.key).get("forged", 0),
        variants=tuple(variant_statuses(uow, store.key)),
    )


def _state(store: StoreRecord, now: datetime) -> str:
    if store.gone_at is not None:
        return "disconnected"
    if store.paused:
        return "paused"
    if store.stopped:
        return "waiting for the owner"
    if store.wait_until is not None and store.wait_until > now:
        return "waiting for the shop"
    return "running"


def variant_statuses(uow: UnitOfWork, store: str) -> Iterator[VariantStatus]:
    """Every variant a shopper can buy, by SKU."""
    waiting = uow.orders.waiting_totals(store)
    showings = {one.variant_id: one for one in uow.showings.each(store)}
    variants = [one for one in uow.catalogue.each(store) if one.sellable]
    pools = uow.pools.get(store, {one.pool_id for one in variants})
    for variant in variants:
        showing = showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
        # A variation whose parent keeps the stock has no flag of its own: the parent's is what the shop shows.
        flag = showings.get(variant.product_id, showing)
        yield _variant(variant, showing, flag, pools.get(variant.pool_id), waiting.get(variant.id, 0))


def _variant(
    variant: VariantRecord, showing: ShowingRecord, flag: ShowingRecord, pool: PoolRecord | None, waiting: int
) -> VariantStatus:
    return VariantStatus(
        sku=variant.sku,
        title=variant.title,
        variant_id=variant.id,
        pool_id=variant.pool_id,
        available=pool.available if pool else None,
        backordered=waiting,
        shows=in_words({**flag_of(flag.shown), **showing.shown}),
        should_show=in_words({**flag_of(flag.desired), **showing.desired}),
        expected_on=showing.expected_on,
        sellable=showing.sellable,
        flag={**flag_of(flag.shown), **flag_of(showing.shown)},
        note=_note(showing, pool),
    )


def flag_of(fields: object) -> dict[str, str]:
    return {key: fields[key] for key in FLAG_FIELDS if isinstance(fields, dict) and key in fields}


def in_words(fields: dict[str, str]) -> str:
    """The writable fields as one phrase: ``backorder until 2026-12-05 (open)``."""
    flag = next((fields[key].lower() for key in FLAG_FIELDS if key in fields), "")
    status = fields.get("_backorder_status", fields.get("status", ""))
    day = fields.get("_backorder_expected_on", fields.get("expected_on", ""))
    if not fields:
        return AS_IT_IS
    if flag in {"yes", "notify", "continue"}:
        lock = "open"
    elif flag in {"no", "deny"}:
        lock = "closed"
    else:
        lock = flag or "-"
    return f"{status or 'nothing'}{' until ' + day if day else ''} ({lock})"


def _note(showing: ShowingRecord, pool: PoolRecord | None) -> str:
    if showing.override:
        return "changed by hand: " + ", ".join(f"{key} = {value}" for key, value in sorted(showing.override.items()))
    if showing.parked:
        return f"the shop refused: {showing.parked}"
    if pool is not None and pool.missing:
        return f"{pool.missing} units are owed to orders we have not seen"
    if showing.due:
        return "to be pushed"
    return ""
