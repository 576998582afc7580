"""What webhook bodies mean, where the samples do not show it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.shopify.inbound import translate
from connector.domain.facts import Demand, OrderSeen, PrivacyAsked, Reread, ShownSeen, StoreGone, Thing, VariantSeen
from connector.ports.failures import Unreadable


def line(**changed: object) -> dict[str, Any]:
    return {
        "id": 11,
        "variant_id": 21,
        "product_id": 31,
        "sku": "A",
        "title": "Lamp",
        "name": "Lamp - red",
        "quantity": 3,
        "current_quantity": 3,
        "fulfillable_quantity": 3,
        **changed,
    }


def order(*lines: dict[str, Any], **changed: object) -> bytes:
    body = {
        "id": 1,
        "name": "#1001",
        "created_at": "2026-11-01T10:00:00+01:00",
        "updated_at": "2026-11-02T10:00:00+01:00",
        "financial_status": "paid",
        "fulfillment_status": None,
        "line_items": list(lines) or [line()],
        **changed,
    }
    return json.dumps(body).encode()


def seen(body: bytes) -> OrderSeen:
    (fact,) = translate("orders/updated", body).facts
    assert isinstance(fact, OrderSeen)
    return fact


@pytest.mark.parametrize(
    ("payment", "demand"),
    [
        ("paid", Demand.OPEN),
        ("partially_refunded", Demand.OPEN),
        ("authorized", Demand.OPEN),
        ("pending", Demand.UNPAID),
        ("partially_paid", Demand.UNPAID),
        ("expired", Demand.UNPAID),
        ("voided", Demand.UNPAID),
        ("refunded", Demand.UNPAID),
        ("invoiced", Demand.UNKNOWN),
        (None, Demand.UNKNOWN),
    ],
)
def test_units_stay_taken_whatever_the_payment_is(payment: str | None, demand: Demand) -> None:
    fact = seen(order(financial_status=payment))
    assert (fact.demand, fact.status, fact.lines[0].outstanding) == (demand, payment or "", 3)


def test_a_fulfilment_word_nobody_has_met_is_shown_and_not_guessed() -> None:
    fact = seen(order(fulfillment_status="teleported"))
    assert (fact.demand, fact.status) == (Demand.UNKNOWN, "teleported")


@pytest.mark.parametrize(
    ("changed", "demand", "status"),
    [
        ({"cancelled_at": "2026-11-02T10:00:00Z", "closed_at": "2026-11-02T10:00:00Z"}, Demand.VOID, "cancelled"),
        ({"closed_at": "2026-11-02T10:00:00Z", "fulfillment_status": "teleported"}, Demand.DONE, "closed"),
    ],
)
def test_a_cancelled_or_closed_order_waits_no_longer(changed: dict[str, object], demand: Demand, status: str) -> None:
    fact = seen(order(**changed))
    assert (fact.demand, fact.status) == (demand, status)


@pytest.mark.parametrize(
    ("payment", "current", "demand"),
    [
        ("refunded", 0, Demand.VOID),  # all lines were given back
        ("voided", 0, Demand.VOID),
        ("partially_refunded", 0, Demand.DONE),
        ("paid", 3, Demand.DONE),  # all shipped
        ("refunded", 3, Demand.DONE),  # shipped, and the money given back afterwards
        ("pending", 3, Demand.DONE),  # shipped on account
    ],
)
def test_an_order_with_nothing_outstanding_is_over(payment: str, current: int, demand: Demand) -> None:
    fact = seen(order(line(current_quantity=current, fulfillable_quantity=0), financial_status=payment))
    assert fact.demand is demand


@pytest.mark.parametrize(
    ("body", "ordered", "wanted", "shipped"),
    [
        pytest.param(line(), 3, 3, 0, id="nothing happened"),
        pytest.param(line(fulfillable_quantity=1, variant_inventory_management=None), 3, 3, 2, id="two shipped"),
        pytest.param(line(current_quantity=2, fulfillable_quantity=2), 3, 2, 0, id="one removed"),
        pytest.param(line(current_quantity=2, fulfillable_quantity=0), 3, 2, 2, id="one shipped, returned, refunded"),
        pytest.param(line(current_quantity=0, fulfillable_quantity=0), 3, 0, 0, id="all removed"),
        pytest.param(line(current_quantity=0, fulfillable_quantity=1), 3, 0, 0, id="no negative shipment"),
        pytest.param(line(gift_card=True), 3, 0, 0, id="a gift card takes no stock"),
        pytest.param(line(requires_shipping=False), 3, 3, 0, id="a tracked download does"),
        pytest.param(line(current_quantity=None, fulfillable_quantity=2), 3, 3, 1, id="an old body without refunds"),
    ],
)
def test_a_line_counts_what_the_shop_took_and_what_has_left(
    body: dict[str, Any], ordered: int, wanted: int, shipped: int
) -> None:
    (only,) = seen(order(body)).lines
    assert (only.ordered, only.wanted, only.shipped) == (ordered, wanted, shipped)


def stands(status: str | None, left: int, **more: object) -> dict[str, Any]:
    return {"fulfillment_status": status, "fulfillable_quantity": left, **more}


def sent(units: int, status: str = "success") -> dict[str, Any]:
    return {"status": status, "line_items": [{"id": 11, "quantity": units}, {"id": 12, "quantity": 9}]}


def given_back(units: int, how: str) -> dict[str, Any]:
    return {"refund_line_items": [{"line_item_id": 11, "quantity": units, "restock_type": how}]}


@pytest.mark.parametrize(
    ("body", "changed", "wanted", "shipped"),
    [
        pytest.param(stands(None, 0), {}, 3, 0, id="all held"),
        pytest.param(stands(None, 1), {}, 3, 0, id="two held"),
        pytest.param(
            stands("partial", 0),
            {"fulfillments": [sent(1)]},
            3,
            1,
            id="one sent",
        ),
        pytest.param(
            stands("partial", 0),
            {"fulfillments": [sent(1), sent(1, "cancelled")]},
            3,
            1,
            id="one sent, one called back",
        ),
        pytest.param(
            stands("partial", 0, current_quantity=2),
            {"fulfillments": [sent(2)], "refunds": [given_back(1, "return")]},
            2,
            1,
            id="two sent, one of them returned, the third held",
        ),
        pytest.param(
            stands(None, 0, current_quantity=2),
            {"refunds": [given_back(1, "return")]},
            2,
            0,
            id="a return of what was never sent",
        ),
        pytest.param(
            stands("partial", 1),
            {},
            3,
            2,
            id="a body that does not say by whom",
        ),
        pytest.param(stands("fulfilled", 0), {}, 3, 3, id="all sent"),
        pytest.param(stands("not_eligible", 0), {}, 3, 3, id="never to be sent"),
        pytest.param(
            stands(None, 0, variant_id=None, requires_shipping=False),
            {},
            3,
            3,
            id="a tip",
        ),
    ],
)
def test_units_under_a_hold_are_not_taken_for_sent(
    body: dict[str, Any], changed: dict[str, Any], wanted: int, shipped: int
) -> None:
    (only,) = seen(order(line(requires_shipping=True) | body, **{"fulfillments": [], **changed})).lines
    assert (only.wanted, only.shipped) == (wanted, shipped)


@pytest.mark.parametrize(
    ("address", "country"),
    [({"country_code": "de"}, "DE"), ({"country_code": None}, ""), ({}, ""), (None, ""), ({"country_code": "Ger"}, "")],
)
def test_an_order_says_where_it_goes_where_we_may_know_it(address: object, country: str) -> None:
    assert seen(order(shipping_address=address)).country == country
    assert seen(order()).country == ""


@pytest.mark.parametrize(
    ("changed", "email"),
    [
        ({"email": "jo@example.com", "contact_email": "x@example.com"}, "jo@example.com"),
        ({"email": "", "contact_email": " jo@example.com "}, "jo@example.com"),
        ({"email": None}, ""),
        ({}, ""),
    ],
)
def test_the_buyers_address_is_read_where_it_stands(changed: dict[str, object], email: str) -> None:
    assert seen(order(**changed)).email == email


@pytest.mark.parametrize(
    ("payment", "is_paid"),
    [("paid", True), ("authorized", True), ("partially_refunded", True), ("pending", False), ("partially_paid", False)],
)
def test_an_order_is_complete_when_it_was_paid_for(payment: str, *, is_paid: bool) -> None:
    fact = seen(order(financial_status=payment, processed_at="2026-11-01T09:30:00Z"))
    assert fact.paid_at == (fact.placed_at if is_paid else None)


def test_an_old_body_counts_the_refunds_of_each_line_itself() -> None:
    refunds = [
        {"refund_line_items": [{"line_item_id": 11, "quantity": 1}, {"line_item_id": 12, "quantity": 5}]},
        {"refund_line_items": [{"line_item_id": 11, "quantity": 1}]},
        {"refund_line_items": []},
    ]
    lines = [line(current_quantity=None, fulfillable_quantity=1), line(id=12, current_quantity=None, quantity=4)]
    fact = seen(order(*lines, refunds=refunds))
    assert [(one.wanted, one.shipped) for one in fact.lines] == [(1, 0), (0, 0)]


def test_a_line_without_a_name_is_called_by_its_title() -> None:
    body = line(sku=None, variant_id=None, product_id=None)
    del body["name"]
    (only,) = seen(order(body)).lines
    assert (only.title, only.sku, only.variant_id, only.product_id) == ("Lamp", "", None, "")


def product(*variants: dict[str, Any], **changed: object) -> bytes:
    body = {"id": 31, "title": "Lamp", "updated_at": None, "tags": None, "variants": list(variants), **changed}
    return json.dumps(body).encode()


VARIANT = {
    "id": 21,
    "title": "red",
    "sku": "A",
    "inventory_policy": "deny",
    "inventory_item_id": 41,
    "updated_at": "2026-11-02T10:00:00Z",
}


def test_a_product_body_never_gives_a_stock_number() -> None:
    facts = translate("products/update", product({**VARIANT, "inventory_quantity": 7})).facts
    assert [VariantSeen, ShownSeen] == [type(fact) for fact in facts]


def test_an_old_body_that_names_who_keeps_the_number_means_a_tracked_variant() -> None:
    told = translate("products/update", product({**VARIANT, "inventory_management": "shopify"}))
    assert [VariantSeen, ShownSeen] == [type(fact) for fact in told.facts]


def test_a_policy_nobody_has_met_is_passed_on_as_it_is() -> None:
    _, shown = translate("products/update", product({**VARIANT, "inventory_policy": "maybe"})).facts
    assert isinstance(shown, ShownSeen)
    assert shown.fields == {"inventoryPolicy": "MAYBE"}


def test_a_variant_whose_item_the_body_does_not_name_is_read_again() -> None:
    told = translate("products/update", product({**VARIANT, "inventory_item_id": None}))
    assert (told.facts, told.rereads) == ((), (Reread(Thing.PRODUCT, "31"),))


def test_a_new_product_is_read_for_its_stock_numbers() -> None:
    assert translate("products/create", product(VARIANT)).rereads == (Reread(Thing.PRODUCT, "31"),)


@pytest.mark.parametrize(
    ("topic", "body", "expected"),
    [
        ("orders/edited", {"order_edit": {"order_id": 7}}, Reread(Thing.ORDER, "7")),
        ("orders/delete", {"id": 7}, Reread(Thing.ORDER, "7", only_known=True)),
        ("refunds/create", {"id": 1, "order_id": 7}, Reread(Thing.ORDER, "7")),
        ("fulfillments/update", {"id": 1, "order_id": 7}, Reread(Thing.ORDER, "7")),
        ("fulfillment_orders/split", {"fulfillment_order": {"order_id": 7}}, Reread(Thing.ORDER, "7")),
        (
            "fulfillment_holds/added",
            {"fulfillment_order": {"order_id": "gid://shopify/Order/7"}},
            Reread(Thing.ORDER, "7"),
        ),
        ("products/delete", {"id": 7}, Reread(Thing.PRODUCT, "7", only_known=True)),
        ("variants/out_of_stock", {"id": 1, "product_id": 7}, Reread(Thing.PRODUCT, "7")),
        ("inventory_levels/connect", {"inventory_item_id": 7, "location_id": 9}, Reread(Thing.POOL, "7")),
        # Online fulfilment switched on or off changes the number of everything a location holds.
        ("locations/update", {"id": 9}, Reread(Thing.CATALOGUE, "all")),
        ("inventory_items/create", {"id": 7}, Reread(Thing.POOL, "7")),
        ("inventory_items/update", {"id": 7}, Reread(Thing.POOL, "7", only_known=True)),
    ],
)
def test_a_body_that_says_too_little_names_what_to_read(topic: str, body: object, expected: Reread) -> None:
    told = translate(topic, json.dumps(body).encode())
    assert (told.facts, told.rereads) == ((), (expected,))


@pytest.mark.parametrize(
    ("topic", "word"),
    [
        ("fulfillment_orders/merged", "fulfilment order"),
        ("fulfillment_orders/line_items_prepared_for_pickup", "fulfilment order"),
        ("inventory_transfers/complete", "transfer"),
        ("inventory_shipments/receive_items", "shipment"),
        ("themes/publish", "themes/publish"),
        ("", "nothing"),
    ],
)
def test_what_is_none_of_our_business_says_why(topic: str, word: str) -> None:
    told = translate(topic, b"{}")
    assert (told.facts, told.rereads) == ((), ())
    assert word in told.note


def test_an_uninstalled_shop_is_dated_by_its_last_change_or_else_its_making() -> None:
    told = translate("app/uninstalled", b'{"updated_at":null,"created_at":"2026-01-01T00:00:00Z"}')
    (gone,) = told.facts
    assert isinstance(gone, StoreGone)
    assert gone.at.isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("topic", "body", "asked"),
    [
        ("customers/data_request", {"orders_requested": [1, 2]}, (("1", "2"),)),
        ("customers/redact", {"orders_to_redact": [3]}, (("3",),)),
        ("customers/redact", {"customer": {"id": 1}}, ((), "1")),
        (
            "customers/redact",
            {"customer": {"id": 1, "email": " a@example.com ", "phone": None}},
            ((), "1", "a@example.com", ""),
        ),
        ("customers/data_request", {"customer": {"id": None, "phone": "+49 30 1"}}, ((), "", "", "+49 30 1")),
        ("shop/redact", {"shop_id": 1}, ()),
    ],
)
def test_a_privacy_request_names_the_person_and_its_orders(topic: str, body: object, asked: tuple[Any, ...]) -> None:
    assert translate(topic, json.dumps(body).encode()).facts == (PrivacyAsked(topic, *asked),)


@pytest.mark.parametrize(
    ("topic", "body", "path"),
    [
        ("orders/create", order(line(quantity="3")), "$.line_items[0].quantity"),
        ("orders/create", order(line(), line(fulfillable_quantity=None)), "$.line_items[1].fulfillable_quantity"),
        ("orders/create", order(line(current_quantity=-1)), "$.line_items[0].current_quantity"),
        ("orders/create", order(updated_at="2026-11-02T10:00:00"), "$.updated_at"),
        (
            "orders/create",
            order(refunds=[{"refund_line_items": [{}]}]),
            "$.refunds[0].refund_line_items[0].line_item_id",
        ),
        ("orders/create", order(test="yes"), "$.test"),
        ("orders/create", b"[1]", "$"),
        ("orders/create", b"not json", "$"),
        ("orders/edited", b'{"order_edit":{}}', "$.order_edit.order_id"),
        ("products/update", product({**VARIANT, "inventory_policy": None}), "$.variants[0].inventory_policy"),
        ("inventory_levels/update", b'{"inventory_item_id":"x1"}', "$.inventory_item_id"),
        ("customers/redact", b'{"orders_to_redact":["a"]}', "$.orders_to_redact[0]"),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_with_its_path(topic: str, body: bytes, path: str) -> None:
    with pytest.raises(Unreadable) as refused:
        translate(topic, body)
    assert refused.value.path == path
