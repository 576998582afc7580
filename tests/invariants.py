"""What must hold of the whole service once it is quiet, whatever befell it before: each rule gives sentences of what is
broken, and nothing where all is well.

Beside the shops' own books a second installation is asked, which connects to the same shops with an empty database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import adapters
from connector.bootstrap.service import Service
from connector.domain.facts import Demand
from connector.domain.journal import first_break
from connector.ports.clock import system_clock
from connector.ports.promising import AmendmentKind, AmendmentState, MessageState
from connector.ports.records import DeliveryState, NoticeState, OrderRecord
from connector.ports.sandbox import SandboxShop
from connector.ports.unit_of_work import UnitOfWork
from connector.sandbox.ledger import rows
from connector.services.announce import current_marks
from connector.services.context import StoreContext
from connector.services.holds import held_units
from connector.services.plan import plan
from connector.services.promises import is_ours
from connector.services.reconcile import reconcile
from connector.services.status import all_statuses
from connector.services.supplies import add_supply

Shops = Mapping[str, SandboxShop]
Posted = tuple[str, Mapping[str, str], bytes]
"""A webhook that was answered with 200: address, headers, body."""
ENDED = {AmendmentState.DONE, AmendmentState.BY_HAND}
EVERYTHING = 100_000


def of_deliveries(service: Service, taken: Iterable[Posted]) -> Iterator[str]:
    """Whatever was answered with 200 is there once, and was done.  Bodies are emptied after a while, so they are only
    counted.
    """
    sent: dict[tuple[str, str, str], set[bytes]] = {}
    for address, headers, body in taken:
        platform, store = address.rsplit("/", 2)[1:]
        envelope = adapters.platform(platform).envelope({name.lower(): value for name, value in headers.items()})
        if envelope.topic:
            sent.setdefault((store, envelope.topic, envelope.external_id), set()).add(body)
    for store in service.stores:
        with service.work(read_only=True) as uow:
            found = uow.deliveries.find(store=store, limit=EVERYTHING)
        kept = Counter((one.store, one.topic, one.external_id) for one in found)
        for key, bodies in sent.items():
            if key[0] == store and kept[key] != len(bodies):
                yield f"{store}: {key[1]} {key[2]} was answered with 200 is there {kept[key]} times of {len(bodies)}"
        undone = [one for one in found if one.state is not DeliveryState.DONE]
        yield from (f"{store}: delivery {one.id} {one.topic} is {one.state.value}: {one.reason}" for one in undone)


def of_journal(service: Service) -> Iterator[str]:
    for store in service.stores:
        with service.work(read_only=True) as uow:
            broken = first_break(uow.journal.walk(store))
        if broken is not None:
            yield f"{store}: the journal's chain breaks at entry {broken}"
    yield from (f"the database: {said}" for said in service.database.check())


def of_flags(service: Service, shops: Shops) -> Iterator[str]:
    """The shop's own number, the queue it makes, and the flag it shows are those we believe in."""
    for row in rows(all_statuses(service.work, now=system_clock()), shops):
        # The queue is judged below: of a pool whose merchant typed a number below zero, less is owed to orders.
        wrong = [one for one in row.wrong.split("; ") if one and not one.startswith("the queue")]
        if wrong:
            yield f"{row.store} {row.sku}: stock {row.stock}, shows {row.shows}: {'; '.join(wrong)}"
    for key in service.stores:
        with service.work(read_only=True) as uow:
            pools = uow.pools.get(key, {one.pool_id for one in uow.catalogue.each(key)}).values()
            lines = uow.orders.waiting(key, [one.id for one in pools])
        for pool in pools:
            queue = sum(one.waiting for one in lines if one.pool_id == pool.id)
            owed = max(0, -(pool.available or 0)) - pool.missing
            if queue != owed:
                yield f"{key} pool {pool.id}: the queue holds {queue} units, and {owed} are owed"


def of_notices(service: Service, shops: Shops) -> Iterator[str]:
    """Every notice was carried once, and each order bears what the newest plan says."""
    for key, shop in shops.items():
        with service.work(read_only=True) as uow:
            unsent = [one for one in uow.notices.find(key, None, EVERYTHING) if one.state is not NoticeState.SENT]
            # An order that was deleted for good cannot be told anything any more.
            ours = {one.id: one for one in _orders(uow, key, shop.order_ids()) if one.status != "gone"}
            record = uow.stores.get(key)
        yield from (f"{key}: notice {one.reference} is {one.state.value}: {one.reason}" for one in unsent)
        connected = record.cursors.get("connected") if record is not None else None
        for order in ours.values():
            yield from _said_twice(key, shop, order)
            if connected is not None and is_ours(order, connected) and order.demand is Demand.OPEN:
                should, told = current_marks(order), order.told
                if (should.status, should.waited_for) != (told.status, told.waited_for):
                    yield f"{key} order {order.id}: should bear {should}, and was told {told}"


def _said_twice(key: str, shop: SandboxShop, order: OrderRecord) -> Iterator[str]:
    for note, times in Counter(shop.told(order.id).notes).items():
        if times > 1:
            yield f"{key} order {order.id}: the shopper read {times} times: {note}"


def of_messages(service: Service, mails: Sequence[Any], *, once: bool) -> Iterator[str]:
    """Nobody is sent a thing twice.  ``once``: nobody died with a mail in hand, so not even the same mail came again.

    Without it the same mail, by its Message-ID, may come again: no mail server can be asked whether it has one.
    """
    ids = Counter((one.to, one.message_id) for one in mails)
    if once:
        yield from (f"the mail {key[1]} came to {key[0]} {times} times" for key, times in ids.items() if times > 1)
    whole = {(one.to, one.message_id): (one.to, one.headers.get("subject", ""), one.text) for one in mails}
    texts = Counter(whole.values())
    yield from (f"{key[0]} was written {times} times: {key[1]}" for key, times in texts.items() if times > 1)
    for store in service.stores:
        with service.work(read_only=True) as uow:
            found = uow.messages.find(store, [MessageState.SENDING, MessageState.PARKED], 100)
        # Where a day of the law passed while a store was paused or its shop away, a person must look.
        stuck = [one for one in found if "its deadline passed" not in one.reason]
        yield from (f"{store}: message {one.reference} is {one.state.value}: {one.reason}" for one in stuck)


def of_amendments(service: Service, shops: Shops, given_back: Mapping[tuple[str, str], Decimal]) -> Iterator[str]:
    """What was asked for came to an end, once: the money that left is that of the amendments and of the merchant.

    ``given_back``: by store and order, what the merchant sent back by hand.
    """
    for key, shop in shops.items():
        with service.work(read_only=True) as uow:
            undone = uow.amendments.find(key, [AmendmentState.ASKED, AmendmentState.DOING], 100)
            made = uow.amendments.find(key, list(ENDED), EVERYTHING)
        yield from (f"{key}: amendment {one.reference} is {one.state.value}: {one.said}" for one in undone)
        ours: dict[str, Decimal] = {}
        for one in made:
            if one.kind in {AmendmentKind.CANCEL, AmendmentKind.WITHDRAW, AmendmentKind.SWAP} and one.refunded:
                ours[one.order_id] = ours.get(one.order_id, Decimal(0)) + Decimal(one.refunded)
        for order_id in shop.order_ids():
            left = Decimal(shop.books(order_id).refunded)
            should = ours.get(order_id, Decimal(0)) + given_back.get((key, order_id), Decimal(0))
            if left != should:
                yield f"{key} order {order_id}: {left} was sent back, and should be {should}"


def of_holds(service: Service, key: str, shop: Any) -> Iterator[str]:
    """At Shopify exactly the units wait in the warehouse that are short."""
    store = service.stores[key]
    with service.work(read_only=True) as uow:
        orders = _orders(uow, key, shop.order_ids())
        terms = uow.promises.terms(key, [one.id for one in orders])
    for order in orders:
        if order.demand is not Demand.OPEN or order.status == "gone":
            continue
        wanted: Counter[str] = Counter()
        for line_id, units in held_units(order, terms.get(order.id), store.rules).units.items():
            wanted[order.lines[line_id].sku] += units
        held = shop.held_units(order.id)
        if held != dict(wanted):
            yield f"{key} order {order.id}: {held} are held, and should be {dict(wanted)}"


def _orders(uow: UnitOfWork, key: str, ids: Sequence[str]) -> list[OrderRecord]:
    return list(uow.orders.get(key, ids).values())


def of_ledger(service: Service, fresh: Service) -> Iterator[str]:
    """Everything that follows from the platform's state is what a new installation finds.  ``fresh`` pushes nothing."""
    for key in service.stores:
        _copy_what_people_said(service, fresh, key)
        reconcile(fresh.stores[key])
        while plan(fresh.stores[key]):
            pass
        ours, theirs = _ledger(service.stores[key]), _ledger(fresh.stores[key])
        for name in sorted(ours.keys() | theirs.keys()):
            if ours.get(name) != theirs.get(name):
                yield f"{key} {name}: {ours.get(name)} here, {theirs.get(name)} found anew"


def _copy_what_people_said(service: Service, fresh: Service, key: str) -> None:
    """Supplies and the owner's choices are no state of the platform's."""
    with service.work(read_only=True) as uow, fresh.work() as other:
        record, known = other.stores.get(key), uow.stores.get(key)
        assert record is not None
        assert known is not None
        for steered in uow.steering.get(key).values():
            other.steering.save(key, steered)
        record.revision = known.revision
        other.stores.save(record)
        other.commit()
        supplies = uow.supplies.open(key, [one.pool_id for one in uow.catalogue.each(key)])
    fresh.known.refresh()
    store = fresh.stores[key]
    reconcile(store)
    for supply in supplies:
        with fresh.work(read_only=True) as uow:
            is_known = bool([one for one in uow.catalogue.by_sku(key, supply.sku) if not one.gone])
        if supply.incoming and is_known:
            add_supply(store, supply.sku, supply.incoming, supply.due)


def _ledger(store: StoreContext) -> dict[str, object]:
    found: dict[str, object] = {}
    with store.work(read_only=True) as uow:
        variants = [one for one in uow.catalogue.each(store.key) if not one.gone]
        showings = uow.showings.get(store.key, [one.id for one in variants])
        pools = uow.pools.get(store.key, {one.pool_id for one in variants})
        orders = uow.orders.get(store.key, list(uow.orders.all_open_ids(store.key)))
    for variant in variants:
        shown = showings.get(variant.id)
        said = (shown.status, shown.sellable, shown.expected_on, dict(shown.desired)) if shown is not None else None
        found[f"variant {variant.sku}"] = said
    for pool in pools.values():
        # What the platform itself says counts where it keeps no number; beside one it follows from our own flag.
        status = pool.status.value if pool.available is None else ""
        found[f"pool {pool.id}"] = (pool.available, status, pool.missing)
    waiting: Counter[str] = Counter()
    for order in orders.values():
        for line in order.lines.values():
            if line.outstanding:
                found[f"line {order.id}/{line.id}"] = (line.sku, line.outstanding)
                waiting[line.pool_id] += line.waiting
    return found | {f"waiting in {pool}": units for pool, units in waiting.items() if units}
