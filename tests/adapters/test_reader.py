"""What a platform sends is read with the path of what is wrong with it, and nothing it sends can break us."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reader import Reader
from connector.ports.failures import Unreadable

ORDER = b"""{"id": 9007199254740993, "status": "processing", "billing": null, "meta_data": [], "sku": null,
 "line_items": [{"quantity": 2}, {"quantity": "1"}, {"sku": "CHAIR"}], "test": false, "price": 12.5}"""

READS: list[Callable[[Reader], object]] = [
    Reader.whole,
    Reader.number,
    Reader.text,
    lambda reader: reader.text_or(""),
    Reader.flag,
    Reader.number_id,
    Reader.utc,
    Reader.gmt,
    Reader.utc_or_none,
    Reader.gmt_or_none,
    Reader.items,
    Reader.items_or_none,
    lambda reader: reader.raw,
    lambda reader: reader.is_null,
    lambda reader: reader["id"].whole(),
    lambda reader: reader.get("id").get("deeper").text_or(""),
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-11-21T10:00:00Z", "1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "line_items"]), inner),
    max_leaves=12,
)


def order() -> Reader:
    return Reader.of(ORDER)


def test_values_of_the_right_type_are_read() -> None:
    read = order()
    assert read["status"].text() == "processing"
    assert [line["quantity"].whole() for line in read["line_items"].items()[:1]] == [2]
    assert read["test"].flag() is False
    assert read["price"].number() == 12.5


def test_an_id_beyond_double_precision_stays_exact() -> None:
    assert order()["id"].number_id() == "9007199254740993"


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (
            lambda o: o["line_items"].items()[1]["quantity"].whole(),
            "$.line_items[1].quantity is not a whole number: '1'",
        ),
        (lambda o: o["line_items"].items()[2]["quantity"].whole(), "$.line_items[2].quantity is missing"),
        (lambda o: o["test"].whole(), "$.test is not a whole number: false"),
        (lambda o: o["price"].whole(), "$.price is not a whole number: 12.5"),
        (
            lambda o: o["line_items"].items()[0]["quantity"].whole(minimum=3),
            "$.line_items[0].quantity is less than 3: 2",
        ),
        (lambda o: o["line_items"].text(), "$.line_items is not text: a list of 3"),
        (lambda o: o["status"].items(), "$.status is not a list: 'processing'"),
        (lambda o: o["sku"].text(), "$.sku is not text: null"),
        (lambda o: o["billing"]["country"].text(), "$.billing is not an object: null"),
        (lambda o: o["shipping"]["country"].text(), "$.shipping is missing"),
        (lambda o: o["status"].get("deeper").text_or(""), "$.status is not an object: 'processing'"),
        (lambda o: o["odd key"].flag(), "$['odd key'] is missing"),
        (lambda o: o["status"].utc(), "$.status is not a date and time: 'processing'"),
        (lambda o: o["status"].number_id(), "$.status is not an id: 'processing'"),
        (lambda o: o["test"].number(), "$.test is not a number: false"),
        (lambda o: o["status"].flag(), "$.status is not true or false: 'processing'"),
    ],
)
def test_an_error_names_the_path_and_what_is_there(read: Callable[[Reader], object], expected: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(order())
    assert str(caught.value) == expected


def test_a_missing_member_is_an_error_only_when_it_is_read() -> None:
    missing = order()["shipping"]["country"]
    assert missing.path == "$.shipping.country"
    with pytest.raises(Unreadable):
        missing.text()


def test_get_lets_a_member_of_nothing_be_absent() -> None:
    read = order()
    assert read.get("billing").is_null
    assert not read.get("billing").is_absent
    assert read.get("shipping").is_absent
    assert read.get("shipping").get("country").text_or("DE") == "DE"
    assert read.get("billing").get("country").text_or("DE") == "DE"
    assert read.get("refunds").items_or_none() == ()


def test_an_empty_list_stands_for_the_empty_object_that_php_writes_so() -> None:
    assert order().get("meta_data").get("anything").is_absent


def test_a_long_value_is_shortened_in_the_message() -> None:
    with pytest.raises(Unreadable) as caught:
        Reader.of(json.dumps({"sku": "x" * 5000}).encode())["sku"].whole()
    assert len(caught.value.problem) == len("is not a whole number: ") + 60


def test_what_an_object_holds_stays_out_of_the_message() -> None:
    with pytest.raises(Unreadable) as caught:
        Reader.of(b'{"billing": {"email": "ann@example.com"}}')["billing"].text()
    assert str(caught.value) == "$.billing is not text: an object"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "is not JSON"),
        (b"webhook_id=7", "is not JSON"),
        (b'{"a": NaN}', "holds NaN"),
        (b"[-Infinity]", "holds -Infinity"),
        (b"[1e999]", "out of range"),
        (b'{"a": "\xff"}', "is not UTF-8 at byte 7"),
        ('{"a": 1}'.encode("utf-16"), "is not UTF-8"),
        (b"[" + b"9" * 5000 + b"]", "too many digits"),
        (b"[" * 201 + b"]" * 201, "is nested deeper than 200 levels"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "is nested deeper than 200 levels"),
        (b"[" * 2_000_000, "is nested deeper than 200 levels"),
    ],
)
def test_a_body_that_is_no_json_is_unreadable_at_its_root(body: bytes, problem: str) -> None:
    with pytest.raises(Unreadable) as caught:
        Reader.of(body)
    assert caught.value.path == "$"
    assert problem in caught.value.problem


def test_two_hundred_levels_are_read() -> None:
    assert len(Reader.of(b"[" * 200 + b"]" * 200).items()) == 1


def test_a_byte_order_mark_is_skipped() -> None:
    assert Reader.of(b'\xef\xbb\xbf{"a": 1}')["a"].whole() == 1


def test_of_a_doubled_member_the_last_counts() -> None:
    assert Reader.of(b'{"a": 1, "a": 2}')["a"].whole() == 2


def test_text_is_what_every_database_can_store() -> None:
    text = Reader.of(rb'{"title": "Chair\u0000 \ud83d oak \ud83e\ude91"}')["title"].text()
    assert text == "Chair \N{REPLACEMENT CHARACTER} oak \N{CHAIR}"


@pytest.mark.parametrize("number", ["2.0", "2", "20e-1"])
def test_json_has_one_kind_of_number(number: str) -> None:
    assert Reader.of(number.encode()).whole() == 2


@pytest.mark.parametrize("number", [10**12 + 1, -(10**12) - 1, 2**63, -(2**63) - 1, 10**400])
def test_a_number_that_nobody_counts_to_is_out_of_range(number: int) -> None:
    with pytest.raises(Unreadable, match="is out of range"):
        Reader(number).whole()


def test_a_million_of_the_greatest_numbers_add_up_to_what_a_column_holds() -> None:
    assert Reader(10**12).whole() * 1_000_000 < 2**63


def test_what_is_looked_up_by_is_cut_to_what_an_index_holds() -> None:
    assert Reader("S" * 100_000).label() == "S" * 255


@pytest.mark.parametrize(("value", "expected"), [(0, "0"), (42, "42"), ("42", "42"), ("0042", "42"), ("000", "0")])
def test_an_id_is_text_whether_a_number_or_digits(value: object, expected: str) -> None:
    assert Reader(value).number_id() == expected


@pytest.mark.parametrize("value", [-1, True, 1.0, "", "1" * 21, 10**20, "12a", "\N{ARABIC-INDIC DIGIT ONE}", None, [1]])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(Unreadable, match="is not an id"):
        Reader(value).number_id()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019-01-01 00:00:00.000Z", datetime(2019, 1, 1, tzinfo=UTC)),
        ("2021-12-31T19:00:00-05:00", datetime(2022, 1, 1, tzinfo=UTC)),
        ("2022-01-01T00:00:00.000Z", datetime(2022, 1, 1, tzinfo=UTC)),
        ("2022-01-01T05:45:00+05:45", datetime(2022, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_with_a_zone_is_read_as_utc(text: str, expected: datetime) -> None:
    assert Reader(text).utc() == expected
    assert Reader(text).gmt() == expected
    assert Reader(text).utc().tzinfo is UTC


def test_a_moment_without_a_zone_is_refused_unless_it_is_known_to_be_gmt() -> None:
    moment = Reader("2026-11-21T10:00:00")
    assert moment.gmt() == datetime(2026, 11, 21, 10, tzinfo=UTC)
    with pytest.raises(Unreadable, match="has no time zone: '2026-11-21T10:00:00'"):
        moment.utc()


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "3000-01-01T00:00:00Z",
        "1969-12-31T23:59:59Z",
        "-0001-11-30T00:00:00Z",
        "0000-00-00T00:00:00Z",
    ],
)
def test_an_absurd_year_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match=r"is out of range|is not a date"):
        Reader(text).gmt()


@pytest.mark.parametrize("body", [b'{"at": null}', b'{"at": ""}', b"{}"])
def test_a_moment_that_is_not_there_can_be_none(body: bytes) -> None:
    assert Reader.of(body)["at"].utc_or_none() is None
    assert Reader.of(body)["at"].gmt_or_none() is None


def _ends_in_unreadable_at_worst(read: Callable[[], object]) -> None:
    with suppress(Unreadable):
        read()


@given(st.binary() | st.binary().map(lambda tail: b'{"id": ' + tail))
def test_arbitrary_bytes_are_unreadable_at_worst(body: bytes) -> None:
    for read in READS:
        _ends_in_unreadable_at_worst(lambda read=read: read(Reader.of(body)))  # type: ignore[misc]


@given(json_values)
def test_arbitrary_json_is_unreadable_at_worst(value: object) -> None:
    body = json.dumps({"id": value, "line_items": [value]}).encode()
    for read in READS:
        _ends_in_unreadable_at_worst(lambda read=read: read(Reader.of(body)["id"]))  # type: ignore[misc]
        _ends_in_unreadable_at_worst(lambda read=read: [read(one) for one in Reader.of(body)["line_items"]])  # type: ignore[misc]


@given(st.text())
def test_every_text_that_is_read_can_be_stored(text: str) -> None:
    read = Reader.of(json.dumps(text).encode()).text()
    assert "\0" not in read
    assert read.encode("utf-8").decode("utf-8") == read


@given(st.datetimes(timezones=st.timezones()))
def test_every_moment_is_read_as_itself_or_refused(moment: datetime) -> None:
    try:
        read = Reader(moment.isoformat()).utc()
    except Unreadable:
        assert not 1971 <= moment.year <= 2998
    else:
        assert read == datetime.fromisoformat(moment.isoformat())
