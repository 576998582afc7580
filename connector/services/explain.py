"""Why an order waits or a flag shows, in plain sentences, from the newest plan and the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.domain.facts import Demand
from connector.domain.journal import Link
from connector.ports.records import LineRecord, OrderRecord, VariantRecord
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.status import variant_statuses

Facts = Mapping[str, Any]


LOOKED_AT = 5_000


class NothingKnown(Exception):  # noqa: N818 -- an answer to a person, not an error
    """Neither a SKU nor an order of that name."""


DEMAND_SENTENCES = {
    Demand.NONE: "The shop has taken no stock for it, so it does not stand in the queue.",
    Demand.UNPAID: "Its payment is still open: it keeps its place in the queue and is told nothing until it is paid.",
    Demand.OPEN: "It is paid and open.",
    Demand.DONE: "Everything of it has left.",
    Demand.VOID: "It was cancelled, refunded or deleted; nothing of it waits.",
    Demand.UNKNOWN: "Its status is one we do not know, so it keeps its place and a person should look at it.",
}


def explain(work: Work, store: str, what: str, limit: int = 20) -> list[str]:
    """Sentences about the order with this number or id, or the variant with this SKU.  Raises ``NothingKnown``."""
    with work(read_only=True) as uow:
        sentences: list[str] = []
        ids = list(uow.orders.by_number(store, what)) or ([what] if uow.orders.get(store, [what]) else [])
        if not ids and what.startswith("#"):
            ids = list(uow.orders.by_number(store, what[1:]))
        for order in uow.orders.get(store, ids).values():
            sentences += _order(uow, store, order, limit)
        for variant in uow.catalogue.by_sku(store, what):
            sentences += _variant(uow, store, variant, limit)
    if not sentences:
        raise NothingKnown(
            f"Store {store} has neither an order nor a SKU called {what!r}; `backorder status {store}` lists the SKUs."
        )
    return sentences


def store_news(work: Work, store: str, limit: int = 10) -> list[str]:
    """The newest entries about the store itself, oldest first: those among the ``LOOKED_AT`` newest of all."""
    with work(read_only=True) as uow:
        links = uow.journal.read(store, limit=LOOKED_AT)
    of_store = [link for link in links if not (link.entry.variant_id or link.entry.order_id)]
    return [sentence(link) for link in reversed(of_store[:limit])]


def _order(uow: UnitOfWork, store: str, order: OrderRecord, limit: int) -> list[str]:
    status = order.status or "open"
    said = [f"Order {order.number} (id {order.id}) is {status} at the shop. {DEMAND_SENTENCES[order.demand]}"]
    for line in order.lines.values():
        if line.wanted:
            said.append(_line(line, order))
            ahead = _ahead(uow, store, line, order) if line.waiting else ""
            said += [ahead] if ahead else []
    told = order.told.status.value
    said.append(f"The shopper's order was last marked {told!r}." if told else "The shopper was never told of a wait.")
    links = uow.journal.read(store, order_id=order.id, limit=limit)
    skus = {one.variant_id: one.sku or one.title for one in order.lines.values()}
    said += _history(links, lambda link: skus.get(link.entry.variant_id, ""))
    return said


def _line(line: LineRecord, order: OrderRecord) -> str:
    name = f"{line.title or line.sku or line.variant_id} ({line.sku})" if line.sku else line.title
    if not line.outstanding:
        return f"{name}: {line.ordered} ordered, nothing outstanding."
    parts = [f"{name}: {line.outstanding} outstanding, {line.ready} of them there"]
    if line.waiting:
        until = f"until {line.expected_on.isoformat()}" if line.expected_on else "without a date to believe"
        parts.append(f"{line.waiting} waiting {until}")
    return f"{', '.join(parts)}. In the queue since {order.taken_at:%Y-%m-%d %H:%M} UTC."


def _ahead(uow: UnitOfWork, store: str, line: LineRecord, order: OrderRecord) -> str:
    others = [one for one in uow.orders.waiting(store, [line.pool_id]) if one.taken_at < order.taken_at]
    if not others:
        return "Nobody stands before it."
    lines = "1 line" if len(others) == 1 else f"{len(others)} lines"
    return f"Before it: {lines} with {_units(sum(one.outstanding for one in others))}."


def _variant(uow: UnitOfWork, store: str, variant: VariantRecord, limit: int) -> list[str]:
    status = next((one for one in variant_statuses(uow, store) if one.variant_id == variant.id), None)
    pool = uow.pools.get(store, [variant.pool_id]).get(variant.pool_id)
    said = [f"{variant.title} ({variant.sku}, id {variant.id})."]
    if pool is None or pool.available is None:
        said.append(
            "The shop keeps no stock number for it, so it has no queue: what the shop or its owner says stands."
        )
    else:
        lines = uow.orders.waiting(store, [variant.pool_id])
        owed = sum(one.outstanding for one in lines)
        said.append(
            f"The shop's number is {pool.available}; open orders hold {_units(owed)}, so "
            f"{max(0, pool.available + owed)} physically there and {sum(one.waiting for one in lines)} backordered."
        )
    for supply in uow.supplies.open(store, [variant.pool_id]):
        when = f"due {supply.due.isoformat()}" if supply.due else "without a due date"
        said.append(f"Supply {supply.id}: {supply.incoming} of {supply.units} still to come, {when}.")
    if status is not None:
        said.append(f"The shop shows: {status.shows}. It should show: {status.should_show}. {status.note}".rstrip())
    links = uow.journal.read(store, variant_id=variant.id, limit=limit)
    numbers = {one.id: one.number for one in uow.orders.get(store, {link.entry.order_id for link in links}).values()}
    said += _history(
        links, lambda link: f"order {numbers[link.entry.order_id]}" if link.entry.order_id in numbers else ""
    )
    return said


def _history(links: Sequence[Link], whose: Callable[[Link], str]) -> list[str]:
    """Oldest first; ``whose`` says which order or variant an entry is about, where that is not clear."""
    return [sentence(link, whose(link)) for link in reversed(links)]


def sentence(link: Link, whose: str = "") -> str:
    """One journal entry as a person would say it.  A kind nobody wrote a sentence for is shown as it is."""
    entry = link.entry
    tell = SENTENCES.get(entry.kind)
    said = tell(entry.facts) if tell else f"{entry.kind}: {dict(entry.facts)}"
    return f"{entry.at:%Y-%m-%d %H:%M:%S}  {whose}{': ' if whose else ''}{said}"


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"


def _allocated(facts: Facts) -> str:
    if not facts["waiting"]:
        return f"all that it wants is there: {_units(facts['ready'])} (stock number {facts['available']})."
    until = f"until {facts['expected_on']}" if facts["expected_on"] else "without a date"
    return (
        f"{_units(facts['waiting'])} {'waits' if facts['waiting'] == 1 else 'wait'} {until}, {facts['ready']} there: "
        f"{facts['why']} (stock number {facts['available']})."
    )


def _decided(facts: Facts) -> str:
    until = f" until {facts['expected_on']}" if facts["expected_on"] else ""
    cap = "without limit" if facts["sellable"] is None else f"{facts['sellable']} more"
    return (
        f"should show {facts['status']}{until}, sell {cap}: stock number {facts['available']}, "
        f"{facts['incoming']} on the way, by {facts['policy']}."
    )


def _supply(verb: str) -> Callable[[Facts], str]:
    def tell(facts: Facts) -> str:
        due = f"due {facts['due']}" if facts["due"] else "without a due date"
        return f"supply {facts['supply']} {verb}: {facts['received']} of {facts['units']} came, {due}."

    return tell


def _read(facts: Facts) -> str:
    return f"{facts['orders']} orders and {facts['products']} products"


def _fields(facts: Mapping[str, str]) -> str:
    return ", ".join(f"{key} = {value or '(empty)'}" for key, value in facts.items())


SENTENCES: Mapping[str, Callable[[Facts], str]] = {
    "allocated": _allocated,
    "decided": _decided,
    "pushed": lambda facts: f"the shop took: {_fields(facts['fields'])}.",
    "refused": lambda facts: f"the shop refused: {facts['why']}.",
    "announced": lambda facts: (
        f"notice {facts['reference']} ({facts['kind']}) was made from a confirmed plan"
        f"{'' if facts['says'] else ', as marks only'}."
    ),
    "told": lambda facts: f"notice {facts['reference']} ({facts['kind']}) reached the shop.",
    "not_told": lambda facts: f"notice {facts['reference']} was refused by the shop: {facts['why']}.",
    "override_found": lambda facts: f"somebody changed it by hand ({_fields(facts['theirs'])}); we leave it alone.",
    "override_undone": lambda _: "the hand-made change was taken back; we steer again.",
    "override_released": lambda _: "the owner gave it back to us.",
    "supply_added": _supply("was announced"),
    "supply_received": _supply("arrived"),
    "supply_changed": _supply("was changed"),
    "imported": lambda facts: f"read for the first time: {_read(facts)}.",
    "reconciled": lambda facts: f"read again: {_read(facts)}, of which {facts['healed']} things were news.",
    "webhooks_healed": lambda facts: (
        f"webhooks put right at the shop: {', '.join(f'{topic} {what}' for topic, what in facts['healed'])}."
    ),
    "owner_must_act": lambda facts: f"stopped to {facts['act']}: {facts['said']}",
    "store_gone": lambda _: "the shop removed this app; nothing more is read or written there.",
}
