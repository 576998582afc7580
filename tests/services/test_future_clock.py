"""A shop whose clock was wrong for a while: what it dated in the future must not be the newest for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import House, house

from connector.domain.facts import Demand, LineSeen, OrderSeen, PlatformStatus, ProductSeen, Reread, StockSeen, Thing
from connector.ports.clock import system_clock
from connector.services.believe import AHEAD, as_of, is_ahead, to_ask

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NEVER = datetime(2999, 1, 1, tzinfo=UTC)
ORDER = OrderSeen("7", "7", Demand.OPEN, "processing", NEVER, NOW, NEVER, (LineSeen("1", "2", "A", "A", 1, 1),))


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as opened:
        opened.woo.add_product("CHAIR", 10)
        opened.connect()
        yield opened


@contextmanager
def wrong_clock(there: House, ahead: timedelta) -> Iterator[None]:
    there.woo._core._clock = lambda: system_clock() + ahead
    yield
    there.woo._core._clock = system_clock


def wanted(there: House, order_id: str) -> list[int]:
    with there.service.work(read_only=True) as uow:
        return [line.wanted for line in uow.orders.get("chairs", [order_id])[order_id].lines.values()]


def read_to(there: House) -> list[datetime]:
    with there.service.work(read_only=True) as uow:
        record = uow.stores.get("chairs")
    assert record is not None
    return [record.cursors[thing] for thing in ("orders", "products")]


@pytest.mark.parametrize("ahead", [timedelta(minutes=40), timedelta(hours=14), timedelta(days=4000)])
def test_a_shop_whose_clock_is_ahead_is_followed_while_it_is_and_after(there: House, ahead: timedelta) -> None:
    with wrong_clock(there, ahead):
        order_id = there.woo.place_order({"CHAIR": 3})
        there.settle(1)
        assert (wanted(there, order_id), there.available("chairs", "CHAIR")) == ([3], 7)
        there.woo.change_quantity(order_id, "CHAIR", 2)
        there.reconcile()
        assert (wanted(there, order_id), there.available("chairs", "CHAIR")) == ([2], 8)
    there.clock.shift(timedelta(hours=1))  # as far ahead as is believed, so that this is newer whatever came before
    there.woo.change_quantity(order_id, "CHAIR", 1)
    there.settle(1)
    assert (wanted(there, order_id), there.available("chairs", "CHAIR")) == ([1], 9)


def test_what_is_dated_in_the_future_does_not_end_the_polling(there: House) -> None:
    with wrong_clock(there, timedelta(days=4000)):
        there.woo.place_order({"CHAIR": 1})
        there.reconcile()
    assert [moment <= there.service.clock() for moment in read_to(there)] == [True, True]
    there.clock.shift(timedelta(minutes=10))
    there.woo.faults.lose_webhooks = 100
    order_id = there.woo.place_order({"CHAIR": 2})
    there.reconcile()
    assert (wanted(there, order_id), there.available("chairs", "CHAIR")) == ([2], 7)


def test_clocks_that_nobody_sets_are_believed() -> None:
    assert not is_ahead(replace(ORDER, changed_at=NOW + AHEAD), NOW)
    assert is_ahead(replace(ORDER, changed_at=NOW + AHEAD + timedelta(seconds=1)), NOW)


def test_what_is_read_counts_as_of_now_with_its_place_in_the_queue() -> None:
    assert as_of(ORDER, NOW) == replace(ORDER, changed_at=NOW, taken_at=NOW)
    assert as_of(replace(ORDER, taken_at=NOW - AHEAD), NOW) == replace(ORDER, changed_at=NOW, taken_at=NOW - AHEAD)


def test_the_shop_is_asked_for_the_thing_itself() -> None:
    stock = StockSeen("3", 1, PlatformStatus.IN_STOCK, NEVER)
    asked = [to_ask(fact) for fact in (ORDER, stock, ProductSeen("4", (), NEVER))]
    assert asked == [(Reread(Thing.ORDER, "7"),), (Reread(Thing.POOL, "3"),), (Reread(Thing.PRODUCT, "4"),)]
