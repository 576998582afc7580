"""When a store whose work did not get done is tried again.

What a turn could not do waits for something: a paused store for its owner, a busy shop for its time, a bug for us.  The
rows stay due all the while, so asking at every tick would only spin.  The pause between two tries doubles; anything
that is due beyond what was just tried in vain is news, and is tried at once.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(seconds=30)
MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class _Vain:
    """What was tried in vain, how often in a row, and when to try it again."""

    what: AbstractSet[str]
    times: int
    again_at: datetime


class Patience:
    """``rest``: the first pause after a turn that did nothing.  Not safe to share between threads without a lock."""

    def __init__(self, rest: timedelta) -> None:
        self._rest = rest
        self._vain: dict[str, _Vain] = {}

    def is_ripe(self, store: str, due: AbstractSet[str], now: datetime) -> bool:
        vain = self._vain.get(store)
        return vain is None or not due <= vain.what or now >= vain.again_at

    def was_vain(self, store: str, due: AbstractSet[str], now: datetime) -> None:
        before = self._vain.get(store)
        times = before.times + 1 if before is not None and due <= before.what else 1
        pause = min(self._rest * 2 ** min(times - 1, MOST_DOUBLINGS), max(self._rest, LONGEST))
        self._vain[store] = _Vain(due, times, now + pause)

    def was_fruitful(self, store: str) -> None:
        self._vain.pop(store, None)
