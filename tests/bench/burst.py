"""A burst: signed webhooks of many stores posted to the running service as fast as it takes them.

Measured: how many a second are answered, how long after the first of them all have taken effect, whether each that was
answered with 200 is on disk, and what memory all processes together needed at most.
"""

from __future__ import annotations

import http.client
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http import HTTPStatus
from threading import local
from urllib.parse import urlsplit

from bench_fleet import HANDS, Fleet, Letter, fleet, letters, postgresql, running
from bench_stage import quantile
from bench_table import Figure, Row, at_most
from endtoend import QUIET, SQLITE
from memory import megabytes
from sqlalchemy import func, select

from connector.storage.tables import deliveries as inbox_rows

STORES, LETTERS = 50, 100
STORES_IN_FULL = 500
WORKERS = (2,)
WORKERS_IN_FULL = (1, 2, 4)

Found = Mapping[str, float]

_own = local()


def measure(
    stores: int = STORES, each: int = LETTERS, workers: Sequence[int] = WORKERS, *, sqlite: bool = True
) -> dict[str, Found]:
    """By database and workers: ``deliveries``, ``answered`` a second, ``seconds`` until all took effect, ``lost``
    (answered with 200 and not on disk), ``refused``, ``idle`` and ``peak`` megabytes, ``p50`` and ``p99`` milliseconds
    that one waited for its answer.
    """
    sent = letters(each)
    found: dict[str, Found] = {}
    if sqlite:
        found["SQLite"] = _of(SQLITE, sent, stores, [("serve",)])
    for number in workers:
        with postgresql() as url:
            processes = [("web",), ("scheduler",), *[("worker",)] * number]
            found[f"PostgreSQL, {number} worker{'s' * (number > 1)}"] = _of(url, sent, stores, processes)
    return found


def _of(url: str, sent: Sequence[Letter], stores: int, processes: Sequence[tuple[str, ...]]) -> Found:
    with ExitStack() as stack:
        one = stack.enter_context(fleet(url, stores, settings=QUIET))
        numbers = stack.enter_context(running(one, *processes))
        one.wait_until_connected()
        idle, before = _weight(numbers, "VmRSS"), _on_disk(one)
        began = time.perf_counter()
        answers, waited = post_all(one, sent)
        answered_in = time.perf_counter() - began
        one.wait_until_quiet("all deliveries have taken effect")
        seconds = time.perf_counter() - began
        taken = answers[HTTPStatus.OK]
        return {
            "deliveries": sum(answers.values()),
            "answered": taken / answered_in,
            "seconds": seconds,
            "answered_seconds": answered_in,
            "p50": 1000 * quantile(waited, 0.5),
            "p99": 1000 * quantile(waited, 0.99),
            "lost": taken - (_on_disk(one) - before),
            "refused": sum(answers.values()) - taken,
            "idle": idle,
            "peak": _weight(numbers, "VmHWM"),
        }


def post_all(one: Fleet, sent: Sequence[Letter]) -> tuple[Counter[int], list[float]]:
    """Every letter to every store; how often each status was answered (0: no answer), and after how many seconds."""

    def timed(pair: tuple[Letter, str]) -> tuple[int, float]:
        began = time.perf_counter()
        return post(one, *pair), time.perf_counter() - began

    pairs = [(letter, key) for letter in sent for key in one.keys]
    with ThreadPoolExecutor(HANDS) as hands:
        answers = list(hands.map(timed, pairs))
    return Counter(status for status, _ in answers), [seconds for _, seconds in answers]


def post(one: Fleet, letter: Letter, key: str) -> int:
    """Post over the connection of this thread; the status, 0 for no answer."""
    where = urlsplit(one.address(key))
    line: http.client.HTTPConnection | None = getattr(_own, "line", None)
    if line is None or f"{line.host}:{line.port}" != where.netloc:
        line = _own.line = http.client.HTTPConnection(where.netloc, timeout=120)
    headers, body = letter
    try:
        line.request("POST", where.path, body, dict(headers))
        answer = line.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        line.close()
        return 0
    return int(answer.status)


def _on_disk(one: Fleet) -> int:
    with one.service.database.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inbox_rows)) or 0


def _weight(processes: Sequence[int], what: str) -> float:
    return sum(megabytes(one, what) for one in processes)


def rows(found: Mapping[str, Found]) -> list[Row]:
    return [row for name, of in found.items() for row in _rows_of(name, of)]


def _rows_of(name: str, of: Found) -> list[Row]:
    count = f"{of['deliveries']:,.0f}"
    ratio = round(of["seconds"] / of["answered_seconds"], 2)
    return [
        Row(
            f"burst of {count}, {name}: all in effect after",
            f"{of['seconds']:.0f} s",
            f"all were answered ({of['answered']:,.0f}/s) after",
            f"{of['answered_seconds']:.0f} s",
            ratio,
        ),
        Row(
            f"burst of {count}, {name}: answered with 200, not on disk",
            f"{of['lost']:,.0f}",
            "not answered with 200",
            f"{of['refused']:,.0f}",
            None,
            "none lost",
            at_most(abs(of["lost"]), 0),
        ),
        Row(
            f"burst of {count}, {name}: peak memory of all processes",
            f"{of['peak']:.0f} MB",
            "connected and idle",
            f"{of['idle']:.0f} MB",
            round(of["peak"] / of["idle"], 2),
        ),
    ]


def _measure(full: bool) -> list[Row]:  # noqa: FBT001 -- as every figure is asked
    return rows(measure(STORES_IN_FULL, LETTERS, WORKERS_IN_FULL) if full else measure())


FIGURE = Figure("burst", "a burst of webhooks over many stores", _measure)
