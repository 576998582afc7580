"""The command: every figure beside its yardstick, measured in the same run on the same machine."""

from __future__ import annotations

import sys
import time

import burst
import click
import digesting
import endtoend
import isolation
import large
import latency
import memory
import pages
import planning
import pushing
import steady
import table_of_allocation
import table_of_intake
from bench_table import Figure, Row

from connector.cli.output import errors, fail, print_json, print_table

FIGURES: dict[str, Figure] = {
    module.FIGURE.name: module.FIGURE
    for module in (
        table_of_intake,
        digesting,
        table_of_allocation,
        planning,
        pushing,
        latency,
        memory,
        pages,
        endtoend,
        isolation,
        burst,
        steady,
        large,
    )
}
ONLY_IN_FULL = frozenset({large.FIGURE.name})
"""Figures that take too long to be measured by the way."""


@click.command()
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--full", is_flag=True, help="100,000 deliveries and every size; takes a quarter of an hour.")
def main(names: tuple[str, ...], *, as_json: bool, full: bool) -> None:
    """Measure this machine: all figures, or only those named."""
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        fail(f"There is no figure {unknown[0]!r}. Known figures: {', '.join(FIGURES)}.")
    wanted = names or [name for name in FIGURES if full or name not in ONLY_IN_FULL]
    found = [row for name in wanted for row in _measured(FIGURES[name], full=full)]
    if as_json:
        print_json([{**row.plain(), "verdict": row.verdict} for row in found])
    else:
        _show(found)
    if any(row.holds is False for row in found):
        sys.exit(1)


def _measured(figure: Figure, *, full: bool) -> list[Row]:
    began = time.perf_counter()
    with errors.status(f"{figure.name}: {figure.about} ..."):
        rows = list(figure.measure(full))
    errors.print(f"{figure.name}: {figure.about}: {time.perf_counter() - began:.0f} s", markup=False)
    return rows


def _show(found: list[Row]) -> None:
    columns = ("figure", "measured", "yardstick", "measured", "ratio", "limit", "verdict")
    cells = [
        (row.figure, row.measured, row.yardstick, row.yardstick_measured, row.ratio, row.limit, row.verdict)
        for row in found
    ]
    print_table("", columns, cells)
