"""Ten thousand stores on a Black Friday, simulated with the costs that were measured on one machine.

``python tests/bench/black_friday.py`` prints what several sizes of installation would see in the two hours around the
opening of the sale.  What is assumed about the trade stands in ``Trade``, what was measured in ``Costs``; everything
else follows.  Queues are simulated one turn at a time: a store has one turn at a time (design, section 3.6), a worker
process has one core, the database has so many.
"""

from __future__ import annotations

import heapq
import json
import math
import sys
from bisect import bisect
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from itertools import accumulate
from random import Random
from typing import Any

from bench_stage import quantile

HOUR = 3_600.0
TICK_SECONDS = 0.25
"""Between two looks of the scheduler at what is due (``[sync] digest``)."""
POOLS, POOLS_OF_A_DELIVERY = 20, 1.5
"""What sells on that day in one store, and how much of it one delivery touches."""
BATCH = 200
"""Deliveries that a turn digests in one transaction at most."""


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one core, from the figures ``intake`` and ``endtoend`` and from what PostgreSQL itself used in them.

    ``turn``: of a worker for one turn, whatever it does; ``delivery``: of a worker for one delivery that becomes facts;
    ``pool``: of a worker for one pool that is planned; ``database``: of PostgreSQL for one delivery, its keeping and
    planning included; ``intake``: of a web process for one delivery; ``call``: seconds on the wire for one write to a
    shop, which no core is busy with.
    """

    turn: float = 0.010
    delivery: float = 0.0005
    pool: float = 0.0025
    database: float = 0.0012
    intake: float = 0.0006
    call: float = 0.35


@dataclass(frozen=True, slots=True)
class Trade:
    """``orders``: an hour, of all stores together, before the rush; ``rush``: how many times as many in the first ten
    minutes after the opening, sinking back within the hour; ``spread``: how unequal stores are (of a lognormal
    distribution: at 1.6 the largest hundredth of them has a quarter of all orders); ``webhooks``: of one order, with
    the stock changes that follow it; ``flags``: the share of turns that end with a write to the shop.
    """

    stores: int = 10_000
    orders: float = 150_000.0
    rush: float = 5.0
    spread: float = 1.6
    webhooks: float = 3.0
    flags: float = 0.3

    def rate(self, second: float) -> float:
        """Webhooks a second; the sale opens after half an hour."""
        since = second - HOUR / 2
        raised = 0.0 if since < 0 else (self.rush - 1) * min(1.0, math.exp(-(since - 600) / 1_200))
        return self.orders / HOUR * self.webhooks * (1 + raised)


@dataclass(frozen=True, slots=True)
class Machines:
    """``web`` and ``workers``: processes, each with a core; ``threads`` of a worker wait for shops side by side;
    ``cores`` of PostgreSQL.
    """

    web: int = 2
    workers: int = 4
    threads: int = 16
    cores: int = 4


@dataclass
class Seen:
    """``lags``: seconds from accepted to in effect; ``busy``: the share of their time that cores were busy while the
    rush was at its height; ``backlog``: the most deliveries that waited at once.
    """

    lags: list[float] = field(default_factory=list)
    backlog: int = 0
    busy: dict[str, float] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        shares = {f"p{share}": round(quantile(self.lags, share / 100), 2) for share in (50, 95, 99)}
        rounded = {name: round(share, 2) for name, share in self.busy.items()}
        return {"deliveries": len(self.lags), **shares, "backlog": self.backlog, "busy": rounded}


class _Day:
    def __init__(self, trade: Trade, costs: Costs, machines: Machines, seed: int) -> None:
        self._trade, self._costs, self._machines = trade, costs, machines
        self._dice = Random(seed)  # noqa: S311 -- to be repeatable, not secret
        self._sizes = list(accumulate(self._dice.lognormvariate(0, trade.spread) for _ in range(trade.stores)))
        self._waiting: dict[int, deque[float]] = {}
        self._asked: set[int] = set()
        self._ready: deque[int] = deque()
        self._events: list[tuple[float, int, int]] = []  # when; 0: a look, 1: a turn ends; of which store
        self._free = [machines.threads] * machines.workers
        self._cpu = [0.0] * machines.workers  # until when each worker's core is taken
        self._database = [0.0] * machines.cores
        self._turns: dict[int, tuple[int, list[float]]] = {}
        self._left = 0
        self.seen = Seen()
        self._used = {"web": 0.0, "workers": 0.0, "database": 0.0}

    def run(self) -> Seen:
        now = 0.0
        heapq.heappush(self._events, (TICK_SECONDS, 0, -1))
        while now < 2 * HOUR:
            now += self._dice.expovariate(self._trade.rate(now))
            while self._events[0][0] <= now:
                self._happen(*heapq.heappop(self._events))
            self._arrive(now)
        while self._left:
            self._happen(*heapq.heappop(self._events))
        height = 600.0  # seconds
        of = {"web": self._machines.web, "workers": self._machines.workers, "database": self._machines.cores}
        self.seen.busy = {name: used / height / of[name] for name, used in self._used.items()}
        return self.seen

    def _use(self, what: str, seconds: float, at: float) -> None:
        if HOUR / 2 <= at < HOUR / 2 + 600:
            self._used[what] += seconds

    def _arrive(self, now: float) -> None:
        store = bisect(self._sizes, self._dice.random() * self._sizes[-1])
        self._waiting.setdefault(store, deque()).append(now)
        self._left += 1
        self.seen.backlog = max(self.seen.backlog, self._left)
        self._use("web", self._costs.intake, now)

    def _happen(self, at: float, what: int, store: int) -> None:
        if what == 0:
            for one in self._waiting:
                if one not in self._asked:
                    self._asked.add(one)
                    self._ready.append(one)
            heapq.heappush(self._events, (at + TICK_SECONDS, 0, -1))
        else:
            worker, arrived = self._turns.pop(store)
            self._free[worker] += 1
            self._asked.discard(store)
            self._left -= len(arrived)
        self._begin(at)

    def _begin(self, now: float) -> None:
        """Give ready stores to the worker whose core is free first, among those that have a thread left."""
        while self._ready:
            open_ = [number for number, threads in enumerate(self._free) if threads]
            if not open_:
                return
            worker = min(open_, key=lambda number: self._cpu[number])
            self._turn(self._ready.popleft(), worker, now)

    def _turn(self, store: int, worker: int, now: float) -> None:
        queue = self._waiting[store]
        taken = [queue.popleft() for _ in range(min(BATCH, len(queue)))]
        if not queue:
            del self._waiting[store]
        touched = min(POOLS, len(taken) * POOLS_OF_A_DELIVERY)
        work = self._costs.turn + len(taken) * self._costs.delivery + touched * self._costs.pool
        asked = len(taken) * self._costs.database
        core = min(range(len(self._database)), key=lambda number: self._database[number])
        begins = max(now, self._cpu[worker])
        self._cpu[worker] = begins + work
        self._database[core] = max(begins, self._database[core]) + asked
        done = max(self._cpu[worker], self._database[core])
        self._use("workers", work, now)
        self._use("database", asked, now)
        self.seen.lags += [done - arrived for arrived in taken]
        self._free[worker] -= 1
        self._turns[store] = (worker, taken)
        writes = self._dice.random() < self._trade.flags
        heapq.heappush(self._events, (done + (self._costs.call if writes else 0.0), 1, store))


def simulate(
    trade: Trade | None = None, costs: Costs | None = None, machines: Machines | None = None, *, seed: int = 1
) -> Seen:
    """The two hours around the opening; the same for the same seed."""
    return _Day(trade or Trade(), costs or Costs(), machines or Machines(), seed).run()


SIZES = (
    Machines(web=1, workers=1, cores=2),
    Machines(web=1, workers=2, cores=2),
    Machines(web=2, workers=4, cores=4),
    Machines(web=2, workers=8, cores=8),
)


def main(orders: float) -> None:
    trade = replace(Trade(), orders=orders)
    found = [{**asdict(size), **simulate(trade, machines=size).plain()} for size in SIZES]
    json.dump({"trade": asdict(trade), "costs": asdict(Costs()), "found": found}, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else Trade().orders)
