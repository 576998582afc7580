"""From one webhook to the flag that follows from it: spans, and the links between them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from house import CONFIG, House, house
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from signed import SECRETS, newest, post

from connector.bootstrap.store_jobs import store_jobs
from connector.checked_settings import read_settings
from connector.jobs.running import run_job
from connector.ports import tracing
from connector.ports.clock import system_clock
from connector.sandbox.scenario import stock_shelves
from connector.seeing.spans import Spans
from connector.services.turn import confirm_and_notify
from connector.settings import ConfigError

IMPORTS = """
import sys
import connector.bootstrap, connector.cli, connector.web.app, connector.seeing.all
print(*[one for one in sys.modules if one.startswith("opentelemetry.sdk") or "otlp" in one])
"""


@contextmanager
def drawing(sample: float = 1.0) -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    spans = Spans(SimpleSpanProcessor(exporter), sample)
    with tracing.using(spans):
        yield exporter
    spans.close()


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    with house(folder) as there:
        stock_shelves(there.shops)
        there.connect()
        yield there


def work(there: House) -> None:
    jobs = {job.name: job for job in store_jobs(there.service)}
    for store in there.service.stores.values():
        run_job(jobs["turn"], store, system_clock, lambda _run: None)


def of(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [one for one in exporter.get_finished_spans() if one.name == name]


def place(span: ReadableSpan) -> tuple[int, int]:
    context = span.get_span_context()
    assert context is not None
    return context.trace_id, context.span_id


def links(span: ReadableSpan) -> set[tuple[int, int]]:
    return {(one.context.trace_id, one.context.span_id) for one in span.links}


def told(span: ReadableSpan, name: str) -> object:
    return (span.attributes or {}).get(f"backorder.{name}")


def attributes(spans: Sequence[ReadableSpan]) -> str:
    return "\n".join(f"{one.name} {dict(one.attributes or {})} {one.status.description}" for one in spans)


@pytest.mark.parametrize(("key", "sku"), [("chairs", "CHAIR-OAK"), ("tents", "TENT-2P")])
def test_the_push_of_a_flag_leads_back_to_the_webhooks_that_made_it_necessary(
    tmp_path: Path, key: str, sku: str
) -> None:
    with open_house(tmp_path) as there, drawing() as drawn:
        shop = there.shops[key]
        shop.place_order({sku: shop.shelf(sku).available or 0})
        shop.flush()
        received = [one for one in of(drawn, "webhook") if told(one, "store") == key]
        work(there)
        (push,) = [one for one in of(drawn, "push") if told(one, "taken")]
        assert received
        assert {one.parent for one in received} == {None}
        assert links(push)
        assert links(push) <= {place(one) for one in received}
        (plan,) = [one for one in of(drawn, "plan") if links(one) >= links(push)]
        assert told(plan, "store") == key
        traces = {place(one)[0]: one for one in received}
        digested = [one for one in of(drawn, "digest") if place(one)[0] in traces]
        assert len(digested) == len(received)
        for one in digested:
            assert one.parent is not None
            assert (place(one)[0], one.parent.span_id) == place(traces[place(one)[0]])
        called = {one.parent.span_id for one in of(drawn, "api call") if one.parent is not None}
        assert place(push)[1] in called
        (turn,) = [one for one in of(drawn, "job turn") if told(one, "store") == key]
        assert push.parent is not None
        assert push.parent.span_id == place(turn)[1]
        with there.service.work(read_only=True) as uow:
            variant = uow.catalogue.by_sku(key, sku)[0]
            assert uow.traces.get(key, "variant", [variant.id]) == {}
            assert uow.traces.get(key, "pool", [variant.pool_id]) == {}


def test_a_reread_and_what_follows_from_it_lead_back_to_who_asked_for_it(tmp_path: Path) -> None:
    with open_house(tmp_path) as there, drawing() as drawn:
        there.woo.set_stock("SOFA-RED", 0)
        there.woo.flush()
        received = {place(one) for one in of(drawn, "webhook")}
        work(there)
        work(there)
        assert received
        for one in (*of(drawn, "reread"), *of(drawn, "plan"), *of(drawn, "push")):
            assert links(one) <= received
        assert set.union(*(links(one) for one in of(drawn, "push"))) <= received


def test_what_a_sender_says_of_a_trace_is_not_believed(tmp_path: Path) -> None:
    with open_house(tmp_path) as there, drawing() as drawn:
        forged = "00-11111111111111111111111111111111-2222222222222222-01"
        sent = there.receive

        def with_header(address: str, headers: Any, body: bytes) -> int:
            return sent(address, {**headers, "traceparent": forged}, body)

        there.receive = with_header  # type: ignore[method-assign]
        assert post(there, "chairs", "order.updated", b'{"id": 1}') == 200
        (received,) = of(drawn, "webhook")
        assert f"{place(received)[0]:032x}" != "1" * 32
        assert links(received) == set()
        delivery = newest(there, "chairs")
        expected = tracing.trace_of("chairs", delivery.topic, delivery.external_id, b'{"id": 1}')
        assert place(received) == (int(expected.trace_id, 16), int(expected.span_id, 16))


def test_a_trace_that_is_left_out_is_left_out_by_every_process(tmp_path: Path) -> None:
    with open_house(tmp_path) as there, drawing(0.5) as drawn:
        for n in range(40):
            post(there, "chairs", "order.deleted", f'{{"id": {n + 1000}}}'.encode())
        received = {place(one)[0] for one in of(drawn, "webhook")}
        with drawing(0.5) as elsewhere:
            work(there)
        assert 5 < len(received) < 35
        assert {place(one)[0] for one in of(elsewhere, "digest")} == received


def test_no_span_bears_a_person_a_key_or_a_number_of_an_order(tmp_path: Path) -> None:
    with open_house(tmp_path) as there, drawing() as drawn:
        order = there.woo.place_order({"CHAIR-OAK": 3})
        there.settle(2)
        for store in there.service.stores.values():
            confirm_and_notify(store)
        with pytest.raises(ValueError, match="Ada"), tracing.span("breaks"):
            raise ValueError("Ada Lovelace")
        shown = attributes(drawn.get_finished_spans())
    assert "breaks {} ValueError" in shown
    assert [one for one in (*SECRETS.values(), "ck_sandbox", "@", "Lovelace", "?", f"/{order}") if one in shown] == []


def test_without_an_endpoint_nothing_of_it_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_an_endpoint_without_the_part_that_sends_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config.toml"
    addresses = {"database": f"sqlite:///{tmp_path}/b.db", "woo": "http://127.0.0.1:1", "shopify": "http://127.0.0.1:2"}
    path.write_text(CONFIG.format(**addresses) + '[telemetry]\nendpoint = "http://collector:4318"\n')
    assert read_settings(path, {}).telemetry.endpoint == "http://collector:4318"
    monkeypatch.setattr("connector.checked_settings.SPANS", ("opentelemetry.sdk.not_there", "nor.this"))
    with pytest.raises(ConfigError, match=r"telemetry\.endpoint: .*pip install 'backorder-connector\[telemetry\]'"):
        read_settings(path, {})
