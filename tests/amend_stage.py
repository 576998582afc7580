"""One store over a real database and a shop that is played: strict about what is asked of it twice.

For tests of what shoppers decide and what becomes of it; the clock is the test's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from connector.domain.facts import Demand, Fact, LineSeen, OrderGone, OrderSeen
from connector.domain.promises import Actor, EventKind, Expected, PromiseEvent
from connector.domain.rules import PolicyBook
from connector.ports.acting import Alternative, Cancelling, Done, Swapping
from connector.ports.failures import Refused
from connector.ports.promising import AmendmentKind, AmendmentRecord, AmendmentState, MessageKind, TermsRecord
from connector.ports.records import OrderRecord, StoreRecord
from connector.ports.unit_of_work import Work
from connector.secret_key import FernetVault
from connector.services.apply import Apply
from connector.services.context import Rules, StoreContext

KEY = "chairs"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DUE = date(2026, 12, 24)


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def shift(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Shop:
    """The part of ``Storefront`` that is acted on.  ``troubles`` are raised by the next acts, one each; ``before`` the
    act is carried out, else after it (the answer is lost).
    """

    clock: Clock
    orders: dict[str, OrderSeen] = field(default_factory=dict)
    done: dict[str, Done] = field(default_factory=dict)
    asked: list[Cancelling | Swapping] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    loses_answers: bool = False
    by_hand: str = ""
    price: str = "12.00"
    offers: list[Alternative] = field(default_factory=list)

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        return iter([self.orders.get(one) or OrderGone(one) for one in ids])

    def cancel(self, cancelling: Cancelling) -> Done:
        return self._act(cancelling, cancelling.units, again=cancelling.again)

    def swap(self, swapping: Swapping) -> Done:
        return self._act(swapping, {swapping.line_id: swapping.units}, again=swapping.again)

    def alternatives(self, order_id: str, line_id: str, limit: int) -> Sequence[Alternative]:
        del order_id, line_id
        return self.offers[:limit]

    def happened(self) -> list[str]:
        """The references of what was really done, in that order."""
        return list(self.done)

    def change(self, order_id: str, **lines: Mapping[str, int]) -> None:
        """Somebody changes lines of an order at the shop: ``one={"shipped": 1}``."""
        held = self.orders[order_id]
        changed = tuple(replace(line, **cast("Any", lines.get(line.id, {}))) for line in held.lines)
        self.orders[order_id] = replace(held, lines=changed, changed_at=self.clock())

    def _act(self, what: Cancelling | Swapping, units: Mapping[str, int], *, again: bool) -> Done:
        self.asked.append(what)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None and not self.loses_answers:
            raise trouble
        done = self._do(what, units, again=again)
        if trouble is not None:
            raise trouble
        return done

    def _do(self, what: Cancelling | Swapping, units: Mapping[str, int], *, again: bool) -> Done:
        if what.reference in self.done:
            assert again, f"{what.reference} is asked for a second time as if it were the first"
            return self.done[what.reference]
        held = self.orders[what.order_id]
        there = {line.id: line.outstanding for line in held.lines}
        if any(there.get(line, 0) < count for line, count in units.items()):
            raise Refused("gone", "These units are not there any more.")
        lines = tuple(replace(line, wanted=line.wanted - units.get(line.id, 0)) for line in held.lines)
        left = any(line.wanted for line in lines)
        self.orders[what.order_id] = replace(
            held, lines=lines, changed_at=self.clock(), demand=Demand.OPEN if left else Demand.VOID
        )
        refunded = "" if self.by_hand else self.price
        done = Done(self.clock(), refunded, "EUR" if refunded else "", self.by_hand)
        self.done[what.reference] = done
        return done


@dataclass
class Stage:
    work: Work
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.shop = Shop(self.clock)
        self.store = StoreContext(
            key=KEY,
            platform=cast("Any", None),
            storefront=cast("Any", self.shop),
            work=self.work,
            clock=self.clock,
            policies=PolicyBook(),
            wording=cast("Any", None),
            lease=timedelta(seconds=30),
            rules=Rules(),
            vault=FernetVault(["a key that is long enough for a test"]),
        )
        with self.work() as uow:
            uow.stores.save(StoreRecord(KEY, "woocommerce"))
            uow.commit()

    def rule(self, **changes: Any) -> None:
        """Other settings: ``shopper={"fee": "5 EUR"}``."""
        rules = self.store.rules
        changed = {name: getattr(rules, name).model_copy(update=values) for name, values in changes.items()}
        self.store = replace(self.store, rules=replace(rules, **changed))

    def place(
        self, order_id: str = "7", *, shipped: int = 0, waiting: int | None = None, country: str = "", **lines: int
    ) -> str:
        """An order whose lines wait for a supply, known to us: ``place(one=2)``.  ``waiting``: of each line."""
        at = self.clock()
        seen = tuple(
            LineSeen(line, f"v-{line}", f"SKU-{line}", f"Chair {line}", units, units, shipped)
            for line, units in (lines or {"one": 2}).items()
        )
        self.shop.orders[order_id] = OrderSeen(
            order_id, f"#{order_id}", Demand.OPEN, "processing", at, at, at, seen, "en", country=country, paid_at=at
        )
        with self.work() as uow:
            apply = Apply(uow, KEY)
            apply.take([self.shop.orders[order_id]], at, read=True)
            apply.finish(at)
            order = uow.orders.get(KEY, [order_id])[order_id]
            for one in order.lines.values():
                one.waiting = one.outstanding if waiting is None else min(waiting, one.outstanding)
                one.ready, one.expected_on = one.outstanding - one.waiting, DUE if one.waiting else None
            uow.orders.save(KEY, [order])
            uow.promises.save_terms(KEY, [TermsRecord(order_id, country=country, paid_at=at)])
            for line in order.lines:
                promise = PromiseEvent(at, EventKind.PROMISED, Actor.SERVICE, 0, Expected(DUE, DUE), "On 24 December.")
                uow.promises.append(KEY, order_id, line, [promise])
            uow.commit()
        return order_id

    def ask(self, order_id: str = "7", line_id: str = "one", units: int = 1, **more: Any) -> AmendmentRecord:
        """An amendment, as a rule or a shopper would write it."""
        made = AmendmentRecord(
            0,
            order_id,
            line_id,
            AmendmentKind.CANCEL,
            units,
            "",
            Actor.SHOPPER,
            "The shopper does not want to wait.",
            "",
            f"S-{order_id}-{line_id or 'all'}",
            str(uuid4()),
            self.clock(),
        )
        made = replace(made, **more)
        with self.work() as uow:
            made.id = uow.amendments.add(KEY, made)
            uow.commit()
        return made

    def event(self, kind: EventKind, order_id: str = "7", line_id: str = "one", **more: Any) -> None:
        event = replace(PromiseEvent(self.clock(), kind, Actor.SERVICE, 0), **more)
        with self.work() as uow:
            uow.promises.append(KEY, order_id, line_id, [event])
            uow.commit()

    def order(self, order_id: str = "7") -> OrderRecord:
        with self.work(read_only=True) as uow:
            return uow.orders.get(KEY, [order_id])[order_id]

    def amendments(self, order_id: str = "7") -> Sequence[AmendmentRecord]:
        with self.work(read_only=True) as uow:
            return uow.amendments.of_order(KEY, order_id)

    def states(self, order_id: str = "7") -> list[AmendmentState]:
        return [one.state for one in self.amendments(order_id)]

    def events(self, order_id: str = "7", line_id: str = "one") -> Sequence[PromiseEvent]:
        with self.work(read_only=True) as uow:
            return uow.promises.events(KEY, [order_id]).get(order_id, {}).get(line_id, ())

    def kinds(self, order_id: str = "7", line_id: str = "one") -> list[EventKind]:
        """Of the events of a line, but for what was promised."""
        return [one.kind for one in self.events(order_id, line_id) if one.kind is not EventKind.PROMISED]

    def messages(self, order_id: str = "7") -> list[tuple[MessageKind, Mapping[str, Any]]]:
        with self.work(read_only=True) as uow:
            return [(one.kind, one.values) for one in uow.messages.of_order(KEY, order_id)]

    def said(self, order_id: str = "7") -> list[MessageKind]:
        return [kind for kind, _ in self.messages(order_id)]

    def journal(self, order_id: str = "7") -> list[str]:
        with self.work(read_only=True) as uow:
            return [link.entry.kind for link in uow.journal.read(KEY, order_id=order_id, limit=100)]
