"""What our WordPress plugin wrote on an order line: read where it can be, and otherwise as if it were not there."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.woocommerce.inbound import translate
from connector.domain.facts import OrderSeen
from connector.domain.promises import UNKNOWN_DAY, Expected, ShownToBuyer

SAMPLE = Path(__file__).parents[3] / "adapters/woocommerce/samples/order_created_storefront_backordered.body"
SHOWN = {
    "text": "On backorder: expected 1 to 5 December",
    "from": "2026-12-01",
    "until": "2026-12-05",
    "at": "2026-11-21T20:41:10Z",
    "where": "checkout",
}
DAY = date(2026, 12, 5)


def shown(written: object) -> ShownToBuyer | None:
    """Of the first line of a recorded order that bears this."""
    body: dict[str, Any] = json.loads(SAMPLE.read_bytes())
    body["line_items"][0]["meta_data"].append({"id": 9000, "key": "_backorder_promise", "value": written})
    (seen,) = (fact for fact in translate("order.created", json.dumps(body).encode()).facts)
    assert isinstance(seen, OrderSeen)
    assert len(seen.lines) == 4
    assert [line.shown for line in seen.lines[1:]] == [None] * 3
    return seen.lines[0].shown


def test_the_promise_is_read_word_for_word() -> None:
    expected = ShownToBuyer(
        SHOWN["text"], Expected(date(2026, 12, 1), DAY), datetime(2026, 11, 21, 20, 41, 10, tzinfo=UTC), "checkout"
    )
    assert shown(json.dumps(SHOWN)) == expected
    assert shown(SHOWN) == expected  # some plugins store what they are given unencoded


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"from": None}, Expected(DAY, DAY)),
        ({"from": "2026-12-05"}, Expected(DAY, DAY)),
        ({"from": "2026-12-24"}, Expected(DAY, DAY)),
        ({"from": "soon"}, Expected(DAY, DAY)),
        ({"from": None, "until": None}, UNKNOWN_DAY),
        ({"until": None}, UNKNOWN_DAY),
        ({"until": "0000-00-00"}, UNKNOWN_DAY),
        ({"until": "9999-12-31"}, UNKNOWN_DAY),
        ({"until": 20261205}, UNKNOWN_DAY),
    ],
)
def test_the_last_day_is_the_one_that_counts(change: dict[str, object], expected: Expected) -> None:
    found = shown(json.dumps({**SHOWN, **change}))
    assert found is not None
    assert (found.text, found.expected) == (SHOWN["text"], expected)


@pytest.mark.parametrize(
    ("change", "at", "where"),
    [
        ({"at": "2026-11-21T20:41:10"}, None, "checkout"),
        ({"at": "yesterday"}, None, "checkout"),
        ({"at": None}, None, "checkout"),
        ({"at": "2026-11-21T21:41:10+01:00", "where": "cart"}, datetime(2026, 11, 21, 20, 41, 10, tzinfo=UTC), "cart"),
        ({"at": None, "where": "<script>"}, None, ""),
    ],
)
def test_a_moment_without_a_zone_and_an_unknown_place_are_left_out(
    change: dict[str, object], at: datetime | None, where: str
) -> None:
    found = shown(json.dumps({**SHOWN, **change}))
    assert found is not None
    assert (found.at, found.where) == (at, where)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "soon",
        "null",
        "[]",
        "7",
        "{",
        "{}",
        '{"text": 7}',
        '{"text": "  "}',
        '{"text": "x", "where": []}',
        "[" * 3_000,
        json.dumps({"text": "x" * 5_000}),
        None,
        7,
        [],
        {"text": ["x"]},
    ],
)
def test_garbage_says_nothing_and_parks_nothing(garbage: object) -> None:
    assert shown(garbage) is None


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_nothing_that_can_be_written_parks_an_order(written: object) -> None:
    for key in (*SHOWN, "other"):
        found = shown(json.dumps({**SHOWN, key: written}))
        assert found is None or 0 < len(found.text) <= 1_000
