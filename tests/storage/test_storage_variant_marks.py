"""A variant's row knows what waits for it and whether the shop differs, whichever of them was saved last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from storage_rows import SHOP, TODAY, a_line, a_showing, a_variant, an_order, an_outcome

from connector.ports.backlog import LineFilter, VariantFilter, VariantSort
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

Act = Callable[[UnitOfWork], None]

VALUE = {"stock_status": "instock"}


def variants(*ids: str) -> Act:
    return lambda work: work.catalogue.save(SHOP, [a_variant(id_) for id_ in ids])


def order(*waiting: int, of: str = "v1") -> Act:
    lines = [a_line(str(n), variant_id=of, waiting=units) for n, units in enumerate(waiting)]
    return lambda work: work.orders.save(SHOP, [an_order("o1", *lines)])


def plan(line_id: str, units: int) -> Act:
    return lambda work: work.orders.planned(SHOP, [an_outcome("o1", line_id, 0, units)])


@pytest.mark.parametrize(
    ("acts", "waited_for"),
    [
        ([variants("v1", "v2"), order(1)], ["v1"]),
        ([order(1), variants("v1", "v2")], ["v1"]),
        ([variants("v1", "v2"), order(0)], []),
        ([variants("v1", "v2"), order(0, 0), plan("1", 2)], ["v1"]),
        ([variants("v1", "v2"), order(1), plan("0", 0)], []),
        ([variants("v1", "v2"), order(1, 1), plan("0", 0)], ["v1"]),
        ([variants("v1", "v2"), order(0, 1), order(0)], []),
        ([variants("v1", "v2"), order(1), order(0)], []),
        ([variants("v1", "v2"), order(1), order(1, of="v2")], ["v2"]),
        ([variants("v1", "v2"), order(2), variants("v1", "v2")], ["v1"]),
    ],
)
def test_a_variant_knows_whether_it_is_waited_for(
    database: Database, acts: Sequence[Act], waited_for: list[str]
) -> None:
    with database.work() as work:
        for act in acts:
            act(work)
        assert list(work.backlog.variant_ids(SHOP, only=VariantFilter.WAITING).rows) == waited_for


@pytest.mark.parametrize(
    "acts",
    [
        [order(1, 2), variants("v1", "v2")],
        [variants("v1", "v2"), order(1, 2)],
        [variants("v1", "v2"), order(1, 0), plan("1", 2)],
        [variants("v1", "v2"), order(1, 9), plan("1", 2)],
    ],
)
def test_what_most_units_are_waited_for_comes_first(database: Database, acts: Sequence[Act]) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o2", a_line(variant_id="v2", waiting=2))])
        for act in acts:
            act(work)
        assert work.backlog.variant_ids(SHOP, sort=VariantSort.WAITING).rows == ("v1", "v2")
        plan("1", 0)(work)
        assert work.backlog.variant_ids(SHOP, sort=VariantSort.WAITING).rows == ("v2", "v1")


def showing(**state: object) -> Act:
    return lambda work: work.showings.save(SHOP, [a_showing("v1", **state)])


@pytest.mark.parametrize(
    ("acts", "differing"),
    [
        ([variants("v1", "v2"), showing(due=True)], ["v1"]),
        ([showing(due=True), variants("v1", "v2")], ["v1"]),
        ([variants("v1", "v2"), showing(due=True), variants("v1", "v2")], ["v1"]),
        ([variants("v1", "v2"), showing(override=VALUE)], ["v1"]),
        ([variants("v1", "v2"), showing(parked="No such product.")], ["v1"]),
        ([showing(parked="No such product."), variants("v1", "v2")], ["v1"]),
        ([showing(override=VALUE), variants("v1", "v2")], ["v1"]),
        ([variants("v1", "v2"), showing(due=True), showing()], []),
        ([variants("v1", "v2"), showing(suspect=True, found=VALUE)], []),
        ([showing(suspect=True), variants("v1", "v2")], []),
    ],
)
def test_a_variant_knows_whether_the_shop_differs(
    database: Database, acts: Sequence[Act], differing: list[str]
) -> None:
    with database.work() as work:
        for act in acts:
            act(work)
        assert list(work.backlog.variant_ids(SHOP, only=VariantFilter.DIFFERS).rows) == differing


@pytest.mark.parametrize("days", [[None], [1], [None, 1], [1, None], [1, 2], [2, 1], [1, 1]])
def test_a_line_stands_where_its_newest_plan_puts_it(database: Database, days: list[int | None]) -> None:
    newest = None
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o1", a_line(waiting=3)), an_order("o2", a_line(waiting=3))])
        work.orders.planned(SHOP, [an_outcome("o2", "1", 0, 3, TODAY + timedelta(days=1))])
        for one in days:
            newest = None if one is None else TODAY + timedelta(days=one)
            work.orders.planned(SHOP, [an_outcome("o1", "1", 0, 3, newest)])
        assert work.orders.get(SHOP, ["o1"])["o1"].lines["1"].expected_on == newest
        dated = [row.order_id for row in work.backlog.lines(SHOP, only=LineFilter.DATED).rows]
        assert dated == (["o2"] if newest is None else ["o1", "o2"])
        assert len(work.backlog.lines(SHOP, only=LineFilter.UNDATED).rows) == 2 - len(dated)
        tomorrow, later = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
        by_day = {tomorrow: [(tomorrow, 6, 2)], later: [(tomorrow, 3, 1), (later, 3, 1)]}
        expected = by_day[newest] if newest else [(tomorrow, 3, 1), (None, 3, 1)]
        assert list(work.backlog.by_day(SHOP, 9)) == expected
