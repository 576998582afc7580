"""Suppliers' lead times; who is better and who is worse off by a supply that slips, comes early, short, over or twice;
and what must not leave the house.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from promise_desk import KEY, VARIANT, Desk, on

from connector.domain.allocation import LineRef
from connector.domain.marks import LineMark, OrderMarks, OrderStatus
from connector.ports.acting import Held
from connector.ports.promising import TermsRecord
from connector.ports.records import OrderRecord
from connector.services.context import Rules
from connector.services.holds import HANDLE, held_units
from connector.services.moved import Moves, Stand, effect, moved_since
from connector.services.supplies import check_rows, import_rows
from connector.services.supply_errors import Fault, SupplyError
from connector.services.supply_file import read_csv
from connector.settings.promise import LawSettings, ShopperSettings, SupplierSettings

LEAD = Rules(law=LawSettings(packs=()), suppliers={"acme": SupplierSettings(lead_days=12)})
NO_LAW = Rules(law=LawSettings(packs=()))


def due_of(desk: Desk, number: int) -> object:
    with desk.work(read_only=True) as uow:
        return uow.supplies.get(KEY, number).due


@pytest.mark.parametrize("name", ["acme", "ACME"])
def test_a_supply_without_a_date_is_due_after_its_suppliers_lead_time(name: str) -> None:
    desk = Desk(LEAD)
    assert due_of(desk, desk.supply(5, supplier=name)) == on(5)


def test_a_date_that_was_said_counts_more_than_a_lead_time() -> None:
    desk = Desk(LEAD)
    assert due_of(desk, desk.supply(5, on(20), supplier="acme")) == on(20)


@pytest.mark.parametrize(
    ("name", "hint"), [("amce", "did you mean acme?"), ("zzz", "its lead time stands under [stores.suppliers]")]
)
def test_an_unknown_supplier_is_refused_with_what_may_have_been_meant(name: str, hint: str) -> None:
    desk = Desk(LEAD)
    with pytest.raises(SupplyError) as refused:
        desk.supply(5, supplier=name)
    assert refused.value.fault is Fault.UNKNOWN_SUPPLIER
    assert hint in str(refused.value)


def test_a_file_may_name_suppliers() -> None:
    desk = Desk(LEAD)
    rows = read_csv("sku,quantity,due,supplier\nCHAIR,5,,acme\nCHAIR,2,2026-12-24,acme\nCHAIR,1,,nobody\n")
    checked = check_rows(desk.store, rows)
    assert [(row.due, row.wrong.fault if row.wrong else None) for row in checked] == [
        (on(5), None),
        (on(24), None),
        (None, Fault.UNKNOWN_SUPPLIER),
    ]
    assert import_rows(desk.store, checked[:2]) == 2
    assert [due_of(desk, number) for number in (1, 2)] == [on(5), on(24)]


@pytest.fixture
def desk() -> Desk:
    """Three orders of two, and a supply of four for them on 5 December."""
    made = Desk(NO_LAW)
    made.stock(0)
    made.supply(4, on(5))
    for number in (1001, 1002, 1003):
        made.wait(minutes=1)
        made.order(str(number), units=2)
    made.settle()
    made.wait(hours=1)
    return made


def moves(desk: Desk, since: datetime) -> Moves:
    with desk.work(read_only=True) as uow:
        return moved_since(uow, KEY, [VARIANT], since)


def orders(found: Moves) -> tuple[list[str], list[str]]:
    return [one.number for one in found.better], [one.number for one in found.worse]


@pytest.mark.parametrize(
    ("happens", "better", "worse"),
    [
        (lambda desk: desk.slips(1, on(20)), [], ["1001", "1002"]),
        (lambda desk: desk.slips(1, on(1)), ["1001", "1002"], []),
        (lambda desk: desk.slips(1, on(5), units=9), ["1003"], []),
        (lambda desk: desk.slips(1, on(5), units=2), [], ["1002"]),
        (lambda desk: desk.comes(1), ["1001", "1002"], []),
        (lambda desk: desk.comes(1, 3, last=True), ["1001"], ["1002"]),  # short: nobody knows when its second one comes
        (lambda desk: desk.comes(1, 6), ["1001", "1002", "1003"], []),  # more than was announced
        (lambda desk: desk.comes(1, 4, booked=2), ["1001"], ["1002"]),  # two of them broken
        (lambda desk: desk.supply(9, on(24)), ["1003"], []),
    ],
)
def test_it_is_known_who_is_better_and_who_is_worse_off(
    desk: Desk, happens: Any, better: list[str], worse: list[str]
) -> None:
    since = desk.now
    happens(desk)
    desk.settle()
    assert orders(moves(desk, since)) == (better, worse)


def test_a_line_that_moved_says_from_when_to_when(desk: Desk) -> None:
    since = desk.now
    desk.slips(1, on(20))
    desk.settle()
    first = moves(desk, since).worse[0]
    assert (first.line, first.was, first.now) == (
        LineRef("1001", "1"),
        Stand(0, 2, on(5)),
        Stand(0, 2, on(20)),
    )


def test_several_plans_count_as_one(desk: Desk) -> None:
    since = desk.now
    for day in (20, 28, 5):
        desk.slips(1, on(day))
        desk.settle()
    assert moves(desk, since) == Moves()


def test_a_receipt_that_is_told_twice_serves_nobody_twice(desk: Desk) -> None:
    desk.comes(1)
    desk.settle()
    desk.wait(minutes=1)
    since = desk.now
    with pytest.raises(SupplyError, match="closed already"):
        desk.comes(1, 4)
    desk.stock(desk.available)
    desk.settle()
    assert (moves(desk, since), desk.known("1003").lines["1"].ready) == (Moves(), 0)


def test_the_journal_counts_them(desk: Desk) -> None:
    desk.slips(1, on(20))
    desk.settle()
    (entry,) = desk.journal("moved")
    assert (entry.facts["better"], entry.facts["worse"]) == (0, 2)


@pytest.mark.parametrize(
    ("was", "now", "how"),
    [
        (Stand(0, 2, on(5)), Stand(2, 0, None), 1),
        (Stand(2, 0, None), Stand(0, 2, on(5)), -1),
        (Stand(0, 2, None), Stand(0, 2, on(5)), 1),
        (Stand(0, 2, on(5)), Stand(1, 1, on(5)), 1),
        (Stand(0, 2, on(5)), Stand(0, 2, on(5)), 0),
        (Stand(0, 0, None), Stand(0, 2, on(5)), 0),  # a new line
        (Stand(0, 3, on(5)), Stand(0, 2, on(5)), 0),  # an edited one
    ],
)
def test_sooner_is_better_and_complete_is_best(was: Stand, now: Stand, how: int) -> None:
    assert effect(was, now) == how


# What must not leave the house.


def order_of(desk: Desk, *marks: LineMark, status: OrderStatus = OrderStatus.WAITING) -> OrderRecord:
    return replace(desk.known("1001"), told=OrderMarks(status, marks))


def mark(line_id: str, ready: int, waiting: int) -> LineMark:
    return LineMark(line_id, "CHAIR", "Chair", ready, waiting, on(5) if waiting else None)


def test_only_units_that_wait_are_held(desk: Desk) -> None:
    order = order_of(desk, mark("1", 1, 1))
    assert held_units(order, None, Rules()) == Held({"1": 1}, HANDLE)


@pytest.mark.parametrize(
    ("chosen", "of_store", "held"),
    [(None, False, 1), (None, True, 2), (True, False, 2), (False, True, 1)],
)
def test_an_order_that_is_sent_together_is_held_whole_while_something_waits(
    desk: Desk,
    chosen: bool | None,  # noqa: FBT001 -- a table
    of_store: bool,  # noqa: FBT001 -- a table
    held: int,
) -> None:
    rules = Rules(shopper=ShopperSettings(together=of_store))
    order = order_of(desk, mark("1", 1, 1))
    terms = TermsRecord("1001", together=chosen)
    assert held_units(order, terms, rules).units == {"1": held}


def test_once_everything_is_there_nothing_is_held(desk: Desk) -> None:
    order = order_of(desk, mark("1", 2, 0), status=OrderStatus.READY)
    assert held_units(order, TermsRecord("1001", together=True), Rules()).units == {}


def test_no_more_is_held_than_is_outstanding(desk: Desk) -> None:
    order = order_of(desk, mark("1", 0, 2), mark("9", 0, 1))
    assert held_units(order, None, Rules()).units == {"1": 2}
