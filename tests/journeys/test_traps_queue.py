"""Traps of the stock number and of the queue behind it."""

from __future__ import annotations

import pytest
from trap_house import ALWAYS, Setting

from connector.services.supplies import check_rows, import_rows
from connector.services.supply_file import read_csv


def test_an_order_and_its_stock_event_are_the_same_unit(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=3)
    order = shop.order({"CHAIR": 5})
    shop.settle()
    assert (shop.variant("CHAIR").available, shop.variant("CHAIR").backordered) == (-2, 2)
    assert shop.stands(order) == (3, 2)


def test_of_eight_owed_and_ten_received_eight_are_served_and_two_are_left_to_sell(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    orders = [shop.order({"CHAIR": 2}) for _ in range(4)]
    shop.settle()
    assert [shop.bears(one) for one in orders] == ["waiting"] * 4
    shop.second()
    shop.shop.receive_goods("CHAIR", 10)
    shop.settle()
    assert [shop.stands(one) for one in orders] == [(2, 0)] * 4
    assert [shop.bears(one) for one in orders] == ["ready"] * 4
    assert (shop.variant("CHAIR").available, shop.variant("CHAIR").backordered) == (2, 0)


def test_of_eight_owed_and_five_received_only_the_first_two_orders_are_told(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    orders = [shop.order({"CHAIR": 2}) for _ in range(4)]
    shop.settle()
    shop.second()
    shop.shop.receive_goods("CHAIR", 5)
    shop.settle()
    assert [shop.bears(one) for one in orders] == ["ready", "ready", "waiting", "waiting"]
    assert [shop.stands(one) for one in orders] == [(2, 0), (2, 0), (1, 1), (0, 2)]


def test_a_number_that_flaps_tells_nobody_twice(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.settle()
    for number in (0, -1, 0, -1, 0):
        shop.second()
        shop.shop.set_stock("CHAIR", number)
        shop.house.deliver()
    shop.settle()
    assert [one.kind.value for one in shop.notices(order)] == ["waiting", "ready"]
    assert shop.bears(order) == "ready"


def test_an_unpaid_order_keeps_its_place_and_is_told_nothing_until_it_is_paid(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=1)
    first = shop.order({"CHAIR": 2}, paid=False)
    second = shop.order({"CHAIR": 1})
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((1, 1), (0, 1))
    assert (shop.bears(first), shop.bears(second)) == ("", "waiting")
    shop.wait(hours=5)
    shop.shop.pay_order(first)
    shop.settle()
    assert (shop.stands(first), shop.bears(first)) == ((1, 1), "waiting")
    shop.second()
    shop.shop.receive_goods("CHAIR", 1)
    shop.settle()
    assert (shop.bears(first), shop.bears(second)) == ("ready", "waiting")


def test_the_units_of_a_cancelled_order_go_to_the_next_in_the_queue(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=2)
    first, second, third = (shop.order({"CHAIR": 2}) for _ in range(3))
    shop.settle()
    shop.second()
    shop.shop.cancel_order(first)
    shop.settle()
    assert (shop.stands(second), shop.stands(third)) == ((2, 0), (0, 2))
    assert (shop.bears(first), shop.bears(second), shop.bears(third)) == ("", "ready", "waiting")
    assert shop.variant("CHAIR").available == -2


def test_a_waiting_order_that_is_cancelled_loses_its_mark(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 2})
    shop.settle()
    assert shop.bears(order) == "waiting"
    shop.second()
    shop.shop.cancel_order(order)
    shop.settle()
    assert shop.bears(order) == ""
    assert [one.kind.value for one in shop.notices(order)] == ["waiting", "cleared"]


def test_units_added_by_an_edit_queue_at_the_time_of_the_edit(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    first, second = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    shop.shop.change_quantity(first, "CHAIR", 3)
    shop.settle()
    shop.second()
    shop.shop.receive_goods("CHAIR", 2)
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((1, 2), (1, 0))


def test_an_edit_down_gives_up_the_newest_units(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    first, second = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1})
    shop.settle()
    for quantity in (3, 1):
        shop.second()
        shop.shop.change_quantity(first, "CHAIR", quantity)
        shop.settle()
    shop.second()
    shop.shop.receive_goods("CHAIR", 1)
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((1, 0), (0, 1))


def test_a_refund_with_restock_frees_units_and_one_without_frees_none(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=2)
    first, second = shop.order({"CHAIR": 2}), shop.order({"CHAIR": 2})
    shop.settle()
    shop.second()
    shop.shop.refund(first, "CHAIR", 1, restock=False)
    shop.settle()
    assert shop.stands(second)[1] >= 1
    waited_before = shop.stands(second)[1]
    shop.second()
    shop.shop.refund(first, "CHAIR", 1, restock=True)
    shop.settle()
    assert shop.stands(second)[1] == waited_before - 1
    shop.is_right()


def test_a_product_without_a_number_has_no_queue(opened: Setting) -> None:
    shop = opened(ALWAYS, GIFT=None)
    order = shop.order({"GIFT": 4})
    shop.settle()
    assert (shop.variant("GIFT").available, shop.variant("GIFT").should_show) == (None, "as the shop says")
    assert (shop.stands(order), shop.bears(order)) == ((0, 0), "")


def test_an_order_with_several_lines_is_ready_when_the_last_is(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0, TABLE=0)
    order = shop.order({"CHAIR": 1, "TABLE": 1})
    shop.settle()
    for sku, mark in (("CHAIR", "waiting"), ("TABLE", "ready")):
        shop.second()
        shop.shop.receive_goods(sku, 1)
        shop.settle()
        assert shop.bears(order) == mark


def test_a_product_that_is_deleted_and_made_anew_is_another_variant(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    shop.order({"CHAIR": 2})
    shop.settle()
    shop.second()
    shop.shop.delete_product("CHAIR")
    shop.settle()
    shop.second()
    shop.shop.add_product("CHAIR", 5)
    shop.settle()
    assert [(one.sku, one.available, one.backordered) for one in shop.variants()] == [("CHAIR", 5, 0)]
    order = shop.order({"CHAIR": 6})
    shop.settle()
    assert shop.stands(order) == (5, 1)


def test_units_shipped_wait_no_more(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=2)
    first, second = shop.order({"CHAIR": 2}), shop.order({"CHAIR": 1})
    shop.settle()
    shop.second()
    shop.shop.ship(first)
    shop.settle()
    assert (shop.stands(first), shop.stands(second)) == ((0, 0), (0, 1))
    shop.is_right()


def test_an_import_names_its_bad_rows_and_happens_whole_or_not_at_all(opened: Setting) -> None:
    shop = opened(CHAIR=0, TABLE=0)
    today = shop.house.today().isoformat()
    rows = read_csv(f"SKU,Quantity,Due,Reference\nCHAIR,5,{today},PO-1\nNOBODY,1,,\nTABLE,-1,,\nTABLE,2,soon,\n")
    problems = [one.problem for one in check_rows(shop.store, rows)]
    assert [bool(problem) for problem in problems] == [False, True, True, True]
    good = read_csv(f"sku,quantity,due\nCHAIR,5,{today}\nTABLE,2,\n")
    assert import_rows(shop.store, good) == 2
    shop.settle()
    assert [(one.sku, one.sellable) for one in shop.variants()] == [("CHAIR", 5), ("TABLE", 2)]
    shop.is_right()


@pytest.mark.parametrize("number", [-1, 0, 4])
def test_a_number_typed_by_hand_is_believed(opened: Setting, number: int) -> None:
    shop = opened(ALWAYS, CHAIR=3)
    order = shop.order({"CHAIR": 5})
    shop.settle()
    shop.second()
    shop.shop.set_stock("CHAIR", number)
    shop.settle()
    assert shop.variant("CHAIR").available == number
    assert shop.stands(order) == (5 - max(0, -number), max(0, -number))
