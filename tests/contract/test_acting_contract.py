"""What every platform owes the service when something is to be done about an order, asked over its own sandbox shop.

Each act is also tried with the answer to every one of its calls lost, and once more with that of every call of the
second try: it happens once, whatever was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
import stamina
from acting_stand import MISSING, Stand, carried_out, key

import adapters
from connector.domain.facts import Demand, VariantSeen
from connector.ports.acting import Cancelling, Swapping
from connector.ports.failures import Refused
from connector.ports.sandbox import Books
from connector.sandbox.serve import served

MOST_CALLS = 16
"""No act needs more calls than this."""


@pytest.fixture(params=adapters.names())
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = Stand.of(request.param)
    stamina.set_testing(True, attempts=1)
    with served(made.line) as url:
        made.url = url
        made.shop.add_product("CHAIR", 100)
        made.shop.add_product("TABLE", 100)
        yield made
    stamina.set_testing(False)


def worth(books: Books) -> tuple[dict[str, int], Decimal, Decimal]:
    """Amounts as numbers: one platform pads them, the other may not."""
    return dict(books.units), Decimal(books.refunded), Decimal(books.worth)


def losses(stand: Stand, act: Callable[[], object]) -> list[tuple[int, ...]]:
    """Every way to lose the answer to one call of the first try and, after that, one of the second.

    ``act`` carries it out undisturbed, on an order of its own, so that its calls can be counted.
    """
    stand.line.lose(0)
    act()
    calls = stand.line.calls
    assert 0 < calls <= MOST_CALLS
    numbers = range(1, calls + 1)
    return [(), *((number,) for number in numbers), *product(numbers, repeat=2)]


# Who is to be told


def test_the_buyer_of_an_order_can_be_reached(stand: Stand) -> None:
    contact = stand.storefront().contact(stand.shop.place_order({"CHAIR": 1}, language="de-DE"))
    assert "@" in contact.email
    assert contact.language.startswith("de")
    assert len(contact.country) == 2
    assert contact.country.isupper()
    assert contact.name


def test_an_order_says_where_it_goes_and_when_it_was_paid(stand: Stand) -> None:
    stand.subscribe()
    paid, unpaid = stand.shop.place_order({"CHAIR": 1}), stand.shop.place_order({"CHAIR": 1}, paid=False)
    seen, waiting = stand.read(paid), stand.read(unpaid)
    contact = stand.storefront().contact(paid)
    told = [one for one in stand.heard() if one.id == paid]
    assert {(one.country, one.email) for one in told} == {(contact.country, contact.email)}
    # A list may leave both out: they are protected at some platforms.
    assert (seen.country, seen.email) in {(contact.country, contact.email), ("", "")}
    assert (seen.paid_at, waiting.paid_at) == (stand.now, None)


def test_something_said_twice_is_said_once_or_never(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    said = [attempt(stand, order_id, "5 December", "BO-1", again=again) for again in (False, True)]
    said += [attempt(stand, order_id, "6 December", "BO-12", again=True)]  # a retry whose first try never arrived
    notes = stand.shop.told(order_id).notes
    assert said in ([""] * 3, ["says_nothing"] * 3)
    once = 1 if said[0] == "" else 0
    assert [sum(day in note for note in notes) for day in ("5 December", "6 December")] == [once, once]


def attempt(stand: Stand, order_id: str, day: str, reference: str, *, again: bool) -> str:
    """The code of the refusal; empty where it was said."""
    try:
        stand.storefront().say(order_id, f"Your chair comes on {day}.", reference, again=again)
    except Refused as refused:
        return refused.code
    return ""


# Units taken off an order


def test_units_taken_off_a_paid_order_are_refunded_and_go_back_on_the_shelf(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 3, "TABLE": 1})
    done = stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 2}))
    assert (Decimal(done.refunded), done.by_hand) == (Decimal(20), "")
    assert len(done.currency) == 3
    assert worth(stand.shop.books(order_id)) == ({"CHAIR": 1, "TABLE": 1}, Decimal(20), Decimal(20))
    assert stand.shop.shelf("CHAIR").available == 99
    seen = stand.read(order_id)
    assert (seen.demand, {line.sku: line.wanted for line in seen.lines}) == (Demand.OPEN, {"CHAIR": 1, "TABLE": 1})


def test_an_order_cancelled_whole_gives_everything_back_and_wants_nothing(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 2, "TABLE": 1})
    done = stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 2, "TABLE": 1}, whole=True))
    assert Decimal(done.refunded) == Decimal(30)
    assert worth(stand.shop.books(order_id)) == ({}, Decimal(30), Decimal(0))
    assert (stand.shop.shelf("CHAIR").available, stand.shop.shelf("TABLE").available) == (100, 100)
    seen = stand.read(order_id)
    assert (seen.demand, sum(line.outstanding for line in seen.lines if seen.demand.waits)) == (Demand.VOID, 0)


@pytest.mark.parametrize("whole", [False, True])
def test_of_an_order_that_is_not_paid_nothing_is_sent_back(stand: Stand, *, whole: bool) -> None:
    order_id = stand.shop.place_order({"CHAIR": 3}, paid=False)
    done = stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 3 if whole else 1}, whole=whole))
    assert (done.refunded, done.by_hand) == ("", "")
    left = Decimal(0 if whole else 20)
    units, refunded, owed = worth(stand.shop.books(order_id))
    assert (units, refunded) == ({} if whole else {"CHAIR": 2}, Decimal(0))
    assert owed == left or whole
    assert stand.shop.shelf("CHAIR").available == (100 if whole else 98)
    assert stand.read(order_id).demand == (Demand.VOID if whole else Demand.UNPAID)


def test_cancelling_all_units_bit_by_bit_gives_back_exactly_what_they_cost(stand: Stand) -> None:
    stand.shop.set_price("CHAIR", "3.33")
    order_id = stand.shop.place_order({"CHAIR": 3})
    back = [stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 1})).refunded for _ in range(3)]
    assert sum(map(Decimal, back)) == Decimal("9.99")


def test_what_has_shipped_is_not_cancelled(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    wanted = stand.cancelling(order_id, {"CHAIR": 1}, whole=True)
    stand.shop.ship(order_id)
    before = stand.shop.books(order_id)
    with pytest.raises(Refused):
        stand.storefront().cancel(wanted)
    assert (stand.shop.books(order_id), stand.shop.shelf("CHAIR").available) == (before, 99)


def test_units_that_are_no_longer_there_are_not_cancelled(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 2})
    stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 1}))
    before = stand.shop.books(order_id)
    with pytest.raises(Refused):
        stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": 2}))
    assert stand.shop.books(order_id) == before


def test_nothing_is_cancelled_of_an_order_or_a_line_that_nobody_knows(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    before = stand.shop.books(order_id)
    for order, line in ((MISSING, "1"), (order_id, MISSING)):
        with pytest.raises(Refused):
            stand.storefront().cancel(Cancelling("BO-9", key("BO-9"), order, {line: 1}, whole=False, reason=""))
    assert stand.shop.books(order_id) == before


@pytest.mark.parametrize(("paid", "units"), [(True, 1), (True, 2), (False, 1), (False, 2)])
def test_a_cancellation_happens_once_whatever_answer_is_lost(stand: Stand, *, paid: bool, units: int) -> None:
    def fresh() -> Cancelling:
        order_id = stand.shop.place_order({"CHAIR": 2}, paid=paid)
        return stand.cancelling(order_id, {"CHAIR": units}, whole=units == 2)

    first = fresh()
    ways = losses(stand, lambda: stand.through(carried_out(first), ()))
    expected = worth(stand.shop.books(first.order_id))
    for lost in ways:
        wanted = fresh()
        shelf = stand.shop.shelf("CHAIR").available
        done = stand.through(carried_out(wanted), lost)
        assert shelf is not None
        assert (lost, worth(stand.shop.books(wanted.order_id))) == (lost, expected)
        assert (lost, stand.shop.shelf("CHAIR").available) == (lost, shelf + units)
        assert (lost, done.refunded != "", done.by_hand) == (lost, paid, "")
        if paid:
            assert Decimal(done.refunded) == 10 * units


def test_two_cancellations_of_one_order_are_two(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 3})
    first = stand.cancelling(order_id, {"CHAIR": 1})
    second = replace(first, reference=f"{first.reference}1", key=key("another"))
    stand.storefront().cancel(first)
    stand.storefront().cancel(replace(second, again=True))  # its first try never arrived
    assert stand.shop.books(order_id).units == {"CHAIR": 1}


# What comes back to us


@pytest.mark.parametrize("act", ["part", "whole", "swap"])
def test_the_webhook_of_our_own_act_says_what_we_read_after_it(stand: Stand, act: str) -> None:
    stand.subscribe()
    lamp = stand.shop.add_product("LAMP", 5)
    stand.shop.set_price("LAMP", "8.00")
    order_id = stand.shop.place_order({"CHAIR": 2})
    stand.heard()
    if act == "swap":
        stand.storefront().swap(stand.swapping(order_id, "CHAIR", 1, lamp))
    else:
        units = 2 if act == "whole" else 1
        stand.storefront().cancel(stand.cancelling(order_id, {"CHAIR": units}, whole=act == "whole"))
    read = stand.read(order_id)
    told = [one for one in stand.heard() if one.id == order_id]
    assert told
    newest = max(reversed(told), key=lambda one: one.changed_at)  # the last of those of one second
    assert (newest.demand, newest.lines) == (read.demand, read.lines)


# Other things instead


def with_relations(stand: Stand) -> str:
    """An order of chairs at 10.00, related to one good alternative and to several bad ones."""
    for sku, units, price in (
        ("STOOL", 3, "7.50"),
        ("THRONE", 3, "99.00"),
        ("GONE", 0, "5.00"),
        ("OWED", -2, "5.00"),
    ):
        stand.shop.add_product(sku, units, title=f"A {sku.lower()}", oversell=sku == "OWED")
        stand.shop.set_price(sku, price)
    stand.shop.relate("CHAIR", ["THRONE", "GONE", "OWED", "CHAIR", "STOOL"])
    return stand.shop.place_order({"CHAIR": 2})


def test_alternatives_are_in_stock_not_dearer_and_something_else(stand: Stand) -> None:
    order_id = with_relations(stand)
    offered = stand.storefront().alternatives(order_id, stand.line_of(order_id, "CHAIR"), 10)
    stool = next(one for one in offered if one.sku == "STOOL")
    assert (stool.title, Decimal(stool.price), Decimal(stool.back)) == ("A stool", Decimal("7.50"), Decimal("2.50"))
    assert not {"THRONE", "GONE", "OWED", "CHAIR"} & {one.sku for one in offered}
    for one in offered:
        assert Decimal(one.paid) == 10
        assert Decimal(one.paid) - Decimal(one.price) == Decimal(one.back) >= 0
        assert (stand.shop.shelf(one.sku).available or 0) > 0
        assert len(one.currency) == 3


def test_no_more_alternatives_than_asked_for(stand: Stand) -> None:
    order_id = with_relations(stand)
    line = stand.line_of(order_id, "CHAIR")
    assert len(stand.storefront().alternatives(order_id, line, 1)) == 1
    assert list(stand.storefront().alternatives(order_id, line, 0)) == []


def test_there_are_no_alternatives_for_what_nobody_knows(stand: Stand) -> None:
    order_id = with_relations(stand)
    for order, line in ((MISSING, "1"), (order_id, MISSING)):
        with pytest.raises(Refused):
            stand.storefront().alternatives(order, line, 3)


@pytest.mark.parametrize(("units", "left"), [(1, {"CHAIR": 1, "STOOL": 1}), (2, {"STOOL": 2})])
def test_an_alternative_takes_the_place_of_the_line_and_the_difference_goes_back(
    stand: Stand, units: int, left: dict[str, int]
) -> None:
    order_id = with_relations(stand)
    (offered,) = (
        one
        for one in stand.storefront().alternatives(order_id, stand.line_of(order_id, "CHAIR"), 10)
        if one.sku == "STOOL"
    )
    done = stand.storefront().swap(stand.swapping(order_id, "CHAIR", units, offered.variant_id))
    back = Decimal("2.50") * units
    assert (Decimal(done.refunded), done.by_hand) == (back, "")
    assert worth(stand.shop.books(order_id)) == (left, back, Decimal(20) - back)
    assert (stand.shop.shelf("CHAIR").available, stand.shop.shelf("STOOL").available) == (98 + units, 3 - units)
    wanted = {line.sku: line.wanted for line in stand.read(order_id).lines if line.wanted}
    assert wanted == left


def test_of_an_order_that_is_not_paid_a_swap_only_lowers_what_is_owed(stand: Stand) -> None:
    with_relations(stand)
    order_id = stand.shop.place_order({"CHAIR": 2}, paid=False)
    stool = variant_of(stand, "STOOL")
    done = stand.storefront().swap(stand.swapping(order_id, "CHAIR", 1, stool))
    assert (done.refunded, done.by_hand) == ("", "")
    assert worth(stand.shop.books(order_id)) == ({"CHAIR": 1, "STOOL": 1}, Decimal(0), Decimal("17.50"))


def test_one_that_costs_the_same_sends_nothing_back(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    done = stand.storefront().swap(stand.swapping(order_id, "CHAIR", 1, variant_of(stand, "TABLE")))
    assert (done.refunded, done.by_hand) == ("", "")
    assert worth(stand.shop.books(order_id)) == ({"TABLE": 1}, Decimal(0), Decimal(10))


@pytest.mark.parametrize(("sku", "code"), [("THRONE", "dearer"), ("GONE", "sold_out"), ("OWED", "sold_out")])
def test_a_bad_alternative_is_refused_and_nothing_done(stand: Stand, sku: str, code: str) -> None:
    order_id = with_relations(stand)
    before = stand.shop.books(order_id)
    with pytest.raises(Refused) as refused:
        stand.storefront().swap(stand.swapping(order_id, "CHAIR", 1, variant_of(stand, sku)))
    assert refused.value.code == code
    assert stand.shop.books(order_id) == before


def test_nothing_is_swapped_that_has_shipped(stand: Stand) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    wanted = stand.swapping(order_id, "CHAIR", 1, variant_of(stand, "TABLE"))
    stand.shop.ship(order_id)
    before = stand.shop.books(order_id)
    with pytest.raises(Refused):
        stand.storefront().swap(wanted)
    assert stand.shop.books(order_id) == before


@pytest.mark.parametrize("change", [{"order_id": MISSING}, {"line_id": MISSING}, {"variant_id": MISSING}, {"units": 2}])
def test_nothing_is_swapped_that_is_not_there(stand: Stand, change: dict[str, Any]) -> None:
    order_id = stand.shop.place_order({"CHAIR": 1})
    wanted = stand.swapping(order_id, "CHAIR", 1, variant_of(stand, "TABLE"))
    before = stand.shop.books(order_id)
    with pytest.raises(Refused):
        stand.storefront().swap(replace(wanted, **change))
    assert stand.shop.books(order_id) == before


@pytest.mark.parametrize(("paid", "units"), [(True, 1), (True, 2), (False, 1)])
def test_a_swap_happens_once_whatever_answer_is_lost(stand: Stand, *, paid: bool, units: int) -> None:
    stool = stand.shop.add_product("STOOL", 100)
    stand.shop.set_price("STOOL", "7.50")

    def fresh() -> Swapping:
        return stand.swapping(stand.shop.place_order({"CHAIR": 2}, paid=paid), "CHAIR", units, stool)

    first = fresh()
    ways = losses(stand, lambda: stand.through(carried_out(first), ()))
    expected = worth(stand.shop.books(first.order_id))
    for lost in ways:
        stand.shop.set_stock("CHAIR", 100)
        stand.shop.set_stock("STOOL", 100)
        wanted = fresh()
        done = stand.through(carried_out(wanted), lost)
        assert (lost, worth(stand.shop.books(wanted.order_id))) == (lost, expected)
        shelves = [stand.shop.shelf(sku).available for sku in ("CHAIR", "STOOL")]
        assert (lost, shelves) == (lost, [98 + units, 100 - units])
        assert (lost, Decimal(done.refunded or 0)) == (lost, Decimal("2.50") * units if paid else Decimal(0))


def variant_of(stand: Stand, sku: str) -> str:
    facts = (fact for page in stand.storefront().products_changed(None) for fact in page.facts)
    return next(fact.id for fact in facts if isinstance(fact, VariantSeen) and fact.sku == sku)
