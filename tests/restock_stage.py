"""A store with a restock list over a real database, and a shop whose stock number the test moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from connector.buyers import buyer_digest
from connector.domain.availability import Availability, Policy, decide
from connector.domain.facts import Demand, Fact, PlatformStatus, StockSeen
from connector.domain.rules import PolicyBook
from connector.ports.promising import MessageKind, MessageRecord, MessageState, Outgoing, TermsRecord, Written
from connector.ports.records import LineRecord, OrderRecord, PoolRecord, ShowingRecord, StoreRecord, VariantRecord
from connector.ports.restocking import SubscriptionRecord
from connector.ports.storefront import Platform, Storefront
from connector.ports.unit_of_work import Work
from connector.ports.wording import Wording
from connector.secret_key import FernetVault
from connector.services.connected import CONNECTED
from connector.services.context import Rules, StoreContext
from connector.services.invite import invite
from connector.services.restock import Agreed, Asked, ask, confirm
from connector.services.restock_asked import take_asked
from connector.settings.promise import QuietSettings, RestockSettings

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = "main"
TEXT = "The shop may write to me once."


class Console:
    """Reaches everybody and says nothing."""

    name = "console"

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def reaches(self, outgoing: Outgoing) -> bool:
        return bool(outgoing.email or outgoing.phone)

    def send(self, outgoing: Outgoing) -> None:
        self.sent.append(outgoing)

    def rest(self) -> None:
        """It holds nothing."""


class PlainWords:
    def write(self, kind: MessageKind, language: str, values: Mapping[str, Any]) -> Written:
        text = f"{kind.value} {language} {values.get('title', '')} {values.get('link', '')} {values.get('stop', '')}"
        return Written(kind.value, text, text, text)


@dataclass
class Shop:
    """The numbers at the shop itself; ``asked`` counts how often they were read."""

    clock: Any
    numbers: dict[str, int | None] = field(default_factory=dict)
    asked: list[Sequence[str]] = field(default_factory=list)
    failure: Exception | None = None

    def read_pools(self, ids: Sequence[str]) -> Iterator[Fact]:
        self.asked.append(list(ids))
        if self.failure is not None:
            raise self.failure
        for one in ids:
            number = self.numbers[one]
            yield StockSeen(one, number, status_of(number), self.clock())


def status_of(number: int | None) -> PlatformStatus:
    return PlatformStatus.IN_STOCK if number is None or number > 0 else PlatformStatus.SOLD_OUT


class Stage:
    def __init__(self, work: Work, **rules: Any) -> None:
        self.now = NOON
        self.work = work
        self.shop = Shop(lambda: self.now)
        self.console = Console()
        vault = FernetVault(["a key for the tests of restock lists"])
        quiet = rules.pop("quiet", QuietSettings())
        self.store = StoreContext(
            key=KEY,
            platform=cast("Platform", None),
            storefront=cast("Storefront", self.shop),
            work=work,
            clock=lambda: self.now,
            policies=PolicyBook(Policy(), ()),
            wording=cast("Wording", None),
            rules=Rules(restock=RestockSettings(**rules), quiet=quiet),
            buyer_of=buyer_digest(vault.derive("buyers")),
            vault=vault,
            channels=[self.console],
            composer=PlainWords(),
        )
        with work() as uow:
            uow.stores.save(StoreRecord(KEY, "woocommerce", cursors={CONNECTED: NOON}, shop="https://shop.example.com"))
            uow.commit()

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def shelf(self, variant_id: str = "chair", pool_id: str = "", *, available: int | None = 0) -> None:
        pool_id = pool_id or f"pool of {variant_id}"
        with self.work() as uow:
            title = variant_id.capitalize()
            sold = VariantRecord(variant_id, "product", pool_id, variant_id.upper(), title, (), (), True, self.now)  # noqa: FBT003 -- positions as the record has them
            uow.catalogue.save(KEY, [sold])
            uow.commit()
        self.stock(available, pool_id)

    def stock(self, available: int | None, pool_id: str = "pool of chair") -> None:
        """The shop has another number, and we have read, planned and confirmed it."""
        self.shop.numbers[pool_id] = available
        with self.work() as uow:
            uow.pools.touch(KEY, [pool_id], self.now)
            status = status_of(available)
            uow.pools.save_stock(KEY, [PoolRecord(pool_id, available, status, self.now, self.now)])
            uow.pools.confirm(KEY, [pool_id], self.now)
            uow.pools.planned(KEY, uow.pools.get(KEY, [pool_id]).values())
            shown = _decided(self.store, available)
            uow.showings.save(
                KEY,
                [
                    ShowingRecord(one.id, one.product_id, status=shown.status.value, sellable=shown.sellable)
                    for one in uow.catalogue.of_pools(KEY, [pool_id])
                ],
            )
            uow.commit()

    def asks(self, email: str, variant_id: str = "chair", units: int = 1, **more: Any) -> None:
        """Somebody types an address into the form, and we look at it."""
        whole = Asked(variant_id, email, "", "en", units, "form", "/product/chair", TEXT, "digest")
        ask(self.store, replace(whole, **more))
        take_asked(self.store)

    def joins(self, email: str, variant_id: str = "chair", units: int = 1) -> int:
        """Asks, and confirms a second later; the id."""
        self.asks(email, variant_id, units)
        self.wait(seconds=1)
        held = next(one for one in self.of(email) if one.variant_id == variant_id and one.state.is_open)
        confirm(self.store, held.id, Agreed(TEXT, "en", "digest"))
        return held.id

    def of(self, email: str) -> Sequence[SubscriptionRecord]:
        with self.work(read_only=True) as uow:
            return uow.restock.of_person(KEY, self.store.buyer_of(email))

    def get(self, subscription_id: int) -> SubscriptionRecord:
        with self.work(read_only=True) as uow:
            held = uow.restock.get(KEY, subscription_id)
        assert held is not None
        return held

    def invite(self) -> int:
        return invite(self.store)

    def messages(self, kind: MessageKind) -> list[MessageRecord]:
        with self.work(read_only=True) as uow:
            found = uow.messages.find(KEY, list(MessageState), 1000)
        return sorted((one for one in found if one.kind is kind), key=lambda one: one.id)

    def invited(self) -> list[int]:
        """The subscriptions that invitations were written for, in their order."""
        return [one.subscription for one in self.messages(MessageKind.RESTOCK)]

    def settle(self, state: MessageState, kind: MessageKind = MessageKind.RESTOCK) -> None:
        """As if every message of the kind that waits had come to this end."""
        with self.work() as uow:
            for one in self.messages(kind):
                if one.state is MessageState.PENDING:
                    one.state = state
                    uow.messages.save(KEY, one)
            uow.commit()

    def buys(self, email: str, variant_id: str = "chair", *, waits: bool = False, order_id: str = "") -> None:
        order_id = order_id or f"order of {email} {self.now}"
        open_ = 1 if waits else 0
        line = LineRecord("1", variant_id, f"pool of {variant_id}", variant_id.upper(), "", 1, 1, 1 - open_, open_)
        demand = Demand.OPEN if waits else Demand.DONE
        placed = (self.now,) * 4
        with self.work() as uow:
            order = OrderRecord(order_id, "1", demand, "", *placed, None, "en", test=False, lines={"1": line})
            uow.orders.save(KEY, [order])
            uow.promises.save_terms(KEY, [TermsRecord(order_id, buyer=self.store.buyer_of(email))])
            uow.commit()


def _decided(store: StoreContext, available: int | None) -> Availability:
    return decide(1 if available is None else available, [], Policy(units=0), store.today())
