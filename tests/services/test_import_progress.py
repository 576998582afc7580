"""The first import tells how far it is, and a restart neither loses nor invents anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from crashes import Died, Fate, MortalStorefront, MortalWork
from trap_house import Trap, trap

from connector.ports.clock import system_clock
from connector.ports.storefront import Storefront
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.reconcile import reconcile

PRODUCTS = {"woocommerce": 230, "shopify": 120}
"""Three pages of each."""
ORDERS = 3

Progress = dict[str, dict[str, int]]


@pytest.fixture(params=["woocommerce", "shopify"])
def there(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Trap]:
    with trap(tmp_path, request.param) as opened:
        yield opened


@pytest.fixture
def woo(tmp_path: Path) -> Iterator[Trap]:
    with trap(tmp_path, "woocommerce") as opened:
        yield opened


def stock(there: Trap) -> int:
    """How many products there are."""
    products = PRODUCTS[there.platform]
    for number in range(products):
        there.shop.add_product(f"P{number}", 1)
        there.second()  # a page ends between two moments
    for number in range(ORDERS):
        there.order({f"P{number}": 1})
    return products


def progress(there: Trap) -> Progress:
    found: Progress = there.record().progress
    return found


def seen(states: list[Progress], thing: str) -> list[int]:
    return [state[thing]["seen"] for state in states if thing in state]


def import_all(there: Trap) -> list[Progress]:
    """What a page that is reloaded all the time would show."""
    states: list[Progress] = []
    reconcile(there.store, lambda *_: states.append(progress(there)))
    return states


def test_it_counts_products_and_then_orders_and_stays_as_it_ended(there: Trap) -> None:
    products = stock(there)
    states = import_all(there)
    assert len({str(state) for state in states}) > 2
    assert seen(states, "products") == sorted(seen(states, "products"))
    assert "orders" not in states[0]
    ended = {"products": {"seen": products, "total": products}, "orders": {"seen": ORDERS, "total": ORDERS}}
    assert progress(there) == ended
    there.shop.add_product("LATER", 1)
    reconcile(there.store)
    assert progress(there) == ended


def test_where_the_shop_says_how_many_there_are_the_end_is_known_from_the_first_page(woo: Trap) -> None:
    products = stock(woo)
    states = import_all(woo)
    assert {state["products"]["total"] for state in states} == {products}
    assert all(state["products"]["seen"] <= products for state in states)


def test_where_it_does_not_say_so_only_what_was_seen_is_told(tmp_path: Path) -> None:
    with trap(tmp_path, "shopify") as there:
        stock(there)
        assert "total" not in import_all(there)[0]["products"]


def mortal(store: StoreContext, fate: Fate) -> StoreContext:
    storefront = cast("Storefront", MortalStorefront(store.storefront, fate, "it"))
    return replace(store, storefront=storefront, work=MortalWork(store.work, fate, "it"))


@pytest.mark.parametrize("death", ["products_changed answered #2", "before a commit #2", "after a commit #2"])
def test_after_a_restart_it_goes_on_where_it_was(there: Trap, death: str) -> None:
    products = stock(there)
    with pytest.raises(Died):
        reconcile(mortal(there.store, Fate({f"it: {death}"})))
    cut_off = progress(there)["products"]["seen"]
    states = import_all(there)
    assert 0 < cut_off <= seen(states, "products")[0]
    assert seen(states, "products") == sorted(seen(states, "products"))
    if there.platform == "woocommerce":
        assert {state["products"]["total"] for state in states} == {products}
        assert progress(there)["products"] == {"seen": products, "total": products}
    assert progress(there)["orders"] == {"seen": ORDERS, "total": ORDERS}


def test_progress_and_how_far_was_read_are_written_together(there: Trap) -> None:
    stock(there)
    with pytest.raises(Died):
        reconcile(mortal(there.store, Fate({"it: before a commit #1"})))
    record = there.record()
    assert (record.progress, record.cursors) == ({}, {})


def test_a_shop_without_orders_ends_with_its_products_alone(there: Trap) -> None:
    there.shop.add_product("P", 1)
    there.second()
    reconcile(there.store)
    assert progress(there) == {"products": {"seen": 1, "total": 1}}
    assert there.record().cursors[CONNECTED] == system_clock()
