from __future__ import annotations

from datetime import timedelta

import pytest
from storage_rows import OTHER, SHOP, TODAY, a_showing, a_supply, a_variant

from connector.ports.backlog import Cursor
from connector.ports.records import SupplyRecord
from connector.storage.engine import Database

DAYS = (3, None, 1, 1, 0, None, 2, 1, 3)


def stocked(database: Database) -> list[SupplyRecord]:
    """Supplies due in so many days, in the order of a listing."""
    with database.work() as work:
        made = [a_supply(due=None if day is None else TODAY + timedelta(days=day)) for day in DAYS]
        ids = [work.supplies.add(SHOP, one) for one in made]
        closed = a_supply(due=TODAY, closed=True)
        work.supplies.add(SHOP, closed)
        work.supplies.add(OTHER, a_supply(due=TODAY))
        work.commit()
    assert len(set(ids)) == len(DAYS)
    with database.work(read_only=True) as work:
        return list(work.supplies.open(SHOP))


@pytest.mark.parametrize("limit", [1, 2, 4, 9, 50])
def test_pages_hold_every_open_supply_once_in_their_order_both_ways(database: Database, limit: int) -> None:
    expected = stocked(database)
    with database.work(read_only=True) as work:
        forth: list[SupplyRecord] = []
        at = None
        while True:
            page = work.supplies.page(SHOP, at=at, limit=limit)
            forth += page.rows
            if page.next is None:
                break
            at = page.next
        back, before = list(page.rows), page.previous
        while before is not None:
            page = work.supplies.page(SHOP, at=before, limit=limit)
            back = [*page.rows, *back]
            before = page.previous
    assert forth == expected
    assert back == expected


def test_a_page_goes_on_from_a_supply_that_is_closed_by_now(database: Database) -> None:
    expected = stocked(database)
    with database.work() as work:
        first = work.supplies.page(SHOP, limit=3)
        last = first.rows[-1]
        work.supplies.save(SHOP, a_supply(id=last.id, due=last.due, closed=True))
        assert list(work.supplies.page(SHOP, at=first.next, limit=50).rows) == expected[3:]


@pytest.mark.parametrize(
    "values", [(), ("",), ("soon", "1"), ("2026-12-05", "x"), ("", "-1"), ("", "9" * 40), ("", "٣")]
)
def test_a_place_that_no_listing_gave_is_refused(database: Database, values: tuple[str, ...]) -> None:
    with database.work(read_only=True) as work, pytest.raises(ValueError, match=r".+"):
        work.supplies.page(SHOP, at=Cursor(values))


def test_what_was_changed_by_hand_comes_in_parts(database: Database) -> None:
    with database.work() as work:
        rows = [a_showing(f"v{number}", override={"backorders": "yes"}) for number in range(5)]
        work.showings.save(SHOP, [*rows, a_showing("v6")])
        assert [one.variant_id for one in work.showings.overridden(SHOP)] == ["v0", "v1", "v2", "v3", "v4"]
        assert [one.variant_id for one in work.showings.overridden(SHOP, "v1", 2)] == ["v2", "v3"]


def test_many_supplies_get_their_numbers_in_their_order(database: Database) -> None:
    with database.work() as work:
        assert list(work.supplies.add_all(SHOP, [])) == []
        work.supplies.add(SHOP, a_supply(units=1))
        work.supplies.add(OTHER, a_supply(units=2))
        made = [a_supply(units=number) for number in range(3, 900)]
        ids = work.supplies.add_all(SHOP, made)
        assert [work.supplies.get(SHOP, id_) for id_ in (ids[0], ids[-1])] == [
            a_supply(id=ids[0], units=3),
            a_supply(id=ids[-1], units=899),
        ]
        assert [one.id for one in work.supplies.open(SHOP) if one.units > 1] == list(ids)


def test_many_skus_are_looked_up_at_once(database: Database) -> None:
    with database.work() as work:
        here = [a_variant(f"v{number}", sku=f"S{number % 700}") for number in range(1_400)]
        work.catalogue.save(SHOP, [*here, a_variant("gone", sku="S1", gone=True)])
        found = work.catalogue.by_skus(SHOP, [f"S{number}" for number in range(700)] + ["s1", ""])
        assert len(found) == 700
        assert [one.id for one in found["S1"]] == ["v1", "v701"]
        assert found == {sku: list(work.catalogue.by_sku(SHOP, sku)) for sku in found}
