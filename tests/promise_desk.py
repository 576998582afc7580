"""One store in memory with a clock that the test moves: facts come in, plans are made, pushed and confirmed, and what
is due is written down.  Nothing leaves the house but by the test's own hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from memory_store import MemoryWork

import adapters
from connector.domain.availability import Mode, Policy
from connector.domain.facts import (
    Demand,
    Fact,
    LineSeen,
    OrderSeen,
    PlatformStatus,
    ShownSeen,
    StockSeen,
    VariantSeen,
)
from connector.domain.journal import Entry
from connector.domain.promises import EventKind, Expected, PromiseEvent, ShownToBuyer
from connector.domain.rules import PolicyBook
from connector.notify.wording import TemplateWording
from connector.ports.promising import (
    AmendmentRecord,
    Channel,
    Composer,
    MessageKind,
    MessageRecord,
    MessageState,
)
from connector.ports.records import NoticeState, OrderRecord, StoreRecord
from connector.ports.storefront import Change, Pushed, Storefront
from connector.services.announce import announce
from connector.services.apply import Apply
from connector.services.confirm import plan_all
from connector.services.connected import CONNECTED
from connector.services.context import Rules, StoreContext
from connector.services.delays import look_again, option_sent, watch_delays
from connector.services.push import push
from connector.services.supplies import add_supply, change_supply, receive_supply

KEY = "main"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SETTLE = timedelta(seconds=20)
NEVER_FILLED = PolicyBook(Policy(Mode.ALWAYS))
VARIANT = "7"
FIELDS = (
    "backorders",
    "_backorder_status",
    "_backorder_expected_on",
    "_backorder_expected_from",
    "_backorder_message",
)


class Shelf:
    """The shop's side of pushing: it takes everything."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def push(self, changes: Sequence[Change]) -> Iterator[Pushed]:
        for change in changes:
            yield Pushed(change.variant_id, self._desk.now)

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"nobody asks the shop for {name} here")


@dataclass
class Mail:
    name: str = "email"


@dataclass
class Desk:
    """``talks``: whether messages of our own reach people."""

    rules: Rules = field(default_factory=Rules)
    talks: bool = True
    kinds: tuple[str, ...] = ("waiting", "changed", "ready")
    policy: PolicyBook = NEVER_FILLED
    is_working: Any = None
    now: datetime = MONDAY
    work: Any = field(default_factory=MemoryWork)
    versions: dict[str, OrderSeen] = field(default_factory=dict)
    available: int = 0

    def __post_init__(self) -> None:
        with self.work() as uow:
            record = StoreRecord(KEY, "woocommerce", cursors={CONNECTED: self.now - timedelta(days=30)})
            uow.stores.save(record)
            uow.commit()
        self.take(VariantSeen(VARIANT, VARIANT, VARIANT, "CHAIR", "Chair", self.now))
        self.take(ShownSeen(VARIANT, dict.fromkeys(FIELDS, "") | {"backorders": "no"}, self.now))

    @property
    def store(self) -> StoreContext:
        more = {} if self.is_working is None else {"is_working": self.is_working}
        return StoreContext(
            key=KEY,
            platform=adapters.platform("woocommerce"),
            storefront=cast("Storefront", Shelf(self)),
            work=self.work,
            clock=lambda: self.now,
            policies=self.policy,
            wording=TemplateWording("en", {}, self.kinds),
            settle=SETTLE,
            rules=self.rules,
            channels=(cast("Channel", Mail()),) if self.talks else (),
            composer=cast("Composer", object()) if self.talks else None,
            buyer_of=lambda address: f"digest of {address}",
            **more,
        )

    # What happens at the shop.

    def take(self, *facts: Fact, read: bool = True) -> None:
        with self.work() as uow:
            apply = Apply(uow, KEY, self.store.buyer_of)
            apply.take(facts, self.now, read=read)
            apply.finish(self.now)
            uow.commit()

    def stock(self, available: int) -> None:
        """The shop's own number: what is there, less what is owed."""
        self.available = available
        self.take(StockSeen(VARIANT, available, PlatformStatus.BACKORDER, self.now))

    def order(
        self,
        id_: str = "1001",
        units: int = 1,
        *,
        demand: Demand = Demand.OPEN,
        shown: ShownToBuyer | None = None,
        country: str = "US",
        **more: Any,
    ) -> OrderSeen:
        """Somebody buys ``units``, which the shop takes out of its number at once."""
        line = LineSeen("1", VARIANT, "CHAIR", "Chair", units, units, product_id=VARIANT, shown=shown)
        paid = self.now if demand is Demand.OPEN else None
        given = {"country": country, "paid_at": paid, "email": f"{id_}@example.com", **more}
        seen = OrderSeen(id_, id_, demand, "processing", self.now, self.now, self.now, (line,), **given)
        self.versions[id_] = seen
        self.take(seen)
        self.stock(self.available - units)
        return seen

    def change(
        self,
        id_: str,
        *,
        shipped: int | None = None,
        wanted: int | None = None,
        shown: ShownToBuyer | None = None,
        **more: Any,
    ) -> OrderSeen:
        """A newer version of an order."""
        held = self.versions[id_]
        (line,) = held.lines
        line = replace(line, shown=shown or line.shown)
        line = replace(line, shipped=line.shipped if shipped is None else shipped)
        line = replace(line, wanted=line.wanted if wanted is None else wanted)
        seen = replace(held, changed_at=self.now, lines=(line,), **more)
        self.versions[id_] = seen
        self.take(seen)
        return seen

    def cancel(self, id_: str) -> None:
        units = self.versions[id_].lines[0].wanted
        self.change(id_, demand=Demand.VOID)
        self.stock(self.available + units)

    # What the owner does.

    def supply(self, units: int, due: date | None = None, **more: Any) -> int:
        return add_supply(self.store, "CHAIR", units, due, **more).id

    def slips(self, supply: int, due: date | None, units: int | None = None) -> None:
        change_supply(self.store, supply, due=due, units=units)

    def comes(self, supply: int, units: int | None = None, *, booked: int | None = None, last: bool = False) -> None:
        """Goods of a supply come and are booked at the shop."""
        before = self._supply(supply)
        receive_supply(self.store, supply, units, last=last)
        came = self._supply(supply).received - before.received
        self.stock(self.available + (came if booked is None else booked))

    def _supply(self, number: int) -> Any:
        with self.work(read_only=True) as uow:
            return uow.supplies.get(KEY, number)

    # What the service does.

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def until(self, day: date, hour: int = 9) -> None:
        """Time passes hour by hour, and whatever is due by then is done."""
        end = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        while self.now < end:
            self.now = min(end, self.now + timedelta(hours=1))
            self.turn()

    def turn(self) -> None:
        """Plan and push at once, judge what time has made due, and send what has settled."""
        plan_all(self.store)
        push(self.store)
        self.confirm()
        watch_delays(self.store)
        self.tell()
        self.send()

    def settle(self) -> None:
        """Plan, push and confirm; nothing that people are told leaves yet."""
        plan_all(self.store)
        push(self.store)
        self.confirm()

    def confirm(self) -> None:
        with self.work() as uow:
            ids = [one for one in uow.pools.ids_after(KEY, "", 100) if uow.pools.unconfirmed_among(KEY, [one])]
            announce(self.store, uow, uow.pools.confirm(KEY, ids, self.now))
            uow.commit()

    def send(self) -> list[MessageRecord]:
        """As the sender of messages does it: each is sent, and who was asked something has been asked from then on."""
        sent: list[MessageRecord] = []
        while True:
            with self.work() as uow:
                claimed = uow.messages.claim(KEY, self.now, self.now + timedelta(minutes=2), 1)
                for one in claimed:
                    one.state, one.sent_at, one.text, one.channel = MessageState.SENT, self.now, "words", "email"
                    one.next_at = None
                    uow.messages.save(KEY, one)
                    option_sent(uow, self.store, one, self.now)
                    sent.append(one)
                uow.commit()
            if not claimed:
                return sent

    def tell(self) -> list[tuple[str, str]]:
        """The marks reach the shop; kind and text of each notice."""
        told: list[tuple[str, str]] = []
        with self.work() as uow:
            while claimed := uow.notices.claim(KEY, self.now, self.now + timedelta(minutes=2), 1):
                for one in claimed:
                    told.append((one.kind.value, one.text))
                    uow.notices.settle(KEY, one.id, NoticeState.SENT, at=self.now, next_at=None, reason="")
            uow.commit()
        return told

    def park(self) -> None:
        """No channel takes what waits to be sent."""
        with self.work() as uow:
            for one in uow.messages.find(KEY, {MessageState.PENDING}, 100):
                one.state, one.reason = MessageState.PARKED, "nobody took it"
                uow.messages.save(KEY, one)
                look_again(uow, self.store, one.order_id, self.now)
            uow.commit()

    # What came of it.

    def events(self, id_: str = "1001") -> list[PromiseEvent]:
        with self.work(read_only=True) as uow:
            return list(uow.promises.events(KEY, [id_]).get(id_, {}).get("1", ()))

    def days(self, id_: str = "1001") -> list[tuple[EventKind, date | None]]:
        return [(one.kind, one.expected.latest) for one in self.events(id_)]

    def kinds_of(self, id_: str = "1001") -> list[EventKind]:
        return [one.kind for one in self.events(id_)]

    def messages(self, id_: str = "1001", *states: MessageState) -> list[MessageRecord]:
        with self.work(read_only=True) as uow:
            return [one for one in uow.messages.of_order(KEY, id_) if not states or one.state in states]

    def said(self, id_: str = "1001") -> list[MessageKind]:
        """The kinds of what was sent, in that order."""
        sent = self.messages(id_, MessageState.SENT)
        return [one.kind for one in sorted(sent, key=lambda one: (one.sent_at or MONDAY, one.id))]

    def waits_to_be_said(self, id_: str = "1001") -> list[MessageKind]:
        return [one.kind for one in self.messages(id_, MessageState.PENDING)]

    def amendments(self, id_: str = "1001") -> list[AmendmentRecord]:
        with self.work(read_only=True) as uow:
            return list(uow.amendments.of_order(KEY, id_))

    def to_owner(self) -> list[Mapping[str, Any]]:
        with self.work(read_only=True) as uow:
            found = uow.messages.find(KEY, set(MessageState), 100)
        return [one.values for one in reversed(found) if one.kind is MessageKind.TO_OWNER]

    def known(self, id_: str = "1001") -> OrderRecord:
        with self.work(read_only=True) as uow:
            return cast("OrderRecord", uow.orders.get(KEY, [id_])[id_])

    def journal(self, kind: str) -> list[Entry]:
        with self.work(read_only=True) as uow:
            return [one.entry for one in reversed(uow.journal.read(KEY)) if one.entry.kind == kind]


def on(day: int, month: int = 12) -> date:
    return date(2026, month, day)


def exactly(day: date) -> Expected:
    return Expected(day, day)
