"""Facts of a readable form and an absurd size: each is kept, planned and shown on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from house import House, house
from signed import last_body, newest, post, waiting
from structlog.testing import capture_logs

from connector.ports.records import DeliveryState
from connector.services.status import all_statuses
from connector.services.turn import turn

MOST = 10**12
numbers = count()


@pytest.fixture
def there(tmp_path: Path, database_url: str) -> Iterator[House]:
    with house(tmp_path, database=database_url) as opened:
        opened.woo.add_product("CHAIR", 3, oversell=True)
        opened.connect()
        yield opened


def order(there: House, **changed: Any) -> dict[str, Any]:
    if not there.woo.order_ids():
        there.woo.place_order({"CHAIR": 1})
        there.deliver()
    return {**last_body(there, "chairs", "order.updated"), **changed}


def lines(there: House, many: int, taken: int, **changed: Any) -> list[dict[str, Any]]:
    line = order(there)["line_items"][0]
    meta = [{"id": 1, "key": "_reduced_stock", "value": str(taken)}]
    return [{**line, "id": 1000 + one, "quantity": taken, "meta_data": meta, **changed} for one in range(many)]


def take(there: House, topic: str, body: dict[str, Any]) -> tuple[DeliveryState, str]:
    """What becomes of a delivery, after seeing that it was digested and planned without a fault of ours."""
    with capture_logs() as logs:
        assert post(there, "chairs", topic, body) == 200
        turn(there.store("chairs"))
        all_statuses(there.service.work, now=there.service.clock())
    assert [line for line in logs if line["log_level"] in {"error", "critical"}] == []
    assert waiting(there, "chairs") == 0
    kept = newest(there, "chairs")
    return kept.state, kept.reason


def noise(characters: int) -> str:
    """Text that no database can make smaller."""
    return "".join(Random(1).choices("ÄÖÜäöüßéèáàøåñç0123456789", k=characters))  # noqa: S311 -- noise, no secret


def product(there: House, **changed: Any) -> dict[str, Any]:
    there.woo.set_field("CHAIR", "_backorder_message", str(next(numbers)))
    there.deliver()
    there.clock.shift(1)
    now = there.service.clock().replace(tzinfo=None, microsecond=0).isoformat()
    return {**last_body(there, "chairs", "product.updated"), "date_modified_gmt": now, **changed}


def test_orders_of_an_absurd_size_are_kept_and_planned_or_refused_with_a_path(there: House) -> None:
    done = (DeliveryState.DONE, "")
    trillions = order(there, id=901, line_items=lines(there, 3, MOST))
    assert take(there, "order.created", trillions) == done
    too_many = order(there, id=902, line_items=lines(there, 1, 10**14))
    expected = (DeliveryState.PARKED, "$.line_items[0].quantity is out of range: 100000000000000")
    assert take(there, "order.created", too_many) == expected
    assert take(there, "order.created", order(there, id=903, line_items=lines(there, 1000, 2))) == done
    long = noise(100_000)
    named = order(there, id=904, number=long, status=long, line_items=lines(there, 2, 1, name=long, sku=long))
    assert take(there, "order.created", named) == done
    with there.service.work(read_only=True) as uow:
        held = uow.orders.get("chairs", ["901", "902", "903", "904"])
    assert {key: len(one.lines) for key, one in held.items()} == {"901": 3, "903": 1000, "904": 2}
    assert (held["904"].number, held["904"].status) == (long[:255], long)


def test_products_of_an_absurd_size_are_kept_and_planned_or_refused_with_a_path(there: House) -> None:
    done = (DeliveryState.DONE, "")
    for number in (MOST, -MOST):
        assert take(there, "product.updated", product(there, stock_quantity=number)) == done
        assert there.available("chairs", "CHAIR") == number
    for number in (2**63 - 1, -(2**63), 2**64):
        state, reason = take(there, "product.updated", product(there, stock_quantity=number))
        assert (state, reason.partition(":")[0]) == (DeliveryState.PARKED, "$.stock_quantity is out of range")
    long = noise(100_000)
    categories = [{"id": one, "name": f"{long[:1000]}{one}", "slug": "x"} for one in range(500)]
    assert take(there, "product.created", product(there, id=905, sku=long, name=long, categories=categories)) == done
    with there.service.work(read_only=True) as uow:
        held = uow.catalogue.get("chairs", ["905"])["905"]
    assert (held.sku, held.title, len(held.categories)) == (long[:255], long, 500)
