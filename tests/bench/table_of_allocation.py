"""``allocation`` as rows of the table, beside sorting the same queue."""

from __future__ import annotations

import gc
import random
from collections.abc import Mapping
from time import process_time

import allocation
from bench_table import Figure, Row, at_most


def rows(found: Mapping[str, float], yardstick: Mapping[int, float]) -> list[Row]:
    """``yardstick``: seconds by number of lines."""
    return [
        Row(
            f"allocation, {count:,} lines, {allocation.SUPPLIES:,} supplies",
            f"{found[f'lines_{count}_seconds']:.2f} s",
            "sorting the same lines by their place",
            f"{sorting:.2f} s",
            round(found[f"lines_{count}_seconds"] / sorting, 2),
            f"at most {found[f'lines_{count}_limit']:g} s",
            at_most(found[f"lines_{count}_seconds"], found[f"lines_{count}_limit"]),
        )
        for count, sorting in yardstick.items()
    ]


def sorting(count: int) -> float:
    """Processor seconds of a bare sort."""
    gc.disable()  # a million lines are made much sooner when nobody looks for garbage among them
    lines = allocation.queue(count, random.Random(count))  # noqa: S311 -- the same queue at every run, not a secret
    gc.enable()
    began = process_time()
    lines.sort(key=lambda line: line.place)
    return process_time() - began


FIGURE = Figure(
    "allocation",
    "who gets which unit",
    lambda _: rows(allocation.measure(), {count: sorting(count) for count in allocation.LIMITS}),
)
