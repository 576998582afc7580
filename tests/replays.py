"""The same deliveries, given again in another order: a fresh service over a frozen shop, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

import time_machine
from frozen import FrozenStorefront, ReadOnce
from memory_rows import delivery
from memory_store import MemoryWork
from worlds import World

from connector.domain.availability import Mode, Policy
from connector.domain.rules import PolicyBook, Rule
from connector.notify.wording import TemplateWording
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NewDelivery, OrderRecord, StoreRecord, WaitingLine
from connector.ports.storefront import Storefront
from connector.ports.unit_of_work import Inbox, Work
from connector.services.confirm import confirm
from connector.services.context import StoreContext
from connector.services.digest import digest
from connector.services.notify import notify
from connector.services.plan import places, plan
from connector.services.push import push
from connector.services.reconcile import reconcile
from connector.services.reread import reread
from connector.services.supplies import add_supply
from connector.services.turn import drain

KEY = "shop"
SETTLE = timedelta(seconds=20)
ROUNDS = 8

POLICIES = PolicyBook(
    default=Policy(Mode.UP_TO, units=6, lead_days=9),
    rules=(Rule(Policy(Mode.WHILE_INCOMING), sku="BREAD"), Rule(Policy(Mode.ALWAYS), sku="CUP-*")),
)


def throw(seed: int) -> Random:
    return Random(seed)  # noqa: S311 -- chance for tests, not for secrets


@dataclass(frozen=True)
class Step:
    """Deliveries by number as they come in together, and whether the slower half of the service runs after them."""

    numbers: tuple[int, ...]
    look: int  # which snapshot the shop answers from by now
    settles: bool


class Replay:
    """One world's history, to be lived through again and again."""

    def __init__(self, world: World, clock: time_machine.Traveller, real: tuple[Work, Inbox] | None = None) -> None:
        """``real``: a database of its own instead of the dictionaries; good for one life."""
        self.world = world
        self.memory = MemoryWork()
        self._inbox = real[1] if real else None
        self._seen = 0
        self.clock = clock
        platform: Any = ReadOnce(world.platform, [(topic, body) for topic, body, _ in world.deliveries])
        self.storefront = FrozenStorefront(world.looks[0])
        self.store = StoreContext(
            key=KEY,
            platform=platform,
            storefront=cast("Storefront", self.storefront),
            work=real[0] if real else self.memory,
            clock=system_clock,
            policies=POLICIES,
            wording=TemplateWording("en", {}, frozenset()),
            settle=SETTLE,
        )
        self._connect()

    def _connect(self) -> None:
        self.clock.move_to(self.world.looked_at[0])
        with self.store.work() as uow:
            uow.stores.save(StoreRecord(KEY, self.world.platform.name))
            uow.commit()
        reconcile(self.store)
        add_supply(self.store, "APPLE", 4, datetime(2026, 12, 5).date())  # noqa: DTZ001 -- a day, no moment
        add_supply(self.store, "BREAD", 3, None)
        self.turn()
        self.settle()
        self._connected = self.memory.stored
        self._pushed = {key: dict(fields) for key, fields in self.storefront.pushed.items()}
        self._pushed_at = dict(self.storefront.pushed_at)

    def live(self, steps: Sequence[Step], dice: Random, *, heal: bool = False) -> Mapping[str, Any]:
        """Begin anew, take the deliveries step by step, and tell how it ended.  ``heal``: reconcile at the end."""
        self.memory.stored = self._connected.copied()
        shop = self.storefront = FrozenStorefront(
            self.world.looks[0], {key: dict(fields) for key, fields in self._pushed.items()}, dict(self._pushed_at)
        )
        object.__setattr__(self.store, "storefront", shop)
        self.clock.move_to(self.world.looked_at[0])
        for step in steps:
            shop.now_shows = self.world.looks[step.look]
            self.clock.move_to(max(self.world.looked_at[step.look], system_clock()))
            self._put(step.numbers)
            while digest(self.store, dice.choice((7, 200))):
                if dice.random() < 0.5:
                    self.turn()
            self.turn()
            if step.settles:
                self.settle()
        if heal:
            # An order deleted for good is found by the reading of all open ones, once a day.
            self.clock.shift(timedelta(hours=25))
            reconcile(self.store)
            self.turn()
        self.settle()
        return self.state()

    def turn(self) -> int:
        """``services.turn.turn`` without its questions of who may do what, which are most of its cost."""
        drain(plan, self.store)
        done = push(self.store)
        if reread(self.store):
            done += 1 + drain(plan, self.store) + push(self.store)
        return done

    def settle(self) -> None:
        """Time passes until a confirmation finds nothing more to confirm."""
        for _ in range(ROUNDS):
            self.clock.shift(SETTLE + timedelta(seconds=1))
            before = self.storefront.confirmations
            confirm(self.store)
            done = self.turn() + notify(self.store)
            if not done and self.storefront.confirmations == before:
                return
        raise AssertionError("the service never comes to rest")

    def _put(self, numbers: Sequence[int]) -> None:
        at = system_clock()
        held = self.memory.stored.deliveries
        for number in numbers:
            topic = self.world.deliveries[number][0]
            if self._inbox is not None:
                self._seen += 1
                name = self.world.platform.name
                self._inbox.keep(NewDelivery(KEY, name, topic, str(self._seen), str(number).encode(), at))
                continue
            id_ = len(held) + 1
            held[id_] = delivery(id_, KEY, self.world.platform.name, topic, str(number).encode(), at)

    def state(self) -> Mapping[str, Any]:
        """Everything that must not depend on how the news travelled.  Times of ours and ids of ours are not in it."""
        found: dict[str, Any] = {}
        with self.store.work(read_only=True) as uow:
            waiting = uow.orders.waiting(
                KEY,
                {
                    line.pool_id
                    for one in uow.orders.get(KEY, self.world.order_ids).values()
                    for line in one.lines.values()
                },
            )
            for order in uow.orders.get(KEY, self.world.order_ids).values():
                found[f"order {order.id}"] = _order(order)
                found[f"queue {order.id}"] = _queue([one for one in waiting if one.order_id == order.id])
                found[f"told {order.id}"] = self._told(order)
            variants = list(uow.catalogue.each(KEY))
            showings = {one.variant_id: one for one in uow.showings.each(KEY)}
            pools = uow.pools.get(KEY, {one.pool_id for one in variants})
            for one in variants:
                if not one.sellable and (one.pool_id not in pools or pools[one.pool_id].available is None):
                    continue  # A parent that keeps nothing; WooCommerce does not tell when its status moves.
                found[f"variant {one.id}"] = (one.pool_id, one.sku, one.title, one.categories, one.tags, one.sellable)
                shown = showings.get(one.id)
                if shown is not None:
                    found[f"showing {one.id}"] = {
                        "shown": dict(shown.shown),
                        "desired": dict(shown.desired),
                        "means": (shown.status, shown.sellable, shown.expected_on),
                        "override": dict(shown.override),
                        "stuck": (shown.suspect, shown.due, shown.parked),
                    }
                pool = pools[one.pool_id]
                found[f"pool {pool.id}"] = (pool.available, pool.status, pool.missing)
            parked = uow.deliveries.find(store=KEY, state=DeliveryState.PARKED)
            found["parked"] = [one.reason for one in parked]
        return found

    def _told(self, order: OrderRecord) -> Any:
        """What the order bears in the shop, which is what we believe that it does."""
        tellings = self.storefront.told.get(order.id, [])
        assert order.revision == 0 or tellings[-1].marks == order.told
        return order.told


def _order(order: OrderRecord) -> Any:
    lines = {
        line.id: {
            "what": (line.variant_id, line.pool_id, line.sku, line.title),
            "units": (line.ordered, line.wanted, line.shipped, line.outstanding),
            "plan": (line.ready, line.waiting, line.expected_on),
        }
        for line in order.lines.values()
        if line.wanted
    }
    if not order.demand.waits:
        # Done, cancelled, in the bin or deleted: a list shows some of these as others, and none of them waits.
        return (order.number, order.language)
    return (order.number, order.demand, order.status, order.language, order.test, lines)


def _queue(waiting: Sequence[WaitingLine]) -> Any:
    """Where the units stand that still wait to leave."""
    found = {line.line_id: places(line) for line in waiting}
    for line in waiting:
        assert sum(part.units for part in found[line.line_id]) == line.outstanding
    return found
