"""What the charts are drawn from: how much waited every hour, and how long those waited who were served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import CONFIG, House, house

from connector.ports.history import Sample, WaitRecord
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.services.history import sample
from connector.services.preview import preview

STORES = [WOO, SHOPIFY]
ALWAYS = '[stores.policy]\nmode = "always"\n'
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(params=STORES)
def key(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def there(tmp_path: Path, key: str) -> Iterator[House]:
    """Every product may be sold beyond its stock, and one is."""
    config = CONFIG.replace('[[stores]]\nkey = "tents"', f'{ALWAYS}[[stores]]\nkey = "tents"') + ALWAYS
    with house(tmp_path, config) as opened:
        opened.shops[key].add_product("LAMP", 0, oversell=True)
        opened.connect()
        yield opened


def waits(there: House, key: str) -> Sequence[WaitRecord]:
    with there.service.work(read_only=True) as uow:
        return uow.history.waits(key, LONG_AGO)


def samples(there: House, key: str) -> Sequence[Sample]:
    with there.service.work(read_only=True) as uow:
        return uow.history.samples(key, LONG_AGO)


def order(there: House, key: str, units: int) -> str:
    there.clock.shift(timedelta(seconds=1))
    placed = there.shops[key].place_order({"LAMP": units})
    there.settle(2)
    return placed


def goods(there: House, key: str, units: int) -> None:
    there.clock.shift(timedelta(days=3))
    there.shops[key].receive_goods("LAMP", units)
    there.settle(2)


def served(there: House, key: str) -> list[tuple[str, int]]:
    return [(one.order_id, one.units) for one in waits(there, key)]


def test_units_that_waited_are_counted_once_when_the_shopper_hears_that_they_are_there(there: House, key: str) -> None:
    placed_at = there.service.clock() + timedelta(seconds=1)
    first = order(there, key, 2)
    assert waits(there, key) == []
    goods(there, key, 2)
    (wait,) = waits(there, key)
    assert (wait.order_id, wait.units, wait.sku) == (first, 2, "LAMP")
    assert wait.since == placed_at
    assert timedelta(days=3) <= wait.served_at - wait.since < timedelta(days=3, hours=1)
    there.reconcile()
    assert len(waits(there, key)) == 1


def test_who_was_served_from_stock_never_waited(there: House, key: str) -> None:
    goods(there, key, 5)
    order(there, key, 2)
    assert waits(there, key) == []


def test_a_line_that_is_served_in_parts_is_counted_part_by_part(there: House, key: str) -> None:
    placed = order(there, key, 5)
    goods(there, key, 2)
    goods(there, key, 3)
    assert served(there, key) == [(placed, 2), (placed, 3)]


def test_what_was_cancelled_or_taken_off_a_line_was_never_served(there: House, key: str) -> None:
    gone, shorter = order(there, key, 1), order(there, key, 5)
    there.shops[key].cancel_order(gone)
    there.clock.shift(timedelta(seconds=1))
    there.shops[key].change_quantity(shorter, "LAMP", 2)
    there.settle(2)
    assert waits(there, key) == []
    goods(there, key, 2)
    assert sum(units for _, units in served(there, key)) == 2


def test_a_preview_counts_nobody_as_served(there: House, key: str) -> None:
    order(there, key, 2)
    there.clock.shift(timedelta(days=1))
    there.shops[key].receive_goods("LAMP", 2)
    there.deliver()
    assert len(preview(there.store(key)).notices) == 1
    assert waits(there, key) == []


def test_a_sample_says_how_much_waits_and_there_is_one_for_each_hour(there: House, key: str) -> None:
    hour = there.service.clock().replace(minute=0, second=0, microsecond=0)
    sample(there.store(key))
    order(there, key, 2)
    order(there, key, 3)
    sample(there.store(key))
    assert samples(there, key) == [Sample(hour, 5, 2)]
    there.clock.shift(timedelta(hours=1))
    sample(there.store(key))
    assert samples(there, key) == [Sample(hour, 5, 2), Sample(hour + timedelta(hours=1), 5, 2)]
