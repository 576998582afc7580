"""What whoever runs the service sees from outside: figures, and whether it is ready."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from databases import ON_POSTGRESQL
from flask import Flask
from house import CONFIG, House, house
from signed import post
from sqlalchemy import text

from connector.ports import counting
from connector.ports.clock import system_clock
from connector.ports.operating import ProcessRecord
from connector.seeing.counted import Counted
from connector.seeing.door import CONTENT_TYPE, Door, door
from connector.seeing.waiting import CACHED_SECONDS
from connector.seeing.window import Window

TOKEN = "a token that is long enough to be one"
HERE, AWAY = "127.0.0.1", "203.0.113.7"


@pytest.mark.parametrize(
    ("token", "caller", "headers", "expected"),
    [
        (None, HERE, {}, Door.OPEN),
        (None, "::1", {}, Door.OPEN),
        (None, "::ffff:127.0.0.1", {}, Door.OPEN),
        (None, AWAY, {}, Door.SHUT),
        (None, "", {}, Door.SHUT),
        (None, HERE, {"x-forwarded-for": HERE}, Door.SHUT),
        (None, HERE, {"forwarded": "for=127.0.0.1"}, Door.SHUT),
        (None, HERE, {"via": "1.1 proxy"}, Door.SHUT),
        (None, AWAY, {"authorization": "Bearer "}, Door.SHUT),
        (TOKEN, AWAY, {"authorization": f"Bearer {TOKEN}"}, Door.OPEN),
        (TOKEN, AWAY, {"authorization": f"bearer  {TOKEN} ", "x-forwarded-for": AWAY}, Door.OPEN),
        (TOKEN, AWAY, {"authorization": f"Bearer {TOKEN}x"}, Door.NO_TOKEN),
        (TOKEN, AWAY, {"authorization": "Bearer \udcff"}, Door.NO_TOKEN),
        (TOKEN, AWAY, {"authorization": f"Basic {TOKEN}"}, Door.NO_TOKEN),
        (TOKEN, AWAY, {}, Door.NO_TOKEN),
        (TOKEN, HERE, {"authorization": "Bearer wrong"}, Door.NO_TOKEN),
        (TOKEN, HERE, {}, Door.OPEN),
    ],
)
def test_figures_are_for_this_machine_and_for_who_bears_the_token(
    token: str | None, caller: str, headers: dict[str, str], expected: Door
) -> None:
    assert door(token, caller, headers) is expected


def test_behind_a_proxy_that_says_nothing_nobody_is_here() -> None:
    assert door(None, HERE, {}, alone=False) is Door.SHUT
    assert door(TOKEN, HERE, {}, alone=False) is Door.NO_TOKEN
    assert door(TOKEN, HERE, {"authorization": f"Bearer {TOKEN}"}, alone=False) is Door.OPEN


@pytest.mark.parametrize(
    ("public_url", "more", "status"),
    [
        ("http://127.0.0.1:8000", "", 200),
        ("https://backorders.example.com", "", 404),
        ("https://backorders.example.com", "[web]\ntrusted_proxies = 0\n", 200),
    ],
)
def test_figures_are_shown_without_a_token_only_where_no_proxy_stands_in_front(
    tmp_path: Path, public_url: str, more: str, status: int
) -> None:
    with counting_house(tmp_path, CONFIG.replace("http://127.0.0.1:8000", public_url) + more) as there:
        assert there.app.test_client().get("/metrics").status_code == status


@contextmanager
def counting_house(folder: Path, config: str = CONFIG) -> Iterator[House]:
    with house(folder, config) as there, counting.using(there.service.seeing.counted):
        yield there


def figures(app: Flask) -> str:
    return app.test_client().get("/metrics").text


def test_a_page_of_figures_is_prometheus_text_and_nobody_elses(tmp_path: Path) -> None:
    config = CONFIG + f'[metrics]\ntoken = "{TOKEN}"\n'
    with counting_house(tmp_path, config) as there:
        client = there.app.test_client()
        shown = client.get("/metrics", environ_base={"REMOTE_ADDR": AWAY}, headers={"Authorization": f"Bearer {TOKEN}"})
        refused = client.get("/metrics", environ_base={"REMOTE_ADDR": AWAY})
        passed_on = client.get("/metrics", headers={"X-Forwarded-For": AWAY})
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, CONTENT_TYPE)
    assert "Set-Cookie" not in shown.headers
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert passed_on.status_code == 401


def test_what_strangers_choose_makes_no_label(tmp_path: Path) -> None:
    with counting_house(tmp_path) as there:
        client = there.app.test_client()
        for n in range(20):
            headers = {"x-wc-webhook-topic": f"forged-topic-{n}", "x-shopify-topic": f"forged-topic-{n}"}
            for path in (f"woocommerce/chairs{n}", "woocommerce/chairs", "shopify/tents", f"magento{n}/chairs"):
                client.post(f"/webhooks/{path}", headers=headers, data=b"{}")
            client.get(f"/made-up-{n}")
        shown = figures(there.app)
    deliveries = re.findall(r"^backorder_deliveries_total\{(.*)\} (.*)$", shown, re.MULTILINE)
    assert sorted(deliveries) == [
        ('platform="other",topic="other",verdict="unknown"', "20.0"),
        ('platform="shopify",topic="other",verdict="forged"', "20.0"),
        ('platform="woocommerce",topic="other",verdict="forged"', "20.0"),
        ('platform="woocommerce",topic="other",verdict="unknown"', "20.0"),
    ]
    assert "made-up" not in shown
    assert 'backorder_web_requests_total{part="other",status="4xx"} 20.0' in shown


def test_the_database_is_asked_once_for_all_who_look_within_some_seconds(tmp_path: Path) -> None:
    with counting_house(tmp_path) as there:
        now = [100.0]
        there.service.seeing.waiting.ticks = lambda: now[0]
        assert 'backorder_stores{platform="shopify",state="ok"} 1.0' in figures(there.app)
        with there.service.work() as uow:
            record = uow.stores.get("tents")
            assert record is not None
            record.paused = True
            uow.stores.save(record)
            uow.commit()
        assert 'backorder_stores{platform="shopify",state="ok"} 1.0' in figures(there.app)
        now[0] += CACHED_SECONDS
        assert 'backorder_stores{platform="shopify",state="paused"} 1.0' in figures(there.app)


def test_a_database_that_is_away_is_seen_in_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with counting_house(tmp_path) as there:

        def away(*, read_only: bool = False) -> None:
            del read_only
            raise OSError("connection to 10.0.0.3 refused")

        monkeypatch.setattr(there.service.seeing.waiting, "work", away)
        shown = figures(there.app)
    assert "backorder_database_up 0.0" in shown
    assert "backorder_inbox_deliveries" not in shown
    assert "10.0.0.3" not in shown


def ready(there: House, strict: str = "") -> tuple[int, dict[str, object]]:
    answer = there.app.test_client().get(f"/readyz{strict}")
    said = answer.get_json()
    return answer.status_code, said


def beat(there: House, role: str) -> None:
    now = system_clock()
    with there.service.work() as uow:
        uow.processes.beat(ProcessRecord(f"{role} here", role, "here", 7, now, now, leads=role != "worker"))
        uow.commit()


@pytest.fixture
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.web.health.CACHED_SECONDS", 0.0)


@pytest.mark.usefixtures("_no_cache")
def test_a_web_process_alone_takes_webhooks_and_says_that_nobody_works_on_them(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        status, said = ready(there)
        assert (status, said["status"]) == (200, "degraded")
        assert "nothing works on what comes in: start `backorder serve`" in str(said["degraded"])
        assert ready(there, "?strict")[0] == 503
        beat(there, "serve")
        assert ready(there, "?strict") == (200, {"status": "ready"})
        there.clock.shift(timedelta(seconds=61))
        wanted = "no scheduler and no worker" if ON_POSTGRESQL else "no scheduler"
        assert ready(there) == (
            200,
            {"status": "degraded", "degraded": {"scheduler": f"{wanted} gave a sign of life for 60 seconds"}},
        )


@pytest.mark.usefixtures("_no_cache")
def test_a_webhook_that_waits_too_long_is_a_trouble_unless_its_store_is_paused(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        assert post(there, "chairs", "order.updated", b"{}") == 200
        there.clock.shift(timedelta(seconds=300))
        beat(there, "serve")
        assert ready(there) == (200, {"status": "ready"})
        there.clock.shift(timedelta(seconds=30))
        waited = {"inbox": "the oldest webhook has waited for 330 seconds"}
        assert ready(there) == (200, {"status": "degraded", "degraded": waited})
        with there.service.work() as uow:
            record = uow.stores.get("chairs")
            assert record is not None
            record.paused = True
            uow.stores.save(record)
            uow.commit()
        assert ready(there) == (200, {"status": "ready"})


@pytest.mark.usefixtures("_no_cache")
def test_a_process_whose_database_is_of_another_version_is_sent_nothing(tmp_path: Path) -> None:
    with house(tmp_path) as there:
        beat(there, "serve")
        with there.service.database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        status, said = ready(there)
    assert status == 503
    assert said["status"] == "not ready"
    assert "backorder db upgrade" in str(said["not_ready"])


def test_a_process_without_pages_shows_its_figures_and_that_it_is_alive() -> None:
    counted = Counted()
    counted.count(counting.JOBS, ("turn", "done"), 3)
    window = Window("127.0.0.1:0", counted.text, TOKEN)
    window.start()
    try:
        assert 'backorder_job_runs_total{job="turn",outcome="done"} 3.0' in fetched(window, "/metrics")
        assert fetched(window, "/healthz") == "ok\n"
        for path, headers, status in (
            ("/metrics", {"X-Forwarded-For": AWAY}, 401),
            ("/metrics", {"Authorization": "Bearer wrong"}, 401),
            ("/elsewhere", {}, 404),
        ):
            with pytest.raises(urllib.error.HTTPError) as refused:
                fetched(window, path, **headers)
            assert refused.value.code == status
            refused.value.close()
    finally:
        window.stop()


def fetched(window: Window, path: str, **headers: str) -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{window.port}{path}", headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- our own
        return str(answer.read().decode())
