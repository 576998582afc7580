"""Traps of a world that fails: busy shops, dead keys, webhooks switched off, outages, poison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from house import house
from trap_house import ALWAYS, OPEN, STORES, Setting, Trap, post

from adapters.woocommerce.sandbox.auth import Key
from connector.bootstrap.store_jobs import heal_webhooks
from connector.ports.operating import RequestKind, RequestState
from connector.services.privacy import answer_requests
from connector.services.turn import confirm_and_notify, reconcile_turn, turn


@pytest.mark.parametrize("fault", ["answer_429", "answer_500", "answer_html"])
def test_what_a_busy_shop_refuses_comes_later_and_is_not_lost(opened: Setting, fault: str) -> None:
    shop = opened(ALWAYS, CHAIR=1)
    order = shop.order({"CHAIR": 1})
    setattr(shop.shop.faults, fault, 30)
    shop.house.deliver()
    assert shop.record().wait_until is not None
    setattr(shop.shop.faults, fault, 0)
    shop.wait(minutes=10)
    shop.settle(3)
    assert (shop.says("CHAIR"), shop.known(order).status != "") == ("backorder", True)
    assert shop.record().wait_until is None
    shop.is_right()


def test_a_shop_that_is_down_does_not_delay_the_other(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        there.woo.add_product("CHAIR", 1)
        there.shopify.add_product("TENT", 1)
        there.connect()
        there.woo.faults.answer_500 = 1_000
        there.woo.place_order({"CHAIR": 1})
        there.shopify.place_order({"TENT": 1})
        there.settle(2)
        assert there.shopify.shelf("TENT").fields["status"] == "sold_out"
        assert there.woo.shelf("CHAIR").fields["_backorder_status"] == "in_stock"
        there.woo.faults.answer_500 = 0
        there.clock.shift(3_700)
        there.settle(3)
        assert there.woo.shelf("CHAIR").fields["_backorder_status"] == "sold_out"


def _revoke(shop: Trap) -> None:
    if shop.platform == "woocommerce":
        shop.shop.keys.clear()
    else:
        shop.shop.access_token = "shpat_another"


def _mend(shop: Trap) -> None:
    if shop.platform == "woocommerce":
        shop.shop.keys["ck_sandbox"] = Key("cs_sandbox")
    else:
        shop.shop.access_token = "shpat_sandbox"


def test_a_revoked_key_stops_the_store_tells_the_owner_once_and_mends_itself(opened: Setting) -> None:
    shop = opened(CHAIR=1)
    _revoke(shop)
    shop.supply("CHAIR", 5)
    for _ in range(4):
        shop.settle(1)
        shop.wait(minutes=15)
        reconcile_turn(shop.store)
    assert set(shop.record().stopped) == {"push", "read"}
    told = [entry.facts["act"] for entry in shop.journal("owner_must_act")]
    assert sorted(told) == ["push", "read"]
    calls = len(shop.shop.calls)
    turn(shop.store)
    confirm_and_notify(shop.store)
    assert len(shop.shop.calls) == calls
    _mend(shop)
    shop.wait(minutes=15)
    shop.reconcile()
    assert shop.record().stopped == {}
    assert shop.flag("CHAIR") == OPEN[shop.platform]


def test_a_key_that_may_only_read_stops_writing_alone_and_is_told_once(shop_of: Setting) -> None:
    shop = shop_of("woocommerce", CHAIR=1)
    shop.shop.keys["ck_sandbox"].permissions = "read"
    shop.supply("CHAIR", 5)
    for _ in range(4):
        shop.settle(1)
        shop.wait(minutes=15)
        reconcile_turn(shop.store)
    assert set(shop.record().stopped) == {"push"}
    assert [entry.facts["act"] for entry in shop.journal("owner_must_act")] == ["push"]
    order = shop.order({"CHAIR": 1})
    shop.settle()
    assert shop.knows(order)
    shop.shop.keys["ck_sandbox"].permissions = "read_write"
    shop.wait(minutes=15)
    shop.reconcile()
    assert shop.record().stopped == {}
    shop.is_right()


def test_a_webhook_disabled_after_seven_failures_is_replaced_and_the_gap_healed(shop_of: Setting) -> None:
    shop = shop_of("woocommerce", ALWAYS, CHAIR=20)
    hear = shop.house.receive
    shop.house.receive = lambda *_: 500  # type: ignore[method-assign]
    for _ in range(8):
        shop.order({"CHAIR": 1})
        shop.shop.flush()
    shop.house.receive = hear  # type: ignore[method-assign]
    missed = shop.order({"CHAIR": 1})
    shop.settle()
    assert not shop.knows(missed)
    assert any(not one.active for one in shop.store.storefront.subscriptions())
    healed = heal_webhooks(shop.house.service, shop.store)
    assert healed > 0
    assert all(one.active for one in shop.store.storefront.subscriptions())
    shop.reconcile()
    assert shop.knows(missed)
    heard = shop.order({"CHAIR": 1})
    shop.house.deliver()
    assert shop.knows(heard)
    shop.is_right()


def test_webhooks_that_shopify_deleted_are_made_again(shop_of: Setting) -> None:
    shop = shop_of("shopify", CHAIR=2)
    shop.shop._outbox.subscriptions.clear()
    missed = shop.order({"CHAIR": 1})
    shop.settle()
    assert not shop.knows(missed)
    assert heal_webhooks(shop.house.service, shop.store) == len(shop.store.platform.topics)
    assert heal_webhooks(shop.house.service, shop.store) == 0
    shop.reconcile()
    assert shop.knows(missed)


def test_a_day_without_us_heals_in_one_pass(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=2, TABLE=2)
    before = shop.order({"CHAIR": 2})
    shop.settle()
    shop.shop.faults.lose_webhooks = 1_000
    cancelled = shop.order({"CHAIR": 2})
    for hour in range(24):
        shop.wait(hours=1)
        if hour % 6 == 0:
            shop.order({"CHAIR": 1, "TABLE": 1})
    shop.shop.cancel_order(cancelled)
    shop.shop.cancel_order(before)
    shop.second()
    shop.shop.set_stock("TABLE", 9)
    shop.shop.flush()
    shop.shop.faults.lose_webhooks = 0
    reconcile_turn(shop.store)
    turn(shop.store)
    assert shop.variant("CHAIR").backordered == max(0, -shop.shop.shelf("CHAIR").available)
    shop.is_right()
    assert reconcile_turn(shop.store) == 0


def test_orders_that_change_while_they_are_read_are_all_found(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    shop.shop.faults.lose_webhooks = 10_000
    orders = [shop.order({"CHAIR": 1}) for _ in range(8)]
    shop.shop.flush()
    storefront = shop.store.storefront
    read = type(storefront).orders_changed

    def busy(self: Any, since: Any) -> Any:
        for page in read(self, since):
            yield page
            shop.second()
            shop.shop.change_quantity(orders[0], "CHAIR", 2)
            orders.append(shop.order({"CHAIR": 1}))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(storefront), "orders_changed", busy)
        reconcile_turn(shop.store)
    shop.shop.flush()
    shop.shop.faults.lose_webhooks = 0
    shop.reconcile()
    assert all(shop.knows(one) for one in orders)
    assert shop.variant("CHAIR").backordered == -shop.shop.shelf("CHAIR").available


@pytest.mark.parametrize("lost", [0.3, 1.0])
def test_whatever_the_wires_do_the_shop_ends_right(opened: Setting, lost: float) -> None:
    shop = opened(ALWAYS, CHAIR=3, TABLE=1)
    faults = shop.shop.faults
    faults.lost, faults.doubled, faults.shuffled, faults.seed = lost, 0.5, True, 7
    orders = [shop.order({"CHAIR": 2, "TABLE": 1}) for _ in range(4)]
    shop.settle(1)
    shop.shop.cancel_order(orders[1])
    shop.second()
    shop.shop.receive_goods("CHAIR", 3)
    shop.settle(1)
    shop.shop.ship(orders[0])
    shop.settle(1)
    faults.lost = faults.doubled = 0.0
    shop.reconcile()
    for sku in ("CHAIR", "TABLE"):
        assert shop.variant(sku).backordered == max(0, -shop.shop.shelf(sku).available)
    shop.is_right()


def test_a_poisoned_delivery_is_parked_and_the_queue_moves_on(opened: Setting) -> None:
    shop = opened(CHAIR=3)
    topic = {"woocommerce": "order.updated", "shopify": "orders/updated"}[shop.platform]
    shop.order({"CHAIR": 1})
    assert post(shop, topic, {"id": "not a number", "line_items": 7}) == 200
    order = shop.order({"CHAIR": 1})
    shop.house.deliver()
    parked = [one for one in shop.deliveries() if one.state.value == "parked"]
    assert [one.reason.startswith("$.") for one in parked] == [True]
    assert shop.knows(order)
    assert not any(one.state.value == "received" for one in shop.deliveries())


def test_a_bug_in_one_delivery_is_parked_alone(opened: Setting) -> None:
    shop = opened(CHAIR=3)
    from connector.services.apply import Apply  # noqa: PLC0415 -- replaced for the length of this test

    order = shop.order({"CHAIR": 2})
    shop.house.deliver()
    bad = shop.order({"CHAIR": 1})
    take = Apply._order

    def stumble(self: Any, fact: Any, seen_at: Any, *, read: bool) -> None:
        if fact.id == bad and not read:
            raise ZeroDivisionError("made up")
        take(self, fact, seen_at, read=read)

    shop.second()
    shop.shop.cancel_order(order)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Apply, "_order", stumble)
        shop.house.deliver()
    parked = [one for one in shop.deliveries() if one.state.value == "parked"]
    assert parked
    assert all("ZeroDivisionError" in one.reason for one in parked)
    assert not shop.known(order).demand.waits


def test_a_forged_delivery_is_refused_and_counted(opened: Setting) -> None:
    shop = opened(CHAIR=3)
    shop.order({"CHAIR": 1})
    shop.shop.flush()
    address, headers, body = shop.house.sent[-1]
    assert shop.house.receive(address, headers, body.replace(b"CHAIR", b"TABLE")) == 401


def test_an_uninstalled_app_stops_everything(shop_of: Setting) -> None:
    shop = shop_of("shopify", CHAIR=1)
    shop.shop.uninstall()
    shop.settle()
    calls = len(shop.shop.calls)
    shop.supply("CHAIR", 5)
    shop.settle()
    shop.reconcile()
    assert shop.record().gone_at is not None
    assert len(shop.shop.calls) == calls


def test_privacy_requests_are_put_down_and_done(shop_of: Setting) -> None:
    shop = shop_of("shopify", CHAIR=1)
    for topic in ("customers/redact", "shop/redact"):
        body = {"shop_domain": "sandbox.myshopify.com", "orders_to_redact": []}
        assert post(shop, topic, body, name=topic) == 200
    shop.house.deliver()
    assert answer_requests(shop.store) == 2
    with shop.store.work(read_only=True) as uow:
        found = {one.kind: one.state for one in uow.privacy.find(shop.key, None, 9)}
    # The shop is connected: a person must say whether it is to be forgotten.
    assert found == {RequestKind.ERASE: RequestState.DONE, RequestKind.ERASE_SHOP: RequestState.READY}


def test_a_slow_shop_is_waited_for(opened: Setting) -> None:
    shop = opened(CHAIR=1)
    shop.shop.faults.slow_seconds = 0.05
    shop.supply("CHAIR", 5)
    shop.settle(1)
    shop.shop.faults.slow_seconds = 0.0
    assert shop.flag("CHAIR") == OPEN[shop.platform]


def test_everything_is_there_after_a_restart_between_any_two_steps(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        shop = Trap(there, "woocommerce")
        there.woo.add_product("CHAIR", 0, oversell=True)
        there.connect()
        shop.supply("CHAIR", 5)
        there.settle(1)
        order = shop.order({"CHAIR": 1})
        there.woo.flush()
        there.restart()
        there.deliver()
        there.restart()
        there.settle(1)
        there.restart()
        there.settle(2)
        assert shop.bears(order) == "waiting"
        assert STORES["woocommerce"] in there.service.stores
