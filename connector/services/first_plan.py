"""What a store's owner is shown before anything is written to their shop."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from connector.ports.backlog import Totals
from connector.services.context import StoreContext
from connector.services.held_back import Held, held_back
from connector.services.sentences import ENGLISH, Say
from connector.services.would_show import Effect, Samples, WouldShow, effect_of, would_show

LOOKED_AT = 5_000
"""Of the variants that wait to be pushed; counting more would keep the page waiting."""


@dataclass(frozen=True, slots=True)
class FirstPlan:
    """Variants that would be opened for backorders, closed, or only described anew: of ``looked`` among the ``due``
    that wait to be pushed.  ``waiting``: orders, lines and units that wait for goods.  ``held_back``: why nothing of
    this happens by itself, None where it does; ``needs_owner``: what has to be done first, in sentences.
    """

    opened: int
    closed: int
    reworded: int
    looked: int
    due: int
    waiting: Totals
    samples: tuple[WouldShow, ...]
    held_back: Held | None
    needs_owner: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        return self.looked >= self.due


def first_plan(store: StoreContext, *, sample: int = 20, say: Say = ENGLISH) -> FirstPlan:
    """From what is planned already; nothing is planned or written here."""
    effects: Counter[Effect] = Counter()
    samples = Samples(sample)
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
        due = uow.showings.due(store.key, store.clock(), LOOKED_AT)
        counted = sum(uow.showings.due_counts(store.key).values())
        waiting = uow.backlog.totals(store.key)
        showings = {one.variant_id: one for one in due}
        variants = uow.catalogue.get(store.key, showings)
        # A variation whose parent keeps the stock shows the parent's flag, which may need no change.
        parents = {one.product_id for one in due} - showings.keys()
        showings |= uow.showings.get(store.key, parents)
    for showing in due:
        effect = effect_of(showing)
        effects[effect] += 1
        if showing.variant_id in variants and samples.wants(effect):
            samples.add(would_show(variants[showing.variant_id], showing, showings, say=say))
    return FirstPlan(
        opened=effects[Effect.OPENED],
        closed=effects[Effect.CLOSED],
        reworded=effects[Effect.REWORDED],
        looked=len(due),
        due=max(counted, len(due)),
        waiting=waiting,
        samples=samples.chosen(),
        held_back=held_back(store, record),
        needs_owner=tuple(record.stopped.values()) if record else (),
    )
