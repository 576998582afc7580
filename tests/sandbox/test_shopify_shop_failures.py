"""How the shop fails when it is told to."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from shopify_bench import Bench, gid, open_bench

from connector.ports.sandbox import Faults

TAG = 'mutation Tag($id: ID!) { tagsAdd(id: $id, tags: ["late"]) { userErrors { message } } }'


@pytest.fixture
def bench() -> Iterator[Bench]:
    with open_bench() as opened:
        yield opened


def test_busy_is_said_in_both_ways_by_turns(bench: Bench) -> None:
    bench.shop.faults = Faults(answer_429=2)
    first, second, third = (bench.post("{ shop { name } }") for _ in range(3))

    assert (first.status_code, first.headers["Retry-After"]) == (429, "2.0")
    assert (second.status_code, [one["extensions"]["code"] for one in second.json()["errors"]]) == (200, ["THROTTLED"])
    assert "data" not in second.json()
    assert (third.status_code, third.json()["data"]) == (200, {"shop": {"name": "Sandbox"}})


def test_a_broken_server_answers_500_and_a_proxy_html(bench: Bench) -> None:
    bench.shop.faults = Faults(answer_500=1, answer_html=1)
    first, second, third = (bench.post("{ shop { name } }") for _ in range(3))

    assert [one.status_code for one in (first, second, third)] == [500, 502, 200]
    assert "text/html" in second.headers["Content-Type"]


def test_a_lost_answer_breaks_the_connection_after_the_work_was_done(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 1})
    bench.shop.faults = Faults(lose_answer=1)
    with pytest.raises(requests.RequestException):
        bench.post(TAG, id=gid("Order", order))

    assert bench.shop.told(order).tags == ("late",)
    assert bench.data("{ shop { name } }") == {"shop": {"name": "Sandbox"}}
    assert bench.shop.calls == ["Tag", "shop"]


def test_a_refused_call_changes_nothing(bench: Bench) -> None:
    bench.shop.add_product("A", 5)
    order = bench.shop.place_order({"A": 1})
    bench.shop.faults = Faults(answer_500=1)
    bench.post(TAG, id=gid("Order", order))

    assert bench.shop.told(order).tags == ()


def test_a_slow_shop_makes_the_caller_wait(bench: Bench) -> None:
    bench.shop.faults = Faults(slow_seconds=0.2)
    start = time.monotonic()
    bench.post("{ shop { name } }")

    assert time.monotonic() - start >= 0.2


@pytest.mark.parametrize("body", [b"not json", b"[]", b'{"query": 7}'])
def test_a_body_without_a_query_is_400(bench: Bench, body: bytes) -> None:
    answer = bench.session.post(
        f"{bench.url}/admin/api/2026-10/graphql.json",
        data=body,
        headers={"X-Shopify-Access-Token": "shpat_sandbox", "Content-Type": "application/json"},
        timeout=60,
    )

    assert answer.status_code == 400


def test_callers_at_once_lose_nothing(bench: Bench) -> None:
    bench.shop.add_product("A", 0, oversell=True)
    order = bench.shop.place_order({"A": 1})
    bench.subscribe("ORDERS_CREATE")
    add = "mutation T($id: ID!, $tag: String!) { tagsAdd(id: $id, tags: [$tag]) { userErrors { message } } }"

    def work(number: int) -> None:
        for turn in range(10):
            bench.data(add, id=gid("Order", order), tag=f"{number}-{turn}")
            bench.shop.place_order({"A": 1})
            bench.shop.flush()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert len(bench.shop.told(order).tags) == 40
    assert bench.shop.shelf("A").available == -41
    assert len({letter.body["id"] for letter in bench.letters}) == 40
