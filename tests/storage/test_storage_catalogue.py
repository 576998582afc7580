from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from storage_rows import NOON, OTHER, SHOP, a_showing, a_supply, a_variant, after

from connector.storage.engine import Database


def test_a_variant_is_read_back_as_it_was_saved_last(database: Database) -> None:
    first = a_variant("v1", title="Old")
    second = a_variant("v1", product_id="other", categories=(), tags=("ü,",), sellable=False, gone=True)
    with database.work() as work:
        work.catalogue.save(SHOP, [first])
        work.catalogue.save(SHOP, [second])
        assert work.catalogue.get(SHOP, ["v1", "v2"]) == {"v1": second}
        assert work.catalogue.get(OTHER, ["v1"]) == {}


def test_what_is_gone_is_known_by_its_product_and_nowhere_else(database: Database) -> None:
    here, gone = a_variant("v1", sku="MUG"), a_variant("v2", sku="MUG", gone=True)
    with database.work() as work:
        work.catalogue.save(SHOP, [here, gone, a_variant("v3", product_id="other", pool_id="p2", sku="mug")])
        assert list(work.catalogue.of_products(SHOP, ["product"])) == [here, gone]
        assert list(work.catalogue.of_pools(SHOP, ["p1"])) == [here]
        assert list(work.catalogue.by_sku(SHOP, "MUG")) == [here]
        assert work.catalogue.size(SHOP) == 2


def test_a_sku_used_twice_gives_both(database: Database) -> None:
    with database.work() as work:
        work.catalogue.save(SHOP, [a_variant("v2", sku="MUG"), a_variant("v1", sku="MUG")])
        assert [one.id for one in work.catalogue.by_sku(SHOP, "MUG")] == ["v1", "v2"]


def test_every_variant_comes_once_by_sku_also_while_they_are_changed(database: Database) -> None:
    # Capitals before small letters, on both databases: the order of the bytes.
    skus = ["", "", *(f"S{n:04}" for n in range(1200)), "Z", "a", "Ä"]
    with database.work() as work:
        work.catalogue.save(SHOP, [a_variant(f"v{i}", sku=sku) for i, sku in enumerate(reversed(skus))])
        seen = []
        for one in work.catalogue.each(SHOP):
            seen.append(one.sku)
            if len(seen) % 400 == 0:
                work.catalogue.save(SHOP, [replace(one, title="changed")])
        assert seen == skus


def test_a_showing_is_read_back_as_it_was_saved_last(database: Database) -> None:
    whole = a_showing(
        shown={"backorders": "no", "_date": ""},
        shown_changed_at=NOON,
        shown_seen_at=after(1),
        desired={"backorders": "notify"},
        status="backorder",
        sellable=4,
        expected_on=date(2026, 12, 1),
        found={"backorders": "no"},
        written={"backorders": "notify"},
        attempted={"backorders": "yes"},
        suspect=True,
        override={"backorders": "yes"},
        due=True,
        attempts=3,
        next_at=after(9),
        parked="422: no",
        pushed_at=after(3),
    )
    with database.work() as work:
        work.showings.save(SHOP, [a_showing(), a_showing("v2")])
        work.showings.save(SHOP, [whole])
        assert work.showings.get(SHOP, ["v1", "v2", "v3"]) == {"v1": whole, "v2": a_showing("v2")}
        assert list(work.showings.each(SHOP)) == [whole, a_showing("v2")]
        assert list(work.showings.each(OTHER)) == []


@pytest.mark.parametrize(
    ("state", "pushed"),
    [
        ({"due": True}, True),
        ({"due": False}, False),
        ({"due": True, "next_at": NOON}, True),
        ({"due": True, "next_at": after(1)}, False),
        ({"due": True, "suspect": True}, False),
        ({"due": True, "override": {"backorders": "yes"}}, False),
        ({"due": True, "parked": "422"}, False),
    ],
)
def test_only_what_may_be_pushed_now_is_due(database: Database, state: dict[str, Any], pushed: bool) -> None:  # noqa: FBT001 -- a parameter
    with database.work() as work:
        work.showings.save(SHOP, [a_showing(**state)])
        assert [one.variant_id for one in work.showings.due(SHOP, NOON, 9)] == ["v1"] * pushed


def test_due_showings_of_one_product_come_together(database: Database) -> None:
    with database.work() as work:
        by_product = {"1": "b", "2": "a", "3": "b", "4": "a"}
        work.showings.save(SHOP, [a_showing(v, product_id=p, due=True) for v, p in by_product.items()])
        assert [one.variant_id for one in work.showings.due(SHOP, NOON, 3)] == ["2", "4", "1"]


def test_suspects_and_overrides_are_listed(database: Database) -> None:
    rows = [
        a_showing("1", suspect=True),
        a_showing("2", override={"a": "b"}),
        a_showing("3"),
        a_showing("4", suspect=True),
    ]
    with database.work() as work:
        work.showings.save(SHOP, rows)
        assert list(work.showings.suspects(SHOP, 9)) == [rows[0], rows[3]]
        assert list(work.showings.suspects(SHOP, 1)) == [rows[0]]
        assert list(work.showings.overridden(SHOP)) == [rows[1]]


def test_what_we_wrote_to_is_listed_in_pages(database: Database) -> None:
    with database.work() as work:
        work.showings.save(
            SHOP, [a_showing(f"v{n}", found={"stock_status": "instock"} if n % 2 else {}) for n in range(6)]
        )
        work.showings.save(OTHER, [a_showing("v9", found={"stock_status": "instock"})])
        first = work.showings.written(SHOP, "", 2)
        assert [one.variant_id for one in first] == ["v1", "v3"]
        assert [one.variant_id for one in work.showings.written(SHOP, "v3", 2)] == ["v5"]


def test_what_waits_to_be_pushed_is_counted_by_what_it_should_show(database: Database) -> None:
    later = a_showing("v3", due=True, status="backorder", next_at=after(60))
    unpushable = [
        a_showing("v4", due=True, status="backorder", suspect=True),
        a_showing("v5", due=True, status="backorder", override={"stock_status": "instock"}),
        a_showing("v6", due=True, status="sold out", parked="No such product."),
        a_showing("v7", status="backorder"),
    ]
    with database.work() as work:
        assert dict(work.showings.due_counts(SHOP)) == {}
        due = [a_showing("v1", due=True, status="backorder"), a_showing("v2", due=True, status="in stock"), later]
        work.showings.save(SHOP, [*due, *unpushable])
        assert dict(work.showings.due_counts(SHOP)) == {"backorder": 2, "in stock": 1}


def test_every_showing_is_walked_over_pages(database: Database) -> None:
    with database.work() as work:
        work.showings.save(SHOP, [a_showing(f"{i:04}") for i in range(1000)])
        assert [one.variant_id for one in work.showings.each(SHOP)] == [f"{i:04}" for i in range(1000)]


def test_supplies_come_by_due_date_and_the_undated_last(database: Database) -> None:
    late, soon = a_supply(due=date(2027, 1, 1)), a_supply("p2", due=date(2026, 12, 1))
    undated, closed = a_supply(due=None), a_supply(closed=True)
    with database.work() as work:
        ids = [work.supplies.add(SHOP, one) for one in (undated, late, soon, soon, closed)]
        assert [one.id for one in work.supplies.open(SHOP)] == [ids[2], ids[3], ids[1], ids[0]]
        assert [one.id for one in work.supplies.open(SHOP, ["p1"])] == [ids[1], ids[0]]
        assert work.supplies.open(SHOP, []) == []
        assert work.supplies.open(OTHER) == []


def test_a_supply_is_changed_in_its_own_store_only(database: Database) -> None:
    with database.work() as work:
        given = work.supplies.add(SHOP, a_supply())
        changed = a_supply(id=given, received=4, due=None, closed=True)
        work.supplies.save(SHOP, changed)
        assert work.supplies.get(SHOP, given) == changed
        assert work.supplies.get(OTHER, given) is None
        with pytest.raises(LookupError, match=f"second has no supply {given}"):
            work.supplies.save(OTHER, changed)


def test_ids_of_supplies_are_never_used_again(database: Database) -> None:
    with database.work() as work:
        first = work.supplies.add(SHOP, a_supply())
        work.stores.remove(SHOP)
        assert work.supplies.add(SHOP, a_supply()) > first
