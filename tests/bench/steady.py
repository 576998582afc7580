"""Steady trade: two shops that sell at an even pace over one running service, for a minute, or in full for an hour.

Measured: whether every delivery was answered with 200 and has taken effect, how old the oldest was that still waited
whenever we looked, and whether the memory of the service's processes stays what it was.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from http import HTTPStatus
from itertools import cycle
from typing import Any

from bench_stage import Stage, serving, stage
from bench_table import Figure, Row, at_most
from bench_trade import PRODUCTS, Trade, open_trade
from memory import PATIENCE_SECONDS, CrowdedSender, is_digested, is_idle, megabytes
from sqlalchemy import func, select

from connector.ports.clock import system_clock
from connector.sandbox.player import wait_until
from connector.storage.tables import RECEIVED, deliveries

SECONDS, SECONDS_IN_FULL = 60.0, 3_600.0
STEPS_A_SECOND = 4.0
"""Orders of both shops together.  Each brings some five deliveries: it, its stock, what is shipped."""

LOOKS = 60
FLAT = 1.1
"""The most memory in the last quarter / in the second; the first fills caches."""


def measure(seconds: float = SECONDS, steps: float = STEPS_A_SECOND, products: int = PRODUCTS) -> dict[str, Any]:
    """``memory`` in megabytes and ``lag`` (age of the oldest delivery that waits, seconds) at each of ``LOOKS`` looks,
    ``deliveries`` answered, ``unanswered``, ``drained``: seconds from the last order until nothing was left to do.
    """
    memory: list[float] = []
    lag: list[float] = []
    with closing(CrowdedSender()) as sender, stage(sender) as one:
        trades = open_trade(one, products)
        with serving(one) as process:
            wait_until("nothing is left to do", lambda: is_idle(one), patience=PATIENCE_SECONDS)
            already, began = sender.sent, time.perf_counter()
            for look in range(1, LOOKS + 1):
                _trade(trades, began, seconds * (look - 1) / LOOKS, seconds * look / LOOKS, 1 / steps)
                memory.append(megabytes(process, "VmRSS"))
                lag.append(_lag(one))
            ended = time.perf_counter()
            wait_until("every delivery is answered", sender.is_empty, patience=PATIENCE_SECONDS)
            wait_until("every delivery is digested", lambda: is_digested(one), patience=PATIENCE_SECONDS)
            wait_until("nothing is left to do", lambda: is_idle(one), patience=PATIENCE_SECONDS)
            drained = time.perf_counter() - ended
    refused = sum(count for answer, count in sender.answers.items() if answer != HTTPStatus.OK)
    return {
        "seconds": ended - began,
        "deliveries": sender.sent - already,
        "unanswered": refused,
        "memory": memory,
        "lag": lag,
        "drained": drained,
    }


def _trade(trades: Mapping[str, Trade], began: float, start: float, end: float, pause: float) -> None:
    """An order every ``pause`` seconds, of the shops by turns; one that came too late is not made up for."""
    at = start
    for key in cycle(trades):
        if at >= end:
            return
        time.sleep(max(0.0, began + at - time.perf_counter()))
        trades[key].step()
        at = max(at + pause, time.perf_counter() - began)


def _lag(one: Stage) -> float:
    """By how many seconds the oldest delivery that is not digested is behind."""
    waiting = select(func.min(deliveries.c.received_at)).where(RECEIVED)
    with one.service.database.engine.connect() as connection:
        oldest = connection.scalar(waiting)
    return 0.0 if oldest is None else max(0.0, (system_clock() - oldest) / timedelta(seconds=1))


def rows(found: Mapping[str, Any]) -> list[Row]:
    quarter = LOOKS // 4
    second, last = max(found["memory"][quarter : 2 * quarter]), max(found["memory"][-quarter:])
    ratio = round(last / second, 3)
    count, seconds = found["deliveries"], found["seconds"]
    return [
        Row(
            f"memory of serve in the last quarter of {seconds / 60:.0f} minutes of steady trade",
            f"{last:.0f} MB",
            "the same in the second quarter",
            f"{second:.0f} MB",
            ratio,
            f"ratio at most {FLAT}",
            at_most(ratio, FLAT),
        ),
        Row(
            f"deliveries that were not taken, of {count:,} ({count / seconds:.1f}/s)",
            str(found["unanswered"]),
            "",
            "",
            None,
            "none",
            at_most(found["unanswered"], 0),
        ),
        Row(
            f"the oldest delivery that waited, at {LOOKS} looks: the most, the median",
            f"{max(found['lag']):.1f} s, {sorted(found['lag'])[LOOKS // 2]:.1f} s",
            "until nothing was left to do, after the last order",
            f"{found['drained']:.1f} s",
        ),
    ]


FIGURE = Figure(
    "steady",
    "steady trade over a running service",
    lambda full: rows(measure(SECONDS_IN_FULL if full else SECONDS)),
)
