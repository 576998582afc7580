"""How every store stands, as plain data for tables, JSON and pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from connector.ports.records import DeliveryState, NoticeState, PoolRecord, ShowingRecord, StoreRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.aside_list import SetAside, set_aside_list
from connector.services.journal_words import fields_words, status_word
from connector.services.sentences import ENGLISH, N_, Say, Voice, voice
from connector.services.stumbled import OURS

AS_IT_IS = N_("as the shop says")
FLAG_FIELDS = ("backorders", "inventoryPolicy")
"""The one writable field of each platform that is the flag itself; the others are words beside it."""
AT_ONCE = 500
"""Variants that are read together."""
OPEN_FLAGS = frozenset({"yes", "notify", "continue"})


@dataclass(frozen=True, slots=True)
class VariantStatus:
    """``shows`` is what the shop shows now and ``should_show`` what it should, both in the common model's words with
    the date; ``backordered`` counts units waited for; ``flag`` is the field that opens or closes the backorder, the
    parent's where the variant has none of its own.  ``note`` says why the two may differ for a while or for good;
    ``agrees``: nothing is to be made different at the shop.
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
    agrees: bool


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
    set_aside: tuple[SetAside, ...] = ()


def all_statuses(work: Work, keys: list[str] | None = None, *, now: datetime) -> list[StoreStatus]:
    with work(read_only=True) as uow:
        known = uow.stores.all()
        return [store_status(uow, one, now) for one in known if keys is None or one.key in keys]


def standings(work: Work, keys: Collection[str] | None = None, *, now: datetime) -> list[StoreStatus]:
    """The same without their variants: prompt however many there are."""
    with work(read_only=True) as uow:
        known = uow.stores.all()
        return [_standing(uow, one, now) for one in known if keys is None or one.key in keys]


def on_sale(work: Work, store: str) -> tuple[int, int]:
    """How many variants a shopper can buy, and how many units of these are waited for."""
    with work(read_only=True) as uow:
        return uow.backlog.on_sale(store)


def every_variant(work: Work, store: str) -> Iterator[VariantStatus]:
    """Every variant a shopper can buy, by SKU, as of one moment; however many, only some are held at a time."""
    with work(read_only=True) as uow:
        yield from variant_statuses(uow, store)


def store_status(uow: UnitOfWork, store: StoreRecord, now: datetime) -> StoreStatus:
    return replace(_standing(uow, store, now), variants=tuple(variant_statuses(uow, store.key)))


def _standing(uow: UnitOfWork, store: StoreRecord, now: datetime) -> StoreStatus:
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
        variants=(),
        set_aside=tuple(set_aside_list(uow, store.key)),
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
    sold = (one for one in uow.catalogue.each(store) if one.sellable)
    while some := list(islice(sold, AT_ONCE)):
        yield from _statuses(uow, store, some, ENGLISH)


def variants_status(uow: UnitOfWork, store: str, ids: Collection[str], say: Say = ENGLISH) -> list[VariantStatus]:
    """Those of these variants that a shopper can buy, as they are named; costs what their number costs."""
    held = uow.catalogue.get(store, ids)
    variants = [held[one] for one in dict.fromkeys(ids) if one in held and held[one].sellable and not held[one].gone]
    return _statuses(uow, store, variants, voice(say))


def _statuses(uow: UnitOfWork, store: str, variants: Sequence[VariantRecord], say: Voice) -> list[VariantStatus]:
    showings = uow.showings.get(store, {id_ for one in variants for id_ in (one.id, one.product_id)})
    pools = uow.pools.get(store, {one.pool_id for one in variants})
    waiting = uow.backlog.waiting_for(store, [one.id for one in variants])
    return [_variant(one, showings, pools, waiting, say) for one in variants]


def _variant(
    variant: VariantRecord,
    showings: Mapping[str, ShowingRecord],
    pools: Mapping[str, PoolRecord],
    waiting: Mapping[str, int],
    say: Voice,
) -> VariantStatus:
    showing = showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
    # A variation whose parent keeps the stock has no flag of its own: the parent's is what the shop shows.
    flag = showings.get(variant.product_id, showing)
    pool = pools.get(variant.pool_id)
    desired = {**flag_of(flag.desired), **showing.desired}
    shows = in_words({**flag_of(flag.shown), **showing.shown}, say)
    should_show = in_words(desired, say)
    return VariantStatus(
        sku=variant.sku,
        title=variant.title,
        variant_id=variant.id,
        pool_id=variant.pool_id,
        available=pool.available if pool else None,
        backordered=waiting.get(variant.id, 0),
        shows=shows,
        should_show=should_show,
        expected_on=showing.expected_on,
        sellable=showing.sellable,
        flag={**flag_of(flag.shown), **flag_of(showing.shown)},
        note=_note(showing, pool, say),
        agrees=not desired or shows == should_show,
    )


def flag_of(fields: object) -> dict[str, str]:
    return {key: fields[key] for key in FLAG_FIELDS if isinstance(fields, dict) and key in fields}


def is_open(fields: Mapping[str, str]) -> bool:
    """Whether the flag among these fields lets shoppers buy beyond the stock."""
    return _flag(fields) in OPEN_FLAGS


def _flag(fields: Mapping[str, str]) -> str:
    return next((fields[key].lower() for key in FLAG_FIELDS if key in fields), "")


def in_words(fields: dict[str, str], say: Say = ENGLISH) -> str:
    """The writable fields as one phrase: ``backorder until 2026-12-05 (open)``."""
    to = voice(say)
    if not fields:
        return to(AS_IT_IS)
    flag = _flag(fields)
    status = fields.get("_backorder_status", fields.get("status", ""))
    day = fields.get("_backorder_expected_on", fields.get("expected_on", ""))
    if flag in OPEN_FLAGS:
        lock = to(N_("open"))
    elif flag in {"no", "deny"}:
        lock = to(N_("closed"))
    else:
        lock = flag or "-"
    words = {"status": status_word(status, to) if status else to(N_("nothing")), "lock": lock}
    if day:
        return to(N_("%(status)s until %(day)s (%(lock)s)"), day=to.day_in(day), **words)
    return to(N_("%(status)s (%(lock)s)"), **words)


def _note(showing: ShowingRecord, pool: PoolRecord | None, say: Voice) -> str:
    if showing.override:
        changed = fields_words(dict(sorted(showing.override.items())), say)
        return say(N_("changed by hand: %(fields)s"), fields=changed)
    if showing.parked.startswith(OURS):
        return say(N_("it could not be planned: %(why)s"), why=say.again(showing.parked))
    if showing.parked:
        return say(N_("the shop refused: %(why)s"), why=say.again(showing.parked))
    if pool is not None and pool.missing:
        return say(N_("%(units)s units are owed to orders we have not seen"), units=pool.missing)
    if showing.due:
        return say(N_("to be pushed"))
    return ""
