"""A store that takes its leave, for the tests of how it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from house import House

from connector.ports.records import StoreRecord
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.context import StoreContext
from connector.services.explain import sentence
from connector.services.leave import ask_to_leave, leave
from connector.services.turn import leave_or_turn
from webhooks.subscriptions import remove_all

FLAG = {WOO: "backorders", SHOPIFY: "inventoryPolicy"}
SKUS = ("EMPTY", "OPEN", "FULL")


@dataclass
class Goodbye:
    """One store of a house, what its shop showed before us, and what was given back."""

    house: House
    key: str
    revoked: list[Mapping[str, Any]] = field(default_factory=list)
    before: dict[str, Mapping[str, str]] = field(default_factory=dict)
    by_hand: str = ""

    @property
    def store(self) -> StoreContext:
        return self.house.service.known.tended()[self.key]

    def ask(self, *, put_back: bool = True) -> None:
        self.before = self.shows() if not self.before else self.before
        now = self.house.service.clock()
        ask_to_leave(self.house.service.work, self.key, put_back=put_back, by="owner", now=now)

    def revoke(self, options: Mapping[str, Any]) -> str:
        self.revoked.append(options)
        return self.by_hand

    def leaving(self, store: StoreContext, remove: Callable[[], int] | None = None) -> int:
        address = self.house.service.address(self.key)
        vault = self.house.service.vault
        return leave(
            store, remove_webhooks=remove or (lambda: remove_all(store, address)), revoke=self.revoke, vault=vault
        )

    def go(self, store: StoreContext | None = None) -> int:
        return leave_or_turn(store or self.store, self.leaving)

    def shows(self) -> dict[str, Mapping[str, str]]:
        shop = self.house.shops[self.key]
        return {sku: dict(shop.shelf(sku).fields) for sku in SKUS}

    def flag(self, sku: str) -> str:
        return self.shows()[sku][FLAG[self.key]]

    def record(self) -> StoreRecord:
        with self.house.service.work(read_only=True) as uow:
            record = uow.stores.get(self.key)
        assert record is not None
        return record

    def told(self) -> Sequence[str]:
        """The newest sentence about the store itself last."""
        with self.house.service.work(read_only=True) as uow:
            links = [one for one in uow.journal.walk(self.key) if not one.entry.variant_id]
        return [sentence(link).partition("  ")[2] for link in links]

    def webhooks(self) -> int:
        address = self.house.service.address(self.key)
        return sum(one.address == address for one in self.store.storefront.subscriptions())

    def has_keys(self) -> bool:
        with self.house.service.work(read_only=True) as uow:
            return uow.credentials.get(self.key) is not None


def stocked(there: House, key: str) -> Goodbye:
    """A shop that we have written to: one flag opened, one closed, one only described."""
    found = Goodbye(there, key)
    shop = there.shops[key]
    shop.add_product("EMPTY", 0)
    shop.add_product("OPEN", 0, oversell=True)
    shop.add_product("FULL", 5)
    found.before = found.shows()
    there.connect()
    there.add_supply(key, "EMPTY", 4, there.today() + timedelta(days=7))
    there.settle(2)
    assert all(found.shows()[sku] != found.before[sku] for sku in SKUS)
    return found
