"""From the deliveries to what they made necessary: which traces a pool, a flag and a second look go back to.

All of this does nothing where nobody draws spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from connector.domain.facts import Reread
from connector.ports import tracing
from connector.ports.records import Delivery
from connector.ports.storefront import Platform
from connector.ports.tracing import MOST_LINKS, Trace
from connector.ports.unit_of_work import UnitOfWork

POOL, VARIANT, REREAD = "pool", "variant", "reread"


@dataclass(slots=True)
class Touches:
    """What is touched while facts are applied, by the traces of those who told of them (``now``)."""

    now: tuple[Trace, ...] = ()
    pools: dict[str, list[Trace]] = field(default_factory=dict)
    rereads: dict[str, list[Trace]] = field(default_factory=dict)

    def touched(self, pool_ids: Iterable[str]) -> None:
        for pool_id in pool_ids if self.now else ():
            self.pools.setdefault(pool_id, []).extend(self.now)

    def asked(self, rereads: Iterable[Reread]) -> None:
        for one in rereads if self.now else ():
            self.rereads.setdefault(reread_id(one), []).extend(self.now)

    def save(self, uow: UnitOfWork, store: str) -> None:
        if self.pools:
            uow.traces.add(store, POOL, self.pools)
        if self.rereads:
            uow.traces.add(store, REREAD, self.rereads)


def reread_id(one: Reread) -> str:
    return f"{one.thing.value} {one.id}"


@contextmanager
def digesting(platform: Platform, delivery: Delivery, touches: Touches) -> Iterator[None]:
    """The second span of the delivery's own trace; the first was drawn where it came in."""
    if not tracing.on():
        yield
        return
    trace = tracing.trace_of(delivery.store, delivery.topic, delivery.external_id, delivery.body)
    topic = delivery.topic if delivery.topic in platform.topics else "other"
    touches.now = (trace,)
    with tracing.span("digest", under=trace, store=delivery.store, delivery=delivery.id, topic=topic):
        yield
    touches.now = ()


@contextmanager
def rereading(uow: UnitOfWork, store: str, rereads: Sequence[Reread], touches: Touches) -> Iterator[None]:
    """What was asked for is applied; it goes back to those who asked."""
    if not tracing.on():
        yield
        return
    asked = uow.traces.take(store, REREAD, map(reread_id, rereads))
    touches.now = newest(asked)
    with tracing.span("reread", links=touches.now, store=store, things=len(rereads)):
        yield
    touches.now = ()


@contextmanager
def planning(uow: UnitOfWork, store: str, pool_ids: Sequence[str]) -> Iterator[Mapping[str, Sequence[Trace]]]:
    """Gives what each pool goes back to."""
    if not tracing.on():
        yield {}
        return
    of = uow.traces.take(store, POOL, pool_ids)
    with tracing.span("plan", links=newest(of), store=store, pools=len(pool_ids)):
        yield of


def hand_on(
    uow: UnitOfWork, store: str, of_pools: Mapping[str, Sequence[Trace]], variants: Mapping[str, Sequence[str]]
) -> None:
    """The flags of these variants go back to what their pools went back to.  ``variants``: by pool."""
    uow.traces.add(store, VARIANT, {one: links for pool, links in of_pools.items() for one in variants.get(pool, ())})


def behind(uow: UnitOfWork, store: str, variant_ids: Iterable[str]) -> tuple[Trace, ...]:
    """What these flags go back to, for the span of their push."""
    return newest(uow.traces.get(store, VARIANT, variant_ids)) if tracing.on() else ()


def pushed(uow: UnitOfWork, store: str, variant_ids: Iterable[str]) -> None:
    """The shop shows these; nothing need be remembered of them."""
    if tracing.on():
        uow.traces.take(store, VARIANT, variant_ids)


def newest(of: Mapping[str, Sequence[Trace]]) -> tuple[Trace, ...]:
    return tuple(dict.fromkeys(one for links in of.values() for one in links))[:MOST_LINKS]
