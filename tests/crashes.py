"""Sudden death at a chosen boundary: before or after a commit, before or after a call to the shop.

As after ``kill -9`` nothing of the dead process happens any more: no ``finally`` commits, no handler calls the shop.
Whoever had asked for something does then what they would in life: the supervisor starts the service again, the jobs do
their work from its beginning, and the merchant looks how far the command came before it is given once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Self, cast

from house import House

from connector.bootstrap.store_jobs import heal_webhooks
from connector.known_stores import KnownStores
from connector.ports.records import SupplyRecord
from connector.ports.storefront import Storefront
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.context import StoreContext
from connector.services.reconcile import reconcile
from connector.services.supplies import add_supply, open_supplies, receive_supply
from connector.services.turn import reconcile_turn

LEASE = timedelta(seconds=30)
LISTS = {"push", "orders_changed", "products_changed", "read_orders", "read_products", "read_pools"}
"""The calls that give one thing after the other, so that death can come between two of them."""


class Died(BaseException):
    """Not an ``Exception``: nobody may catch it and go on."""


@dataclass
class Fate:
    """Every boundary passed so far, named with how often it was passed (``chairs: before push #2``), and those still to
    die at, by their number in all or by that name; each kills once.
    """

    to_die_at: set[int | str] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)
    is_dead: bool = False
    _times: Counter[str] = field(default_factory=Counter)

    def step(self, name: str) -> None:
        if self.is_dead:
            raise Died(name)
        self._times[name] += 1
        self.passed.append(f"{name} #{self._times[name]}")
        fatal = self.to_die_at & {len(self.passed), self.passed[-1]}
        if fatal:
            self.to_die_at -= fatal
            self.is_dead = True
            raise Died(self.passed[-1])

    def rise(self) -> None:
        """The process is started again."""
        self.is_dead = False


class MortalWork:
    def __init__(self, work: Work, fate: Fate, store: str) -> None:
        self._work, self._fate, self._store = work, fate, store

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        return cast("UnitOfWork", _MortalUnit(self._work(read_only=read_only), self._fate, self._store))


class _MortalUnit:
    def __init__(self, uow: UnitOfWork, fate: Fate, store: str) -> None:
        self._uow, self._fate, self._store = uow, fate, store

    def __enter__(self) -> Self:
        self._uow.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:  # noqa: PYI036 -- handed on as they come
        self._uow.__exit__(*error)

    def commit(self) -> None:
        self._fate.step(f"{self._store}: before a commit")
        self._uow.commit()
        self._fate.step(f"{self._store}: after a commit")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._uow, name)


class MortalStorefront:
    def __init__(self, storefront: Storefront, fate: Fate, store: str) -> None:
        self._storefront, self._fate, self._store = storefront, fate, store

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._storefront, name)

        def mortal(*args: Any, **kwargs: Any) -> Any:
            self._fate.step(f"{self._store}: before {name}")
            if name in LISTS:
                return self._each(name, call(*args, **kwargs))
            answer = call(*args, **kwargs)
            self._fate.step(f"{self._store}: after {name}")
            return answer

        return mortal

    def _each(self, name: str, answers: Iterable[Any]) -> Iterator[Any]:
        for answer in answers:
            self._fate.step(f"{self._store}: {name} answered")
            yield answer


def make_mortal(there: House, fate: Fate) -> None:
    """From now on, and as after a fresh start, the house's service can die."""
    service = there.service
    service.__dict__.pop("known", None)
    service.__dict__["known"] = _MortalKnown(service.known, fate)


class _MortalKnown:
    """The stores that are known, each of which can die."""

    def __init__(self, known: KnownStores, fate: Fate) -> None:
        self._known, self._fate = known, fate
        self._mortal: dict[str, tuple[StoreContext, StoreContext]] = {}

    def all(self) -> dict[str, StoreContext]:
        return {key: self._of(key, store) for key, store in self._known.all().items()}

    def _of(self, key: str, store: StoreContext) -> StoreContext:
        """As long as it is the same store, the same mortal one."""
        held = self._mortal.get(key)
        if held is None or held[0] is not store:
            held = self._mortal[key] = (store, _mortal(store, self._fate))
        return held[1]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._known, name)


def _mortal(store: StoreContext, fate: Fate) -> StoreContext:
    storefront = cast("Storefront", MortalStorefront(store.storefront, fate, store.key))
    return replace(store, work=MortalWork(store.work, fate, store.key), storefront=storefront, lease=LEASE)


def start(there: House) -> None:
    """What the jobs do first when the service starts."""
    for store in there.service.stores.values():
        heal_webhooks(there.service, store)
        reconcile(store)


def rise_again(there: House) -> None:
    start(there)
    for store in there.service.stores.values():
        reconcile_turn(store)
    there.settle(2)  # longer than a lease


def survive(there: House, fate: Fate, work: Callable[[], None]) -> None:
    """Do this; after a death do what a started service does, and then this from its beginning."""
    try:
        work()
    except Died:
        fate.rise()
        make_mortal(there, fate)
        survive(there, fate, lambda: rise_again(there))
        survive(there, fate, work)


@dataclass(frozen=True)
class MortalDesk:
    """The merchant's desk (``connector.sandbox.scenario.Desk``), whose commands can die as well.

    A command is a person's word, not a row: nobody takes it up again but that person, who sees it end without an
    answer and looks into the list of supplies before saying it once more.
    """

    there: House
    fate: Fate

    def today(self) -> date:
        return self.there.today()

    def available(self, store: str, sku: str) -> int | None:
        return self.there.available(store, sku)

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int:
        def listed() -> list[int]:
            whole = (sku, units, due)
            return [one.id for one in self._open(store) if (one.sku, one.incoming, one.due) == whole]

        def add() -> None:
            if not listed():
                add_supply(self._store(store), sku, units, due)

        survive(self.there, self.fate, add)
        (supply,) = listed()
        return supply

    def receive_supply(self, store: str, supply_id: int) -> None:
        def receive() -> None:
            if supply_id in {one.id for one in self._open(store)}:
                receive_supply(self._store(store), supply_id, None)

        survive(self.there, self.fate, receive)

    def _open(self, store: str) -> Sequence[SupplyRecord]:
        return open_supplies(self.there.store(store))

    def _store(self, store: str) -> StoreContext:
        """With boundaries of its own name, which stay the same however much the jobs do."""
        work = MortalWork(self.there.service.work, self.fate, f"{store}, the desk")
        return replace(self.there.store(store), work=work)
