"""Reading a shop: everything there is, once, in batches the shop takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from shopify_adapter_stage import START, Stage, only, open_stage, scripted

from connector.domain.facts import (
    Demand,
    OrderGone,
    OrderSeen,
    PlatformStatus,
    ProductGone,
    ProductSeen,
    ShownSeen,
    StockSeen,
    Thing,
    Unread,
    VariantSeen,
)
from connector.ports.failures import OwnerMustAct, TryLater


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


def test_an_order_is_read_as_it_stands(stage: Stage) -> None:
    variant = stage.shop.add_product("A", 5, title="Lamp")
    order = stage.shop.place_order({"A": 3}, language="de-DE")
    stage.clock.pass_by()
    stage.shop.ship(order, {"A": 1})
    stage.shop.refund(order, "A", 1)

    (seen,) = stage.client.read_orders([order])

    assert isinstance(seen, OrderSeen)
    (line,) = seen.lines
    assert (seen.demand, seen.language, seen.number, seen.test) == (Demand.OPEN, "de-DE", "#1001", False)
    assert (seen.taken_at, seen.changed_at) == (START, START + timedelta(minutes=1))
    assert (line.variant_id, line.product_id) == (variant, stage.product_of(variant))
    assert (line.ordered, line.wanted, line.shipped) == (3, 2, 1)


def test_lines_beyond_the_first_page_are_fetched(stage: Stage) -> None:
    skus = [f"S{number:02}" for number in range(60)]
    stage.shop.add_variations("Screws", dict.fromkeys(skus, 9))
    order = stage.shop.place_order(dict.fromkeys(skus, 1))
    (seen,) = stage.client.read_orders([order])
    assert isinstance(seen, OrderSeen)
    assert sorted(line.sku for line in seen.lines) == skus
    assert stage.shop.calls == ["OrdersById", "LinesOfOrder"]


def test_each_id_is_answered_whether_the_order_is_there_or_not(stage: Stage) -> None:
    stage.shop.add_product("A", 99)
    orders = [stage.shop.place_order({"A": 1}) for _ in range(15)]
    stage.shop.delete_order(orders[3])
    asked = [*orders, "123"]
    facts = list(stage.client.read_orders(asked))
    assert [fact.id for fact in facts] == asked  # type: ignore[union-attr]  # both kinds have an id
    assert [fact.id for fact in only(OrderGone, facts)] == [orders[3], "123"]


def test_reading_nothing_asks_nothing(stage: Stage) -> None:
    assert [*stage.client.read_orders([]), *stage.client.read_products([]), *stage.client.read_pools([])] == []
    assert stage.shop.calls == []


def test_changed_orders_come_page_by_page_oldest_change_first(stage: Stage) -> None:
    stage.shop.add_product("A", 99)
    orders = []
    for _ in range(20):
        orders.append(stage.shop.place_order({"A": 1}))
        stage.clock.pass_by()
    stage.shop.pay_order(stage.shop.place_order({"A": 1}, paid=False))
    stage.shop.cancel_order(orders[0])

    pages = list(stage.client.orders_changed(START + timedelta(minutes=10)))

    facts = [fact for page in pages for fact in page.facts]
    changed = [fact.changed_at for fact in only(OrderSeen, facts)]
    assert len(pages) == 2
    assert changed == sorted(changed)
    assert pages[-1].read_to == changed[-1] == stage.clock.now
    assert orders[0] in {fact.id for fact in only(OrderSeen, facts)}
    assert orders[1] not in {fact.id for fact in only(OrderSeen, facts)}


def test_without_a_beginning_only_open_orders_are_listed(stage: Stage) -> None:
    stage.shop.add_product("A", 99)
    kept, cancelled = stage.shop.place_order({"A": 1}), stage.shop.place_order({"A": 1})
    stage.shop.cancel_order(cancelled)
    (page,) = stage.client.orders_changed(None)
    assert [fact.id for fact in only(OrderSeen, page.facts)] == [kept]


def test_where_nothing_changed_the_reading_stands_where_it_stood(stage: Stage) -> None:
    since = START + timedelta(days=1)
    (page,) = stage.client.orders_changed(since)
    assert (page.facts, page.read_to) == ((), since)


def test_what_changed_shortly_before_is_read_again_for_the_index_lags(stage: Stage) -> None:
    stage.shop.add_product("A", 99)
    order = stage.shop.place_order({"A": 1})
    (page,) = stage.client.orders_changed(START + timedelta(seconds=90))
    assert [fact.id for fact in only(OrderSeen, page.facts)] == [order]


def test_a_product_is_read_with_numbers_and_what_it_shows(stage: Stage) -> None:
    variant = stage.shop.add_product("A", -3, title="Lamp", oversell=True)
    stage.shop.set_field("A", "expected_on", "2026-12-24")
    product, item = stage.product_of(variant), stage.item_of(variant)

    members, seen, stock, shown = stage.client.read_products([product])

    assert isinstance(members, ProductSeen)
    assert (members.id, members.variant_ids) == (product, (variant,))
    assert isinstance(seen, VariantSeen)
    assert (seen.id, seen.product_id, seen.pool_id, seen.sku, seen.title) == (variant, product, item, "A", "Lamp")
    assert isinstance(stock, StockSeen)
    assert (stock.pool_id, stock.available, stock.status) == (item, -3, PlatformStatus.BACKORDER)
    assert isinstance(shown, ShownSeen)
    assert shown.fields == stage.shop.shelf("A").fields


def test_units_behind_a_counter_are_not_for_sale_online() -> None:
    with open_stage(counter_units=7) as stage:
        variant = stage.shop.add_product("A", 2)
        facts = list(stage.client.read_products([stage.product_of(variant)]))
    assert [stock.available for stock in only(StockSeen, facts)] == [2]


def test_all_variants_of_all_products_are_read(stage: Stage) -> None:
    big = stage.shop.add_variations("Screws", {f"S{number:03}": number for number in range(70)})
    small = [stage.shop.add_product(f"P{number}", number) for number in range(30)]
    (page,) = stage.client.products_changed(None)
    assert {fact.id for fact in only(VariantSeen, page.facts)} == {*big.values(), *small}
    assert len(only(StockSeen, page.facts)) == 100


def test_only_products_changed_since_are_read(stage: Stage) -> None:
    stage.shop.add_product("OLD", 1)
    stage.clock.pass_by(3600)
    new = stage.shop.add_product("NEW", 1)
    (page,) = stage.client.products_changed(START + timedelta(minutes=30))
    assert [fact.id for fact in only(VariantSeen, page.facts)] == [new]
    assert page.read_to == stage.clock.now


def test_a_deleted_product_is_gone(stage: Stage) -> None:
    product = stage.product_of(stage.shop.add_product("A", 1))
    stage.shop.delete_product("A")
    assert list(stage.client.read_products([product])) == [ProductGone(product)]


def test_a_pool_is_read_by_its_inventory_item(stage: Stage) -> None:
    variants = [stage.shop.add_product(f"P{number}", number) for number in range(30)]
    items = [stage.item_of(variant) for variant in variants]
    facts = list(stage.client.read_pools(items))
    assert [(stock.pool_id, stock.available) for stock in only(StockSeen, facts)] == list(
        zip(items, range(30), strict=True)
    )
    assert [seen.id for seen in only(VariantSeen, facts)] == variants


def test_a_pool_whose_item_is_gone_keeps_no_number(stage: Stage) -> None:
    assert list(stage.client.read_pools(["123"])) == [StockSeen("123", None, PlatformStatus.UNKNOWN, START)]


def test_an_untracked_variant_has_no_number_and_nothing_to_write(stage: Stage) -> None:
    facts = list(stage.client.read_pools([stage.item_of(stage.shop.add_product("A", None))]))
    assert [stock.available for stock in only(StockSeen, facts)] == [None]
    assert [shown.fields for shown in only(ShownSeen, facts)] == [{}]


@pytest.mark.parametrize("scope", ["read_orders", "write_orders"])
def test_a_missing_right_is_named_and_no_order_is_called_gone(scope: str) -> None:
    granted = {"read_products", "read_inventory", "read_locations"}
    with open_stage(scopes=granted | {scope}) as stage:
        stage.shop.add_product("A", 1)
        assert len(list(stage.client.orders_changed(None))) == 1
    with open_stage(scopes=granted) as stage, pytest.raises(OwnerMustAct) as refused:
        list(stage.client.orders_changed(None))
    assert refused.value.act == "read"
    assert "read_orders" in refused.value.problem


def test_null_because_of_an_error_is_not_gone() -> None:
    error = {"message": "Oops", "path": ["nodes", 1], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    with scripted() as script:
        script.answers({"data": {"nodes": [None, None]}, "errors": [error]})
        facts = script.client.read_orders(["1", "2"])
        assert next(facts) == OrderGone("1")
        with pytest.raises(TryLater):
            next(facts)


def test_a_variant_that_goes_between_two_requests_is_left_to_the_next_delivery() -> None:
    done = {"hasNextPage": False, "endCursor": None}
    variants = {"pageInfo": done, "nodes": [{"id": "gid://shopify/ProductVariant/2"}]}
    product = {"id": "gid://shopify/Product/1", "updatedAt": "2026-11-21T12:00:00Z", "variants": variants}
    with scripted() as script:
        script.answers({"data": {"nodes": [product]}}, {"data": {"nodes": [None]}})
        assert [type(fact) for fact in script.client.read_products(["1"])] == [ProductSeen]


def test_one_order_of_another_shape_is_named_and_stops_nothing() -> None:
    with scripted() as script, structlog.testing.capture_logs() as said:
        script.answers({"data": {"nodes": [{"id": "gid://shopify/Order/1"}, None]}})
        unread, gone = script.client.read_orders(["1", "2"])
    assert gone == OrderGone("2")
    assert isinstance(unread, Unread)
    assert (unread.thing, unread.id) == (Thing.ORDER, "1")
    assert "$.data.nodes[0].lineItems" in unread.why
    assert [one["path"] for one in said] == ["$.data.nodes[0].lineItems"]


def test_a_list_with_an_undated_order_is_read_on_behind_it() -> None:
    done = {"hasNextPage": False, "endCursor": None}
    with scripted() as script:
        script.answers({"data": {"orders": {"pageInfo": done, "nodes": [{"id": "gid://shopify/Order/1"}]}}})
        (page,) = script.client.orders_changed(START)
    assert [(type(fact), page.read_to) for fact in page.facts] == [(Unread, START)]
