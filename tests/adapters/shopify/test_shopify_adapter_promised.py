"""What the theme block wrote on an order line about the day it had shown: believed in its exact form only."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopify_adapter_stage import open_stage

from adapters.reader import Reader
from adapters.shopify import platform
from adapters.shopify.promised import LONGEST, LONGEST_PLACE, LONGEST_TEXT, PROPERTY, shown_to_buyer
from adapters.shopify.sandbox.trade import Checkout
from connector.domain.facts import OrderSeen
from connector.domain.promises import UNKNOWN_DAY, Expected, ShownToBuyer

WRITTEN = {
    "text": "Ships between 1 and 5 December.",
    "from": "2026-12-01",
    "until": "2026-12-05",
    "at": "2026-11-21T11:59:00Z",
    "where": "product page",
}
SHOWN = ShownToBuyer(
    "Ships between 1 and 5 December.",
    Expected(date(2026, 12, 1), date(2026, 12, 5)),
    datetime(2026, 11, 21, 11, 59, tzinfo=UTC),
    "product page",
)


def read(*values: object) -> ShownToBuyer | None:
    return shown_to_buyer(Reader([{"name": PROPERTY, "value": value} for value in values]), "name")


def written(**changed: object) -> str:
    return json.dumps({**WRITTEN, **changed})


def test_what_was_shown_is_read_from_webhooks_and_from_the_shop() -> None:
    with open_stage() as stage:
        stage.client.subscribe("orders/create", "https://connector.example.com/webhooks/shopify/main", "")
        stage.shop.add_product("A", 5)
        stage.shop.add_product("B", 5)
        properties = {"A": {"Engraving": "J", PROPERTY: json.dumps(WRITTEN)}}
        order = stage.shop.place_order({"A": 1, "B": 1}, how=Checkout(properties=properties))
        stage.shop.flush()
        ((headers, body),) = stage.letters
        (told,) = platform().translate(platform().envelope(headers).topic, body).facts
        for seen in (told, *stage.client.read_orders([order])):
            assert isinstance(seen, OrderSeen)
            assert {line.sku: line.shown for line in seen.lines} == {"A": SHOWN, "B": None}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"from": None, "until": "2026-12-05"}, Expected(date(2026, 12, 5), date(2026, 12, 5))),
        ({"from": "", "until": ""}, UNKNOWN_DAY),
        ({"from": None, "until": None}, UNKNOWN_DAY),
        ({"from": "2026-12-01", "until": None}, UNKNOWN_DAY),
        ({"from": "2026-12-05"}, Expected(date(2026, 12, 5), date(2026, 12, 5))),
    ],
)
def test_a_day_a_range_or_no_day_at_all(changed: dict[str, Any], expected: Expected) -> None:
    shown = read(written(**changed))
    assert shown is not None
    assert (shown.text, shown.expected) == (SHOWN.text, expected)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "null",
        "[]",
        "{}",
        json.dumps([WRITTEN]),
        written(text=None),
        written(text="  "),
        written(text=["x"]),
        written(until="5 December"),
        written(until="2026-12-05T00:00:00Z"),
        written(until=20261205),
        written(until="2026-02-30"),
        written(until="0001-01-01"),
        written(until="9999-12-31"),
        written(**{"from": "2026-12-06"}),
        written(where={"x": 1}),
        written(text="x" * LONGEST),
        "[" * 500,
        None,
        7,
    ],
)
def test_what_is_not_of_our_form_counts_as_not_written(value: object) -> None:
    assert read(value) is None


def test_the_first_of_our_form_counts() -> None:
    assert read("soon", json.dumps(WRITTEN), written(text="Another")) == SHOWN


@pytest.mark.parametrize("at", [None, "", "yesterday", "2026-11-21T11:59:00", 5])
def test_without_a_time_of_its_own_the_day_was_shown_all_the_same(at: object) -> None:
    shown = read(written(at=at))
    assert shown is not None
    assert (shown.at, shown.expected) == (None, SHOWN.expected)


def test_texts_are_cut_where_they_are_too_long_to_keep() -> None:
    shown = read(written(text="x" * (LONGEST_TEXT + 1), where="y" * (LONGEST_PLACE + 1)))
    assert shown is not None
    assert (len(shown.text), len(shown.where)) == (LONGEST_TEXT, LONGEST_PLACE)


@pytest.mark.parametrize("properties", [None, {}, "x", 7, [None], [[]], [{"name": PROPERTY}], [{"value": "x"}]])
def test_properties_of_any_other_shape_say_nothing(properties: object) -> None:
    assert shown_to_buyer(Reader(properties), "name") is None


@given(st.text(max_size=60) | st.dictionaries(st.sampled_from([*WRITTEN, "x"]), st.none() | st.text()).map(json.dumps))
def test_nothing_that_a_buyer_writes_breaks_the_reading(value: str) -> None:
    shown = read(value)
    assert shown is None or shown.text.strip() != ""
