"""How long to leave alone what has failed."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST, LAST = timedelta(seconds=5), timedelta(hours=1)


def backoff(attempts: int) -> timedelta:
    """Doubling with each attempt from ``FIRST`` to ``LAST``, and up to a quarter less.

    What failed together, because one shop was away, must not come back together.
    """
    doublings: int = 2 ** min(attempts, 20)
    return min(LAST, FIRST * doublings) * random.uniform(0.75, 1.0)  # noqa: S311 -- no secret hangs on it
