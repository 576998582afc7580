"""Why an order waits or a flag shows, in plain sentences, from the newest plan and the journal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connector.domain.facts import Demand
from connector.domain.journal import Link
from connector.ports.records import LineRecord, OrderRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.journal_words import SENTENCES, because, due_words
from connector.services.promise_words import event_words
from connector.services.sentences import ENGLISH, N_, Say, Voice, voice
from connector.services.shop_words import order_words
from connector.services.status import variants_status

LOOKED_AT = 5_000


class NothingKnown(Exception):  # noqa: N818 -- an answer to a person, not an error
    """Neither a SKU nor an order of that name."""


@dataclass(frozen=True, slots=True)
class Told:
    """One journal entry.  ``whose``: which order or variant it is about, where that is not clear."""

    link: Link
    whose: str
    said: str

    def __str__(self) -> str:
        return f"{self.link.entry.at:%Y-%m-%d %H:%M:%S}  {self.whose}{': ' if self.whose else ''}{self.said}"


@dataclass(frozen=True, slots=True)
class Story:
    """How something stands now, and what the journal tells of it, oldest first."""

    stands: tuple[str, ...]
    history: tuple[Told, ...]


DEMAND_SENTENCES = {
    Demand.NONE: N_("The shop has taken no stock for it, so it does not stand in the queue."),
    Demand.UNPAID: N_(
        "Its payment is still open: it keeps its place in the queue and is told nothing until it is paid."
    ),
    Demand.OPEN: N_("It is paid and open."),
    Demand.DONE: N_("Everything of it has left."),
    Demand.VOID: N_("It was cancelled, refunded or deleted; nothing of it waits."),
    Demand.UNKNOWN: N_("Its status is one we do not know, so it keeps its place and a person should look at it."),
}


def explain(work: Work, store: str, what: str, limit: int = 20, say: Say = ENGLISH) -> list[str]:
    """Sentences about the order with this number or id, or the variant with this SKU.  Raises ``NothingKnown``."""
    with work(read_only=True) as uow:
        ids = list(uow.orders.by_number(store, what)) or ([what] if uow.orders.get(store, [what]) else [])
        if not ids and what.startswith("#"):
            ids = list(uow.orders.by_number(store, what[1:]))
        orders, variants = uow.orders.get(store, ids).values(), uow.catalogue.by_sku(store, what)
        stories = [order_story(uow, store, one, limit, say) for one in orders]
        stories += [variant_story(uow, store, one, limit, say) for one in variants]
    if not stories:
        raise NothingKnown(
            f"Store {store} has neither an order nor a SKU called {what!r}; `backorder status {store}` lists the SKUs."
        )
    return [said for story in stories for said in (*story.stands, *map(str, story.history))]


def store_news(work: Work, store: str, limit: int = 10, say: Say = ENGLISH) -> list[str]:
    """The newest entries about the store itself, oldest first: those among the ``LOOKED_AT`` newest of all."""
    return [str(told) for told in store_history(work, store, limit, say)]


def store_history(work: Work, store: str, limit: int = 10, say: Say = ENGLISH) -> list[Told]:
    """The same for those who show each moment in their own way."""
    with work(read_only=True) as uow:
        links = uow.journal.read(store, limit=LOOKED_AT)
    of_store = [link for link in links if not (link.entry.variant_id or link.entry.order_id)]
    return [told(link, say=say) for link in reversed(of_store[:limit])]


def order_story(uow: UnitOfWork, store: str, order: OrderRecord, limit: int, say: Say = ENGLISH) -> Story:
    """``limit``: of journal entries, the newest."""
    to = voice(say)
    stands = to(N_("Order %(number)s (id %(id)s) is %(status)s at the shop."), **_names(order, to))
    said = [f"{stands} {to(DEMAND_SENTENCES[order.demand])}"]
    promised = uow.promises.events(store, [order.id]).get(order.id, {})
    for line in order.lines.values():
        if line.wanted:
            said.append(_line(line, order, to))
            ahead = _ahead(uow, store, line, order, to) if line.waiting else ""
            said += [ahead] if ahead else []
        said += event_words(promised.get(line.id, ()), to, because)
    marked = order.told.status.value
    last = N_("The shopper's order was last marked '%(mark)s'.")
    said.append(to(last, mark=marked) if marked else to(N_("The shopper was never told of a wait.")))
    links = uow.journal.read(store, order_id=order.id, limit=limit)
    skus = {one.variant_id: one.sku or one.title for one in order.lines.values()}
    return Story(tuple(said), _history(links, lambda link: skus.get(link.entry.variant_id, ""), to))


def _names(order: OrderRecord, say: Voice) -> dict[str, str]:
    return {"number": order.number, "id": order.id, "status": order_words(order.status, say) or say(N_("open"))}


def _line(line: LineRecord, order: OrderRecord, say: Voice) -> str:
    name = f"{line.title or line.sku or line.variant_id} ({line.sku})" if line.sku else line.title
    if not line.outstanding:
        return say(N_("%(name)s: %(ordered)s ordered, nothing outstanding."), name=name, ordered=line.ordered)
    there = N_("%(name)s: %(outstanding)s outstanding, %(ready)s of them there")
    parts = [say(there, name=name, outstanding=line.outstanding, ready=line.ready)]
    if line.waiting and line.expected_on:
        parts.append(say(N_("%(units)s waiting until %(day)s"), units=line.waiting, day=say.day(line.expected_on)))
    elif line.waiting:
        parts.append(say(N_("%(units)s waiting without a date to believe"), units=line.waiting))
    since = say(N_("In the queue since %(moment)s UTC."), moment=f"{order.taken_at:%Y-%m-%d %H:%M}")
    return f"{', '.join(parts)}. {since}"


def _ahead(uow: UnitOfWork, store: str, line: LineRecord, order: OrderRecord, say: Voice) -> str:
    others = [one for one in uow.orders.waiting(store, [line.pool_id]) if one.taken_at < order.taken_at]
    if not others:
        return say(N_("Nobody stands before it."))
    units = say.units(sum(one.outstanding for one in others))
    if len(others) == 1:
        return say(N_("Before it: 1 line with %(units)s."), units=units)
    return say(N_("Before it: %(lines)s lines with %(units)s."), lines=len(others), units=units)


def variant_story(uow: UnitOfWork, store: str, variant: VariantRecord, limit: int, say: Say = ENGLISH) -> Story:
    """``limit``: of journal entries, the newest."""
    to = voice(say)
    said = [f"{variant.title} ({variant.sku}, id {variant.id}).", _stock(uow, store, variant, to)]
    for supply in uow.supplies.open(store, [variant.pool_id]):
        when = due_words(supply.due.isoformat() if supply.due else None, to)
        coming = N_("Supply %(id)s: %(incoming)s of %(units)s still to come, %(when)s.")
        said.append(to(coming, id=supply.id, incoming=supply.incoming, units=supply.units, when=when))
    for status in variants_status(uow, store, [variant.id], to):
        shows = to(
            N_("The shop shows: %(shows)s. It should show: %(should_show)s."),
            shows=status.shows,
            should_show=status.should_show,
        )
        said.append(f"{shows} {status.note}".rstrip())
    links = uow.journal.read(store, variant_id=variant.id, limit=limit)
    orders = uow.orders.get(store, {link.entry.order_id for link in links} - {""})
    names = {one.id: to(N_("order %(number)s"), number=one.number) for one in orders.values()}
    return Story(tuple(said), _history(links, lambda link: names.get(link.entry.order_id, ""), to))


def _stock(uow: UnitOfWork, store: str, variant: VariantRecord, say: Voice) -> str:
    pool = uow.pools.get(store, [variant.pool_id]).get(variant.pool_id)
    if pool is None or pool.available is None:
        return say(
            N_("The shop keeps no stock number for it, so it has no queue: what the shop or its owner says stands.")
        )
    owed, waiting = uow.orders.owed(store, variant.pool_id)
    return say(
        N_(
            "The shop's number is %(available)s; open orders hold %(owed)s, so %(there)s physically there and"
            " %(backordered)s backordered."
        ),
        available=pool.available,
        owed=say.units(owed),
        there=max(0, pool.available + owed),
        backordered=waiting,
    )


def _history(links: Sequence[Link], whose: Callable[[Link], str], say: Voice) -> tuple[Told, ...]:
    return tuple(told(link, whose(link), say) for link in reversed(links))


def told(link: Link, whose: str = "", say: Say = ENGLISH) -> Told:
    """One journal entry as a person would say it.  A kind nobody wrote a sentence for is shown as it is."""
    entry = link.entry
    tell = SENTENCES.get(entry.kind)
    return Told(link, whose, tell(entry.facts, voice(say)) if tell else f"{entry.kind}: {dict(entry.facts)}")


def sentence(link: Link, whose: str = "", say: Say = ENGLISH) -> str:
    """The same in one line, with its moment in UTC."""
    return str(told(link, whose, say))
