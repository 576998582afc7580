"""What a variant and an order should bear."""

from __future__ import annotations

import json
from datetime import date

import pytest

from adapters.shopify import platform
from adapters.shopify.outbound import inline_metafields, metafields_of, order_bears
from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.storefront import Change, Telling

TODAY = date(2026, 11, 21)
CHRISTMAS = date(2026, 12, 24)


NO_RANGE = {"expected_from": ""}


@pytest.mark.parametrize(
    ("availability", "policy", "status", "expected_on"),
    [
        (Availability(Status.IN_STOCK, sells=False, sellable=3, expected_on=None), "DENY", "in_stock", ""),
        (Availability(Status.IN_STOCK, sells=True, sellable=9, expected_on=None), "CONTINUE", "in_stock", ""),
        (Availability(Status.BACKORDER, True, 5, CHRISTMAS), "CONTINUE", "backorder", "2026-12-24"),  # noqa: FBT003 -- a row of the table
        (Availability(Status.BACKORDER, True, None, TODAY), "CONTINUE", "backorder", "2026-11-21"),  # noqa: FBT003 -- as above
        (Availability(Status.BACKORDER, True, None, date(2026, 11, 20)), "CONTINUE", "backorder", ""),  # noqa: FBT003 -- as above
        (Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None), "DENY", "sold_out", ""),
    ],
)
def test_a_variant_shows_its_policy_status_and_a_date_that_has_not_passed(
    availability: Availability, policy: str, status: str, expected_on: str
) -> None:
    expected = {"inventoryPolicy": policy, "status": status, "expected_on": expected_on, "message": ""} | NO_RANGE
    assert expected == platform().fields(availability, "", TODAY)


@pytest.mark.parametrize(
    ("first", "shown"),
    [
        (date(2026, 12, 20), "2026-12-20"),
        (date(2026, 11, 21), "2026-11-21"),  # today
        (date(2026, 11, 20), ""),  # only the end of the range is still to come
        (date(2026, 12, 24), ""),  # a single day
        (None, ""),
    ],
)
def test_the_first_day_of_a_range_is_shown_beside_the_last(first: date | None, shown: str) -> None:
    ranged = Availability(Status.BACKORDER, sells=True, sellable=4, expected_on=CHRISTMAS, earliest_on=first)
    fields = platform().fields(ranged, "", date(2026, 11, 21))
    assert (fields["expected_from"], fields["expected_on"]) == (shown, "2026-12-24")


def test_a_range_that_has_passed_is_not_shown() -> None:
    ranged = Availability(Status.BACKORDER, sells=True, sellable=4, expected_on=CHRISTMAS, earliest_on=CHRISTMAS)
    fields = platform().fields(ranged, "", date(2026, 12, 25))
    assert (fields["expected_from"], fields["expected_on"]) == ("", "")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Ships soon.", "Ships soon."),
        ("  two\r\nlines\n", "two\nlines"),
        (" \n ", ""),
        ("x" * 4999 + " yz", "x" * 4999),
    ],
)
def test_a_message_is_given_as_the_shop_will_give_it_back(written: str, kept: str) -> None:
    availability = Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None)
    assert platform().fields(availability, written, TODAY)["message"] == kept


def test_values_are_set_with_their_type_and_empty_ones_deleted() -> None:
    change = Change("21", "31", {"inventoryPolicy": "DENY", "status": "sold_out", "expected_on": "", "message": "Gone"})
    owner = {"ownerId": "gid://shopify/ProductVariant/21", "namespace": "$app:backorder"}
    metafields = metafields_of(change)
    assert metafields.set == (
        {**owner, "key": "status", "type": "single_line_text_field", "value": "sold_out"},
        {**owner, "key": "message", "type": "multi_line_text_field", "value": "Gone"},
    )
    assert metafields.delete == ({**owner, "key": "expected_on"},)
    assert inline_metafields(change)[0] == {
        "namespace": "$app:backorder",
        "key": "status",
        "type": "single_line_text_field",
        "value": "sold_out",
    }


WAITING = OrderMarks(
    OrderStatus.WAITING,
    (
        LineMark("11", "A", "Lamp", ready=1, waiting=2, expected_on=CHRISTMAS),
        LineMark("12", "B", "Shade", ready=1, waiting=0, expected_on=None),
    ),
)
READY = OrderMarks(OrderStatus.READY, (LineMark("11", "A", "Lamp", ready=3, waiting=0, expected_on=None),))


def telling(kind: NoticeKind, marks: OrderMarks, text: str) -> Telling:
    return Telling("r1", "6001", kind, marks, text)


def test_a_waiting_order_bears_its_tag_its_dates_and_what_was_said() -> None:
    bears = order_bears(telling(NoticeKind.WAITING, WAITING, "Your lamp comes for Christmas.\r\n"))
    values = {one["key"]: one["value"] for one in bears.metafields.set}
    assert (bears.tags, bears.no_tags) == (("backordered",), ("backorder-ready",))
    assert json.loads(values.pop("state")) == {
        "lines": [
            {"line_id": "11", "sku": "A", "title": "Lamp", "ready": 1, "waiting": 2, "expected_on": "2026-12-24"},
            {"line_id": "12", "sku": "B", "title": "Shade", "ready": 1, "waiting": 0, "expected_on": None},
        ]
    }
    assert values == {"status": "waiting", "expected_on": "2026-12-24", "message": "Your lamp comes for Christmas."}
    assert {one["ownerId"] for one in bears.metafields.set} == {"gid://shopify/Order/6001"}
    assert bears.metafields.delete == ()


def test_a_ready_order_changes_its_tag_and_loses_its_date() -> None:
    bears = order_bears(telling(NoticeKind.READY, READY, "It is here."))
    assert (bears.tags, bears.no_tags) == (("backorder-ready",), ("backordered",))
    assert [one["key"] for one in bears.metafields.delete] == ["expected_on"]


def test_marks_alone_leave_what_was_said_last() -> None:
    bears = order_bears(telling(NoticeKind.CHANGED, WAITING, ""))
    assert "message" not in {one["key"] for one in (*bears.metafields.set, *bears.metafields.delete)}


def test_a_cleared_order_bears_nothing_of_ours() -> None:
    bears = order_bears(telling(NoticeKind.CLEARED, OrderMarks(), ""))
    assert (bears.tags, bears.no_tags) == ((), ("backordered", "backorder-ready"))
    assert bears.metafields.set == ()
    assert {one["key"] for one in bears.metafields.delete} == {"status", "expected_on", "message", "state"}
