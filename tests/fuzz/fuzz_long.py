"""``make fuzz``: many inputs for every target over all processors, counted; or one input once more.

make fuzz                                   10,000,000 inputs
make fuzz FUZZ='--count 100000 --only csv'  fewer, of one target
make fuzz FUZZ='--only csv --input build/fuzz/csv-1-17.bin'
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from functools import cache
from pathlib import Path

import structlog
from fuzz_target import Found, Target
from fuzz_targets import NAMES, SHARES, target

PIECE = 5_000

Piece = tuple[str, int, int, int]
"""Target, seed, the number of the first input, and how many."""


@cache
def _made(name: str) -> Target:
    return target(name)


def _try(piece: Piece) -> tuple[str, int, Counter[str], float, str]:
    name, seed, first, count = piece
    began = time.process_time()
    try:
        outcomes = _made(name).run(seed, first, count)
    except Found as found:
        return name, found_at(found, first), Counter(), time.process_time() - began, f"{found}\n{found.__cause__!r}"
    return name, count, outcomes, time.process_time() - began, ""


def found_at(found: Found, first: int) -> int:
    return int(found.path.stem.rpartition("-")[2]) - first


def pieces(names: list[str], count: int, seed: int) -> list[Piece]:
    """Small pieces of every target in turn, so that a run that is broken off has tried something of each."""
    whole = sum(SHARES[name] for name in names)
    made: list[tuple[float, Piece]] = []
    for name in names:
        wanted = -(-count * SHARES[name] // whole)
        firsts = range(0, wanted, PIECE)
        made += [(first / wanted, (name, seed, first, min(PIECE, wanted - first))) for first in firsts]
    return [piece for _, piece in sorted(made)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=NAMES, default=[])
    parser.add_argument("--input", type=Path, help="try this file once, as an input of the one target of --only")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    names = asked.only or list(NAMES)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # what is found says itself where
    if asked.input is not None:
        print(_made(names[0]).check(asked.input.read_bytes()))  # noqa: T201 -- a program's answer
        return 0
    return _run(pieces(names, asked.count, asked.seed), asked.processes)


def _run(work: list[Piece], processes: int) -> int:
    outcomes: dict[str, Counter[str]] = {}
    tried: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    broken: list[str] = []
    began = told = time.monotonic()
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        for name, count, said, seconds, wrong in pool.imap_unordered(_try, work):
            tried[name] += count
            spent[name] += int(seconds * 1000)
            outcomes.setdefault(name, Counter()).update(said)
            if wrong:
                broken.append(wrong)
                print(f"FOUND {wrong}", flush=True)  # noqa: T201 -- a program's answer
            if time.monotonic() - told > 30:
                told = time.monotonic()
                print(f"{tried.total():>12,} inputs after {told - began:.0f} s, {len(broken)} found", flush=True)  # noqa: T201 -- as above
    for name, count in tried.items():
        each = count / max(spent[name], 1) * 1000
        print(f"{name:<20}{count:>12,}  {each:>8,.0f} a second  {dict(outcomes[name].most_common())}")  # noqa: T201 -- as above
    print(f"{'in all':<20}{tried.total():>12,}  in {time.monotonic() - began:.0f} s, {len(broken)} found")  # noqa: T201 -- as above
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
