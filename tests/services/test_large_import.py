"""A large store is read a page at a time: memory does not grow with it, and what was read is not read again."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from crashes import Died, Fate, MortalStorefront
from large_shop import KEY, NOW, LargeShop, large_store
from trap_house import Trap, trap

from connector.domain.facts import Demand
from connector.ports.records import StoreRecord, VariantRecord
from connector.ports.storefront import Page, Storefront
from connector.services.context import StoreContext
from connector.services.reconcile import reconcile
from connector.storage.catalogue import SqlCatalogue
from connector.storage.engine import Database, open_database

FLAT = 1.25
"""What four times as many may take of memory."""


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/large.db")
    opened.upgrade()
    yield opened
    opened.close()


def begin(database: Database) -> None:
    with database.work() as uow:
        for key in uow.stores.revisions():
            uow.stores.remove(key)
        uow.stores.save(StoreRecord(KEY, "woocommerce"))
        uow.commit()


def record(database: Database) -> StoreRecord:
    with database.work(read_only=True) as uow:
        held = uow.stores.get(KEY)
    assert held is not None
    return held


def peak(database: Database, products: int) -> int:
    """Bytes that Python held at most during an import beyond what it held before."""
    begin(database)
    store = large_store(database.work, LargeShop(products, page=15))
    gc.collect()
    tracemalloc.start()
    try:
        reconcile(store, lambda *_: _collect())  # what nobody holds any more is no growth
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _collect() -> None:
    gc.collect()


def test_importing_four_times_as_much_takes_no_more_memory(sqlite: Database) -> None:
    peak(sqlite, 30)  # what is imported and compiled at the first use
    few, many = peak(sqlite, 60), peak(sqlite, 240)
    assert record(sqlite).progress["products"] == {"seen": 240, "total": 240}
    assert many < FLAT * few


def test_one_page_of_very_many_variants_is_written_in_parts(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(sqlite)
    at_once: list[int] = []
    save = SqlCatalogue.save

    def noted(self: SqlCatalogue, store: str, variants: Iterable[VariantRecord]) -> None:
        some = list(variants)
        at_once.append(len(some))
        save(self, store, some)

    monkeypatch.setattr(SqlCatalogue, "save", noted)
    reconcile(large_store(sqlite.work, LargeShop(1500, page=1500)))
    assert sum(at_once) == 1500
    assert max(at_once) <= 500
    assert record(sqlite).progress["products"] == {"seen": 1500, "total": 1500}


PAGES = 6
PRODUCTS, ORDERS = 600, 300
"""Six pages of products and three of open orders."""


def boundaries() -> list[tuple[str, int]]:
    return [("products_changed", page) for page in range(1, PAGES + 1)] + [
        ("orders_changed", page) for page in (1, 2, 3)
    ]


@pytest.mark.parametrize(("what", "page"), boundaries())
def test_cut_off_at_any_page_it_asks_only_for_what_is_left(sqlite: Database, what: str, page: int) -> None:
    begin(sqlite)
    shop = LargeShop(PRODUCTS)
    store = large_store(sqlite.work, shop)
    with pytest.raises(Died):
        reconcile(mortal(store, f"{what} answered #{page}"))
    shop.asked.clear()
    reconcile(store)
    left = Counter(products=PAGES, orders=3) - Counter(
        {"products": page - 1} if what == "products_changed" else {"products": PAGES, "orders": page - 1}
    )
    assert shop.asked["products"] <= left["products"]
    assert shop.asked["orders"] <= left["orders"], "what has closed long ago is not read after all"
    assert shop.asked["orders by id"] == 0
    assert record(sqlite).progress == {
        "products": {"seen": PRODUCTS, "total": PRODUCTS},
        "orders": {"seen": ORDERS, "total": ORDERS},
    }


def mortal(store: StoreContext, death: str) -> StoreContext:
    storefront = MortalStorefront(store.storefront, Fate({f"it: {death}"}), "it")
    return replace(store, storefront=cast("Storefront", storefront))


def test_afterwards_only_what_changed_is_read(sqlite: Database) -> None:
    begin(sqlite)
    shop = LargeShop(PRODUCTS)
    reconcile(large_store(sqlite.work, shop))
    shop.asked.clear()
    found = reconcile(large_store(sqlite.work, shop, NOW + timedelta(minutes=15)))
    assert (found.products, found.orders) == (0, 1), "the newest of them had closed before we came"
    assert shop.asked == {"orders": 1}


class Closing(LargeShop):
    """Order 0 closes while the first import reads the others, one of which is newer than that."""

    closed_at: datetime | None = None

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        one, other = self.order(0), self.order(2)
        if since is None or only_open:
            yield Page((one,), one.changed_at)
            self.closed_at = NOW + timedelta(minutes=5)
            yield Page((replace(other, changed_at=NOW + timedelta(minutes=9)),), NOW + timedelta(minutes=9))
        elif self.closed_at is not None and self.closed_at > since:
            yield Page((replace(one, changed_at=self.closed_at, demand=Demand.DONE),), self.closed_at)


def test_an_order_that_closes_while_the_others_are_read_is_seen_to_have_closed(sqlite: Database) -> None:
    """It is in no list of open orders any more, its webhook was lost, and what was read last is newer."""
    begin(sqlite)
    shop, now = Closing(4), [NOW]
    store = large_store(sqlite.work, shop, clock=lambda: now[0])
    reconcile(store, lambda *_: now.append(now.pop(0) + timedelta(minutes=10)))
    reconcile(store)
    with sqlite.work(read_only=True) as uow:
        assert uow.orders.get(KEY, ["0"])["0"].demand is Demand.DONE


@pytest.fixture(params=["woocommerce", "shopify"])
def there(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trap]:
    with trap(tmp_path, request.param) as opened:
        yield opened


SHELVES = {"woocommerce": 330, "shopify": 170}
"""Four pages of each."""


def test_both_platforms_go_on_at_the_page_where_they_were_cut_off(there: Trap) -> None:
    for number in range(SHELVES[there.platform]):
        there.shop.add_product(f"P{number}", 1)
        there.wait(minutes=5)
    there.wait(days=2)
    pages = count_pages(there)
    assert pages == 4
    for cut in range(1, pages + 1):
        there.forget_connection()
        with pytest.raises(Died):
            reconcile(mortal(there.store, f"products_changed answered #{cut}"))
        assert count_pages(there) <= pages - (cut - 1) + 1


def test_both_platforms_are_asked_for_changes_alone_once_they_are_known(there: Trap) -> None:
    for number in range(SHELVES[there.platform]):
        there.shop.add_product(f"P{number}", 1)
        there.wait(minutes=5)
    there.wait(days=2)
    reconcile(there.store)
    there.shop.calls.clear()
    reconcile(there.store)
    for_nothing = len(there.shop.calls)
    there.wait(days=1)
    there.shop.add_product("NEW", 4)
    there.shop.calls.clear()
    found = reconcile(there.store)
    assert found.products <= 2
    assert found.healed >= 1
    assert len(there.shop.calls) <= for_nothing + 2 <= 8


def count_pages(there: Trap) -> int:
    """Pages of products that are read until the import ends."""
    fate = Fate()
    storefront = MortalStorefront(there.store.storefront, fate, "it")
    reconcile(replace(there.store, storefront=cast("Storefront", storefront)))
    return sum(one.startswith("it: products_changed answered") for one in fate.passed)
