"""How often somebody knocked, counted in the database by all web processes of an installation together."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from typing import TypeVar

import structlog
from limits.storage import Storage

from connector.ports.clock import Clock
from connector.ports.unit_of_work import UnitOfWork, Work

log = structlog.get_logger()

SCHEME = "backorder"
"""By which ``limits`` finds this storage."""
PURGE_ONE_IN = 50
"""Now and then a count takes away others whose time is over: more of them than come in between."""
PURGED_AT_ONCE = 500

T = TypeVar("T")


class SharedCounts(Storage):
    """``key``: names are kept as its digests, for they hold the addresses of visitors.

    What the database raises is said and raised on; Flask-Limiter then counts in memory until ``check`` is content.
    """

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 -- as ``limits`` declares it
    base_exceptions = Exception

    def __init__(self, uri: str | None = None, *, work: Work, clock: Clock, key: bytes) -> None:
        super().__init__(uri)
        self._work = work
        self._clock = clock
        self._key = key

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """``expiry``: in how many seconds it is forgotten."""
        now = self._clock()

        def count(uow: UnitOfWork) -> int:
            found = uow.limits.hit(self._name(key), amount, now, now + timedelta(seconds=expiry))
            if random.randrange(PURGE_ONE_IN) == 0:  # noqa: S311 -- no secret hangs on it
                uow.limits.purge(now, PURGED_AT_ONCE)
            uow.commit()
            return found

        return self._done(count)

    def get(self, key: str) -> int:
        return self._done(lambda uow: uow.limits.get(self._name(key), self._clock())[0], read_only=True)

    def get_expiry(self, key: str) -> float:
        """The moment at which it is forgotten, in seconds since 1970."""
        until = self._done(lambda uow: uow.limits.get(self._name(key), self._clock())[1], read_only=True)
        return until.timestamp()

    def check(self) -> bool:
        try:
            self.get("")
        except Exception:  # noqa: BLE001 -- whatever keeps the database away
            return False
        return True

    def reset(self) -> int | None:
        return self._done(lambda uow: _committed(uow, uow.limits.clear()))

    def clear(self, key: str) -> None:
        self._done(lambda uow: _committed(uow, uow.limits.clear(self._name(key))))

    def _name(self, key: str) -> str:
        return blake2b(key.encode(), key=self._key, digest_size=16).hexdigest()

    def _done(self, act: Callable[[UnitOfWork], T], *, read_only: bool = False) -> T:
        try:
            with self._work(read_only=read_only) as uow:
                return act(uow)
        except Exception as error:
            log.warning("limits.not_shared", cause=type(error).__name__)
            raise


def _committed(uow: UnitOfWork, count: int) -> int:
    uow.commit()
    return count
