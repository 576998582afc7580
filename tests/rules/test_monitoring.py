"""The dashboard, the alerts and the page about them speak of figures that there are, with the labels they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from house import house
from prometheus_client.parser import text_string_to_metric_families

from connector.bootstrap.store_jobs import store_jobs
from connector.jobs.running import run_job
from connector.ports import counting
from connector.ports.clock import system_clock
from connector.ports.counting import FIGURES
from connector.sandbox.scenario import DAY, stock_shelves
from connector.seeing.waiting import WAITING

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
ALERTS: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "ops" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "ops" / "grafana-dashboard.json").read_text("utf-8"))
EXPRESSIONS = {rule["alert"]: str(rule["expr"]) for rule in ALERTS} | {
    f"{panel['title']} {target['refId']}": str(target["expr"])
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
}
SERIES = re.compile(r"\b(backorder_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def labels_by_series() -> dict[str, set[str]]:
    """What may stand in an expression, and the labels it has."""
    series = {name: set(labels) for name, (_, labels) in WAITING.items()}
    for figure in FIGURES:
        own = set(figure.labels)
        if figure.buckets:
            series |= {f"{figure.name}_bucket": own | {"le"}, f"{figure.name}_count": own, f"{figure.name}_sum": own}
        else:
            series[figure.name] = own
    return series


LABELS = labels_by_series()


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_names_figures_and_labels_that_there_are(name: str) -> None:
    found = SERIES.findall(EXPRESSIONS[name])
    assert found
    assert {series for series, _ in found} <= LABELS.keys()
    for series, matchers in found:
        assert {label for label, _ in MATCHER.findall(matchers)} <= LABELS[series]
    grouped = {label.strip() for labels in GROUPED.findall(EXPRESSIONS[name]) for label in labels.split(",")}
    known = set.union(*(LABELS[series] for series, _ in found)) | {"instance"}
    assert grouped <= known
    assert EXPRESSIONS[name].count("(") == EXPRESSIONS[name].count(")")


def test_every_figure_stands_in_the_page_once_with_its_labels() -> None:
    rows = re.findall(r"^\| `(backorder_\w+)` \|([^|]*)\|", PAGE, re.MULTILINE)
    said = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    meant = {one.name: set(one.labels) for one in FIGURES} | {name: set(of) for name, (_, of) in WAITING.items()}
    assert len(rows) == len(said)
    assert said == meant


def test_every_figure_is_on_the_dashboard() -> None:
    shown = {
        name
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
        for name, _ in SERIES.findall(target["expr"])
    }
    names = {re.sub("_(bucket|count|sum)$", "", name) for name in shown}
    assert names == {one.name for one in FIGURES} | set(WAITING)


def test_every_alert_says_what_to_do_and_the_page_says_more() -> None:
    headings = re.findall(r"^### (\w+)$", PAGE, re.MULTILINE)
    assert headings == [rule["alert"] for rule in ALERTS]
    for rule in ALERTS:
        assert rule["annotations"]["runbook"] == f"docs/monitoring.md#{rule['alert'].lower()}"
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert re.fullmatch(r"\d+[mhd]", rule["for"])


def test_no_panel_lies_upon_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = set(product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert not cells & taken
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What is really shown after a morning of trade: the labels of each series, the values of each label."""
    with house(tmp_path_factory.mktemp("figures")) as there, counting.using(there.service.seeing.counted):
        stock_shelves(there.shops)
        there.connect()
        town = there.town()
        for step in DAY[:4]:
            step.act(town)
        jobs = {job.name: job for job in store_jobs(there.service)}
        for store in there.service.stores.values():
            run_job(jobs["turn"], store, system_clock, lambda _run: None)
        text = there.app.test_client().get("/metrics").text
    return dict(_series(text))


def _series(text: str) -> Iterator[tuple[str, set[str]]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            yield sample.name, set(sample.labels)


def test_what_is_shown_after_some_trade_is_what_was_promised(shown: Mapping[str, set[str]]) -> None:
    assert {name: LABELS[name] for name in shown} == dict(shown)
    traded = {
        "backorder_deliveries_total",
        "backorder_api_calls_total",
        "backorder_api_seconds_bucket",
        "backorder_job_runs_total",
        "backorder_job_seconds_bucket",
        "backorder_pushes_total",
        "backorder_flag_seconds_bucket",
        "backorder_web_requests_total",
        "backorder_inbox_lag_seconds",
        "backorder_stores",
    }
    assert traded <= shown.keys()


def test_what_an_expression_asks_for_is_a_word_that_is_counted() -> None:
    """A rule about a verdict that is never given would never ring."""
    rooms = ("connector", "adapters")
    sources = "".join(path.read_text("utf-8") for room in rooms for path in (ROOT / room).rglob("*.py"))
    matchers = [one for expression in EXPRESSIONS.values() for _, one in SERIES.findall(expression)]
    asked = {value for one in matchers for _, values in MATCHER.findall(one) for value in values.split("|")}
    assert len(asked) > 10
    assert [one for one in asked if f'"{one}"' not in sources and not re.fullmatch("[2-5]xx", one)] == []
