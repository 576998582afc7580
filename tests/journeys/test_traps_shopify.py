"""Traps that only Shopify sets."""

from __future__ import annotations

from trap_house import ALWAYS, Setting, post

from adapters.shopify.sandbox import changes

SHOPIFY = "shopify"


def test_units_at_a_place_that_only_sells_over_the_counter_do_not_count(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=1)  # the sandbox keeps two more at the till
    order = shop.order({"CHAIR": 3})
    shop.settle()
    assert shop.variant("CHAIR").available == -2
    assert shop.stands(order) == (1, 2)


def test_an_order_that_ships_in_parts_waits_for_the_rest(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=2)
    first, second = shop.order({"CHAIR": 3}), shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    shop.shop.ship(first, {"CHAIR": 2})
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((0, 1), (0, 1))
    shop.second()
    shop.shop.receive_goods("CHAIR", 1)
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((1, 0), (0, 1))
    assert (shop.bears(first), shop.bears(second)) == ("ready", "waiting")
    shop.is_right()


def test_a_test_order_keeps_its_units_and_is_told_nothing(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.shop._order(order).test = True
    shop.shop._outbox.waiting.clear()
    shop.reconcile()
    shop.second()
    shop.reconcile()
    assert shop.known(order).test
    assert (shop.bears(order), shop.notices(order)) == ("", [])


def test_draft_orders_say_nothing_to_us(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=1)
    post(shop, "draft_orders/create", {"id": 5, "line_items": [{"variant_id": 1, "quantity": 9}]}, name="draft")
    shop.settle()
    found = next(one for one in shop.deliveries() if one.external_id == "draft")
    assert (found.state.value, found.reason != "") == ("done", True)
    assert shop.variant("CHAIR").available == 1


def test_a_cancellation_without_restock_serves_nobody(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=2)
    first, _ = shop.order({"CHAIR": 2}), shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    order = shop.shop._order(first)
    with shop.shop._lock:
        changes.cancel(shop.shop.store, order, reason="OTHER", restock=False, refund=True, staff_note=None)
    shop.settle()
    assert shop.stands(first) == (0, 0)
    assert shop.variant("CHAIR").available == shop.shop.shelf("CHAIR").available
    shop.is_right()


def test_a_retry_with_the_same_event_is_kept_once(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, CHAIR=3)
    shop.order({"CHAIR": 1})
    shop.shop.flush()
    sent = list(shop.house.sent)
    for address, headers, body in sent:
        assert shop.house.receive(address, headers, body) == 200
    assert len(shop.deliveries()) == len(sent)


def test_an_order_deleted_for_good_frees_its_units(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=1)
    first, second = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    shop.shop.cancel_order(first)
    shop.shop.delete_order(first)
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((0, 0), (1, 0))


def test_a_line_of_a_deleted_product_is_remembered(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, CHAIR=0, TABLE=3)
    order = shop.order({"CHAIR": 1, "TABLE": 1}, paid=False)
    shop.settle()
    shop.second()
    shop.shop.delete_product("CHAIR")
    shop.shop.pay_order(order)
    shop.settle()
    assert {one.sku for one in shop.known(order).lines.values() if one.variant_id} == {"CHAIR", "TABLE"}


def test_an_untracked_variant_has_nothing_to_write(shop_of: Setting) -> None:
    shop = shop_of(SHOPIFY, ALWAYS, WORKSHOP=None)
    before = shop.writes()
    shop.order({"WORKSHOP": 2})
    shop.settle()
    assert shop.writes() == before
