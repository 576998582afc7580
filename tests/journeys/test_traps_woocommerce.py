"""Traps that only WooCommerce sets, as they were seen on a running shop."""

from __future__ import annotations

from trap_house import ALWAYS, Setting, Trap, post

from adapters.woocommerce.sandbox import orders as woo_orders
from adapters.woocommerce.sandbox.refunds import refund
from connector.services.digest import digest

WOO = "woocommerce"


def _done(shop: Trap, topic: str) -> str:
    one = next(one for one in shop.deliveries() if one.topic == topic)
    assert one.state.value == "done"
    return one.reason


def test_a_page_in_the_bin_is_none_of_our_business(shop_of: Setting) -> None:
    shop = shop_of(WOO, CHAIR=3)
    post(shop, "product.deleted", {"id": 98_765}, name="page")
    shop.settle()
    assert _done(shop, "product.deleted") == "about something we do not have"
    assert [one.sku for one in shop.variants()] == ["CHAIR"]


def test_a_signed_error_as_body_is_done_with_its_reason(shop_of: Setting) -> None:
    shop = shop_of(WOO, CHAIR=3)
    body = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    post(shop, "order.created", body, name="gone")
    shop.settle()
    assert _done(shop, "order.created") == "gone before it was delivered"


def test_an_order_deleted_before_its_delivery_leaves_nothing(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.shop.delete_order(order)
    shop.settle()
    assert not shop.knows(order)
    assert not any(one.state.value == "parked" for one in shop.deliveries())


def test_variations_whose_parent_keeps_the_stock_share_one_queue(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS)
    shop.shop.add_variations("Desk", {"DESK-S": None, "DESK-L": None}, shared_stock=2)
    shop.settle()
    first = shop.order({"DESK-S": 2})
    second = shop.order({"DESK-L": 1})
    third = shop.order({"DESK-S": 1, "DESK-L": 1})
    shop.settle()
    assert [shop.stands(one) for one in (first, second, third)] == [(2, 0), (0, 1), (0, 2)]
    shop.second()
    shop.shop.receive_goods("DESK-L", 2)
    shop.settle()
    assert [shop.bears(one) for one in (first, second, third)] == ["", "ready", "waiting"]
    assert {one.sku: one.available for one in shop.variants()} == {"DESK-L": -1, "DESK-S": -1}
    assert shop.shop.shelf("DESK-S").buyable


def test_an_order_in_the_bin_waits_no_more_and_one_taken_out_keeps_its_place(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=1)
    first, second = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1})
    shop.settle()
    core = shop.shop._core
    shop.second()
    woo_orders.trash(core, core.orders[int(first)])
    shop.settle()
    assert shop.stands(first) == (0, 0)
    shop.second()
    woo_orders.update(core, core.orders[int(first)], {"status": "processing"})  # says nothing about the order
    shop.settle()
    shop.reconcile()
    assert (shop.stands(first), shop.stands(second)) == ((1, 0), (0, 1))


def test_an_order_deleted_for_good_is_found_within_a_day(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.settle()
    assert shop.bears(order) == "waiting"
    shop.shop.delete_order(order)
    shop.wait(hours=25)
    shop.reconcile()
    assert shop.known(order).status == "gone"
    assert shop.stands(order) == (0, 0)


def test_an_order_binned_before_we_heard_of_it_does_not_wait(shop_of: Setting) -> None:
    """The news of the order and of its end come in one batch."""
    shop = shop_of(WOO, ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.shop.flush()
    shop.second()
    core = shop.shop._core
    woo_orders.trash(core, core.orders[int(order)])
    shop.shop.flush()
    shop.settle()
    assert shop.stands(order) == (0, 0)
    assert shop.notices(order) == []


def test_a_cart_that_only_looked_at_the_checkout_takes_nothing(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=2)
    draft = shop.shop.open_checkout({"CHAIR": 2})
    order = shop.order({"CHAIR": 2})
    shop.settle()
    assert shop.stands(order) == (2, 0)
    assert shop.stands(draft) == (0, 0)


def test_a_refund_of_money_alone_frees_no_unit(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=2)
    first, second = shop.order({"CHAIR": 2}), shop.order({"CHAIR": 1})
    shop.settle()
    core = shop.shop._core
    shop.second()
    with core.lock:
        refund(core, core.orders[int(first)], {"amount": "3.00", "api_refund": False})
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((2, 0), (0, 1))


def test_two_products_in_one_second_share_a_delivery_id_and_are_both_kept(shop_of: Setting) -> None:
    shop = shop_of(WOO, CHAIR=3, TABLE=3)
    shop.second()
    shop.shop.set_stock("CHAIR", 8)
    shop.shop.set_stock("TABLE", 9)
    shop.house.deliver()
    assert {one.sku: one.available for one in shop.variants()} == {"CHAIR": 8, "TABLE": 9}


def test_a_sku_used_again_belongs_to_the_product_that_has_it_now(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=0)
    waiting = shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    shop.shop.delete_product("CHAIR")
    shop.shop.add_product("CHAIR", 7)
    shop.settle()
    assert [(one.sku, one.available) for one in shop.variants()] == [("CHAIR", 7)]
    assert shop.stands(waiting)[0] == 0


def test_a_batch_may_be_cut_anywhere(shop_of: Setting) -> None:
    shop = shop_of(WOO, ALWAYS, CHAIR=1)
    orders = [shop.order({"CHAIR": 1}) for _ in range(3)]
    shop.shop.flush()
    while digest(shop.store, 1):
        shop.settle(1)
    assert [shop.stands(one) for one in orders] == [(1, 0), (0, 1), (0, 1)]
    shop.is_right()


def test_the_shops_own_threshold_is_read_and_not_derived(shop_of: Setting) -> None:
    shop = shop_of(WOO, CHAIR=5)
    shop.shop._core.settings["woocommerce_manage_stock"] = "no"
    shop.second()
    shop.shop.set_field("CHAIR", "_merchant_note", "x")
    shop.settle()
    assert shop.variant("CHAIR").available is None
    assert shop.variant("CHAIR").should_show == "as the shop says"
