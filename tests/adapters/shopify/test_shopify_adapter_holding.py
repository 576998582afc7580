"""Fulfilment holds at a shop: what waits cannot leave, everything else can, and nobody else's hold is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

import pytest
from shopify_adapter_stage import Stage, open_stage, scripted

from adapters.shopify import platform
from adapters.shopify.holding import LONGEST_HANDLE, ROUNDS
from connector.domain.facts import OrderSeen
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.acting import Held
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.storefront import Telling

HANDLE = "backorder-connector"
CHRISTMAS = date(2026, 12, 24)
ADDRESS = "https://connector.example.com/webhooks/shopify/main"
RIGHTS = {"write_products", "read_inventory", "read_locations", "write_orders"}


@pytest.fixture(name="stage")
def make_stage() -> Iterator[Stage]:
    with open_stage() as stage:
        stage.shop.add_product("A", 50)
        stage.shop.add_product("B", 50)
        yield stage


def telling(stage: Stage, order: str, units: Mapping[str, int], expected: date | None = CHRISTMAS) -> Telling:
    """Units by SKU that wait and are to be held."""
    lines = {line.sku: str(line.ref) for line in stage.shop.store.orders[int(order)].lines}
    marks = OrderMarks(
        OrderStatus.WAITING if units else OrderStatus.READY,
        tuple(LineMark(lines[sku], sku, sku, 0, waiting, expected) for sku, waiting in units.items()),
    )
    kind = NoticeKind.WAITING if units else NoticeKind.READY
    held = Held({lines[sku]: number for sku, number in units.items()}, HANDLE)
    return Telling("r1", order, kind, marks, "", held=held)


def ours(stage: Stage, order: str) -> dict[str, int]:
    """Units under a hold of ours, by SKU."""
    held: Counter[str] = Counter()
    for one in stage.shop.store.orders[int(order)].fulfillment_orders:
        if any(hold.held_by_requesting_app and hold.handle == HANDLE for hold in one.holds):
            held.update({line.line_item.sku: line.remaining_quantity for line in one.lines})
    return dict(+held)


def writes(stage: Stage) -> list[str]:
    """The calls about holds since the last look, without the reading."""
    found = [name for name in stage.shop.calls if name in {"Holds", "Merge"}]
    stage.shop.calls.clear()
    return found


def test_what_waits_cannot_leave_and_what_is_there_can(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3, "B": 2})
    stage.client.tell(telling(stage, order, {"A": 2}))
    assert stage.shop.held_units(order) == {"A": 2}
    stage.shop.ship(order, {"A": 1, "B": 2})
    with pytest.raises(ValueError, match="not open to be shipped"):
        stage.shop.ship(order, {"A": 1})


def test_telling_again_changes_nothing(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3, "B": 2})
    stage.client.tell(telling(stage, order, {"A": 2}))
    assert writes(stage) == ["Holds"]
    stage.client.tell(telling(stage, order, {"A": 2}))
    assert writes(stage) == []


@pytest.mark.parametrize(
    "states",
    [
        [{"A": 3}, {"A": 1}, {}],  # goods come bit by bit
        [{"A": 1}, {"A": 3}, {"A": 2}, {}],
        [{"A": 3, "B": 2}, {"B": 1}, {"A": 2, "B": 2}, {}],
        [{"A": 2}, {"B": 2}, {"A": 1, "B": 1}],
    ],
)
def test_each_telling_holds_exactly_what_it_says_whatever_was_held_before(
    stage: Stage, states: list[dict[str, int]]
) -> None:
    order = stage.shop.place_order({"A": 3, "B": 2})
    for units in states:
        stage.client.tell(telling(stage, order, units))
        assert stage.shop.held_units(order) == ours(stage, order) == units
    if not states[-1]:
        stage.shop.ship(order)


def test_when_all_is_there_what_was_split_is_one_again(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3})
    stage.client.tell(telling(stage, order, {"A": 2}))
    stage.client.tell(telling(stage, order, {"A": 1}))
    assert len(live(stage, order)) == 3
    writes(stage)
    stage.client.tell(telling(stage, order, {}))
    assert writes(stage) == ["Holds", "Merge"]
    (one,) = live(stage, order)
    assert one == {"A": 3}


def live(stage: Stage, order: str) -> list[dict[str, int]]:
    return [
        {line.line_item.sku: line.remaining_quantity for line in one.lines}
        for one in stage.shop.store.orders[int(order)].fulfillment_orders
        if one.is_live
    ]


def test_the_hold_of_another_app_is_never_released_and_ours_stands_beside_it(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 2, "B": 1})
    stage.shop.hold_by_another(order)
    stage.client.tell(telling(stage, order, {"A": 1}))
    assert ours(stage, order) == {"A": 2, "B": 1}  # theirs forbids a split, and nothing can leave anyway
    writes(stage)
    stage.client.tell(telling(stage, order, {"A": 1}))
    assert writes(stage) == []
    stage.client.tell(telling(stage, order, {}))
    (one,) = stage.shop.store.orders[int(order)].fulfillment_orders
    assert [hold.handle for hold in one.holds] == ["fraud-check"]


def test_a_hold_of_the_same_app_for_another_reason_is_not_ours(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 2})
    stage.shop.hold_by_another(order, "address-check")
    (one,) = stage.shop.store.orders[int(order)].fulfillment_orders
    one.holds[0].held_by_requesting_app = True
    stage.client.tell(telling(stage, order, {}))
    assert [hold.handle for hold in one.holds] == ["address-check"]


def test_what_is_being_packed_is_left_alone(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 3})
    stage.shop.ship(order, {"A": 1})
    assert [one.status for one in stage.shop.store.orders[int(order)].fulfillment_orders] == ["IN_PROGRESS"]
    stage.client.tell(telling(stage, order, {"A": 2}))
    assert stage.shop.held_units(order) == {}


@pytest.mark.parametrize(
    ("expected", "reason"), [(CHRISTMAS, "INVENTORY_OUT_OF_STOCK"), (None, "UNKNOWN_DELIVERY_DATE")]
)
def test_the_reason_says_whether_there_is_a_day(stage: Stage, expected: date | None, reason: str) -> None:
    order = stage.shop.place_order({"A": 1})
    stage.client.tell(telling(stage, order, {"A": 1}, expected))
    (one,) = stage.shop.store.orders[int(order)].fulfillment_orders
    assert [(hold.reason, hold.handle) for hold in one.holds] == [(reason, HANDLE)]


def test_a_handle_is_cut_where_shopify_would_refuse_it(stage: Stage) -> None:
    order = stage.shop.place_order({"A": 1})
    wanted = telling(stage, order, {"A": 1})
    long = Telling("r1", order, wanted.kind, wanted.marks, "", held=Held(wanted.held.units, "backorder-" + "x" * 99))
    stage.client.tell(long)
    (one,) = stage.shop.store.orders[int(order)].fulfillment_orders
    assert [len(hold.handle or "") for hold in one.holds] == [LONGEST_HANDLE]
    stage.client.tell(long)
    assert len(one.holds) == 1


def test_an_order_of_many_fulfilment_orders_and_lines_is_read_to_its_end(stage: Stage) -> None:
    skus = {f"S{number}": number for number in range(20)}
    for sku in skus:
        stage.shop.add_product(sku, 9)
    stage.clock.pass_by()
    order = stage.shop.place_order(dict.fromkeys(skus, 2))
    for number in range(7):  # each leaves a fulfilment order of its own behind
        stage.clock.pass_by()
        stage.client.tell(telling(stage, order, dict.fromkeys([f"S{one}" for one in range(number + 1)], 1)))
    assert stage.shop.held_units(order) == {f"S{number}": 1 for number in range(7)}
    stage.clock.pass_by()
    stage.client.tell(telling(stage, order, {"S19": 2}))
    assert stage.shop.held_units(order) == {"S19": 2}


def test_the_webhook_of_a_held_order_does_not_say_that_it_was_sent(stage: Stage) -> None:
    """Shopify's ``fulfillable_quantity`` falls to zero with a hold: read so, held units would look shipped."""
    stage.client.subscribe("orders/updated", ADDRESS, "")
    order = stage.shop.place_order({"A": 3, "B": 2})
    stage.client.tell(telling(stage, order, {"A": 2}))
    stage.clock.pass_by()
    stage.shop.ship(order, {"A": 1, "B": 1})
    stage.letters.clear()
    stage.shop.flush()
    told = [
        fact
        for headers, body in stage.letters
        for fact in platform().translate(platform().envelope(headers).topic, body).facts
        if isinstance(fact, OrderSeen)
    ]
    newest = max(told, key=lambda one: one.changed_at)
    assert {line.sku: (line.wanted, line.shipped) for line in newest.lines} == {"A": (3, 1), "B": (2, 1)}
    assert [newest.lines] == [one.lines for one in stage.client.read_orders([order]) if isinstance(one, OrderSeen)]


@pytest.mark.parametrize(
    "scopes", [RIGHTS, RIGHTS | {"read_merchant_managed_fulfillment_orders"}], ids=["none", "read"]
)
def test_without_the_right_to_hold_the_marks_are_made_all_the_same_and_the_doctor_says_it(scopes: set[str]) -> None:
    with open_stage(scopes=scopes) as stage:
        stage.shop.add_product("A", 5)
        order = stage.shop.place_order({"A": 2})
        stage.client.tell(telling(stage, order, {"A": 2}))
        assert stage.shop.told(order).tags == ("backordered",)
        assert stage.shop.held_units(order) == {}
        said = {one.what: one.said for one in stage.client.check(stage.clock.now)}
        assert "holds are off" in said["Right write_merchant_managed_fulfillment_orders"]


def test_a_token_that_died_meanwhile_is_not_taken_for_a_missing_right() -> None:
    with scripted() as script:
        script.answers(answered())
        script.answers({"errors": "[API] Invalid API key or access token"}, status=401)
        with pytest.raises(OwnerMustAct):
            script.client.tell(Telling("r1", "1", NoticeKind.READY, OrderMarks(OrderStatus.READY), ""))


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
@pytest.mark.parametrize("before", [{}, {"A": 3}, {"A": 1, "B": 2}])
def test_whatever_answer_is_lost_telling_again_ends_the_same(stage: Stage, lost: int, before: dict[str, int]) -> None:
    order = stage.shop.place_order({"A": 3, "B": 2})
    stage.client.tell(telling(stage, order, before))
    calls = 0

    def lose(name: str) -> tuple[str, float]:
        nonlocal calls
        calls += 1
        stage.shop.faults.lose_answer = 1 if calls == lost else 0
        return next_fault(name)

    next_fault = stage.shop.next_fault
    stage.shop.next_fault = lose  # type: ignore[method-assign]  # the stage's own shop
    for _ in range(2):
        try:
            stage.client.tell(telling(stage, order, {"A": 2}))
        except TryLater:
            continue
    assert stage.shop.held_units(order) == {"A": 2}


def fulfilments(*holds: dict[str, object]) -> dict[str, object]:
    node = {
        "id": "gid://shopify/FulfillmentOrder/1",
        "status": "ON_HOLD" if holds else "OPEN",
        "supportedActions": [{"action": "HOLD"}],
        "assignedLocation": {"location": None},
        "fulfillmentHolds": list(holds),
        "lineItems": {
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "nodes": [{"id": "gid://x/1", "remainingQuantity": 2, "lineItem": {"id": "gid://shopify/LineItem/11"}}],
        },
    }
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [node]}
    return {"data": {"order": {"fulfillmentOrders": page}}}


def answered(*codes: str) -> dict[str, object]:
    errors = [{"field": None, "message": code, "code": code} for code in codes]
    return {"data": {f"m{index}": {"userErrors": errors} for index in range(5)}}


WAITING = Telling(
    "r1", "1", NoticeKind.WAITING, OrderMarks(OrderStatus.WAITING), "", held=Held({"11": 1}, "backorder-connector")
)
OURS = {"id": "gid://shopify/FulfillmentHold/1", "handle": "backorder-connector", "heldByRequestingApp": True}


def test_what_will_not_be_split_is_held_whole() -> None:
    with scripted() as script:
        script.answers(
            answered(), fulfilments(), answered("FULFILLMENT_ORDER_NOT_SPLITTABLE"), fulfilments(), answered()
        )
        script.client.tell(WAITING)
        holds = [one["variables"]["fulfillmentHold0"] for one in script.asked if one["operationName"] == "Holds"]
        parts = [hold.get("fulfillmentOrderLineItems") for hold in holds]
    assert parts == [[{"id": "gid://x/1", "quantity": 1}], None]


def test_fulfilment_orders_that_never_stand_still_are_looked_at_later() -> None:
    with scripted() as script:
        script.answers(answered(), fulfilments(), *[answered("FULFILLMENT_ORDER_NOT_FOUND"), fulfilments()] * ROUNDS)
        with pytest.raises(TryLater):
            script.client.tell(WAITING)
        assert [one["operationName"] for one in script.asked].count("Holds") == ROUNDS


def test_a_refusal_of_another_kind_is_shown_to_the_owner() -> None:
    with scripted() as script:
        script.answers(answered(), fulfilments(), answered("FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"))
        with pytest.raises(Refused, match="LIMIT_REACHED"):
            script.client.tell(WAITING)


def test_two_holds_of_ours_on_one_fulfilment_order_do_no_harm_and_leave_together() -> None:
    second = {**OURS, "id": "gid://shopify/FulfillmentHold/2", "handle": "backorder-old"}
    with scripted() as script:
        script.answers(answered(), fulfilments(OURS, second), answered(), fulfilments())
        script.client.tell(Telling("r1", "1", NoticeKind.READY, OrderMarks(OrderStatus.READY), ""))
        (release,) = (one["variables"] for one in script.asked if one["operationName"] == "Holds")
    assert release["holdIds0"] == [OURS["id"], second["id"]]
