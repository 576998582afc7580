"""Traps of the storefront's flag: echoes, strangers' hands, lost answers, one bad item, changing days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from trap_house import ALWAYS, CLOSED, FLAG, MESSAGE, OPEN, Setting

from connector.services.overrides import overrides, release
from connector.services.supplies import change_supply, receive_supply


def test_the_echo_of_our_own_write_causes_no_write(opened: Setting) -> None:
    shop = opened(CHAIR=2)
    shop.supply("CHAIR", 5)
    shop.settle()
    assert shop.flag("CHAIR") == OPEN[shop.platform]
    before = shop.writes()
    shop.settle(4)
    shop.reconcile()
    assert shop.writes() == before


def test_ten_changes_become_one_write(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=10)
    before = len(shop.writes())
    for _ in range(10):
        shop.order({"CHAIR": 1})
    shop.house.deliver()
    shop.settle()
    assert shop.says("CHAIR") == "backorder"
    assert len(shop.writes()) - before == 1


def test_a_flag_changed_by_another_hand_is_seen_respected_and_given_back(opened: Setting) -> None:
    shop = opened(CHAIR=2)
    shop.supply("CHAIR", 5)
    shop.settle()
    shop.second()
    shop.shop.set_field("CHAIR", FLAG[shop.platform], CLOSED[shop.platform])
    shop.settle()
    assert [sku for sku, _ in overrides(shop.store)] == ["CHAIR"]
    assert shop.variant("CHAIR").note.startswith("changed by hand")
    shop.order({"CHAIR": 1})
    shop.supply("CHAIR", 3)
    shop.settle()
    shop.reconcile()
    assert shop.flag("CHAIR") == CLOSED[shop.platform]
    assert release(shop.store, "CHAIR") == 1
    shop.settle()
    assert (shop.flag("CHAIR"), overrides(shop.store)) == (OPEN[shop.platform], [])


def test_an_override_that_its_author_takes_back_ends_by_itself(opened: Setting) -> None:
    shop = opened(CHAIR=2)
    shop.supply("CHAIR", 5)
    shop.settle()
    for value in (CLOSED, OPEN):
        shop.second()
        shop.shop.set_field("CHAIR", FLAG[shop.platform], value[shop.platform])
        shop.settle()
    assert overrides(shop.store) == []
    shop.order({"CHAIR": 2})
    shop.settle()
    shop.is_right()
    assert shop.says("CHAIR") == "backorder"


def test_a_late_delivery_with_the_old_flag_is_no_override(opened: Setting) -> None:
    shop = opened(CHAIR=2)
    shop.second()
    shop.order({"CHAIR": 1})
    shop.shop.flush()  # carries the flag as it was
    old = [one for one in shop.house.sent if b"CHAIR" in one[2]][-4:]
    shop.supply("CHAIR", 5)
    shop.settle()
    for address, headers, body in old:
        later = {**headers, "X-WC-Webhook-Delivery-ID": "late", "X-Shopify-Webhook-Id": "l", "X-Shopify-Event-Id": "l"}
        shop.house.receive(address, later, body)
    shop.settle()
    assert overrides(shop.store) == []
    assert shop.showing("CHAIR").suspect is False
    assert shop.flag("CHAIR") == OPEN[shop.platform]


@pytest.mark.parametrize("fault", ["lose_answer", "answer_500", "answer_html", "answer_429"])
def test_a_push_that_fails_is_no_override_and_ends_right(opened: Setting, fault: str) -> None:
    shop = opened(CHAIR=2)
    shop.supply("CHAIR", 5)
    setattr(shop.shop.faults, fault, 8)
    shop.house.deliver()
    setattr(shop.shop.faults, fault, 0)
    shop.wait(minutes=5)
    shop.settle(3)
    assert overrides(shop.store) == []
    assert shop.flag("CHAIR") == OPEN[shop.platform]
    shop.is_right()


def test_our_write_racing_with_an_order_loses_no_sale(opened: Setting) -> None:
    shop = opened(CHAIR=3)
    shop.supply("CHAIR", 5)
    order = shop.order({"CHAIR": 3})  # the service pushes knowing nothing of it
    shop.settle()
    assert shop.shop.shelf("CHAIR").available == 0
    assert shop.stands(order) == (3, 0)
    shop.is_right()


def test_a_variant_deleted_in_silence_does_not_hold_up_the_others(opened: Setting) -> None:
    shop = opened(CHAIR=1, TABLE=1, LAMP=1)
    shop.shop.flush()
    shop.shop.faults.lose_webhooks = 100
    shop.shop.delete_product("TABLE")
    shop.shop.flush()
    shop.shop.faults.lose_webhooks = 0
    for sku in ("CHAIR", "TABLE", "LAMP"):
        shop.supply(sku, 5)
    shop.settle()
    assert {sku: shop.flag(sku) for sku in ("CHAIR", "LAMP")} == dict.fromkeys(("CHAIR", "LAMP"), OPEN[shop.platform])
    assert [one.sku for one in shop.variants()] == ["CHAIR", "LAMP"]


def test_an_overdue_supply_gives_no_date(opened: Setting) -> None:
    shop = opened(CHAIR=0)
    shop.supply("CHAIR", 5, days=3)
    shop.settle()
    assert shop.variant("CHAIR").expected_on == shop.house.today() + timedelta(days=3)
    order = shop.order({"CHAIR": 2})
    shop.settle()
    shop.wait(days=4)
    shop.settle()
    assert shop.variant("CHAIR").expected_on is None
    assert next(iter(shop.known(order).lines.values())).expected_on is None
    assert [one.kind.value for one in shop.notices(order)] == ["waiting", "changed"]
    assert shop.flag("CHAIR") == OPEN[shop.platform]


def test_a_lead_time_counts_from_the_order_for_who_has_ordered_and_from_today_for_who_has_not(opened: Setting) -> None:
    shop = opened(ALWAYS + "lead_days = 10\n", CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.settle()
    promised = shop.house.today() + timedelta(days=10)
    assert shop.variant("CHAIR").expected_on == promised
    shop.wait(days=2)
    shop.settle()
    assert shop.variant("CHAIR").expected_on == promised + timedelta(days=2)
    assert next(iter(shop.known(order).lines.values())).expected_on == promised
    assert len(shop.notices(order)) == 1
    shop.is_right()


@pytest.mark.parametrize(
    ("policy", "supply", "sold", "takes_more"),
    [
        ('mode = "never"', 5, 0, False),
        ('mode = "always"', 0, 9, True),
        ('mode = "up_to"\nunits = 3', 0, 2, True),
        ('mode = "up_to"\nunits = 3', 0, 3, False),
        ('mode = "while_incoming"', 4, 3, True),
        ('mode = "while_incoming"', 4, 4, False),
    ],
)
def test_the_shop_sells_beyond_its_stock_as_far_as_the_policy_goes(
    opened: Setting, policy: str, supply: int, sold: int, *, takes_more: bool
) -> None:
    shop = opened(f"[stores.policy]\n{policy}\n", CHAIR=1)
    if supply:
        shop.supply("CHAIR", supply)
    shop.order({"CHAIR": 1})
    shop.settle()
    for _ in range(sold):
        shop.order({"CHAIR": 1})
        shop.settle(1)
    assert shop.shop.shelf("CHAIR").buyable is takes_more
    assert shop.says("CHAIR") == ("backorder" if takes_more else "sold_out")


def test_receiving_goods_closes_the_supply_and_the_stock_rises_once(opened: Setting) -> None:
    shop = opened(CHAIR=0)
    supply = shop.supply("CHAIR", 5)
    shop.settle()
    order = shop.order({"CHAIR": 2})
    shop.settle()
    receive_supply(shop.store, supply, None)
    shop.second()
    shop.shop.receive_goods("CHAIR", 5)
    shop.settle()
    assert shop.stands(order) == (2, 0)
    assert (shop.variant("CHAIR").available, shop.says("CHAIR")) == (3, "in_stock")
    assert shop.flag("CHAIR") == CLOSED[shop.platform]


def test_a_supply_that_slips_moves_the_date_that_the_shop_shows(opened: Setting) -> None:
    shop = opened(CHAIR=0)
    supply = shop.supply("CHAIR", 5)
    shop.settle()
    said = shop.shop.shelf("CHAIR").fields[MESSAGE[shop.platform]]
    change_supply(shop.store, supply, due=shop.house.today() + timedelta(days=40))
    shop.settle()
    assert shop.shop.shelf("CHAIR").fields[MESSAGE[shop.platform]] != said
    assert shop.variant("CHAIR").expected_on == shop.house.today() + timedelta(days=40)
