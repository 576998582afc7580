"""Notices on orders, and the webhooks that bring us news."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from shopify_adapter_stage import Stage, open_stage, scripted

from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.acting import Held
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.storefront import Subscription, Telling

ADDRESS = "https://connector.example.com/webhooks/shopify/main"
WAITING = OrderMarks(OrderStatus.WAITING, (LineMark("11", "A", "Lamp", 0, 2, date(2026, 12, 24)),))
NOTHING_HELD = Held()
READY = OrderMarks(OrderStatus.READY, (LineMark("11", "A", "Lamp", 2, 0, None),))


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        yield stage


def order_with_holds(stage: Stage, *handles: str) -> str:
    """An order whose one fulfilment order bears holds of our app."""
    stage.shop.add_product("A", 5)
    order = stage.shop.place_order({"A": 2})
    (waiting,) = stage.shop.store.orders[int(order)].fulfillment_orders
    for handle in handles:
        hold = {"reason": "INVENTORY_OUT_OF_STOCK", "handle": handle}
        answer = stage.client._admin.write_together(
            "Hold",
            "mutation Hold($id: ID!, $hold: FulfillmentOrderHoldInput!)"
            " { fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) { userErrors { message } } }",
            {"id": waiting.gid, "hold": hold},
            act="notify",
        )
        assert answer.need("fulfillmentOrderHold", "userErrors").items() == ()
    return order


def holds_of(stage: Stage, order: str) -> list[str | None]:
    return [hold.handle for one in stage.shop.store.orders[int(order)].fulfillment_orders for hold in one.holds]


def telling(order: str, kind: NoticeKind, marks: OrderMarks, text: str = "", held: Held = NOTHING_HELD) -> Telling:
    return Telling("r1", order, kind, marks, text, held=held)


def test_an_order_is_marked_and_marking_it_again_changes_nothing(stage: Stage) -> None:
    order = order_with_holds(stage)
    waiting = telling(order, NoticeKind.WAITING, WAITING, "It comes for Christmas.")
    stage.client.tell(waiting)
    told = stage.shop.told(order)
    assert told.tags == ("backordered",)
    assert told.marks["status"] == "waiting"
    assert told.marks["expected_on"] == "2026-12-24"
    assert told.marks["message"] == "It comes for Christmas."
    assert json.loads(told.marks["state"])["lines"][0]["waiting"] == 2
    stage.client.tell(waiting)
    assert stage.shop.told(order) == told


def test_a_ready_order_loses_its_date_and_our_holds_and_no_others(stage: Stage) -> None:
    order = order_with_holds(stage, "backorder-11", "fraud-check")
    line = str(stage.shop.store.orders[int(order)].lines[0].ref)
    stage.client.tell(telling(order, NoticeKind.WAITING, WAITING, held=Held({line: 2}, "backorder-11")))
    assert holds_of(stage, order) == ["backorder-11", "fraud-check"]
    stage.client.tell(telling(order, NoticeKind.READY, READY, "It is here."))
    told = stage.shop.told(order)
    assert (told.tags, told.marks["status"], "expected_on" in told.marks) == (("backorder-ready",), "ready", False)
    assert holds_of(stage, order) == ["fraud-check"]


def test_a_cleared_order_bears_nothing_of_ours_any_more(stage: Stage) -> None:
    order = order_with_holds(stage, "backorder-11")
    stage.client.tell(telling(order, NoticeKind.WAITING, WAITING, "Soon."))
    stage.client.tell(telling(order, NoticeKind.CLEARED, OrderMarks()))
    assert (stage.shop.told(order).tags, stage.shop.told(order).marks) == ((), {})
    assert holds_of(stage, order) == []


def test_the_merchants_own_tags_stay(stage: Stage) -> None:
    order = order_with_holds(stage)
    stage.shop.store.orders[int(order)].tags = ["vip"]
    stage.client.tell(telling(order, NoticeKind.WAITING, WAITING))
    stage.client.tell(telling(order, NoticeKind.CLEARED, OrderMarks()))
    assert stage.shop.told(order).tags == ("vip",)


def test_an_order_that_is_gone_is_refused(stage: Stage) -> None:
    with pytest.raises(Refused):
        stage.client.tell(telling("123", NoticeKind.WAITING, WAITING))


def test_without_the_right_to_see_holds_the_marks_are_made_all_the_same() -> None:
    denied = {
        "message": "Access denied for fulfillmentOrders field.",
        "path": ["order", "fulfillmentOrders"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    payload: dict[str, Any] = {"userErrors": []}
    with scripted() as script:
        script.answers(
            {"data": {f"m{index}": payload for index in range(4)}}, {"data": {"order": None}, "errors": [denied]}
        )
        script.client.tell(telling("1", NoticeKind.READY, READY))
        assert [asked["operationName"] for asked in script.asked] == ["Tell", "HoldsOfOrder"]


def test_the_topics_we_want_are_ones_the_shop_sends(stage: Stage) -> None:
    from adapters.shopify import platform  # noqa: PLC0415 -- the one test that needs the platform

    made = [stage.client.subscribe(topic, ADDRESS, "ignored") for topic in platform().topics]
    assert [one.topic for one in made] == list(platform().topics)
    assert {(one.topic, one.address, one.active) for one in stage.client.subscriptions()} == {
        (topic, ADDRESS, True) for topic in platform().topics
    }


def test_subscribing_twice_gives_the_same_subscription(stage: Stage) -> None:
    stage.client.subscribe("orders/updated", ADDRESS, "")
    first = stage.client.subscribe("orders/create", ADDRESS, "")
    assert stage.client.subscribe("orders/create", ADDRESS, "") == first
    assert len(list(stage.client.subscriptions())) == 2


def test_a_subscription_moves_to_another_address(stage: Stage) -> None:
    made = stage.client.subscribe("orders/create", "https://old.example.com/x", "")
    stage.client.mend(made, ADDRESS, "")
    assert [(one.id, one.address) for one in stage.client.subscriptions()] == [(made.id, ADDRESS)]
    stage.client.mend(made, ADDRESS, "")
    assert len(list(stage.client.subscriptions())) == 1


def test_a_subscription_that_the_shop_deleted_is_made_anew(stage: Stage) -> None:
    made = stage.client.subscribe("orders/create", ADDRESS, "")
    stage.client.unsubscribe(made)
    stage.client.mend(made, ADDRESS, "")
    assert [(one.topic, one.address) for one in stage.client.subscriptions()] == [("orders/create", ADDRESS)]


def test_unsubscribing_twice_is_no_error(stage: Stage) -> None:
    made = stage.client.subscribe("orders/create", ADDRESS, "")
    stage.client.unsubscribe(made)
    stage.client.unsubscribe(made)
    assert list(stage.client.subscriptions()) == []


def test_an_address_the_shop_refuses_is_the_owners_to_mend(stage: Stage) -> None:
    with pytest.raises(OwnerMustAct) as refused:
        stage.client.subscribe("orders/create", "http://connector.example.com/x", "")
    assert (refused.value.act, "public_url" in refused.value.fix) == ("webhooks", True)


def errors(field: str, *messages: str) -> dict[str, Any]:
    return {"data": {field: {"userErrors": [{"field": None, "message": message} for message in messages]}}}


def test_a_taken_address_that_nobody_lists_is_the_owners_to_mend() -> None:
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    with scripted() as script:
        script.answers(
            errors("webhookSubscriptionCreate", "Address for this topic has already been taken"),
            {"data": {"webhookSubscriptions": page}},
        )
        with pytest.raises(OwnerMustAct, match="lists no such"):
            script.client.subscribe("orders/create", ADDRESS, "")


def test_a_topic_of_another_hand_keeps_the_shops_own_word() -> None:
    def page(topic: str, *, more: bool) -> dict[str, Any]:
        node = {"id": f"gid://shopify/WebhookSubscription/{topic}", "topic": topic, "uri": ADDRESS}
        info = {"hasNextPage": more, "endCursor": "c"}
        return {"data": {"webhookSubscriptions": {"pageInfo": info, "nodes": [node]}}}

    with scripted() as script:
        script.answers(page("INVENTORY_LEVELS_UPDATE", more=True), page("THEMES_PUBLISH", more=False))
        found = [one.topic for one in script.client.subscriptions()]
        assert [asked["variables"] for asked in script.asked] == [{"after": None}, {"after": "c"}]
    assert found == ["inventory_levels/update", "THEMES_PUBLISH"]


def test_a_subscription_that_may_not_be_deleted_is_refused() -> None:
    with scripted() as script:
        script.answers(errors("webhookSubscriptionDelete", "Not yours"))
        with pytest.raises(Refused):
            script.client.unsubscribe(Subscription("gid://1", "orders/create", ADDRESS, active=True))


def test_a_notice_whose_answer_was_lost_may_be_given_again(stage: Stage) -> None:
    order = order_with_holds(stage)
    stage.shop.faults.lose_answer = 1
    with pytest.raises(TryLater):
        stage.client.tell(telling(order, NoticeKind.WAITING, WAITING))
    stage.client.tell(telling(order, NoticeKind.WAITING, WAITING))
    assert stage.shop.told(order).tags == ("backordered",)
