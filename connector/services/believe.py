"""Facts dated in the future, which would otherwise be the newest for ever.

Newest wins, so one version that bears the year 2999 (a shop whose clock was wrong for a minute, a plugin that writes
dates of its own) would beat every later one.  A delivery of that kind is not believed, but it is news that something
changed: the platform is asked.  What a read gives is how things are now, whatever date stands on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.facts import Fact, OrderSeen, ProductSeen, Reread, ShownSeen, StockSeen, Thing, VariantSeen

AHEAD = timedelta(hours=1)
"""Clocks that nobody sets differ by minutes.  A shop that is further ahead costs a read for each delivery, no more."""

Dated = OrderSeen | VariantSeen | StockSeen | ShownSeen | ProductSeen


def is_ahead(fact: Fact, seen_at: datetime) -> bool:
    return isinstance(fact, Dated) and fact.changed_at > seen_at + AHEAD


def as_of(fact: Fact, seen_at: datetime) -> Fact:
    """The same, with no moment later than ``seen_at``."""
    if isinstance(fact, OrderSeen):
        placed, taken = min(fact.placed_at, seen_at), min(fact.taken_at, seen_at)
        return replace(fact, changed_at=min(fact.changed_at, seen_at), placed_at=placed, taken_at=taken)
    return replace(fact, changed_at=min(fact.changed_at, seen_at)) if isinstance(fact, Dated) else fact


def to_ask(fact: Fact) -> tuple[Reread, ...]:
    """What to read instead.  What is shown for a variant comes with its product."""
    match fact:
        case OrderSeen():
            return (Reread(Thing.ORDER, fact.id),)
        case VariantSeen():
            return (Reread(Thing.PRODUCT, fact.product_id),)
        case ProductSeen():
            return (Reread(Thing.PRODUCT, fact.id),)
        case StockSeen():
            return (Reread(Thing.POOL, fact.pool_id),)
        case _:
            return ()
