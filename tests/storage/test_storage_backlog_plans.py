"""Every page of a listing is read from the one index that has its rows in order, and a search from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from storage_rows import NOON, SHOP, TODAY, a_line, a_showing, a_variant, an_order, an_outcome
from test_storage_query_plans import plans

from connector.ports.accounts import PassKind
from connector.ports.backlog import Cursor, LineFilter, LineSort, VariantFilter, VariantSort
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

LINES = {
    LineSort.SINCE: ("ix_order_lines_by_since", "since", ("0", "1", "1")),
    LineSort.EXPECTED: ("ix_order_lines_by_day", "by_day", ("2026-12-01", "0", "1", "1")),
    LineSort.SKU: ("ix_order_lines_by_sku", "by_sku", ("mug", "0", "1", "1")),
    LineSort.ORDER: ("ix_order_lines_by_number", "by_number", ("7", "1", "1")),
}
VARIANTS = {
    VariantSort.SKU: ("ix_variants_by_sku", ("mug", "1")),
    VariantSort.WAITING: ("ix_variants_by_waiting", ("-3", "mug", "1")),
}
PLACES = [(False, False), (True, False), (True, True)]

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def steps(database: Database, act: Callable[[UnitOfWork], Any]) -> list[str]:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o1", a_line(waiting=1))])
        with plans(work._scope.connection) as found:
            act(work)
    return found


@pytest.mark.parametrize("search", ["", "mug"])
@pytest.mark.parametrize("only", LineFilter)
@pytest.mark.parametrize("sort", LineSort)
@pytest.mark.parametrize(("at", "back"), PLACES)
def test_a_page_of_lines_is_found_by_where_the_last_one_ended(
    database: Database,
    sort: LineSort,
    only: LineFilter,
    search: str,
    at: bool,  # noqa: FBT001 -- a parameter
    back: bool,  # noqa: FBT001 -- a parameter
) -> None:
    index, column, values = LINES[sort]
    cursor = Cursor(values, back) if at else None
    found = steps(database, lambda work: work.backlog.lines(SHOP, search=search, only=only, sort=sort, at=cursor))
    by_key = ("(store=? AND order_id=?", "PRIMARY KEY (store=? AND id=?)")  # the rows of the page
    reads = [one for one in found if not any(key in one for key in by_key)]
    assert [one for one in reads if f"COVERING INDEX {index} (store=? AND unpaid=? AND dated=?" not in one] == []
    assert any(f" AND ({column}," in one for one in reads) is at


@pytest.mark.parametrize("search", ["", "mug"])
@pytest.mark.parametrize("only", VariantFilter)
@pytest.mark.parametrize("sort", VariantSort)
@pytest.mark.parametrize(("at", "back"), PLACES)
def test_a_page_of_variants_is_found_by_where_the_last_one_ended(
    database: Database,
    sort: VariantSort,
    only: VariantFilter,
    search: str,
    at: bool,  # noqa: FBT001 -- a parameter
    back: bool,  # noqa: FBT001 -- a parameter
) -> None:
    index, values = VARIANTS[sort]
    cursor = Cursor(values, back) if at else None
    found = steps(database, lambda work: work.backlog.variant_ids(SHOP, search=search, only=only, sort=sort, at=cursor))
    assert [one for one in found if f"COVERING INDEX {index} (store=? AND waits=? AND differs=?" not in one] == []


ASKED: dict[str, tuple[Callable[[UnitOfWork], Any], str]] = {
    "totals": (lambda work: work.backlog.totals(SHOP), "ix_order_lines_waiting_orders"),
    "days": (lambda work: work.backlog.by_day(SHOP, 9), "ix_order_lines_by_day"),
    "most waited for": (lambda work: work.backlog.most_waited_for(SHOP, 9), "ix_order_lines_waiting"),
    "waiting for": (lambda work: work.backlog.waiting_for(SHOP, ["v1"]), "ix_order_lines_waiting"),
    "written": (lambda work: work.showings.written(SHOP, "v1", 9), "ix_storefront_states_written"),
    "due counts": (lambda work: work.showings.due_counts(SHOP), "ix_storefront_states_"),
    "save variants": (lambda work: work.catalogue.save(SHOP, [a_variant()]), "ix_order_lines_waiting"),
    "save showings": (lambda work: work.showings.save(SHOP, [a_showing()]), "PRIMARY KEY (store=? AND id=?)"),
    "plan": (lambda work: work.orders.planned(SHOP, [an_outcome("o1", "1", 0, 3, TODAY)]), "ix_order_lines_waiting"),
    "waits": (lambda work: work.history.waits(SHOP, NOON), "PRIMARY KEY (store=? AND served_at>?)"),
    "samples": (lambda work: work.history.samples(SHOP, NOON), "PRIMARY KEY (store=? AND at>?)"),
    "purge history": (lambda work: work.history.purge(SHOP, NOON, 9), "PRIMARY KEY (store=? AND at<?)"),
    "session": (lambda work: work.sessions.get("s1", NOON), "PRIMARY KEY (id=?)"),
    "end all": (lambda work: work.sessions.end_all(SHOP), "ix_sessions_store"),
    "purge sessions": (lambda work: work.sessions.purge(NOON, 9), "ix_sessions_until"),
    "use": (lambda work: work.passes.use("p1", PassKind.LINK, NOON), "PRIMARY KEY (id=?)"),
    "purge passes": (lambda work: work.passes.purge(NOON, 9), "ix_passes_until"),
    "by shop": (lambda work: work.stores.by_shop("shopify", "x"), "ix_stores_shop"),
}


@pytest.mark.parametrize(("act", "index"), ASKED.values(), ids=ASKED.keys())
def test_what_pages_ask_reads_by_an_index_and_never_a_whole_table(
    database: Database, act: Callable[[UnitOfWork], Any], index: str
) -> None:
    found = steps(database, act)
    assert [one for one in found if one.startswith("SCAN")] == []
    assert any(index in one for one in found)
