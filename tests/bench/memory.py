"""What a running ``backorder serve`` holds in memory while and after very many deliveries, and how soon it is through.

Two shops trade as fast as they can, in this process; the memory is that of the service's own processes.
"""

from __future__ import annotations

import http
import http.client
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from urllib.parse import SplitResult, urlsplit

from bench_stage import Stage, serving, stage
from bench_table import Figure, Row, at_most
from bench_trade import PRODUCTS, Trade, open_trade

from connector.ports.clock import system_clock
from connector.ports.due import Look
from connector.sandbox.player import wait_until

DELIVERIES, DELIVERIES_IN_FULL = 20_000, 100_000
CONNECTIONS = 8
PATIENCE_SECONDS = 300.0

FLAT = 1.15
"""Peak at the end / peak at a quarter of the way.  A leak of a hundred bytes for each delivery would be beyond it."""

QUARTERS = (25, 50, 75, 100)
AT_ONCE = {Look.DELIVERIES, Look.DIRTY, Look.PUSH}


class CrowdedSender:
    """Carries webhooks over several kept-alive connections at once, and tells the shop at once that it did.

    A shop waits for each answer before it sends the next, which would measure the waiting.  What a crowd carries
    arrives in a slightly other order than it was sent in, as it does over the internet.
    """

    def __init__(self) -> None:
        self._crowd = ThreadPoolExecutor(CONNECTIONS)
        self._idle: SimpleQueue[http.client.HTTPConnection] = SimpleQueue()
        self._lock = threading.Lock()
        self._room = threading.Semaphore(4 * CONNECTIONS)
        self.sent = 0
        self.answers: Counter[int | None] = Counter()

    def close(self) -> None:
        self._crowd.shutdown()
        while not self._idle.empty():
            self._idle.get().close()

    def is_empty(self) -> bool:
        """Whether everything it took has been answered, or refused for good."""
        return self.answers.total() == self.sent

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        self._room.acquire()
        with self._lock:
            self.sent += 1
        self._crowd.submit(self._carry, urlsplit(address), headers, body)
        return http.HTTPStatus.OK

    def _carry(self, where: SplitResult, headers: Mapping[str, str], body: bytes) -> None:
        try:
            # The server hangs up on a connection that was idle for long: a fresh one is then taken.
            answer = self._post(where, headers, body) or self._post(where, headers, body)
        finally:
            self._room.release()
        with self._lock:
            self.answers[answer] += 1

    def _post(self, where: SplitResult, headers: Mapping[str, str], body: bytes) -> int | None:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = http.client.HTTPConnection(where.netloc, timeout=120)
        kept = {name: value for name, value in headers.items() if name != "Connection"}
        try:
            connection.request("POST", where.path, body, kept)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        self._idle.put(connection)
        return answer.status


def measure(deliveries: int = DELIVERIES, products: int = PRODUCTS) -> dict[str, Any]:
    """Megabytes: ``before`` (connected and idle), ``now`` and ``peak`` by percent of the deliveries.  Seconds until all
    were sent, and until all were digested.
    """
    with closing(CrowdedSender()) as sender, stage(sender) as one:
        trades = open_trade(one, products)
        with serving(one) as process:
            wait_until("nothing is left to do", lambda: is_idle(one), patience=PATIENCE_SECONDS)
            before, already, began = megabytes(process, "VmRSS"), sender.sent, time.perf_counter()
            now: dict[int, float] = {}
            peak: dict[int, float] = {}
            for percent in QUARTERS:
                goal = already + deliveries * percent // 100
                with ThreadPoolExecutor(len(trades)) as shops:
                    list(shops.map(lambda trade, goal=goal: _trade(trade, sender, goal), trades.values()))
                now[percent], peak[percent] = megabytes(process, "VmRSS"), megabytes(process, "VmHWM")
            sent_in = time.perf_counter() - began
            wait_until(
                "every delivery is digested", lambda: sender.is_empty() and is_digested(one), patience=PATIENCE_SECONDS
            )
            digested_in = time.perf_counter() - began
            peak[100] = megabytes(process, "VmHWM")
    return {
        "deliveries": sender.sent - already,
        "unanswered": sum(count for answer, count in sender.answers.items() if answer != http.HTTPStatus.OK),
        "before": before,
        "now": now,
        "peak": peak,
        "sent_seconds": round(sent_in, 1),
        "digested_seconds": round(digested_in, 1),
    }


def _trade(trade: Trade, sender: CrowdedSender, goal: int) -> None:
    while sender.sent < goal:
        trade.step()


def is_digested(one: Stage) -> bool:
    now = system_clock()
    with one.service.work(read_only=True) as uow:
        due = uow.due(now, settle=timedelta(), today=lambda _: now.date())
        return not any(Look.DELIVERIES in one.looks for one in due)


def is_idle(one: Stage) -> bool:
    now = system_clock()
    with one.service.work(read_only=True) as uow:
        due = uow.due(now, settle=timedelta(), today=lambda _: now.date())
        return not any(one.looks & AT_ONCE for one in due)


def megabytes(process: int, what: str) -> float:
    """A process and all below it, as Linux counts them: ``VmRSS`` now, ``VmHWM`` the most it ever was.  What they share
    is counted for each.
    """
    kilobytes = 0
    for one in _family(process):
        told = dict(line.split(":", 1) for line in Path(f"/proc/{one}/status").read_text().splitlines())
        kilobytes += int(told[what].split()[0])
    return round(kilobytes / 1024, 1)


def _family(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))


def rows(found: Mapping[str, Any]) -> list[Row]:
    quarters = " ".join(f"{megabytes:.0f}" for megabytes in found["now"].values())
    ratio = round(found["peak"][100] / found["peak"][25], 3)
    sent, count = found["sent_seconds"], found["deliveries"]
    return [
        Row(
            f"peak memory of serve, {count:,} deliveries",
            f"{found['peak'][100]:.0f} MB",
            "the same after a quarter of them",
            f"{found['peak'][25]:.0f} MB",
            ratio,
            f"ratio at most {FLAT}",
            at_most(ratio, FLAT),
        ),
        Row(f"its memory at {'/'.join(map(str, QUARTERS))} %", f"{quarters} MB", "idle", f"{found['before']:.0f} MB"),
        Row(
            "until all of them were facts",
            f"{found['digested_seconds']:.0f} s",
            f"until all were sent ({count / sent:,.0f}/s)",
            f"{sent:.0f} s",
            round(found["digested_seconds"] / sent, 2),
        ),
    ]


FIGURE = Figure(
    "memory",
    "memory of a running service under a flood",
    lambda full: rows(measure(DELIVERIES_IN_FULL if full else DELIVERIES)),
)
