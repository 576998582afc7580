"""Cursors and searches as strangers send them, and texts and times as odd as a platform gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from storage_rows import NOON, SHOP, a_line, a_variant, after, an_order
from test_storage_backlog import each, walked

from connector.ports.backlog import BacklogLine, Cursor, LineSort, Listing, VariantSort
from connector.storage.engine import Database


@each
@given(
    st.lists(st.text(max_size=8) | st.integers().map(str) | st.dates().map(str), min_size=2, max_size=4),
    st.booleans(),
    st.sampled_from(LineSort),
    st.sampled_from(VariantSort),
)
def test_a_forged_cursor_is_refused_or_leads_somewhere(
    database: Database,
    values: list[str],
    back: bool,  # noqa: FBT001 -- a value of Hypothesis
    lines: LineSort,
    variants: VariantSort,
) -> None:
    at = Cursor(tuple(values), back)
    with database.work() as work:
        asked: list[Callable[[], Listing[Any]]] = [
            lambda: work.backlog.lines(SHOP, sort=lines, at=at),
            lambda: work.backlog.variant_ids(SHOP, sort=variants, at=at),
        ]
        for ask in asked:
            try:
                listing: Listing[Any] | None = ask()
            except ValueError:
                listing = None
            assert listing in {None, Listing((), None, None)}
        work.backlog.totals(SHOP)  # the transaction still works


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        (LineSort.SINCE, ()),
        (LineSort.SINCE, ("0", "1")),
        (LineSort.SINCE, ("0", "1", "1", "1")),
        (LineSort.SINCE, ("", "1", "1")),
        (LineSort.SINCE, ("now", "1", "1")),
        (LineSort.SINCE, ("1.5", "1", "1")),
        (LineSort.SINCE, ("\uff11", "1", "1")),
        (LineSort.SINCE, ("9" * 19, "1", "1")),
        (LineSort.SINCE, ("9" * 5000, "1", "1")),
        (LineSort.SINCE, ("-999999999999999999", "1", "1")),
        (LineSort.SINCE, ("0", "a\0", "1")),
        (LineSort.SINCE, ("0", "1", "\ud800")),
        (LineSort.EXPECTED, ("", "0", "1", "1")),
        (LineSort.EXPECTED, ("2026-02-30", "0", "1", "1")),
        (LineSort.SKU, ("a", "b", "1", "1")),
        (LineSort.ORDER, ("\0", "1", "1")),
    ],
)
def test_a_cursor_of_the_wrong_shape_or_with_garbage_is_refused(
    database: Database, sort: LineSort, values: tuple[str, ...]
) -> None:
    with database.work() as work:
        for back in (False, True):
            with pytest.raises(ValueError, match=r"cursor|No whole number|No moment|isoformat|day is out of range"):
                work.backlog.lines(SHOP, sort=sort, at=Cursor(values, back))


def test_a_cursor_of_variants_holds_numbers_the_database_can_hold(database: Database) -> None:
    with database.work() as work:
        for text in (str(2**63), str(-(2**63) - 1), "a"):
            with pytest.raises(ValueError, match="No whole number"):
                work.backlog.variant_ids(SHOP, sort=VariantSort.WAITING, at=Cursor((text, "", "")))


@pytest.mark.parametrize("search", ["\0", "a\0b", "\ud800", "a" * 100_000, "a " * 100_000, "'; --", "%" * 60_000])
def test_a_search_that_no_text_can_meet_finds_nothing(database: Database, search: str) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("1", a_line(waiting=1, title="b"), number="b")])
        work.catalogue.save(SHOP, [a_variant()])
        assert work.backlog.lines(SHOP, search=search) == Listing((), None, None)
        assert work.backlog.variant_ids(SHOP, search=search) == Listing((), None, None)
        assert list(work.backlog.each_line(SHOP, search=search)) == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("#10", True),
        ("10", False),
        ("mug-7", True),
        ("UG-7", False),
        ("große TASSE", True),
        ("GROSSE", True),
        ("tasse  blau", True),
        ("blau rot", False),
        ("ss", True),
        ("caf\u00e9", True),
        ("cafe\u0301", True),
        ("\uff11\uff12", True),
    ],
)
def test_a_search_finds_the_beginning_of_a_code_or_the_words_of_a_title(
    database: Database,
    search: str,
    found: bool,  # noqa: FBT001 -- a parameter
) -> None:
    line = a_line(waiting=1, sku="Mug-7", title="Große Tasse, blau (Cafe\u0301 12)")
    with database.work() as work:
        work.orders.save(SHOP, [an_order("1", line, number="#1001")])
        work.catalogue.save(SHOP, [a_variant(sku=line.sku, title=line.title)])
        assert len(work.backlog.lines(SHOP, search=search).rows) == int(found)
        assert len(work.backlog.variant_ids(SHOP, search=search).rows) == int(found and search != "#10")


@pytest.mark.parametrize("back", [False, True])
def test_a_page_that_has_emptied_gives_the_nearest_one(database: Database, back: bool) -> None:  # noqa: FBT001 -- a parameter
    orders = [an_order(str(n), a_line(waiting=1), taken_at=after(n)) for n in range(5)]
    with database.work() as work:
        work.orders.save(SHOP, orders)
        first = work.backlog.lines(SHOP, limit=2)
        second = work.backlog.lines(SHOP, limit=2, at=first.next)
        at = second.previous if back else second.next
        work.orders.save(SHOP, [an_order(str(n), a_line(waiting=0)) for n in ((0, 1) if back else (4,))])
        page = work.backlog.lines(SHOP, limit=2, at=at)
        expected = ["2", "3"]
        assert [row.order_id for row in page.rows] == expected
        assert (page.previous is None, page.next is None) == (back, not back)


def test_a_page_has_at_least_one_row(database: Database) -> None:
    with database.work() as work, pytest.raises(ValueError, match="at least one row"):
        work.backlog.lines(SHOP, limit=0)


def test_texts_of_any_length_are_kept_and_found_by_their_beginning(database: Database) -> None:
    long = "".join(chr(0x1F300 + number % 500) for number in range(5000))
    line = a_line(waiting=1, sku=long[:255], title=long)
    with database.work() as work:
        work.orders.save(SHOP, [an_order("1", line, number=long[:255])])
        work.catalogue.save(SHOP, [a_variant(sku=long[:255], title=long)])
        for sort in LineSort:
            assert len(work.backlog.lines(SHOP, sort=sort, search=long[:60]).rows) == 1
        assert work.backlog.variant_ids(SHOP, search=long[100:200]).rows == ("v1",)


def test_the_earliest_and_the_latest_moment_can_be_paged_over(database: Database) -> None:
    times = [datetime(1, 1, 1, tzinfo=UTC), NOON, datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
    orders = [
        an_order(str(n), a_line(waiting=1, expected_on=[date.min, None, date(9999, 12, 30)][n]), taken_at=at)
        for n, at in enumerate(times)
    ]
    with database.work() as work:
        work.orders.save(SHOP, orders)
        for sort, expected in ((LineSort.SINCE, ["0", "1", "2"]), (LineSort.EXPECTED, ["0", "2", "1"])):

            def page(at: Cursor | None, sort: LineSort = sort) -> Listing[BacklogLine]:
                return work.backlog.lines(SHOP, sort=sort, at=at, limit=1)

            assert [row.order_id for one in walked(page) for row in one.rows] == expected
