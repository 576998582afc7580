"""When a job that did nothing about what is due for a store is tried again.

What a job could not do waits for something: a paused store for its owner, a busy shop for its time, a bug for us.  The
rows stay due all the while, so asking at every tick would only spin.  The pause between two tries doubles; anything
that is due beyond what was just tried in vain is news, and is tried at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.ports.due import Look

LONGEST = timedelta(seconds=30)
MOST_DOUBLINGS = 10

Looks = AbstractSet[Look]


@dataclass(frozen=True, slots=True)
class _Vain:
    """What was tried in vain, how often in a row, and when to try it again."""

    what: Looks
    times: int
    again_at: datetime


class Patience:
    """``rest``: the first pause after a run that did nothing.  Not safe to share between threads without a lock."""

    def __init__(self, rest: timedelta) -> None:
        self._rest = rest
        self._vain: dict[str, dict[str, _Vain]] = {}

    def is_ripe(self, store: str, job: str, due: Looks, now: datetime) -> bool:
        vain = self._vain.get(store, {}).get(job)
        return vain is None or not due <= vain.what or now >= vain.again_at

    def was_vain(self, store: str, job: str, due: Looks, now: datetime, rest: timedelta | None = None) -> None:
        """``rest``: another first pause than the others have."""
        of_store = self._vain.setdefault(store, {})
        before, first = of_store.get(job), self._rest if rest is None else rest
        times = before.times + 1 if before is not None and due <= before.what else 1
        pause = min(first * 2 ** min(times - 1, MOST_DOUBLINGS), max(first, LONGEST))
        of_store[job] = _Vain(due, times, now + pause)

    def was_fruitful(self, store: str, job: str) -> None:
        self._vain.get(store, {}).pop(job, None)

    def forget(self, store: str) -> None:
        """The store has other settings or keys: what was tried in vain without them is no guide."""
        self._vain.pop(store, None)

    def saw(self, due: Mapping[str, Looks]) -> None:
        """All that is due now, by store: what is not among it any more was not tried in vain."""
        for store, of_store in list(self._vain.items()):
            looks = due.get(store, frozenset())
            for job in [job for job, vain in of_store.items() if vain.what.isdisjoint(looks)]:
                del of_store[job]
            if not of_store:
                del self._vain[store]
