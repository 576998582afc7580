"""What a running ``backorder serve`` holds in memory while and after very many deliveries, and how soon it is through.

Two shops trade as fast as they can, in this process; the memory is that of the service's own processes.
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bench_stage import STORES, Stage, serving, stage
from bench_table import Figure, Row, at_most

from connector.ports.clock import system_clock
from connector.ports.sandbox import SandboxShop
from connector.sandbox.player import wait_until
from connector.services.turn import may  # noqa: F401

DELIVERIES, DELIVERIES_IN_FULL = 20_000, 100_000
PRODUCTS = 200
CONNECTIONS = 8
STOCK = 60
UNSHIPPED = 20
"""Orders of a shop that are open at a time."""

FLAT = 1.15
"""Peak at the end / peak at a quarter of the way.  A leak of a hundred bytes for each delivery would be beyond it."""

QUARTERS = (25, 50, 75, 100)


class CrowdedSender:
    """Carries webhooks over several kept-alive connections at once, and tells the shop at once that it did.

    A shop waits for each answer before it sends the next, which would measure the waiting.  What a crowd carries arrives
    in a slightly other order than it was sent in, as it does over the internet.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self._crowd = ThreadPoolExecutor(CONNECTIONS)
        self._room = threading.Semaphore(4 * CONNECTIONS)
        self.sent = 0
        self.answers: Counter[int | None] = Counter()

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        self._room.acquire()
        self.sent += 1
        self._crowd.submit(self._carry, address, headers, body)
        return 200

    def _carry(self, address: str, headers: Mapping[str, str], body: bytes) -> None:
        try:
            answer = self._post(urlsplit(address), headers, body)
        finally:
            self._room.release()
        self.answers[answer] += 1

    def _post(self, where: SplitResult, headers: Mapping[str, str], body: bytes) -> int | None:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(where.netloc, timeout=30)
        try:
            kept = {name: value for name, value in headers.items() if name != "Connection"}
            connection.request("POST", where.path, body, kept)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._local.connection = None
            connection.close()
            return None
        return int(answer.status)


@dataclass
class Trade:
    """A shop whose shoppers never stop: each order ships after some others, and goods come now and then."""

    shop: SandboxShop
    chance: random.Random
    unshipped: deque[str] = field(default_factory=deque)

    def step(self) -> None:
        skus = self.chance.sample(range(PRODUCTS), self.chance.randint(1, 3))
        self.unshipped.append(self.shop.place_order({f"S-{number}": self.chance.randint(1, 2) for number in skus}))
        self.shop.flush()
        if len(self.unshipped) > UNSHIPPED:
            self.shop.ship(self.unshipped.popleft())
        if self.chance.random() < 1 / 20:
            self.shop.receive_goods(f"S-{self.chance.randrange(PRODUCTS)}", STOCK)
        self.shop.flush()


def measure(deliveries: int = DELIVERIES) -> dict[str, object]:
    """``rss``: megabytes now by percent of the deliveries; ``peak``: of the whole run; ``before``: when it was idle."""
    sender = CrowdedSender()
    with stage(sender) as one:
        for shop in one.shops.values():
            for number in range(PRODUCTS):
                shop.add_product(f"S-{number}", STOCK)
        with serving(one) as process:
            wait_until("nothing is left to do", lambda: _is_drained(one), patience=120)
            before, resident = sum(_status(process, "VmRSS").values()), {}
            began, done = time.perf_counter(), sender.sent
            for percent in QUARTERS:
                _trade_until(one, lambda goal=done + deliveries * percent // 100: sender.sent >= goal)  # type: ignore[misc]
                resident[percent] = sum(_status(process, "VmRSS").values())
            sent_in = time.perf_counter() - began
            wait_until("every delivery is digested", lambda: _is_drained(one), patience=600)
            drained_in = time.perf_counter() - began
            peaks = _status(process, "VmHWM")
    return {
        "deliveries": sender.sent - done,
        "before_mb": before,
        "rss_mb": resident,
        "peak_mb": round(sum(peaks.values()), 1),
        "peaks": peaks, "answers": dict(sender.answers),
        "sent_seconds": round(sent_in, 1),
        "drained_seconds": round(drained_in, 1),
    }


def _trade_until(one: Stage, done: Callable[[], bool]) -> None:
    def run(key: str) -> None:
        trade = TRADES.setdefault(key, Trade(one.shops[key], random.Random(key)))
        while not done():
            trade.step()

    with ThreadPoolExecutor(len(STORES)) as shops:
        list(shops.map(run, STORES))

TRADES = {}

def _is_drained(one: Stage) -> bool:
    now = system_clock()
    with one.service.work(read_only=True) as uow:
        return not any(due.deliveries or due.dirty or due.push for due in uow.due(now, now.date()))


def _status(process: int, name: str) -> dict[str, float]:
    """Megabytes of a process and all below it, by number and command, as Linux counts them."""
    found = {}
    for one in family(process):
        try:
            lines = Path(f"/proc/{one}/status").read_text().splitlines()
        except FileNotFoundError:
            continue
        told = dict(line.split(":", 1) for line in lines)
        if name in told:
            found[f"{one}"] = round(int(told[name].split()[0]) / 1024, 1)
    return found


def family(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from family(int(child))
