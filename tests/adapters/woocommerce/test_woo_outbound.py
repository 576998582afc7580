"""What WooCommerce is told to show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from adapters.woocommerce import platform
from adapters.woocommerce.outbound import batches, item, note, objection, order_meta
from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, OrderMarks, OrderStatus
from connector.ports.failures import Refused
from connector.ports.storefront import Change

TODAY = date(2026, 11, 21)
SOON = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("availability", "expected"),
    [
        (Availability(Status.IN_STOCK, sells=True, sellable=9, expected_on=None), ("notify", "in_stock", "")),
        (Availability(Status.IN_STOCK, sells=False, sellable=5, expected_on=None), ("no", "in_stock", "")),
        (
            Availability(Status.BACKORDER, sells=True, sellable=5, expected_on=SOON),
            ("notify", "backorder", "2026-12-01"),
        ),
        (
            Availability(Status.BACKORDER, sells=True, sellable=None, expected_on=TODAY),
            ("notify", "backorder", "2026-11-21"),
        ),
        (
            Availability(Status.BACKORDER, sells=True, sellable=5, expected_on=date(2026, 11, 20)),
            ("notify", "backorder", ""),
        ),
        (Availability(Status.SOLD_OUT, sells=False, sellable=0, expected_on=None), ("no", "sold_out", "")),
    ],
)
def test_availability_becomes_the_shops_own_flag_and_our_fields(
    availability: Availability, expected: tuple[str, str, str]
) -> None:
    fields = platform().fields(availability, "Ships soon", TODAY)
    keys = ("backorders", "_backorder_status", "_backorder_expected_on")
    assert {
        **dict(zip(keys, expected, strict=True)),
        "_backorder_expected_from": "",
        "_backorder_message": "Ships soon",
    } == fields


def test_a_message_stands_on_one_line_of_bounded_length() -> None:
    there = Availability(Status.IN_STOCK, sells=False, sellable=1, expected_on=None)
    message = platform().fields(there, "Ships\n\t on  Monday " + "x" * 400, TODAY)["_backorder_message"]
    assert (len(message), message[:19], message[-1]) == (300, "Ships on Monday xxx", "…")


def test_what_we_would_show_is_always_something_we_may_write() -> None:
    for status in Status:
        shown = platform().fields(Availability(status, sells=True, sellable=1, expected_on=SOON), "a\nb" * 200, TODAY)
        assert objection(Change("26", "25", shown)) is None


def change(variant: str, product: str, **fields: str) -> Change:
    return Change(variant, product, fields or {"backorders": "no"})


def test_products_go_together_and_variations_by_their_parent() -> None:
    changes = [change("1", "1"), change("26", "25"), change("2", "2"), change("30", "29"), change("27", "25")]
    found = [(batch.path, [one.variant_id for one in batch.changes]) for batch in batches(changes)]
    assert found == [
        ("products/batch", ["1", "2"]),
        ("products/25/variations/batch", ["26", "27"]),
        ("products/29/variations/batch", ["30"]),
    ]


def test_a_batch_holds_a_hundred() -> None:
    changes = [change(str(one), str(one)) for one in range(1, 251)]
    assert [len(batch.changes) for batch in batches(changes)] == [100, 100, 50]
    assert changes == [one for batch in batches(changes) for one in batch.changes]


def test_an_item_names_only_what_differs_and_deletes_what_is_empty() -> None:
    fields = {"backorders": "notify", "_backorder_status": "backorder", "_backorder_message": ""}
    meta = [{"key": "_backorder_status", "value": "backorder"}, {"key": "_backorder_message", "value": None}]
    assert {"id": 26, "backorders": "notify", "meta_data": meta} == item(Change("26", "25", fields))


def test_a_flag_alone_touches_no_metadata() -> None:
    assert item(change("26", "25", backorders="no")) == {"id": 26, "backorders": "no"}


@pytest.mark.parametrize(
    ("variant", "fields", "code"),
    [
        ("26", {"backorders": "maybe"}, "bad_value"),
        ("26", {"backorders": ""}, "bad_value"),
        ("26", {"_backorder_status": "onbackorder"}, "bad_value"),
        ("26", {"_backorder_expected_on": "1 Dec"}, "bad_value"),
        ("26", {"_backorder_message": "two\nlines"}, "bad_value"),
        ("26", {"_backorder_message": "x" * 301}, "bad_value"),
        ("26", {"stock_quantity": "5"}, "not_ours"),
        ("26", {"stock_status": "instock"}, "not_ours"),
        ("gid://26", {"backorders": "no"}, "not_an_id"),
        ("", {"backorders": "no"}, "not_an_id"),
    ],
)
def test_a_value_the_shop_would_store_unseen_is_refused_here(
    variant: str, fields: Mapping[str, str], code: str
) -> None:
    found = objection(Change(variant, "25", fields))
    assert found is not None
    assert code == found.code


def test_an_order_bears_its_status_its_date_and_its_lines() -> None:
    lines = (LineMark("6", "C", 'Chair "Q"', 1, 2, SOON), LineMark("7", "T", "Table", 1, 0, None))
    body = order_meta(OrderMarks(OrderStatus.WAITING, lines))
    assert isinstance(body["meta_data"], list)
    values = {entry["key"]: entry["value"] for entry in body["meta_data"]}
    assert (values["_backorder_status"], values["_backorder_expected_on"]) == ("waiting", "2026-12-01")
    assert json.loads(values["_backorder_lines"]) == [
        {"line": "6", "sku": "C", "ready": 1, "waiting": 2, "expected_on": "2026-12-01"},
        {"line": "7", "sku": "T", "ready": 1, "waiting": 0, "expected_on": None},
    ]


def test_an_order_that_no_longer_waits_bears_nothing() -> None:
    keys = ("_backorder_status", "_backorder_expected_on", "_backorder_lines", "_backorder_held")
    assert {"meta_data": [{"key": key, "value": None} for key in keys]} == order_meta(OrderMarks())


def test_a_note_ends_with_its_reference() -> None:
    assert note("Your chair waits.", "A1") == {"note": "Your chair waits.\n\n[A1]", "customer_note": True}


def test_a_note_says_its_text_as_it_is_though_the_shop_shows_html() -> None:
    said = note('<b>"Tom" & Jerry</b> waits.', "A1")["note"]
    assert said == '&lt;b&gt;"Tom" &amp; Jerry&lt;/b&gt; waits.\n\n[A1]'


def test_a_note_longer_than_the_shop_can_keep_is_refused() -> None:
    with pytest.raises(Refused):
        note("x" * 70_000, "A1")


@pytest.mark.parametrize(
    ("earliest", "latest", "expected"),
    [
        (date(2026, 11, 28), SOON, ("2026-11-28", "2026-12-01")),
        (None, SOON, ("", "2026-12-01")),
        (TODAY - timedelta(days=1), SOON, ("", "2026-12-01")),  # it has begun: only its end is still ahead
        (TODAY - timedelta(days=2), TODAY - timedelta(days=1), ("", "")),
    ],
)
def test_a_range_is_shown_with_its_first_day_as_long_as_that_is_ahead(
    earliest: date | None, latest: date, expected: tuple[str, str]
) -> None:
    there = Availability(Status.BACKORDER, sells=True, sellable=None, expected_on=latest, earliest_on=earliest)
    fields = platform().fields(there, "", TODAY)
    assert expected == (fields["_backorder_expected_from"], fields["_backorder_expected_on"])
