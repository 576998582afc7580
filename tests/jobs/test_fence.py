"""Whoever finds that a store was given to another writes nothing more and calls nobody any more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from scheduling import a_store

from connector.jobs import fence
from connector.jobs.fence import Superseded, fenced
from connector.ports.records import StoreRecord
from connector.services.context import StoreContext
from connector.storage.engine import Database

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass
class Shop:
    """Stands for whatever acts outside."""

    name: str = "shop"
    asked: list[str] = field(default_factory=list)

    def push(self, changes: list[str]) -> Iterator[str]:
        for change in changes:
            self.asked.append(change)
            yield change

    def read(self) -> str:
        self.asked.append("read")
        return "facts"


def store_of(database: Database, shop: Shop) -> StoreContext:
    return replace(a_store("main"), work=database.work, storefront=cast("Any", shop), channels=[cast("Any", shop)])


def take_over(database: Database) -> None:
    with database.work() as uow:
        uow.turns.begin("main", "another", NOON)
        uow.commit()


def titles(database: Database) -> list[str]:
    with database.work(read_only=True) as uow:
        return [record.title for record in uow.stores.all()]


def enter(store: StoreContext, title: str) -> None:
    with store.work() as uow:
        uow.stores.save(StoreRecord("main", "woocommerce", title=title))
        uow.commit()


@pytest.fixture(autouse=True)
def _sure_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fence, "SURE_SECONDS", 0.0)


def test_each_run_has_a_number_of_its_own_and_its_name_beside_it(database: Database) -> None:
    store = store_of(database, Shop())
    numbers = []
    for _ in range(3):
        fenced(lambda _: None, "worker 1")(store)
        with database.work(read_only=True) as uow:
            numbers.append(uow.turns.number("main"))
    assert numbers == [1, 2, 3]


def test_a_run_that_is_alone_writes_and_calls_as_ever(database: Database) -> None:
    shop = Shop()

    def verb(store: StoreContext) -> int:
        enter(store, "mine")
        assert store.storefront.read() == "facts"  # type: ignore[attr-defined]
        assert [one.name for one in store.channels] == ["shop"]
        return len(list(store.storefront.push(cast("Any", ["a", "b"]))))

    assert fenced(verb, "worker 1")(store_of(database, shop)) == 2
    assert (titles(database), shop.asked) == (["mine"], ["read", "a", "b"])


def test_a_run_that_was_superseded_writes_nothing(database: Database) -> None:
    def verb(store: StoreContext) -> None:
        enter(store, "before")
        take_over(database)
        enter(store, "after")

    with pytest.raises(Superseded):
        fenced(verb, "worker 1")(store_of(database, Shop()))
    assert titles(database) == ["before"]


def test_a_run_that_was_superseded_calls_neither_the_shop_nor_who_carries_messages(database: Database) -> None:
    shop = Shop()

    def verb(store: StoreContext) -> None:
        take_over(database)
        for acting in (store.storefront, store.channels[0]):
            with pytest.raises(Superseded):
                cast("Any", acting).read()

    fenced(verb, "worker 1")(store_of(database, shop))
    assert shop.asked == []


def test_a_push_that_is_superseded_midway_ends_there(database: Database) -> None:
    shop = Shop()

    def verb(store: StoreContext) -> None:
        for change in store.storefront.push(cast("Any", ["a", "b", "c"])):
            if cast("Any", change) == "b":
                take_over(database)

    with pytest.raises(Superseded):
        fenced(verb, "worker 1")(store_of(database, shop))
    assert shop.asked == ["a", "b"]


def test_reading_goes_on(database: Database) -> None:
    def verb(store: StoreContext) -> int:
        take_over(database)
        with store.work(read_only=True) as uow:
            return len(uow.stores.all())

    enter(store_of(database, Shop()), "main")
    assert fenced(verb, "worker 1")(store_of(database, Shop())) == 1


def test_the_turn_of_one_store_is_no_affair_of_another(database: Database) -> None:
    def verb(store: StoreContext) -> None:
        with database.work() as uow:
            uow.turns.begin("other", "another", NOON)
            uow.commit()
        enter(store, "mine")

    fenced(verb, "worker 1")(store_of(database, Shop()))
    assert titles(database) == ["mine"]
