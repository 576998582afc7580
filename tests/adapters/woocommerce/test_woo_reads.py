"""What the client reads of a shop that answers as WooCommerce does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from woo_bench import Bench, open_bench

from connector.domain.facts import (
    Demand,
    Fact,
    OrderGone,
    OrderSeen,
    PlatformStatus,
    ProductGone,
    ShownSeen,
    StockSeen,
    VariantSeen,
)
from connector.ports.storefront import Page


@pytest.fixture(name="bench")
def _bench() -> Iterator[Bench]:
    with open_bench() as bench:
        yield bench


def orders(facts: Iterator[Fact] | tuple[Fact, ...]) -> dict[str, OrderSeen]:
    return {fact.id: fact for fact in facts if isinstance(fact, OrderSeen)}


def facts_of(pages: Iterator[Page]) -> tuple[Fact, ...]:
    return tuple(fact for page in pages for fact in page.facts)


def variants(facts: tuple[Fact, ...]) -> dict[str, VariantSeen]:
    return {fact.id: fact for fact in facts if isinstance(fact, VariantSeen)}


def numbers(facts: tuple[Fact, ...]) -> dict[str, int | None]:
    return {fact.pool_id: fact.available for fact in facts if isinstance(fact, StockSeen)}


def test_a_first_read_gives_only_orders_that_may_wait(bench: Bench) -> None:
    bench.shop.add_product("A", 5, oversell=True)
    paid, unpaid = bench.shop.place_order({"A": 1}), bench.shop.place_order({"A": 1}, paid=False)
    bench.shop.ship(bench.shop.place_order({"A": 1}))
    bench.shop.cancel_order(bench.shop.place_order({"A": 1}))
    bench.shop.open_checkout({"A": 1})

    found = orders(facts_of(bench.client.orders_changed(None)))
    assert {paid: Demand.OPEN, unpaid: Demand.UNPAID} == {order.id: order.demand for order in found.values()}


def test_later_reads_give_every_order_that_changed_since(bench: Bench) -> None:
    bench.shop.add_product("A", 5, oversell=True)
    first = bench.shop.place_order({"A": 1})
    old = bench.shop.place_order({"A": 1})
    since = bench.clock.pass_by()
    bench.clock.pass_by()
    bench.shop.ship(first)
    new = bench.shop.place_order({"A": 2})

    pages = list(bench.client.orders_changed(since))
    found = orders(facts_of(iter(pages)))
    assert {first: Demand.DONE, new: Demand.OPEN} == {order.id: order.demand for order in found.values()}
    assert old not in found
    assert bench.clock.now == pages[-1].read_to


def test_what_was_read_to_is_where_the_next_read_begins(bench: Bench) -> None:
    bench.shop.add_product("A", 50, oversell=True)
    bench.shop.place_order({"A": 1})
    *_, last = bench.client.orders_changed(None)
    # Another order of the very second that was read up to is not lost.
    same_second = bench.shop.place_order({"A": 1})
    assert same_second in orders(facts_of(bench.client.orders_changed(last.read_to)))


def test_more_orders_than_a_page_holds_are_all_read_once_and_oldest_first(bench: Bench) -> None:
    bench.shop.add_product("A", 500, oversell=True)
    placed = []
    for one in range(230):
        placed.append(bench.shop.place_order({"A": 1}))
        if one % 3 == 0:
            bench.clock.pass_by(1)

    pages = list(bench.client.orders_changed(None))
    read = [fact for page in pages for fact in page.facts if isinstance(fact, OrderSeen)]
    assert placed == [order.id for order in read]
    assert [230] * len(pages) == [page.total for page in pages]
    moments = [order.changed_at for order in read]
    assert sorted(moments) == moments


def test_a_trashed_order_is_gone(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    kept, binned = bench.shop.place_order({"A": 1}), bench.shop.place_order({"A": 1})
    since = bench.clock.pass_by()
    bench.clock.pass_by()
    bench.client._rest.channel.write("DELETE", f"orders/{binned}")

    assert OrderGone(binned) in facts_of(bench.client.orders_changed(since))
    assert {OrderGone(binned)} == set(bench.client.read_orders([binned]))
    assert [kept] == list(orders(bench.client.read_orders([kept])))


def test_orders_read_by_id_are_seen_or_gone(bench: Bench) -> None:
    bench.shop.add_product("A", 500)
    placed = [bench.shop.place_order({"A": 1}) for _ in range(120)]
    bench.shop.delete_order(placed[7])
    found = list(bench.client.read_orders([*placed, "999999", "no-number"]))

    assert {placed[7], "999999", "no-number"} == {fact.id for fact in found if isinstance(fact, OrderGone)}
    assert set(placed) - {placed[7]} == set(orders(iter(found)))
    assert len(bench.calls("/orders")) == 2


@pytest.mark.parametrize(("restock", "available"), [("yes", 2), ("", 0)])
def test_refunded_units_no_longer_wait_whether_or_not_they_were_put_back(
    bench: Bench,
    restock: str,
    available: int,
) -> None:
    product = bench.shop.add_product("A", 5, oversell=True)
    order_id = bench.shop.place_order({"A": 5})
    bench.shop.refund(order_id, "A", 2, restock=bool(restock))

    for read in (bench.client.read_orders([order_id]), facts_of(bench.client.orders_changed(None))):
        (line,) = orders(read)[order_id].lines
        assert (line.ordered, line.wanted) == (5, 3)
    assert {product: available} == numbers(tuple(bench.client.read_pools([product])))


def test_the_refunds_of_an_order_that_no_longer_waits_are_not_asked_for(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order_id = bench.shop.place_order({"A": 5})
    bench.shop.refund(order_id, "A", 2)
    bench.shop.ship(order_id)
    list(bench.client.read_orders([order_id]))
    assert bench.calls("/refunds") == []


def test_variations_come_with_their_parent_under_their_full_names(bench: Bench) -> None:
    own = bench.shop.add_variations("Chair", {"R": 3, "B": None})
    shared = bench.shop.add_variations("Table", {"S": None, "L": None}, shared_stock=7)
    chair, table = bench.shop.parent_of(own["R"]), bench.shop.parent_of(shared["S"])
    simple = bench.shop.add_product("A", -2, title="Lamp", oversell=True)
    found = facts_of(bench.client.products_changed(None))

    places = {one.id: (one.product_id, one.pool_id, one.title, one.sellable) for one in variants(found).values()}
    assert {
        simple: (simple, simple, "Lamp", True),
        chair: (chair, chair, "Chair", False),
        own["R"]: (chair, own["R"], "Chair - R", True),
        own["B"]: (chair, own["B"], "Chair - B", True),
        table: (table, table, "Table", False),
        shared["S"]: (table, table, "Table - S", True),
        shared["L"]: (table, table, "Table - L", True),
    } == places
    assert {simple: -2, chair: None, own["R"]: 3, own["B"]: None, table: 7} == numbers(found)


def test_a_change_of_a_variation_is_read_through_its_parent(bench: Bench) -> None:
    own = bench.shop.add_variations("Chair", {"R": 3, "B": 4})
    bench.shop.add_product("A", 1)
    since = bench.clock.pass_by()
    bench.clock.pass_by()
    bench.shop.set_stock("R", 9)
    expected = {bench.shop.parent_of(own["R"]): None, own["R"]: 9, own["B"]: 4}
    assert expected == numbers(facts_of(bench.client.products_changed(since)))


def test_products_read_by_id_may_be_variations_or_gone(bench: Bench) -> None:
    simple = bench.shop.add_product("A", 1)
    binned = bench.shop.add_product("B", 1)
    bench.shop.delete_product("B")
    own = bench.shop.add_variations("Chair & Co", {"R": 3, "G": 4})
    found = tuple(bench.client.read_products([simple, binned, own["R"], "999999", "x"]))

    assert {simple, own["R"]} == set(variants(found))
    assert variants(found)[own["R"]].title == "Chair & Co - R"
    assert {binned, "999999", "x"} == {fact.id for fact in found if isinstance(fact, ProductGone)}


def test_reading_a_parent_reads_its_variations(bench: Bench) -> None:
    own = bench.shop.add_variations("Chair", {"R": 3, "G": 4})
    parent = bench.shop.parent_of(own["R"])
    assert {parent, *own.values()} == set(variants(tuple(bench.client.read_products([parent]))))


def test_a_pool_says_its_number_its_status_and_what_is_shown(bench: Bench) -> None:
    shared = bench.shop.add_variations("Table", {"S": None}, shared_stock=0)
    table = bench.shop.parent_of(shared["S"])
    bench.shop.set_field("S", "_backorder_message", "Soon")
    found = tuple(bench.client.read_pools([table]))

    assert [(one.available, one.status) for one in found if isinstance(one, StockSeen)] == [
        (0, PlatformStatus.SOLD_OUT)
    ]
    empty = {
        "_backorder_status": "",
        "_backorder_expected_on": "",
        "_backorder_expected_from": "",
        "_backorder_message": "",
    }
    assert {table: {**empty, "backorders": "no"}, shared["S"]: {**empty, "_backorder_message": "Soon"}} == {
        one.variant_id: one.fields for one in found if isinstance(one, ShownSeen)
    }


def test_nothing_is_asked_for_nothing(bench: Bench) -> None:
    assert [*bench.client.read_orders([]), *bench.client.read_products([]), *bench.client.read_pools([])] == []
    assert bench.calls() == []
