"""What other settings would change, before they are saved.

Planned in memory from transactions that only read: a plan made in a transaction that is thrown away would hold the
database's write lock meanwhile, and every delivery would wait for somebody's curiosity.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from connector.domain.allocation import LineRef
from connector.domain.promise import Outcome
from connector.ports.records import ShowingRecord, WaitingLine
from connector.services.context import StoreContext
from connector.services.plan import Batch, plan_pool, policy_of, read_batch
from connector.services.sentences import ENGLISH, Say
from connector.services.would_show import Effect, Samples, WouldShow, effect_of, would_show

BATCH = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """Lines that wait, and the units they wait for, whose expected day would change in one way."""

    lines: int = 0
    units: int = 0


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Variants by what the shop would come to show in place of what it shows now, and waiting lines by what would
    become of their day: ``earlier``, ``later``, ``lost`` (no day any more) or ``found`` (a day at last).

    ``looked`` of ``pools`` pools were planned before the time was over; the counts are of those.
    """

    opened: int
    closed: int
    reworded: int
    unchanged: int
    left_alone: int
    samples: tuple[WouldShow, ...]
    earlier: Moved
    later: Moved
    lost: Moved
    found: Moved
    looked: int
    pools: int

    @property
    def is_whole(self) -> bool:
        return self.looked >= self.pools


@dataclass
class _Seen:
    samples: Samples
    effects: Counter[Effect] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    looked: int = 0

    def moved(self, how: str) -> Moved:
        return Moved(self.lines[how], self.units[how])


def what_if(store: StoreContext, *, sample: int = 20, seconds: float = 4.0, say: Say = ENGLISH) -> WhatIf:
    """Compare what the shop shows and what shoppers wait for with what planning by ``store`` would make of it.

    ``store`` has the settings in question.  Each batch of pools is read by itself and consistent in itself; it ends
    with the batch in which ``seconds`` are over.
    """
    until = store.clock() + timedelta(seconds=seconds)
    seen = _Seen(Samples(sample))
    with store.work(read_only=True) as uow:
        total = uow.pools.size(store.key)
    after = ""
    while ids := _look(store, after, seen, say):
        after = ids[-1]
        if store.clock() >= until:
            break
    return WhatIf(
        opened=seen.effects[Effect.OPENED],
        closed=seen.effects[Effect.CLOSED],
        reworded=seen.effects[Effect.REWORDED],
        unchanged=seen.effects[Effect.UNCHANGED],
        left_alone=seen.effects[Effect.LEFT_ALONE],
        samples=seen.samples.chosen(),
        earlier=seen.moved("earlier"),
        later=seen.moved("later"),
        lost=seen.moved("lost"),
        found=seen.moved("found"),
        looked=seen.looked,
        pools=max(total, seen.looked),
    )


def _look(store: StoreContext, after: str, seen: _Seen, say: Say) -> Sequence[str]:
    """Plan the next pools; their ids."""
    with store.work(read_only=True) as uow:
        ids = uow.pools.ids_after(store.key, after, BATCH)
        pools = list(uow.pools.get(store.key, ids).values())
        batch = read_batch(store, uow, pools)
    today = store.today()
    for pool in pools:
        plan_pool(store, batch, pool, today)
    # Planning changed the showings it read in place; those that are new are among the changed.
    showings = {**batch.showings, **{one.variant_id: one for one in batch.changed}}
    for variants in batch.variants.values():
        for variant in variants:
            showing = showings.get(variant.id) or ShowingRecord(variant.id, variant.product_id)
            effect = effect_of(showing)
            seen.effects[effect] += 1
            if seen.samples.wants(effect):
                _, rule = policy_of(store, batch, variant)
                seen.samples.add(would_show(variant, showing, showings, rule, say))
    _count_days(batch, seen)
    seen.looked += len(pools)
    return ids


def _count_days(batch: Batch, seen: _Seen) -> None:
    lines: Mapping[LineRef, WaitingLine] = {
        LineRef(line.order_id, line.line_id): line for of_pool in batch.lines.values() for line in of_pool
    }
    for outcome in batch.outcomes:
        how = _how(lines[outcome.line], outcome)
        if how:
            seen.lines[how] += 1
            seen.units[how] += outcome.waiting


def _how(line: WaitingLine, outcome: Outcome) -> str:
    """What becomes of a day; empty where nobody waits or the day stays."""
    before, after = line.expected_on, outcome.expected_on
    if not (line.waiting and outcome.waiting) or before == after:
        return ""
    if before is None or after is None:
        return "found" if before is None else "lost"
    return "earlier" if after < before else "later"
