"""How long what waits has waited, and that a page reads no more lines than those of its own orders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from storage_rows import NOON, OTHER, SHOP, a_line, after, an_order
from test_storage_query_plans import plans

from connector.storage.engine import Database


def save(database: Database) -> None:
    orders = [
        an_order(f"o{n}", a_line("1", waiting=n, ready=0), a_line("2", "p2"), taken_at=NOON - timedelta(days=n))
        for n in range(1, 5)
    ]
    with database.work() as work:
        work.orders.save(SHOP, orders)
        work.orders.save(OTHER, [an_order("o9", a_line("1", waiting=3), taken_at=NOON - timedelta(days=9))])
        work.commit()


@pytest.mark.parametrize(
    ("days", "units"),
    [([], []), ([0], [10]), ([1, 2, 3, 4, 5], [9, 7, 4, 0, 0]), ([3, 0], [4, 10]), ([2.5], [7])],
)
def test_units_are_counted_by_how_long_they_wait(database: Database, days: list[float], units: list[int]) -> None:
    save(database)
    with database.work(read_only=True) as work:
        assert list(work.backlog.waiting_before(SHOP, [NOON - timedelta(days=one) for one in days])) == units


def test_nothing_waits_in_an_empty_store(database: Database) -> None:
    with database.work(read_only=True) as work:
        assert list(work.backlog.waiting_before(SHOP, [NOON, after(9)])) == [0, 0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_reads_the_lines_of_its_own_orders_alone(database: Database) -> None:
    save(database)
    with database.work(read_only=True) as work, plans(work._scope.connection) as found:
        assert [one.order_id for one in work.backlog.lines(SHOP).rows] == ["o4", "o3", "o2", "o1"]
    assert [one for one in found if one.startswith("SEARCH order_lines") and "(store=? AND order_id=?" in one] != []
    assert [one for one in found if one.startswith("SCAN")] == []
