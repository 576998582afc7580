"""What an owner waits for a page over 100,000 lines that wait, through the whole web application: session, queries,
template.

The lines are written through the repositories, as planning writes them.  Requests for the measured pages and for their
yardsticks, the same pages of a store where nothing waits, are sent in turns; what comes first is for the caches.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench_stage import quantile
from bench_table import Figure, Row, at_most
from flask.testing import FlaskClient

from connector.bootstrap.service import Service, open_service
from connector.bootstrap.web import build_app
from connector.domain.facts import Demand, PlatformStatus
from connector.domain.queue import Sighting
from connector.ports.accounts import SessionRecord
from connector.ports.clock import system_clock
from connector.ports.records import LineRecord, OrderRecord, PoolRecord, ShowingRecord, SupplyRecord, VariantRecord
from connector.services.passes import digest
from connector.web.cursors import encode
from connector.web.pages.backorders import PAGE
from connector.web.sessions import COOKIE

LINES, ORDERS, VARIANTS = 100_000, 30_000, 5_000
FAR = 1_000
"""The page that must cost what the first one does."""

REQUESTS = 40
WARM = 5
BATCH = 1_000

LIMIT_MS = 300
WITHIN = 1.5
BEGAN = datetime(2026, 6, 1, tzinfo=UTC)
FULL, EMPTY = "full", "empty"

LINES_PAGE, FAR_PAGE = "the lines that wait, page 1", f"the lines that wait, page {FAR:,}"
YARDSTICK = "the same page where nothing waits"

CONFIG = """
[server]
public_url = "https://backorders.example.com"
[database]
url = "sqlite:///orders.db"
[security]
encryption_key = "file:secret.key"
[logging]
level = "error"
"""
STORE = """
[[stores]]
key = "{key}"
platform = "woocommerce"
url = "https://{key}.example.com"
consumer_key = "ck_bench"
consumer_secret = "cs_bench"
webhook_secrets = ["bench-secret"]
"""


def measure(
    lines: int = LINES, orders: int = ORDERS, variants: int = VARIANTS, far: int = FAR, requests: int = REQUESTS
) -> dict[str, dict[str, float]]:
    """Milliseconds by page: ``p50`` and ``p95`` of the full store, ``yardstick`` the p95 of the empty one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-bench-")))
        config = folder / "config.toml"
        config.write_text(CONFIG + STORE.format(key=FULL) + STORE.format(key=EMPTY))
        service = stack.enter_context(closing(open_service(config, {})))
        service.prepare()
        fill(service, lines, orders, variants)
        app = build_app(service)
        stack.callback(app.extensions["backorder.on_stop"])
        cookies = {store: signed_in(service, store) for store in (FULL, EMPTY)}
        took = asked_for(app.test_client(use_cookies=False), cookies, pages(service, far), requests)
    return {
        name: {
            "p50": round(quantile(of[FULL], 0.5), 1),
            "p95": round(quantile(of[FULL], 0.95), 1),
            "yardstick": round(quantile(of[EMPTY], 0.95), 1),
        }
        for name, of in took.items()
    }


def pages(service: Service, far: int) -> dict[str, str]:
    """Their addresses.  Where page 1,000 begins is what the page before it would link to."""
    with service.work(read_only=True) as uow:
        before = uow.backlog.lines(FULL, limit=PAGE * (far - 1)).next
    assert before is not None, "there are fewer pages than are to be turned"
    return {
        LINES_PAGE: "/settings/backorders",
        FAR_PAGE: f"/settings/backorders?at={encode(before)}",
        "the lines that wait, by expected day": "/settings/backorders?sort=expected&only=dated",
        "the lines that wait, a rare word searched": "/settings/backorders?q=kettle+4999",
        "the products, most waited for": "/settings/backorders/products?sort=waiting",
        "the overview": "/settings",
        "the charts": "/settings/charts",
    }


def signed_in(service: Service, store: str) -> str:
    token = f"token-of-{store}"
    now = system_clock()
    with service.work() as uow:
        uow.sessions.add(SessionRecord(digest(token), store, False, now, now + timedelta(hours=1), ""))  # noqa: FBT003 -- not the operator
        uow.commit()
    return f"{COOKIE}={token}"


def asked_for(
    browser: FlaskClient, cookies: Mapping[str, str], addresses: Mapping[str, str], requests: int
) -> dict[str, dict[str, list[float]]]:
    took: dict[str, dict[str, list[float]]] = {name: {store: [] for store in cookies} for name in addresses}
    gc.collect()
    for turn in range(requests + WARM):
        for name, address in addresses.items():
            for store, cookie in cookies.items():
                began = time.perf_counter()
                answer = browser.get(address, headers={"Cookie": cookie})
                milliseconds = (time.perf_counter() - began) * 1000
                assert answer.status_code == 200, (address, answer.status_code)
                if turn >= WARM:
                    took[name][store].append(milliseconds)
    return took


def fill(service: Service, lines: int, orders: int, variants: int) -> None:
    """A store in which everything waits: two of three lines have a day, one order in ten is not paid."""
    with service.work() as uow:
        for start in range(0, variants, BATCH):
            some = range(start, min(start + BATCH, variants))
            uow.catalogue.save(FULL, [_variant(n) for n in some])
            uow.pools.save_stock(FULL, [_pool(n) for n in some])
            uow.showings.save(FULL, [ShowingRecord(f"v{n}", f"v{n}", {"backorders": "yes"}) for n in some])
            for n in some:
                uow.supplies.add(FULL, SupplyRecord(0, f"v{n}", _sku(n), 40, 0, _day(n), "", BEGAN))
        uow.commit()
    for start in range(0, orders, BATCH):
        some = range(start, min(start + BATCH, orders))
        with service.work() as uow:
            uow.orders.save(FULL, [_order(n, range(n, lines, orders), variants) for n in some])
            uow.commit()


def _sku(n: int) -> str:
    return f"SKU-{n:05d}"


def _day(n: int) -> date | None:
    return (BEGAN + timedelta(days=200 + n % 90)).date() if n % 3 else None


def _variant(n: int) -> VariantRecord:
    title = f"Kettle {n} of copper"
    return VariantRecord(f"v{n}", f"v{n}", f"v{n}", _sku(n), title, (), (), sellable=True, changed_at=BEGAN)


def _pool(n: int) -> PoolRecord:
    return PoolRecord(f"v{n}", -20, PlatformStatus.BACKORDER, BEGAN, BEGAN)


def _order(n: int, numbers: range, variants: int) -> OrderRecord:
    at = BEGAN + timedelta(minutes=7 * n)
    demand = Demand.OPEN if n % 10 else Demand.UNPAID
    return OrderRecord(
        f"{n}",
        f"{100_000 + n}",
        demand,
        "processing",
        at,
        at,
        at,
        at,
        at,
        "en",
        test=False,
        lines={str(one): _line(one, one % variants, at) for one in numbers},
    )


def _line(number: int, variant: int, at: datetime) -> LineRecord:
    line = LineRecord(
        f"{number}", f"v{variant}", f"v{variant}", _sku(variant), f"Kettle {variant} of copper", 1, 1, 0, 1
    )
    line.history = (Sighting(at, 1),)
    line.waiting, line.expected_on = 1, _day(variant)
    return line


def rows(found: Mapping[str, Mapping[str, float]], lines: int = LINES) -> list[Row]:
    return [
        *(
            Row(
                f"{name}, p95 (p50), {lines:,} lines",
                f"{of['p95']:.0f} ms ({of['p50']:.0f})",
                YARDSTICK,
                f"{of['yardstick']:.0f} ms",
                round(of["p95"] / of["yardstick"], 2),
                f"at most {LIMIT_MS} ms",
                at_most(of["p95"], LIMIT_MS),
            )
            for name, of in found.items()
        ),
        _far_row(found[LINES_PAGE], found[FAR_PAGE]),
    ]


def _far_row(first: Mapping[str, float], far: Mapping[str, float]) -> Row:
    ratio = round(far["p95"] / first["p95"], 2)
    return Row(
        f"{FAR_PAGE}, p95",
        f"{far['p95']:.0f} ms",
        LINES_PAGE,
        f"{first['p95']:.0f} ms",
        ratio,
        f"ratio at most {WITHIN}",
        at_most(ratio, WITHIN),
    )


FIGURE = Figure("pages", "what people look at, over 100,000 lines that wait", lambda _: rows(measure()))
