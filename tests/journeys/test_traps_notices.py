"""Traps of telling people: never too early, never twice, never out of the blue, in their own language."""

from __future__ import annotations

from typing import Any

import pytest
from trap_house import ALWAYS, Setting

from connector.services.turn import confirm_and_notify


def test_nothing_is_told_between_a_delivery_and_its_confirmation(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.house.deliver()
    assert shop.stands(order) == (0, 1)
    assert (shop.notices(order), shop.bears(order)) == ([], "")
    confirm_and_notify(shop.store)  # the pool has not settled
    assert (shop.notices(order), shop.bears(order)) == ([], "")
    shop.settle()
    assert shop.bears(order) == "waiting"


def test_a_stock_number_that_comes_without_its_order_tells_nobody_wrong(opened: Setting) -> None:
    """The number falls for an order whose delivery is late; the oldest order must not be told to wait for that."""
    shop = opened(ALWAYS, CHAIR=2)
    first = shop.order({"CHAIR": 2})
    shop.settle()
    late: list[tuple[str, dict[str, str], bytes]] = []
    hear = shop.house.receive

    def without_orders(address: str, headers: dict[str, str], body: bytes) -> int:
        topic = headers.get("X-WC-Webhook-Topic", headers.get("X-Shopify-Topic", ""))
        if topic.startswith("order"):
            late.append((address, headers, body))
            return 200
        return hear(address, headers, body)

    shop.house.receive = without_orders  # type: ignore[assignment, method-assign]
    second = shop.order({"CHAIR": 3})
    shop.house.deliver()
    shop.settle()
    assert shop.bears(first) == ""
    assert shop.notices(first) == []
    shop.house.receive = hear  # type: ignore[method-assign]
    for address, headers, body in late:
        hear(address, headers, body)
    shop.settle()
    assert (shop.bears(first), shop.bears(second)) == ("", "waiting")


@pytest.mark.parametrize("lost", range(1, 5))
def test_a_note_whose_answer_was_lost_is_not_said_again(opened: Setting, lost: int) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.house.deliver()
    shop.wait(seconds=21)
    tell: Any = type(shop.store.storefront).tell

    def cut_off(self: object, telling: object) -> None:
        shop.shop.faults.lose_answer = lost
        try:
            tell(self, telling)
        finally:
            shop.shop.faults.lose_answer = 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shop.store.storefront), "tell", cut_off)
        confirm_and_notify(shop.store)
    for _ in range(3):
        shop.wait(minutes=15)
        shop.settle()
    assert shop.bears(order) == "waiting"
    assert [one.state.value for one in shop.notices(order)] == ["sent"]
    if shop.platform == "woocommerce":
        assert len(shop.shop.told(order).notes) == 1


def test_orders_from_before_the_connection_are_marked_but_not_mailed(shop_of: Setting, platform: str) -> None:
    shop = shop_of(platform, ALWAYS)
    shop.shop.add_product("LAMP", 0, oversell=True)
    old = shop.order({"LAMP": 1})
    shop.forget_connection()
    shop.wait(hours=1)
    shop.house.connect()
    new = shop.order({"LAMP": 1})
    shop.settle()
    assert (shop.bears(old), shop.words(old)) == ("waiting", "")
    assert shop.bears(new) == "waiting"
    assert shop.words(new) != ""
    shop.second()
    shop.shop.receive_goods("LAMP", 2)
    shop.settle()
    assert shop.bears(old) == "ready"
    assert shop.words(old) != ""


def test_what_changed_before_it_was_said_is_said_once_and_anew(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    order = shop.order({"CHAIR": 1})
    shop.house.deliver()
    shop.wait(seconds=21)
    shop.stop({"notify": "for the test"})
    confirm_and_notify(shop.store)
    assert [one.state.value for one in shop.notices(order)] == ["pending"]
    shop.supply("CHAIR", 4, days=7)
    shop.settle()
    shop.stop({})
    shop.settle()
    assert [(one.kind.value, one.state.value) for one in shop.notices(order)] == [("waiting", "sent")]
    if shop.platform == "woocommerce":
        assert len(shop.shop.told(order).notes) == 1


def test_each_shopper_is_told_in_the_language_of_the_order(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    english, german = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1}, language="de-DE")
    shop.settle()
    assert (shop.bears(english), shop.bears(german)) == ("waiting", "waiting")
    assert shop.words(english) != ""
    assert any(word in shop.words(german) for word in ("Ihre", "Bestellung", "Lieferung"))
    assert not any(word in shop.words(english) for word in ("Ihre", "Bestellung", "Lieferung"))


def test_an_order_served_from_stock_hears_nothing(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=5)
    order = shop.order({"CHAIR": 2})
    shop.settle()
    shop.second()
    shop.shop.ship(order)
    shop.settle()
    assert (shop.notices(order), shop.bears(order), shop.words(order)) == ([], "", "")


def test_an_order_that_goes_while_it_is_told_parks_its_notice_and_holds_up_no_other(opened: Setting) -> None:
    shop = opened(ALWAYS, CHAIR=0)
    gone, other = shop.order({"CHAIR": 1}), shop.order({"CHAIR": 1})
    shop.house.deliver()
    shop.wait(seconds=21)
    tell: Any = type(shop.store.storefront).tell
    deleted: list[str] = []

    def too_late(self: object, telling: object) -> None:
        if not deleted:
            deleted.append(gone)
            shop.shop.delete_order(gone)
        tell(self, telling)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(shop.store.storefront), "tell", too_late)
        confirm_and_notify(shop.store)
    assert [one.state.value for one in shop.notices(gone)] == ["parked"]
    assert shop.bears(other) == "waiting"
