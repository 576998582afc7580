"""How fast a platform lets us call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Lock

from connector.ports.budgets import BucketKeeper, InMemory
from connector.ports.clock import Clock, system_clock
from connector.ports.operating import BucketRecord


class Budget:
    """A leaky bucket: ``points`` at most, ``restore_per_second`` flow back.  Safe to share between threads, and between
    the processes that share its ``keeper``.

    What is asked for is taken at once, even before it is there, so that callers queue up behind each other instead of
    all waking at the same moment.
    """

    def __init__(
        self,
        points: float,
        restore_per_second: float,
        clock: Clock = system_clock,
        keeper: BucketKeeper | None = None,
    ) -> None:
        if points <= 0 or restore_per_second <= 0:
            raise ValueError("a budget that holds or restores nothing would never let a call through")
        self._points, self._restore = points, restore_per_second
        self._clock = clock
        self._keeper = keeper or InMemory()
        self._lock = Lock()
        self._left: BucketRecord | None = None
        self._away = 0

    def wait_for(self, cost: float) -> float:
        """Take ``cost`` points; gives the seconds to wait before using them.

        What costs more than the bucket holds waits for a full one.
        """
        bucket = self._change(lambda now: taken(now, cost), away=1)
        return max(0.0, -bucket.points / bucket.restore)

    def give_back(self, cost: float) -> None:
        """Return points that were taken and not used."""
        self._change(lambda now: given_back(now, cost), away=-1)

    def learn(
        self,
        currently_available: float,
        maximum: float | None = None,
        restore_per_second: float | None = None,
        unused: float = 0.0,
    ) -> None:
        """Believe what the platform says of its own bucket; what makes no sense is not believed.

        ``unused``: what the call cost less than was taken for it.  The platform knows nothing of calls that are on
        their way to it; so where others may be, it is only believed that there is less than we thought.
        """
        with self._lock:
            alone = self._left if self._away <= 1 else None
        self._change(
            lambda now: learnt(now, currently_available, maximum, restore_per_second, unused),
            away=-1,
            alone=alone,
            believed=currently_available,
        )

    def _change(
        self,
        change: Callable[[BucketRecord], BucketRecord],
        *,
        away: int,
        alone: BucketRecord | None = None,
        believed: float = 0.0,
    ) -> BucketRecord:
        """``away``: by how many more calls are on their way; ``alone``: how we left the bucket, with no other call of
        ours since: found so, nobody else's is, and there is as much as is ``believed``.
        """
        now = self._clock()

        def to(held: BucketRecord | None) -> BucketRecord:
            start = held or BucketRecord(self._points, self._points, self._restore, now)
            become = change(flowed(start, now))
            if alone is not None and held == alone:
                become = replace(become, points=min(become.maximum, believed))
            return become

        bucket = self._keeper.change(to)
        with self._lock:
            self._left, self._away = bucket, max(0, self._away + away)
        return bucket


def flowed(bucket: BucketRecord, now: datetime) -> BucketRecord:
    """With what has flowed back until now.

    The clocks of several machines differ: one that is behind adds nothing, for one that is ahead has added it.  Further
    ahead than it takes to fill the bucket no clock is believed: nobody shall wait for that moment.
    """
    seconds = (now - bucket.at).total_seconds()
    if seconds < -bucket.maximum / bucket.restore:
        return replace(bucket, at=now)
    more = max(0.0, seconds) * bucket.restore
    return replace(bucket, points=min(bucket.maximum, bucket.points + more), at=max(now, bucket.at))


def taken(bucket: BucketRecord, cost: float) -> BucketRecord:
    return replace(bucket, points=bucket.points - min(cost, bucket.maximum))


def given_back(bucket: BucketRecord, cost: float) -> BucketRecord:
    return replace(bucket, points=min(bucket.maximum, bucket.points + min(cost, bucket.maximum)))


def learnt(
    bucket: BucketRecord, available: float, maximum: float | None, restore: float | None, unused: float
) -> BucketRecord:
    most = maximum if maximum is not None and maximum > 0 else bucket.maximum
    flows = restore if restore is not None and restore > 0 else bucket.restore
    # What others have taken stays taken out of a bucket that is smaller than we thought.
    left = bucket.points - max(0.0, bucket.maximum - most)
    points = min(most, left + max(0.0, unused), available)
    return BucketRecord(points, most, flows, bucket.at)
