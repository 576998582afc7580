"""The ways in which the shop fails on request."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests
from woo_stage import Stage, open_stage

from connector.ports.sandbox import Faults


@pytest.fixture
def stage() -> Iterator[Stage]:
    with open_stage() as opened:
        yield opened


def _statuses(stage: Stage, count: int) -> list[int]:
    return [stage.api.get("products").status_code for _ in range(count)]


def test_errors_are_answered_as_often_as_asked_and_nothing_is_done(stage: Stage) -> None:
    stage.shop.faults = Faults(answer_429=2, answer_500=1, answer_html=1)
    answers = [stage.api.post("products", {"name": "A", "sku": f"A{n}"}) for n in range(5)]
    assert [answer.status_code for answer in answers] == [429, 429, 500, 502, 201]
    assert answers[0].headers["Retry-After"] == "1"
    assert answers[3].headers["Content-Type"].startswith("text/html")
    assert [row["sku"] for row in stage.get("products")] == ["A4"]


def test_a_lost_answer_breaks_the_connection_after_the_work_is_done(stage: Stage) -> None:
    product = stage.product("A", 5)
    stage.shop.faults.lose_answer = 1
    with pytest.raises(requests.RequestException):
        stage.api.put(f"products/{product}", {"stock_quantity": 9})
    assert (stage.stock(product), stage.shop.faults.lose_answer) == (9, 0)


def test_a_slow_shop_makes_the_caller_wait(stage: Stage) -> None:
    stage.shop.faults.slow_seconds = 0.2
    started = time.monotonic()
    assert _statuses(stage, 1) == [200]
    assert time.monotonic() - started >= 0.2


def test_the_next_deliveries_never_leave(stage: Stage) -> None:
    stage.webhook("product.created")
    stage.shop.faults.lose_webhooks = 2
    products = [stage.product(f"P{n}", 1) for n in range(3)]
    assert (stage.shop.flush(), stage.shop.pending_webhooks()) == (1, 0)
    assert f'"id":{products[2]},'.encode() in stage.receiver.deliveries()[0]


@pytest.mark.parametrize(("faults", "sent"), [(Faults(lost=1.0), 0), (Faults(doubled=1.0), 20), (Faults(), 10)])
def test_certain_losses_and_doubles(stage: Stage, faults: Faults, sent: int) -> None:
    stage.webhook("product.created")
    for n in range(10):
        stage.shop.add_product(f"P{n}", 1)
    stage.shop.faults = faults
    assert stage.shop.flush() == len(stage.receiver.deliveries()) == sent


def _order_of(seed: int) -> list[bytes]:
    with open_stage() as stage:
        stage.webhook("product.created")
        for n in range(30):
            stage.shop.add_product(f"P{n}", 1)
        stage.shop.faults = Faults(shuffled=True, lost=0.3, doubled=0.3, seed=seed)
        stage.shop.flush()
        return stage.receiver.deliveries()


def test_chance_is_repeatable_by_its_seed() -> None:
    first, again, other = _order_of(7), _order_of(7), _order_of(8)
    assert (first == again, first == other) == (True, False)
    assert first != sorted(first)


def _cpu_seconds(products: int, orders: int) -> tuple[float, float]:
    """Of adding that many products, and of a day of orders for some of them."""
    with open_stage() as stage:
        stage.webhook("product.updated")
        began = time.process_time()
        ids = [int(stage.shop.add_product(f"P{n}", 100, oversell=True)) for n in range(products)]
        added = time.process_time()
        stage.clock.pass_seconds(60)
        for first in range(0, orders, 100):
            stage.post("products/batch", {"update": [{"id": one, "backorders": "yes"} for one in ids[first:][:100]]})
        for n in range(orders):
            stage.shop.place_order({f"P{n}": 1})
        page = stage.api.get("products", params={"modified_after": "2026-11-21T12:00:00Z", "per_page": 100})
        assert (page.headers["X-WP-Total"], stage.shop.flush()) == (str(orders), orders)
        return added - began, time.process_time() - added


def test_a_day_of_orders_costs_no_more_among_ten_thousand_products_than_among_a_thousand() -> None:
    few = [_cpu_seconds(1_000, 1_000) for _ in range(3)]
    many = [_cpu_seconds(10_000, 1_000) for _ in range(3)]
    added, lived = (min(one[part] for one in many) / min(one[part] for one in few) for part in (0, 1))
    # A search that walked all rows for each would cost a hundred and ten times as much.
    assert (added < 40, lived < 4) == (True, True), (added, lived)
