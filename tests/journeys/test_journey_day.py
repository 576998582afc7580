"""The day of trade, from the shops' first webhook to the last parcel."""

from __future__ import annotations

from pathlib import Path

from house import house

from connector.ports.clock import system_clock
from connector.sandbox.scenario import DAY, stock_shelves
from connector.services.status import all_statuses


def test_a_day_of_trade_ends_with_the_shops_showing_what_they_should(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        stock_shelves(there.shops)
        there.connect()
        town = there.town()
        for step in DAY:
            step.act(town)
        there.reconcile()
        for store in all_statuses(there.service.work, now=system_clock()):
            shop = there.shops[store.key]
            assert store.variants
            for variant in store.variants:
                shelf = shop.shelf(variant.sku)
                assert variant.shows == variant.should_show
                assert variant.available == shelf.available
                if shelf.available is not None and variant.sku not in {"DESK-120", "DESK-160"}:
                    assert (variant.sku, variant.backordered) == (variant.sku, max(0, -shelf.available))
