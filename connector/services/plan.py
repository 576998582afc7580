"""Plan pools that changed: who gets which unit, and what each variant should show (design, 3.2 to 3.4).

The plan follows from the facts and may be thrown away and made again.  Nothing here leaves the house: the desired state
is written down, and pushing sends the difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from connector.domain.allocation import LineRef, OpenLine, Source, allocate, on_hand, open_pieces
from connector.domain.availability import Availability, Incoming, Policy, Status, decide
from connector.domain.journal import Entry
from connector.domain.promise import Outcome, outcomes
from connector.domain.queue import Tranche, drop_newest, drop_oldest, tranches
from connector.domain.storefront import difference
from connector.ports.records import Leaving, PoolRecord, ShowingRecord, SupplyRecord, VariantRecord, WaitingLine
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext, is_outdated
from connector.services.moved import Stand, effect
from connector.services.sentences import kept
from connector.services.stumbled import OURS, named
from connector.services.traced import hand_on, planning

PLANNING = 1
"""Counted up whenever the same facts and settings are planned otherwise than before: every store is then planned again
when it is next begun with.
"""
BATCH = 100
MANY_LINES = 1_000
"""Lines in the queues of a batch that are planned before the transaction that writes: reading them takes a while."""
WRITTEN_AT_ONCE = 250
"""Lines of long queues that are written in one transaction."""
ALLOCATED = "allocated"
"""The kind of the journal's entry for a line whose outcome changed."""


log = structlog.get_logger()


@dataclass
class Batch:
    """Everything a batch of pools needs, read in a few queries."""

    lines: dict[str, list[WaitingLine]]
    supplies: dict[str, list[SupplyRecord]]
    variants: dict[str, list[VariantRecord]]
    parents: dict[str, VariantRecord]
    showings: dict[str, ShowingRecord]
    at: datetime
    outcomes: list[Outcome] = field(default_factory=list)
    moved: set[str] = field(default_factory=set)
    changed: list[ShowingRecord] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def plan(store: StoreContext, limit: int = BATCH) -> int:
    """Plan one batch of dirty pools; how many.  None with settings that have changed since ``store`` was made, and none
    of a store that leaves.
    """
    with store.work(read_only=True) as uow:
        pools = uow.pools.dirty(store.key, limit, store.today())
        if not pools:
            return 0
        lines = sum(uow.orders.open_counts(store.key, [pool.id for pool in pools]).values())
        ahead = _ahead(store, uow, pools) if lines > MANY_LINES else None
    if ahead is not None:
        _write_ahead(store, ahead)
    with store.work() as uow:
        if not _may_plan(store, uow):
            return 0
        planned = plan_some(store, uow, limit, ahead)
        uow.commit()
    return planned


def _may_plan(store: StoreContext, uow: UnitOfWork) -> bool:
    record = uow.stores.get(store.key)
    return not (is_outdated(store, record) or (record is not None and record.leaving is not Leaving.NO))


@dataclass
class Ahead:
    """A plan of long queues, made while anybody could write; ``as_read``: what it was made of."""

    pools: Sequence[PoolRecord]
    batch: Batch
    as_read: dict[str, tuple[object, ...]]
    showings: dict[str, ShowingRecord]


def _facts_of(pool: PoolRecord) -> tuple[object, ...]:
    """Whatever concerns a plan moves one of these."""
    return (pool.dirty_at, pool.touched_at, pool.available)


def _ahead(store: StoreContext, uow: UnitOfWork, pools: Sequence[PoolRecord]) -> Ahead:
    as_read = {pool.id: _facts_of(pool) for pool in pools}
    batch = read_batch(store, uow, pools)
    showings = {one.variant_id: replace(one) for one in batch.showings.values()}
    for pool in pools:
        _plan_or_park(store, batch, pool, store.today())
    return Ahead(pools, batch, as_read, showings)


def _write_ahead(store: StoreContext, ahead: Ahead) -> None:
    """All but the last of the lines that changed, a part at a time, so that nobody waits for long.  Cut off here the
    pools are dirty still, and to the next plan only the rest is news.
    """
    batch = ahead.batch
    settled = [entry for entry in batch.entries if entry.kind == ALLOCATED]
    others = [entry for entry in batch.entries if entry.kind != ALLOCATED]
    while len(batch.outcomes) > WRITTEN_AT_ONCE:
        with store.work() as uow:
            if not (_may_plan(store, uow) and _is_still_so(store, uow, ahead)):
                return
            uow.orders.planned(store.key, batch.outcomes[:WRITTEN_AT_ONCE])
            uow.journal.append(store.key, settled[:WRITTEN_AT_ONCE])
            uow.commit()
        del batch.outcomes[:WRITTEN_AT_ONCE], settled[:WRITTEN_AT_ONCE]
        batch.entries = [*settled, *others]


def _is_still_so(store: StoreContext, uow: UnitOfWork, ahead: Ahead) -> bool:
    """Whether nobody wrote meanwhile what the plan rests on, or what it is to change."""
    pools = {pool.id: _facts_of(pool) for pool in uow.pools.get(store.key, ahead.as_read).values()}
    changed = [one.variant_id for one in ahead.batch.changed]
    held = uow.showings.get(store.key, changed)
    return pools == ahead.as_read and all(held.get(one) == ahead.showings.get(one) for one in changed)


def plan_some(store: StoreContext, uow: UnitOfWork, limit: int = BATCH, ahead: Ahead | None = None) -> int:
    """The same inside a transaction of the caller's, who may throw it away (a preview does).  ``ahead``: it is planned
    already, if that is still so.
    """
    today = store.today()
    is_planned = ahead is not None and _is_still_so(store, uow, ahead)
    pools = ahead.pools if ahead is not None and is_planned else uow.pools.dirty(store.key, limit, today)
    if pools:
        with planning(uow, store.key, [pool.id for pool in pools]) as traces:
            batch = ahead.batch if ahead is not None and is_planned else _planned(store, uow, pools, today)
        uow.orders.planned(store.key, batch.outcomes)
        uow.showings.save(store.key, batch.changed)
        uow.journal.append(store.key, batch.entries)
        uow.pools.planned(store.key, pools)
        if traces:
            hand_on(uow, store.key, traces, due_by_pool(batch))
        # A day that passed or a new policy moved these, not news from the shop: who waits is told after a confirmation.
        moved = [pool.id for pool in pools if pool.id in batch.moved and pool.unconfirmed_since is None]
        uow.pools.touch(store.key, moved, batch.at)
    return len(pools)


def _planned(store: StoreContext, uow: UnitOfWork, pools: Sequence[PoolRecord], today: date) -> Batch:
    batch = read_batch(store, uow, pools)
    for pool in pools:
        _plan_or_park(store, batch, pool, today)
    return batch


def due_by_pool(batch: Batch) -> dict[str, list[str]]:
    """The variants that are to be pushed for what was just planned."""
    due = {one.variant_id for one in batch.changed if one.due}
    return {pool: [one.id for one in variants if one.id in due] for pool, variants in batch.variants.items()}


def read_batch(store: StoreContext, uow: UnitOfWork, pools: Sequence[PoolRecord]) -> Batch:
    ids = [pool.id for pool in pools]
    batch = Batch(defaultdict(list), defaultdict(list), defaultdict(list), {}, {}, store.clock())
    for line in uow.orders.waiting(store.key, ids):
        batch.lines[line.pool_id].append(line)
    for supply in uow.supplies.open(store.key, ids):
        batch.supplies[supply.pool_id].append(supply)
    variants = uow.catalogue.of_pools(store.key, ids)
    for variant in variants:
        batch.variants[variant.pool_id].append(variant)
    # A variation has no categories of its own at WooCommerce; its policy may hang on the parent's.
    batch.parents = uow.catalogue.get(store.key, {one.product_id for one in variants})
    batch.showings = uow.showings.get(store.key, [one.id for one in variants])
    return batch


def _plan_or_park(store: StoreContext, batch: Batch, pool: PoolRecord, today: date) -> None:
    """A fault of ours in one pool must not hold up the others: it is shown, and tried again with its next news and
    tomorrow.
    """
    settled, shown, said = len(batch.outcomes), len(batch.changed), len(batch.entries)
    try:
        plan_pool(store, batch, pool, today)
    except Exception as error:
        log.exception("plan.bug", store=store.key, pool=pool.id)
        del batch.outcomes[settled:], batch.changed[shown:], batch.entries[said:]
        why = named(error)
        for variant in batch.variants[pool.id]:
            held = batch.showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
            batch.changed.append(replace(held, parked=why))
            batch.entries.append(Entry(batch.at, "not_planned", variant.id, facts=kept("why", why)))
        pool.replan_on = today + timedelta(days=1)


def plan_pool(store: StoreContext, batch: Batch, pool: PoolRecord, today: date) -> None:
    lines = batch.lines[pool.id]
    supplies = [one for one in batch.supplies[pool.id] if one.incoming]
    if pool.available is None:
        # No number, no queue: what the platform or the owner says stands.
        _settle(batch, pool, lines, [Outcome(_ref(line), 0, 0, None, "no stock number") for line in lines])
        for variant in batch.variants[pool.id]:
            _show_as_platform(batch, pool, variant)
        pool.replan_on, pool.missing = None, 0
        return
    hand = on_hand(pool.available, sum(line.outstanding for line in lines))
    pool.missing = max(0, -hand)
    policies = {one.id: policy_of(store, batch, one) for one in batch.variants[pool.id]}
    _settle(batch, pool, lines, _outcomes(store, lines, hand, supplies, policies, today))
    soon = [today + timedelta(days=1)] if lines else []
    soon += [one.due + timedelta(days=1) for one in supplies if one.due is not None and one.due >= today]
    for variant in batch.variants[pool.id]:
        policy, why = policies[variant.id]
        incoming = [Incoming(_name(one), one.incoming, one.due) for one in supplies]
        decided = decide(pool.available, incoming, policy, today, store.road)
        _show(store, batch, pool, variant, decided, why, today)
        if decided.status is Status.BACKORDER and policy.lead_days is not None:
            soon.append(today + timedelta(days=1))
    # Only days on which time alone changes the plan; without them a quiet shop is never planned again.
    pool.replan_on = min(soon) if soon else None


def policy_of(store: StoreContext, batch: Batch, variant: VariantRecord) -> tuple[Policy, str]:
    """The policy of a variant, and which rule says so."""
    parent = batch.parents.get(variant.product_id, variant)
    categories = (*variant.categories, *parent.categories)
    return store.policies.find(variant.sku, categories, (*variant.tags, *parent.tags))


def _outcomes(
    store: StoreContext,
    lines: Sequence[WaitingLine],
    hand: int,
    supplies: Sequence[SupplyRecord],
    policies: dict[str, tuple[Policy, str]],
    today: date,
) -> list[Outcome]:
    pieces: list[OpenLine] = []
    joined: dict[LineRef, date] = {}
    line_policies: dict[LineRef, Policy] = {}
    for line in lines:
        ref = _ref(line)
        parts = places(line)
        pieces += open_pieces(ref, parts, announced=line.announced)
        policy = policies[line.variant_id][0] if line.variant_id in policies else store.policies.default
        line_policies[ref] = policy
        # Only a lead time counts from the day on which the units were ordered.
        counts = policy.lead_days is not None
        joined[ref] = store.day_of(max((part.since for part in parts), default=line.taken_at)) if counts else today
    sources = [Source(_name(one), one.incoming, one.due) for one in supplies]
    return outcomes(allocate(pieces, hand, sources), joined, line_policies, today, store.road)


def places(line: WaitingLine) -> list[Tranche]:
    """Where the units of a line stand that have not shipped.  Never more of them than the line wants: a moment in
    which its number went up and down again counts as its highest.
    """
    if len(line.history) == 1 and not line.shipped and line.history[0].units == line.outstanding:
        # Most lines are never changed, and in a long queue this is most of the work.
        at = line.history[0].at
        is_original = line.first_waiting_at is None or at <= line.first_waiting_at
        return [Tranche(line.taken_at if is_original else at, line.outstanding)]
    parts = tranches(line.history, line.taken_at, line.first_waiting_at)
    over = sum(part.units for part in parts) - line.shipped - line.outstanding
    return drop_oldest(drop_newest(parts, max(0, over)), line.shipped)


def _settle(batch: Batch, pool: PoolRecord, lines: Sequence[WaitingLine], found: Sequence[Outcome]) -> None:
    """Keep the outcomes that differ from what stands, each with its reason, and how many are better and worse off."""
    effects: Counter[int] = Counter()
    for line, outcome in zip(lines, found, strict=True):
        before = (line.ready, line.waiting, line.expected_on)
        if before == (outcome.ready, outcome.waiting, outcome.expected_on):
            continue
        batch.outcomes.append(outcome)
        batch.moved.add(pool.id)
        facts = {
            "line": line.line_id,
            "ready": outcome.ready,
            "waiting": outcome.waiting,
            "expected_on": _iso(outcome.expected_on),
            "why": outcome.why,
            "available": pool.available,
            "was": {"ready": line.ready, "waiting": line.waiting, "expected_on": _iso(line.expected_on)},
        }
        batch.entries.append(Entry(batch.at, ALLOCATED, line.variant_id, line.order_id, facts))
        effects[effect(Stand(*before), Stand(outcome.ready, outcome.waiting, outcome.expected_on))] += 1
    if effects[1] or effects[-1]:
        moved = {"pool": pool.id, "better": effects[1], "worse": effects[-1]}
        batch.entries += [Entry(batch.at, "moved", one.id, facts=moved) for one in batch.variants[pool.id][:1]]


def _show(
    store: StoreContext,
    batch: Batch,
    pool: PoolRecord,
    variant: VariantRecord,
    decided: Availability,
    why: str,
    today: date,
) -> None:
    showing = batch.showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
    desired = dict(store.platform.fields(decided, store.wording.message(decided), today))
    common = (decided.status.value, decided.sellable, decided.expected_on)
    if showing.parked.startswith(OURS):
        showing.parked = ""
        batch.changed.append(showing)
    if desired == showing.desired and common == (showing.status, showing.sellable, showing.expected_on):
        return
    if desired != showing.desired:
        # What the shop refused before says nothing about the new value.
        showing.attempts, showing.next_at, showing.parked = 0, None, ""
    facts = {
        "status": decided.status.value,
        "sells": decided.sells,
        "sellable": decided.sellable,
        "expected_on": _iso(decided.expected_on),
        "available": pool.available,
        "incoming": sum(one.incoming for one in batch.supplies[pool.id]),
        "policy": why,
    }
    if decided.earliest_on is not None:
        facts["earliest_on"] = _iso(decided.earliest_on)
    showing.desired = desired
    showing.status, showing.sellable, showing.expected_on = common
    showing.due = bool(difference(showing.shown, desired))
    batch.changed.append(showing)
    batch.entries.append(Entry(batch.at, "decided", variant.id, facts=facts))


def _show_as_platform(batch: Batch, pool: PoolRecord, variant: VariantRecord) -> None:
    showing = batch.showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
    if showing.status == pool.status.value and not showing.desired:
        return
    showing.status, showing.sellable, showing.expected_on = pool.status.value, None, None
    showing.desired, showing.due = {}, False
    batch.changed.append(showing)


def _ref(line: WaitingLine) -> LineRef:
    return LineRef(line.order_id, line.line_id)


def _name(supply: SupplyRecord) -> str:
    """How a supply is named in plans and in the journal."""
    return f"supply {supply.id}" + (f" ({supply.reference})" if supply.reference else "")


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
