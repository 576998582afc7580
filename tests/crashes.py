"""Sudden death at a chosen boundary: before or after a commit, before or after a call to the shop.

As after ``kill -9`` nothing of the dead process happens any more: no ``finally`` commits, no handler calls the shop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Self, cast

from house import House

from connector.ports.storefront import Storefront
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.context import StoreContext

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
    service.__dict__.pop("stores", None)
    service.__dict__["stores"] = {key: _mortal(store, fate) for key, store in service.stores.items()}


def _mortal(store: StoreContext, fate: Fate) -> StoreContext:
    storefront = cast("Storefront", MortalStorefront(store.storefront, fate, store.key))
    return replace(store, work=MortalWork(store.work, fate, store.key), storefront=storefront, lease=LEASE)
