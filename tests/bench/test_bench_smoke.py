"""Every figure's code runs, in a tiny size, so that it cannot rot; and a limit that is broken is said to be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import allocation
import bench_command
import digesting
import large
import large_fill
import latency
import memory
import pages
import planning
import pushing
import pytest
import steady
import table_of_allocation
import table_of_intake
from bench_stage import STORES, quantile
from bench_table import Figure, Row
from click.testing import CliRunner, Result

from adapters.shopify.client import BULK_CROSSOVER


def test_every_acknowledged_delivery_of_a_short_load_is_on_disk() -> None:
    found = table_of_intake.measure(0.3, rounds=1)
    rows = table_of_intake.rows(found)
    assert (rows[2].measured, rows[2].holds) == (rows[2].yardstick_measured, True)
    assert found["acknowledged"] > 0


def test_digesting_is_measured_beside_its_two_yardsticks() -> None:
    found = digesting.measure(deliveries=60, rounds=1)
    assert [(key, list(of)) for key, of in found.items()] == [
        (key, ["translate", "digest", "insert", "bytes"]) for key in STORES
    ]
    assert all(value > 0 for of in found.values() for value in of.values())
    assert len(digesting.rows(found)) == 4


def test_planning_is_measured_in_both_databases() -> None:
    found = planning.measure(few=200, many=2_000, plans=3)
    assert found["bytes"] > 0
    assert found["ratio"] == pytest.approx(found["many_ms"] / found["few_ms"], rel=0.01)


@pytest.mark.parametrize(("flags", "woo"), [(100, 1), (101, 2)])
def test_woocommerce_takes_a_hundred_flags_in_a_call(flags: int, woo: int) -> None:
    assert pushing.measure(flags, sizes=())["calls"]["chairs"] == woo


def test_more_changes_than_the_crossover_go_to_shopify_in_a_handful_of_calls() -> None:
    flags = BULK_CROSSOVER + 1
    assert 0 < pushing.measure(flags, sizes=())["calls"]["tents"] <= pushing.HANDFUL


def test_the_budget_of_shopify_is_slept_through_without_waiting() -> None:
    took = pushing.measure(1, sizes=(250,))["seconds"][250]
    # 250 simple products are some 2,800 points; the bucket holds 2,000 and regains 100 a second.
    assert took["requests"] > 5
    assert took["bulk"] > 0


def test_a_flag_follows_its_webhook_through_a_running_service() -> None:
    found = latency.measure(changes=4)
    assert set(found) == set(STORES)
    # Whether they are within the limit is for `backorder bench` to say, on a machine that does nothing else.
    assert all(0 < of["p50"] <= of["p95"] for of in found.values())
    assert all(0 < of["bare_p50"] <= of["bare_p95"] for of in found.values())


def test_every_page_is_measured_beside_the_same_page_of_an_empty_store() -> None:
    found = pages.measure(lines=500, orders=150, variants=60, far=10, requests=2)
    assert all(0 < of["p50"] <= of["p95"] and of["yardstick"] > 0 for of in found.values())
    table = pages.rows(found, lines=500)
    assert [row.figure for row in table][:2] == [
        "the lines that wait, page 1, p95 (p50), 500 lines",
        "the lines that wait, page 1,000, p95 (p50), 500 lines",
    ]
    assert table[-1].limit == "ratio at most 1.5"


def test_a_large_store_is_measured_beside_the_same_at_a_fraction_of_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for steps in ("PLANS", "HOT_PLANS", "REQUESTS", "STEPS", "KEPT"):
        monkeypatch.setattr(large, steps, 2)
    found = large.measure(large_fill.Size(400, 2_000, 400, 200, 600), 2, [large.SQLITE])
    assert found["SQLite"].keys() == {"small", "large"}
    assert found["SQLite"]["large"]["imported"] > 0
    rows = large.rows(found)
    assert len(rows) == len(large.FLAT) + len(large.GROWING) + 4
    assert all(row.measured and row.yardstick_measured for row in rows)


@pytest.mark.parametrize(
    ("names", "measured"), [((), {"good"}), (("--full",), {"good", "large"}), (("large",), {"large"})]
)
def test_what_takes_very_long_is_measured_only_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], measured: set[str]
) -> None:
    figures(monkeypatch, GOOD, Row("large", "1", "a yardstick", "1"))
    said = json.loads(run("--json", *names).stdout)
    assert {one["figure"] for one in said} == measured


@pytest.mark.parametrize(("far", "holds"), [(10.0, True), (15.0, True), (15.2, False)])
def test_a_page_far_behind_may_cost_half_more_than_the_first(far: float, holds: bool) -> None:  # noqa: FBT001 -- a column of the table above
    found = {
        name: {"p50": 1.0, "p95": p95, "yardstick": 1.0}
        for name, p95 in ((pages.LINES_PAGE, 10.0), (pages.FAR_PAGE, far))
    }
    assert pages.rows(found)[-1].holds is holds


def test_a_running_service_is_weighed_at_every_quarter_of_a_flood() -> None:
    found = memory.measure(deliveries=60, products=8)
    assert found["deliveries"] >= 60
    assert found["unanswered"] == 0
    assert [percent for percent, megabytes in found["now"].items() if megabytes > found["before"] / 2] == [
        25,
        50,
        75,
        100,
    ]
    assert found["peak"][100] >= found["now"][100]


def test_steady_trade_is_taken_whole() -> None:
    found = steady.measure(seconds=3.0, products=8)
    assert found["deliveries"] > 0
    assert found["unanswered"] == 0
    assert (len(found["memory"]), len(found["lag"])) == (steady.LOOKS, steady.LOOKS)


STEADY = {
    "seconds": 60.0,
    "deliveries": 600,
    "unanswered": 0,
    "memory": [200.0] * (steady.LOOKS // 4) + [100.0] * (steady.LOOKS - steady.LOOKS // 4 - 1) + [110.0],
    "lag": [0.0] * steady.LOOKS,
    "drained": 1.0,
}
INTAKE = {
    "durable_per_second": 500.0,
    "yardstick_per_second": 1000.0,
    "ratio": 0.5,
    "durable_p99_ms": 25.0,
    "yardstick_p99_ms": 10.0,
    "acknowledged": 100.0,
    "rows": 100.0,
}
PLANNING = {"few_orders": 1e3, "many_orders": 1e6, "few_ms": 4.0, "many_ms": 5.0, "ratio": 1.25}
PUSHING: dict[str, Any] = {
    "flags": 10_000,
    "calls": {"chairs": 100, "tents": 20},
    "seconds": {100: {"requests": 1.0, "bulk": 2.0}},
}
LATENCY = {"chairs": {"p50": 100.0, "p95": 2000.0, "bare_p50": 5.0, "bare_p95": 10.0}}
MEMORY: dict[str, Any] = {
    "deliveries": 100,
    "before": 90.0,
    "now": {25: 100.0, 100: 115.0},
    "peak": {25: 100.0, 100: 115.0},
    "sent_seconds": 2.0,
    "digested_seconds": 3.0,
}
SORTING = {100_000: 0.2}
ALLOCATION = {"lines_100000_seconds": 0.5, "lines_100000_limit": 0.5}


def verdicts(rows: Sequence[Row]) -> list[str]:
    return [row.verdict for row in rows if row.holds is not None]


@pytest.mark.parametrize(
    ("at_the_limit", "beyond_it"),
    [
        pytest.param(
            table_of_intake.rows(INTAKE),
            table_of_intake.rows({**INTAKE, "ratio": 0.499, "durable_p99_ms": 25.1, "rows": 99.0}),
            id="intake",
        ),
        pytest.param(
            table_of_allocation.rows(ALLOCATION, SORTING),
            table_of_allocation.rows({**ALLOCATION, "lines_100000_seconds": 0.501}, SORTING),
            id="allocation",
        ),
        pytest.param(planning.rows(PLANNING), planning.rows({**PLANNING, "ratio": 1.251}), id="plan"),
        pytest.param(
            pushing.rows(PUSHING), pushing.rows({**PUSHING, "calls": {"chairs": 101, "tents": 21}}), id="push"
        ),
        pytest.param(
            latency.rows(LATENCY),
            latency.rows({"chairs": {**LATENCY["chairs"], "p95": 2000.1}}),
            id="latency",
        ),
        pytest.param(memory.rows(MEMORY), memory.rows({**MEMORY, "peak": {25: 100.0, 100: 115.1}}), id="memory"),
        pytest.param(
            steady.rows(STEADY),
            steady.rows({**STEADY, "unanswered": 1, "memory": [100.0] * (steady.LOOKS - 1) + [110.2]}),
            id="steady",
        ),
    ],
)
def test_a_limit_holds_up_to_itself_and_fails_beyond(at_the_limit: Sequence[Row], beyond_it: Sequence[Row]) -> None:
    assert set(verdicts(at_the_limit)) == {"holds"}
    assert verdicts(beyond_it) == ["FAILS"] * len(verdicts(at_the_limit))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ({100: {"requests": 1.0, "bulk": 2.0}, 300: {"requests": 9.0, "bulk": 3.0}}, 300),
        ({100: {"requests": 1.0, "bulk": 2.0}}, None),
    ],
)
def test_the_crossover_is_where_bulk_is_sooner_done(seconds: Any, expected: int | None) -> None:
    assert pushing.crossover(seconds) == expected


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.95, 4.0), (1.0, 4.0)])
def test_a_quantile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    assert quantile([4.0, 2.0, 1.0, 3.0], share) == expected


def measured(row: Row, _full: object) -> list[Row]:
    return [row]


def figures(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    named = {row.figure: Figure(row.figure, "made up", partial(measured, row)) for row in rows}
    monkeypatch.setattr(bench_command, "FIGURES", named)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(bench_command.main, arguments)


GOOD = Row("good", "1", "a yardstick", "1", 1.0, "at most 1", holds=True)
BAD = Row("bad", "2", "a yardstick", "1", 2.0, "at most 1", holds=False)
FREE = Row("free", "3", "a yardstick", "1")


@pytest.mark.parametrize(("names", "exit_code"), [([], 1), (["good", "free"], 0), (["bad"], 1), (["unheard"], 1)])
def test_the_command_fails_where_a_limit_does(
    monkeypatch: pytest.MonkeyPatch, names: list[str], exit_code: int
) -> None:
    figures(monkeypatch, GOOD, BAD, FREE)
    assert run(*names).exit_code == exit_code


def test_the_table_names_the_yardstick_beside_each_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    figures(monkeypatch, BAD)
    said = run().output
    assert [word for word in ("bad", "a yardstick", "2.0", "at most 1", "FAILS") if word not in said] == []


def test_there_is_a_figure_for_every_promise_of_the_issue() -> None:
    assert list(bench_command.FIGURES) == [
        "intake",
        "digest",
        "allocation",
        "plan",
        "push",
        "latency",
        "memory",
        "pages",
        "endtoend",
        "isolation",
        "burst",
        "steady",
        "large",
    ]
    assert list(allocation.LIMITS) == [100_000, 1_000_000]
