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
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from bench_stage import Stage, serving, stage
from bench_table import Figure, Row, at_most
from bench_trade import Trade, open_trade

from connector.ports.clock import system_clock
from connector.sandbox.player import wait_until

DELIVERIES, DELIVERIES_IN_FULL = 20_000, 100_000
CONNECTIONS = 8
PATIENCE_SECONDS = 300.0

FLAT = 1.15
"""Peak at the end / peak at a quarter of the way.  A leak of a hundred bytes for each delivery would be beyond it."""

QUARTERS = (25, 50, 75, 100)


class CrowdedSender:
    """Carries webhooks over several kept-alive connections at once, and tells the shop at once that it did.

    A shop waits for each answer before it sends the next, which would measure the waiting.  What a crowd carries
    arrives in a slightly other order than it was sent in, as it does over the internet.
    """

    def __init__(self) -> None:
        self._local = threading.local()
        self._crowd = ThreadPoolExecutor(CONNECTIONS)
        self._room = threading.Semaphore(4 * CONNECTIONS)
        self.sent = 0
        self.answers: Counter[int | None] = Counter()

    def close(self) -> None:
        self._crowd.shutdown()

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


def measure(deliveries: int = DELIVERIES) -> dict[str, Any]:
    """Megabytes: ``before`` (connected and idle), ``now`` and ``peak`` by percent of the deliveries.  Seconds until all
    were sent, and until all were digested.
    """
    sender = CrowdedSender()
    with stage(sender) as one:
        trades = open_trade(one)
        with serving(one) as process:
            wait_until("nothing is left to do", lambda: _is_idle(one), patience=PATIENCE_SECONDS)
            before, already, began = _megabytes(process, "VmRSS"), sender.sent, time.perf_counter()
            now: dict[int, float] = {}
            peak: dict[int, float] = {}
            for percent in QUARTERS:
                goal = already + deliveries * percent // 100
                with ThreadPoolExecutor(len(trades)) as shops:
                    list(shops.map(lambda trade, goal=goal: _trade(trade, sender, goal), trades.values()))
                now[percent], peak[percent] = _megabytes(process, "VmRSS"), _megabytes(process, "VmHWM")
            sent_in = time.perf_counter() - began
            wait_until("every delivery is digested", lambda: _is_digested(one), patience=PATIENCE_SECONDS)
            digested_in = time.perf_counter() - began
            peak[100] = _megabytes(process, "VmHWM")
        sender.close()
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


def _is_digested(one: Stage) -> bool:
    now = system_clock()
    with one.service.work(read_only=True) as uow:
        return not any(due.deliveries for due in uow.due(now, now.date()))


def _is_idle(one: Stage) -> bool:
    now = system_clock()
    with one.service.work(read_only=True) as uow:
        return not any(due.deliveries or due.dirty or due.push for due in uow.due(now, now.date()))


def _megabytes(process: int, what: str) -> float:
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
