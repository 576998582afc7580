"""How long one plan takes, the queue and the supplies being in memory already and in no order.

Run it as it stands for the figures; ``measure`` gives them to whoever watches the limits.
"""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, date, datetime, timedelta
from time import process_time

from connector.domain.allocation import LineRef, OpenLine, Plan, Source, allocate, open_pieces
from connector.domain.queue import Tranche

SUPPLIES = 5_000
LIMITS = {100_000: 0.5, 1_000_000: 6.0}
"""Seconds by number of lines.  Of the processor: a plan waits for nothing, and neighbours are not its fault."""
TURNS = 3
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS = 280 * 86_400


def queue(count: int, dice: random.Random) -> list[OpenLine]:
    """Lines of one to five units, taken at any second of 280 days; one in twenty was announced."""
    pieces: list[OpenLine] = []
    for number in range(count):
        taken = NEW_YEAR + timedelta(seconds=dice.randrange(SECONDS))
        wanted = dice.randint(1, 5)
        announced = wanted if dice.random() < 0.05 else 0
        pieces += open_pieces(
            LineRef(str(100_000 + number // 2), str(number)), [Tranche(taken, wanted)], announced=announced
        )
    return pieces


def supplies(lines: int, dice: random.Random) -> list[Source]:
    """Enough, with what is on hand, for all but a twentieth of the units."""
    each = max(1, lines * 3 * 7 // 10 // SUPPLIES)
    first = date(2026, 12, 1)
    return [Source(f"PO-{number}", each, first + timedelta(days=dice.randrange(300))) for number in range(SUPPLIES)]


def measure() -> dict[str, float]:
    """Processor seconds and their limits: the best of some turns, as neighbours still cost it the cache."""
    found: dict[str, float] = {}
    for count, limit in LIMITS.items():
        dice = random.Random(count)  # noqa: S311 -- the same queue at every run, not a secret
        lines, incoming, hand = queue(count, dice), supplies(count, dice), count * 3 // 4
        found[f"lines_{count}_seconds"] = round(min(_seconds(lines, hand, incoming) for _ in range(TURNS)), 3)
        found[f"lines_{count}_limit"] = limit
    return found


def _seconds(lines: list[OpenLine], hand: int, incoming: list[Source]) -> float:
    begun = process_time()
    plan = allocate(lines, hand, incoming)
    took = process_time() - begun
    _check(plan, lines)
    return took


def _check(plan: Plan, lines: list[OpenLine]) -> None:
    """A figure for a wrong plan is no figure."""
    given = sum(one.units for one in plan.allocations) + sum(units for _, units in plan.short)
    if given != sum(line.units for line in lines) or not plan.short:
        raise AssertionError("The plan does not add up to what the lines want.")


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=2)
    sys.stdout.write("\n")
