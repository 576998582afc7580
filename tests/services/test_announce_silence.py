"""Orders from before we were connected were promised by somebody else: they are marked, and nobody is surprised."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from house import House, house

from connector.bootstrap.store_jobs import heal_webhooks
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.reconcile import reconcile

SKUS = {WOO: "CHAIR-OAK", SHOPIFY: "TENT-2P"}


def texts(there: House, store: str, order_id: str) -> list[str]:
    with there.service.work(read_only=True) as uow:
        return [one.text for one in uow.notices.of_order(store, order_id)]


def connect(there: House) -> None:
    """Only until the shops are read; the clock stands still meanwhile."""
    for store in there.service.stores.values():
        heal_webhooks(there.service, store)
        reconcile(store)


@pytest.mark.parametrize("store", [WOO, SHOPIFY])
def test_an_order_from_before_is_marked_in_silence(tmp_path: Path, store: str) -> None:
    with house(tmp_path) as there:
        there.shops[store].add_product(SKUS[store], 0, oversell=True)
        order = there.shops[store].place_order({SKUS[store]: 1})
        there.clock.shift(timedelta(seconds=60))
        connect(there)
        there.settle()
        assert texts(there, store, order) == [""]
        assert there.town().shops[store].told(order).marks


@pytest.mark.parametrize("store", [WOO, SHOPIFY])
def test_an_order_of_the_very_second_in_which_we_were_connected_is_told(tmp_path: Path, store: str) -> None:
    """The platforms' clocks have a grain of one second, and ours has not."""
    with house(tmp_path) as there:
        there.shops[store].add_product(SKUS[store], 0, oversell=True)
        there.clock.shift(timedelta(seconds=0.7))
        connect(there)
        order = there.shops[store].place_order({SKUS[store]: 1})
        there.settle()
        (text,) = texts(there, store, order)
        assert SKUS[store] in text
