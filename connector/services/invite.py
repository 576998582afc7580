"""Invite those who asked to hear when something is back, once backorders have their units (ADR 15).

A mail cannot be unsent, so invitations rest on confirmed plans alone, and the stock is read once more before each wave.
Who is invited, what that keeps from others, and the message are one transaction: two workers see each other's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import structlog

from connector.domain.facts import PlatformStatus
from connector.domain.journal import Entry
from connector.domain.restock import Invitation, Waiter, may_open, opens_at, wave
from connector.ports.aside import Task
from connector.ports.promising import MessageKind, MessageRecord
from connector.ports.records import Leaving, PoolRecord, VariantRecord
from connector.ports.restocking import ListState, SubscriptionRecord, WaveRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.confirm import take_read
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext, is_outdated
from connector.services.message_times import not_before
from connector.services.restock import claim_time, end, invitation_reference
from connector.services.restock_asked import take_asked
from connector.services.restock_tidy import STEP, is_untidy, tidy
from connector.services.set_aside import ENDS_THE_TURN, put_aside
from connector.services.turn import NOTIFY, READ, act, drain, may

MOST_AT_ONCE = 500
"""People in one wave; more units than that go on at the next look."""
log = structlog.get_logger()


def invite(store: StoreContext) -> int:
    """Invite whose turn it is; how many.  Raises what reading the shop raises; what was not done stays to be done."""
    with store.work(read_only=True) as uow:
        mark = uow.restock.look_at(store.key)
        if not _is_open(store, uow):
            return 0
        untidy = uow.restock.anything(store.key) and is_untidy(store, uow)
    if untidy:
        tidy(store)
    chosen = [one for one, moment in _openings(store).items() if moment <= store.clock()]
    invited = 0
    if chosen:
        # What the shop has may have changed since the plan was confirmed: then that pool is no longer confirmed, and
        # waits.
        take_read(store, Task.POOL, store.storefront.read_pools, chosen)
        invited = sum(_invite_of(store, pool_id) for pool_id in chosen)
    _looked(store, mark)
    return invited


def _invite_of(store: StoreContext, pool_id: str) -> int:
    try:
        with store.work() as uow:
            invited = _invite(store, uow, pool_id)
            uow.aside.release(store.key, Task.INVITE, [pool_id])
            uow.commit()
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        # A fault of ours in one list must not hold up those of other goods.
        log.exception("invite.bug", store=store.key, pool=pool_id)
        put_aside(store, Task.INVITE, pool_id, error)
        return 0
    return invited


def _looked(store: StoreContext, mark: datetime | None) -> None:
    """``mark``: what asked for this look; asked for again since, the next one is due."""
    again_at = min([*_openings(store).values(), *_tried_again(store)], default=None)
    if mark is not None or again_at is not None:
        with store.work() as uow:
            uow.restock.looked(store.key, mark, again_at)
            uow.commit()


def _tried_again(store: StoreContext) -> list[datetime]:
    """When somebody on a list is to be looked after once more."""
    with store.work(read_only=True) as uow:
        return [one.next_at for one in uow.aside.get(store.key, Task.LISTED).values()]


def _is_open(store: StoreContext, uow: UnitOfWork) -> bool:
    """Whether anybody may be told anything by this store now."""
    record = uow.stores.get(store.key)
    if record is None or not store.push or record.paused or is_outdated(store, record):
        return False
    return record.gone_at is None and record.leaving is Leaving.NO and CONNECTED in record.cursors


def _openings(store: StoreContext) -> Mapping[str, datetime]:
    """When a wave would invite somebody, by pool, as far as is known without asking the shop."""
    with store.work(read_only=True) as uow:
        pools = uow.restock.with_units(store.key)
        later = {id_: one.next_at for id_, one in uow.aside.get(store.key, Task.INVITE).items()}
        waits = {one: moment for one, moment in later.items() if moment > store.clock() and one in pools}
    wanted = [one for one in pools if one not in waits]
    try:
        with store.work(read_only=True) as uow:
            opens = {one: _opens(store, uow, one) for one in wanted}
    except ENDS_THE_TURN:
        raise
    except Exception:  # noqa: BLE001 -- a fault of ours in one list must not hold up the others: find it
        opens = {one: _opens_alone(store, one) for one in wanted}
    return {**waits, **{one: moment for one, moment in opens.items() if moment is not None}}


def _opens_alone(store: StoreContext, pool_id: str) -> datetime | None:
    try:
        with store.work(read_only=True) as uow:
            return _opens(store, uow, pool_id)
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        log.exception("invite.bug", store=store.key, pool=pool_id)
        put_aside(store, Task.INVITE, pool_id, error)
        return None


def _opens(store: StoreContext, uow: UnitOfWork, pool_id: str) -> datetime | None:
    pool = uow.pools.get(store.key, [pool_id]).get(pool_id)
    if pool is None or not _chosen(store, uow, pool, 1)[0]:
        return None
    known = uow.restock.waves(store.key, [pool_id]).get(pool_id, WaveRecord(pool_id))
    return opens_at(store.clock(), known.last_at, armed=known.armed)


def _chosen(
    store: StoreContext, uow: UnitOfWork, pool: PoolRecord, most: int
) -> tuple[tuple[Invitation, ...], Mapping[int, SubscriptionRecord]]:
    """Who would be invited now, and all who were looked at."""
    sold = [one.id for one in uow.catalogue.of_pools(store.key, [pool.id]) if one.sellable]
    back = [one.variant_id for one in uow.showings.get(store.key, sold).values() if one.status == "in_stock"]
    waiting = {one.id: one for one in uow.restock.waiting(store.key, back, most)}
    waiters = [Waiter(one.id, one.units, one.confirmed_at or one.asked_at, one.failures) for one in waiting.values()]
    outstanding = uow.restock.outstanding(store.key, pool.id, store.clock())
    return wave(pool.available, outstanding, waiters, store.rules.restock.factor, most), waiting


def _invite(store: StoreContext, uow: UnitOfWork, pool_id: str) -> int:
    pool = uow.pools.get(store.key, [pool_id]).get(pool_id)
    if pool is None or not _has_units(pool) or not _is_open(store, uow):
        return 0
    now = store.clock()
    known = uow.restock.waves(store.key, [pool_id]).get(pool_id, WaveRecord(pool_id))
    if not may_open(now, known.last_at, armed=known.armed):
        return 0  # Another worker was here first.
    for subscription_id in uow.restock.bought(store.key, STEP, pool_id):
        bought = uow.restock.get(store.key, subscription_id)
        if bought is not None:
            end(store, uow, bought, ListState.USED, "bought")
    invitations, waiting = _chosen(store, uow, pool, MOST_AT_ONCE)
    if not invitations:
        return 0
    kept = uow.restock.outstanding(store.key, pool_id, now)
    variants = uow.catalogue.get(store.key, {waiting[one.id].variant_id for one in invitations})
    for one in invitations:
        held = waiting[one.id]
        _send(store, uow, held, variants[held.variant_id], one.units)
    known.number, known.last_at, known.armed = known.number + 1, now, len(invitations) == MOST_AT_ONCE
    uow.restock.save_waves(store.key, [known])
    uow.journal.append(store.key, _entries(store, pool, known, kept, invitations, waiting))
    return len(invitations)


def _has_units(pool: PoolRecord) -> bool:
    """As ``Restock.with_units``, of a pool that was read again since."""
    if pool.confirmed_at is None or pool.unconfirmed_since is not None or pool.dirty_at is not None:
        return False
    if pool.available is None:
        return pool.status is PlatformStatus.IN_STOCK
    return pool.available > 0 and pool.status in {PlatformStatus.IN_STOCK, PlatformStatus.UNKNOWN}


def _send(store: StoreContext, uow: UnitOfWork, held: SubscriptionRecord, variant: VariantRecord, units: int) -> None:
    now = store.clock()
    leaves = not_before(store, MessageKind.RESTOCK, now)
    held.state, held.invited_at, held.invitations = ListState.INVITED, now, held.invitations + 1
    held.claimed, held.claim_until, held.sent_at = units, leaves + claim_time(store), None
    uow.restock.save(store.key, held)
    values = {
        "variant": variant.id,
        "sku": variant.sku,
        "title": variant.title,
        "units": units,
        "claim_until": held.claim_until.isoformat(),
    }
    message = MessageRecord(
        0,
        MessageKind.RESTOCK,
        "",
        held.id,
        held.language,
        values,
        invitation_reference(held),
        created_at=now,
        not_before=leaves,
        deadline=held.claim_until,
    )
    uow.messages.add(store.key, message)


def _entries(
    store: StoreContext,
    pool: PoolRecord,
    known: WaveRecord,
    kept: int,
    invitations: Collection[Invitation],
    waiting: Mapping[int, SubscriptionRecord],
) -> list[Entry]:
    """How many were invited, of each variant; never who.  ``kept``: units that open invitations kept before."""
    people: dict[str, list[int]] = {}
    for one in invitations:
        people.setdefault(waiting[one.id].variant_id, []).append(one.units)
    return [
        Entry(
            store.clock(),
            "invited",
            variant_id,
            facts={
                "people": len(units),
                "units": sum(units),
                "available": pool.available,
                "kept": kept,
                "wave": known.number,
            },
        )
        for variant_id, units in sorted(people.items())
    ]


def restock_turn(store: StoreContext) -> int:
    """What is due on the restock lists: forms are looked at, then people are invited; how many things were done."""
    done = drain(take_asked, store)
    if may(store, READ) and may(store, NOTIFY):
        done += act(store, READ, invite)
    return done
