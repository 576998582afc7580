"""What people page through is exactly what waits: every sort, filter and search, both ways, whatever has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from typing import Any, TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from storage_rows import OTHER, SHOP, TODAY, a_line, a_showing, a_variant, after, an_order, an_outcome

from connector.domain.facts import Demand
from connector.ports.backlog import (
    BacklogLine,
    Cursor,
    LineFilter,
    LineSort,
    Listing,
    Totals,
    VariantFilter,
    VariantSort,
)
from connector.ports.records import OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

Row = TypeVar("Row")
Page = Callable[[Cursor | None], Listing[Row]]

# Letters in both cases, one that grows when its case is folded, one outside the plane of the others, and what LIKE
# would take for a wildcard.
WORDS = st.text("aBäÄß%_\\ 1\U0001d538", max_size=5)
VARIANTS = ("v1", "v2", "v3", "unknown")
DAYS = st.none() | st.dates(TODAY, TODAY + timedelta(days=3))
SEARCHES = ("", " ", "a", "B", "Ä", "SS", "%", "_", "1", "a b", "\\", "a%")
EXAMPLES = 400 if settings().max_examples > 1000 else 20
each = settings(
    max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@st.composite
def an_order_of(draw: st.DrawFn, order_id: str) -> OrderRecord:
    lines = [
        a_line(
            line_id,
            variant_id=draw(st.sampled_from(VARIANTS)),
            sku=draw(WORDS),
            title=draw(WORDS),
            waiting=draw(st.integers(0, 3)),
            expected_on=draw(DAYS),
        )
        for line_id in draw(st.sampled_from(["1", "12", "123"]))
    ]
    taken_at = after(draw(st.integers(0, 3)))
    demand = draw(st.sampled_from([Demand.OPEN, Demand.UNPAID, Demand.UNKNOWN]))
    return an_order(order_id, *lines, number=draw(WORDS), taken_at=taken_at, demand=demand)


ORDER_IDS = ("1", "10", "9", "A", "ä")
ORDERS = st.lists(st.sampled_from(ORDER_IDS), unique=True).flatmap(lambda ids: st.tuples(*map(an_order_of, ids)))


@dataclass(frozen=True)
class Known:
    """A line as a person would look for it."""

    line: BacklogLine

    def is_let_through(self, only: LineFilter) -> bool:
        return {
            LineFilter.ALL: True,
            LineFilter.DATED: self.line.expected_on is not None,
            LineFilter.UNDATED: self.line.expected_on is None,
            LineFilter.UNPAID: self.line.demand is Demand.UNPAID,
        }[only]

    def is_found(self, search: str) -> bool:
        return is_found(search, [self.line.number, self.line.sku], self.line.title)

    def place(self, sort: LineSort) -> tuple[Any, ...]:
        line = self.line
        ids = (line.order_id, line.line_id)
        return {
            LineSort.SINCE: (line.since, *ids),
            LineSort.EXPECTED: (line.expected_on is None, line.expected_on or TODAY, line.since, *ids),
            LineSort.SKU: (plain(line.sku), line.since, *ids),
            LineSort.ORDER: (plain(line.number), *ids),
        }[sort]


def plain(text: str) -> str:
    """As ``WORDS`` read when neither case nor the kind of a letter matters."""
    return " ".join(text.replace("\U0001d538", "A").casefold().split())


def is_found(search: str, codes: Sequence[str], title: str) -> bool:
    wanted = plain(search)
    by_code = any(plain(code).startswith(wanted) for code in codes)
    return by_code or all(word in plain(title) for word in wanted.split())


def waiting(orders: Iterable[OrderRecord]) -> list[Known]:
    return [
        Known(
            BacklogLine(
                order.id,
                order.number,
                line.id,
                line.variant_id,
                line.sku,
                line.title,
                order.demand,
                line.ready,
                line.waiting,
                order.taken_at,
                line.expected_on,
            )
        )
        for order in orders
        for line in order.lines.values()
        if line.waiting
    ]


def walked(page: Page[Row]) -> list[Listing[Row]]:
    """Every page from the first on."""
    pages = [page(None)]
    while pages[-1].next is not None:
        pages.append(page(pages[-1].next))
        assert pages[-1].rows != ()
    return pages


def walked_back(page: Page[Row], last: Listing[Row]) -> list[Row]:
    """The rows from the first to those of ``last``, read from behind."""
    found = list(last.rows)
    while last.previous is not None:
        last = page(last.previous)
        assert last.rows != ()
        assert last.next is not None
        found = [*last.rows, *found]
    return found


def check_walk(page: Page[Row], expected: Sequence[Row]) -> None:
    pages = walked(page)
    assert [row for one in pages for row in one.rows] == list(expected)
    assert pages[0].previous is None
    assert all(one.previous is not None for one in pages[1:])
    assert walked_back(page, pages[-1]) == list(expected)


def start_anew(work: UnitOfWork) -> None:
    """Hypothesis tries many stories in one database."""
    for store in (SHOP, OTHER):
        work.stores.remove(store)


@each
@given(ORDERS, st.integers(1, 4), st.tuples(st.sampled_from(SEARCHES), WORDS))
def test_all_pages_together_are_the_sorted_list_of_what_is_let_through(
    database: Database, orders: tuple[OrderRecord, ...], limit: int, searches: tuple[str, str]
) -> None:
    known = waiting(orders)
    with database.work() as work:
        start_anew(work)
        work.orders.save(SHOP, orders)
        work.orders.save(OTHER, [an_order("elsewhere", a_line(waiting=1))])
        for sort, only, search in product(LineSort, LineFilter, ("", *searches)):
            found = [one for one in known if one.is_let_through(only) and one.is_found(search)]
            expected = [one.line for one in sorted(found, key=lambda one: one.place(sort))]

            def page(
                at: Cursor | None, sort: LineSort = sort, only: LineFilter = only, search: str = search
            ) -> Listing[BacklogLine]:
                return work.backlog.lines(SHOP, search=search, only=only, sort=sort, at=at, limit=limit)

            check_walk(page, expected)
            if sort is LineSort.SINCE:
                assert list(work.backlog.each_line(SHOP, search=search, only=only)) == expected


@each
@given(ORDERS)
def test_sums_are_those_of_the_lines(database: Database, orders: tuple[OrderRecord, ...]) -> None:
    rows = [one.line for one in waiting(orders)]
    with database.work() as work:
        start_anew(work)
        work.orders.save(SHOP, orders)
        work.orders.save(OTHER, [an_order("elsewhere", a_line(waiting=1))])
        assert work.backlog.totals(SHOP) == Totals(
            units=sum(row.waiting for row in rows),
            lines=len(rows),
            orders=len({row.order_id for row in rows}),
            variants=len({row.variant_id for row in rows}),
            oldest=min((row.since for row in rows), default=None),
            undated=sum(row.waiting for row in rows if row.expected_on is None),
        )
        days = sorted({row.expected_on for row in rows}, key=lambda day: (day is None, day or TODAY))
        by_day = [(day, [row.waiting for row in rows if row.expected_on == day]) for day in days]
        expected = [(day, sum(units), len(units)) for day, units in by_day]
        assert list(work.backlog.by_day(SHOP, 9)) == expected
        assert list(work.backlog.by_day(SHOP, 2)) == expected[:2]
        units = {id_: sum(row.waiting for row in rows if row.variant_id == id_) for id_ in VARIANTS}
        units = {id_: number for id_, number in units.items() if number}
        assert dict(work.backlog.waiting_for(SHOP, VARIANTS)) == units
        assert dict(work.backlog.waiting_for(SHOP, ["v1"])) == {id_: n for id_, n in units.items() if id_ == "v1"}
        most = sorted(units, key=lambda id_: (-units[id_], id_))
        found = work.backlog.most_waited_for(SHOP, 2)
        assert [(id_, number) for id_, _, _, number in found] == [(id_, units[id_]) for id_ in most[:2]]
        names = {(row.variant_id, row.sku, row.title) for row in rows}
        assert {(id_, sku, title) for id_, sku, title, _ in found} <= names


Act = Callable[[UnitOfWork], None]


def plan(work: UnitOfWork, order_id: str, units: int, day: date | None) -> None:
    """What planning would say of every line of an order."""
    for order in work.orders.get(SHOP, [order_id]).values():
        work.orders.planned(SHOP, [an_outcome(order_id, line_id, 0, units, day) for line_id in order.lines])


def acts() -> st.SearchStrategy[Act]:
    """What changes what waits, what is sold, or what the shop shows."""
    variant = st.builds(
        lambda id_, sku, title, sellable, gone: a_variant(id_, sku=sku, title=title, sellable=sellable, gone=gone),
        st.sampled_from(VARIANTS[:3]),
        WORDS,
        WORDS,
        st.sampled_from([True, True, False]),
        st.sampled_from([False, False, True]),
    )
    showing = st.builds(
        lambda id_, due, override, parked: a_showing(id_, due=due, override=override, parked=parked),
        st.sampled_from(VARIANTS),
        st.booleans(),
        st.sampled_from([{}, {"stock_status": "instock"}]),
        st.sampled_from(["", "The shop said no."]),
    )
    ids = st.sampled_from(ORDER_IDS)
    return st.one_of(
        ids.flatmap(an_order_of).map(lambda order: lambda work: work.orders.save(SHOP, [order])),
        ORDERS.map(lambda orders: lambda work: work.orders.save(SHOP, orders)),
        st.lists(variant).map(lambda them: lambda work: work.catalogue.save(SHOP, them)),
        st.lists(showing).map(lambda them: lambda work: work.showings.save(SHOP, them)),
        st.builds(lambda id_, n, day: lambda work: plan(work, id_, n, day), ids, st.integers(0, 3), DAYS),
    )


STORIES = st.lists(acts(), min_size=2, max_size=10)
KNOWN_BEFORE = st.sets(st.sampled_from(VARIANTS[:3]), min_size=1)


def live_through(work: UnitOfWork, known: Iterable[str], story: Iterable[Act]) -> list[Known]:
    """What waits in the end."""
    start_anew(work)
    work.catalogue.save(SHOP, [a_variant(id_) for id_ in sorted(known)])
    for act in story:
        act(work)
    return waiting(work.orders.get(SHOP, ORDER_IDS).values())


@each
@given(KNOWN_BEFORE, STORIES)
def test_whatever_happens_the_lines_that_wait_are_listed(database: Database, known: set[str], story: list[Act]) -> None:
    with database.work() as work:
        rows = live_through(work, known, story)
        for sort, only in product(LineSort, LineFilter):
            through = sorted((one for one in rows if one.is_let_through(only)), key=lambda one: one.place(sort))
            found = work.backlog.lines(SHOP, sort=sort, only=only, limit=99).rows
            assert list(found) == [one.line for one in through]


@settings(each, max_examples=3 * EXAMPLES)
@given(KNOWN_BEFORE, STORIES, st.integers(1, 3), st.sampled_from(SEARCHES) | WORDS)
def test_whatever_happens_the_variants_that_can_be_bought_are_listed(
    database: Database, known: set[str], story: list[Act], limit: int, search: str
) -> None:
    with database.work() as work:
        rows = [one.line for one in live_through(work, known, story)]
        units = {id_: sum(row.waiting for row in rows if row.variant_id == id_) for id_ in VARIANTS}
        variants = [one for one in work.catalogue.get(SHOP, VARIANTS).values() if one.sellable and not one.gone]
        showings = work.showings.get(SHOP, VARIANTS)
        through = {
            VariantFilter.ALL: set(VARIANTS),
            VariantFilter.WAITING: {id_ for id_ in VARIANTS if units[id_]},
            VariantFilter.DIFFERS: {id_ for id_, one in showings.items() if one.due or one.override or one.parked},
        }
        for sort, only, asked in product(VariantSort, VariantFilter, dict.fromkeys(("", search))):
            most = units if sort is VariantSort.WAITING else dict.fromkeys(VARIANTS, 0)
            found = [one for one in variants if one.id in through[only] and is_found(asked, [one.sku], one.title)]
            places = sorted((-most[one.id], plain(one.sku), one.id) for one in found)

            def page(
                at: Cursor | None, sort: VariantSort = sort, only: VariantFilter = only, asked: str = asked
            ) -> Listing[str]:
                return work.backlog.variant_ids(SHOP, search=asked, only=only, sort=sort, at=at, limit=limit)

            check_walk(page, [id_ for *_, id_ in places])
