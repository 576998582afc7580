"""``intake`` as rows of the table."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter

import intake
from bench_table import Figure, Row, at_least, at_most

SHARE, P99_MS = 0.5, 25.0
SECONDS, ROUNDS = 2.0, 3


def measure(seconds: float = SECONDS, rounds: int = ROUNDS) -> dict[str, float]:
    """The round whose ratio is the median one, so that a busy moment of the machine is not taken for the service; what
    was answered and what is on disk are counted over all rounds.
    """
    found = sorted((intake.measure(seconds) for _ in range(rounds)), key=itemgetter("ratio"))
    counted = {name: sum(one[name] for one in found) for name in ("acknowledged", "rows")}
    return {**found[len(found) // 2], **counted}


def rows(found: Mapping[str, float]) -> list[Row]:
    lost = found["acknowledged"] - found["rows"]
    return [
        Row(
            "durable intake, 16 connections, 8 kB",
            f"{found['durable_per_second']:,.0f}/s",
            "the same server, only the signature",
            f"{found['yardstick_per_second']:,.0f}/s",
            found["ratio"],
            f"ratio at least {SHARE}",
            at_least(found["ratio"], SHARE),
        ),
        Row(
            "durable intake, p99",
            f"{found['durable_p99_ms']:.1f} ms",
            "the same server, only the signature",
            f"{found['yardstick_p99_ms']:.1f} ms",
            round(found["durable_p99_ms"] / found["yardstick_p99_ms"], 2),
            f"at most {P99_MS:.0f} ms",
            at_most(found["durable_p99_ms"], P99_MS),
        ),
        Row(
            "deliveries on disk",
            f"{found['rows']:,.0f}",
            "answered with 200",
            f"{found['acknowledged']:,.0f}",
            round(found["rows"] / found["acknowledged"], 4),
            "none missing",
            at_most(lost, 0),
        ),
    ]


FIGURE = Figure("intake", "deliveries kept on disk", lambda _: rows(measure()))
