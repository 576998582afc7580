"""The figures of whole installations run in a tiny size, and say what they found; the simulation obeys plain sense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import black_friday
import burst
import endtoend
import isolation
import pytest
from bench_fleet import letters
from bench_table import Row
from black_friday import Costs, Machines, Trade


def test_a_shop_trades_and_says_so_in_genuine_webhooks() -> None:
    sent = letters(12)
    assert len({(headers["X-WC-Webhook-Topic"], body) for headers, body in sent}) == 12
    assert {headers["X-WC-Webhook-Topic"] for headers, _ in sent} <= {
        "order.created",
        "order.updated",
        "product.updated",
    }


def test_what_was_accepted_takes_effect_and_is_timed_beside_bare_inserts() -> None:
    found = endtoend.measure(stores=1, each=12, workers=())
    assert set(found) == {"insert sqlite", "sqlite"}
    assert min(found.values()) > 0


def test_nothing_of_a_burst_is_lost() -> None:
    (found,) = burst.measure(stores=2, each=12, workers=()).values()
    assert (found["deliveries"], found["lost"], found["refused"]) == (24, 0, 0)
    assert found["answered_seconds"] <= found["seconds"]


SCALING = {"insert sqlite": 1e4, "sqlite": 1e3, "insert postgresql": 1e4, "postgresql 1": 500.0, "postgresql 2": 850.0}
BURST = {
    "deliveries": 9.0,
    "answered": 3.0,
    "seconds": 4.0,
    "answered_seconds": 2.0,
    "lost": 0.0,
    "refused": 0.0,
    "idle": 1.0,
    "peak": 2.0,
}
BESIDE = {"alone_p50": 100.0, "alone_p95": 200.0, "beside_p50": 150.0, "beside_p95": 300.0}


def verdicts(rows: list[Row]) -> list[str]:
    return [row.verdict for row in rows if row.holds is not None]


@pytest.mark.parametrize(("cores", "two", "expected"), [(4, 850.0, ["holds"]), (4, 840.0, ["FAILS"]), (2, 500.0, [])])
def test_two_workers_are_held_to_their_limit_where_there_are_cores_for_them(
    monkeypatch: pytest.MonkeyPatch, cores: int, two: float, expected: list[str]
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert verdicts(endtoend.rows({**SCALING, "postgresql 2": two})) == expected


@pytest.mark.parametrize(("lost", "expected"), [(0.0, "holds"), (1.0, "FAILS"), (-1.0, "FAILS")])
def test_a_burst_fails_by_one_delivery_too_few_or_too_many(lost: float, expected: str) -> None:
    assert verdicts(burst.rows({"SQLite": {**BURST, "lost": lost}})) == [expected]


@pytest.mark.parametrize(("p95", "expected"), [(300.0, "holds"), (303.0, "FAILS")])
def test_a_store_may_take_half_as_long_again_beside_bad_neighbours(p95: float, expected: str) -> None:
    assert verdicts(isolation.rows({"SQLite": {**BESIDE, "beside_p95": p95}})) == ["holds", expected]


SMALL = Trade(stores=50, orders=3_000.0)


def simulated(**more: Any) -> dict[str, Any]:
    return black_friday.simulate(**{"trade": SMALL, **more}).plain()


def test_the_same_seed_gives_the_same_day() -> None:
    assert simulated() == simulated()


def test_a_day_without_costs_lags_by_a_tick_at_most() -> None:
    seen = black_friday.simulate(replace(SMALL, flags=0.0), Costs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    assert max(seen.lags) <= black_friday.TICK_SECONDS
    assert seen.busy == {"web": 0.0, "workers": 0.0, "database": 0.0}


def test_more_workers_never_make_it_later_and_too_few_drown() -> None:
    dear = replace(Costs(), delivery=0.5)
    few, many = (simulated(costs=dear, machines=Machines(workers=workers)) for workers in (1, 8))
    assert many["p95"] < few["p95"]
    assert many["backlog"] < few["backlog"]
    assert few["busy"]["workers"] > 0.99


def test_a_database_of_one_core_is_where_many_workers_break() -> None:
    seen = simulated(costs=replace(Costs(), database=0.5), machines=Machines(workers=8, cores=1))
    assert seen["busy"]["database"] > 1  # more is asked of it than it has
    assert seen["busy"]["workers"] < 0.1


def test_one_store_of_many_turns_waits_for_its_own_shop_alone() -> None:
    one = replace(SMALL, stores=1, flags=1.0)
    seen = simulated(trade=one, costs=replace(Costs(), call=5.0))
    assert 2 < seen["p95"] < 6
