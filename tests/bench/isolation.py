"""One store must not hurt another: the time from webhook to flag of a quiet store, alone and beside two bad neighbours.

One neighbour's shop lets every call hang, the other sends webhooks without end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from random import Random

from bench_fleet import PRODUCTS, Fleet, Letter, fleet, letters, postgresql, running
from bench_stage import quantile
from bench_table import Figure, Row, at_most
from burst import post
from endtoend import SQLITE

from adapters.woocommerce.sandbox import WooShop
from connector.sandbox.serve import Sender

CHANGES = 60
PAUSE_SECONDS = 0.3
HANG_SECONDS = 20.0
FLOOD_PER_SECOND = 100.0
LIMIT = 1.5
PATIENCE_SECONDS = 60.0
QUIET_STORE, HANGING, FLOODING = "s0", "s1", "s2"
THERE, SOLD_OUT = 5, 0
DATABASES = ("SQLite", "PostgreSQL, 2 workers")


def measure(
    changes: int = CHANGES, databases: Sequence[str] = ("SQLite", "PostgreSQL, 2 workers")
) -> dict[str, dict[str, float]]:
    """By database, in milliseconds: ``alone_p50``, ``alone_p95``, ``beside_p50``, ``beside_p95``."""
    flood = letters(200)
    found = {}
    for name in databases:
        with ExitStack() as stack:
            if name == "SQLite":
                found[name] = _of(SQLITE, [("serve",)], flood, changes)
            else:
                url = stack.enter_context(postgresql())
                found[name] = _of(url, [("web",), ("scheduler",), ("worker",), ("worker",)], flood, changes)
    return found


def _of(url: str, processes: Sequence[tuple[str, ...]], flood: Sequence[Letter], changes: int) -> dict[str, float]:
    with fleet(url, 3, push=True, send=Sender()) as one, running(one, *processes):
        one.wait_until_connected()
        _until(lambda: _flag(one.street.shops[QUIET_STORE], "S-1") == "in_stock")
        alone = _flags(one, changes, 0)
        with _neighbours(one, flood):
            beside = _flags(one, changes, 1)
    return {
        f"{name}_p{share}": round(quantile(took, share / 100) * 1000, 1)
        for name, took in (("alone", alone), ("beside", beside))
        for share in (50, 95)
    }


@contextmanager
def _neighbours(one: Fleet, flood: Sequence[Letter]) -> Iterator[None]:
    done = threading.Event()
    one.street.hangs[HANGING] = HANG_SECONDS
    threads = [
        threading.Thread(target=_hang, args=[one, done], daemon=True),
        threading.Thread(target=_flood, args=[one, flood, done], daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        one.street.hangs.clear()
        for thread in threads:
            thread.join()


def _hang(one: Fleet, done: threading.Event) -> None:
    """The shop has always something new that the service wants to write to it."""
    shop, chance = one.street.shops[HANGING], Random(1)  # noqa: S311 -- invented trade
    while not done.wait(PAUSE_SECONDS):
        shop.set_stock(f"S-{chance.randrange(PRODUCTS)}", chance.choice((SOLD_OUT, THERE)))
        shop.flush()


def _flood(one: Fleet, flood: Sequence[Letter], done: threading.Event) -> None:
    for number in count():
        headers, body = flood[number % len(flood)]
        if done.wait(1 / FLOOD_PER_SECOND):
            return
        post(one, ({**headers, "X-WC-Webhook-Delivery-ID": f"flood-{number}"}, body), FLOODING)


def _flag(shop: WooShop, sku: str) -> str:
    return shop.shelf(sku).fields.get("_backorder_status", "")


def _flags(one: Fleet, changes: int, seed: int) -> list[float]:
    shop, chance, took = one.street.shops[QUIET_STORE], Random(seed), []  # noqa: S311 -- invented trade
    for _ in range(changes):
        time.sleep(chance.expovariate(1 / PAUSE_SECONDS))
        sku = f"S-{chance.randrange(PRODUCTS)}"
        units, wanted = (SOLD_OUT, "backorder") if _flag(shop, sku) == "in_stock" else (THERE, "in_stock")
        shop.flush()  # what waits from before is not this change's to carry
        shop.set_stock(sku, units)
        began = time.perf_counter()
        shop.flush()
        _until(lambda sku=sku, wanted=wanted: _flag(shop, sku) == wanted)  # type: ignore[misc]
        took.append(time.perf_counter() - began)
    return took


def _until(holds: Callable[[], bool]) -> None:
    give_up = time.perf_counter() + PATIENCE_SECONDS
    while not holds():
        if time.perf_counter() > give_up:
            raise TimeoutError(f"the flag did not change within {PATIENCE_SECONDS:.0f} seconds")
        time.sleep(0.002)


def rows(found: Mapping[str, Mapping[str, float]]) -> list[Row]:
    return [
        Row(
            f"webhook to flag beside a hanging and a flooding store, {name}, {share}",
            f"{of[f'beside_{share}']:.0f} ms",
            "the same store alone",
            f"{of[f'alone_{share}']:.0f} ms",
            ratio,
            f"ratio at most {LIMIT}",
            at_most(ratio, LIMIT),
        )
        for name, of in found.items()
        for share in ("p50", "p95")
        for ratio in [round(of[f"beside_{share}"] / of[f"alone_{share}"], 2)]
    ]


FIGURE = Figure("isolation", "a quiet store beside two bad ones", lambda _: rows(measure()))
