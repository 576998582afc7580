"""Nobody works for a store whose turn has passed to another.

A process can be paused for minutes (a virtual machine that is moved, a laptop that sleeps) and go on as if nothing had
happened.  Meanwhile its work was given to somebody else.  So each run of a job takes a number, one more than the last,
and whoever finds a newer one stops: before each commit, in the very transaction, and before each call of the shop or of
whoever carries messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from types import TracebackType
from typing import Any, Self, cast

from connector.jobs.schedule import Verb
from connector.ports.operating import TurnLost
from connector.ports.promising import Channel
from connector.ports.storefront import Storefront
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.services.context import StoreContext

SURE_SECONDS = 1.0
"""Between two looks before calls.  A turn passes to another only after a longer silence than that."""


class Superseded(TurnLost):
    """Another run of a job has begun for the store, so this one must not go on."""

    def __init__(self, store: str) -> None:
        super().__init__(f"The work for {store} was given to another process.")


def fenced(verb: Verb, by: str) -> Verb:
    """The same job, which ends with ``Superseded`` once another one has begun for the store.  ``by``: who does it."""

    def run(store: StoreContext) -> int | None:
        with store.work() as uow:
            number = uow.turns.begin(store.key, by, store.clock())
            uow.commit()
        fence = _Fence(store.work, store.key, number)
        return verb(
            replace(
                store,
                work=fence.work,
                storefront=cast("Storefront", _Guarded(store.storefront, fence.look)),
                channels=[cast("Channel", _Guarded(one, fence.look)) for one in store.channels],
            )
        )

    return run


class _Fence:
    """``number``: of our turn at the store."""

    def __init__(self, work: Work, store: str, number: int) -> None:
        self._work = work
        self._store = store
        self._number = number
        self._sure_until = time.monotonic() + SURE_SECONDS

    def work(self, *, read_only: bool = False) -> UnitOfWork:
        uow = self._work(read_only=read_only)
        return uow if read_only else cast("UnitOfWork", _FencedUnitOfWork(uow, self.check))

    def check(self, uow: UnitOfWork) -> None:
        """Raises ``Superseded``.  In a unit of work that writes, it stays true until that has ended."""
        if uow.turns.number(self._store) != self._number:
            raise Superseded(self._store)

    def look(self) -> None:
        """Raises ``Superseded``; what was true a moment ago is believed."""
        if time.monotonic() < self._sure_until:
            return
        with self._work(read_only=True) as uow:
            self.check(uow)
        self._sure_until = time.monotonic() + SURE_SECONDS


class _FencedUnitOfWork:
    """A unit of work that is checked before it commits; all else is the real one's."""

    def __init__(self, uow: UnitOfWork, check: Callable[[UnitOfWork], None]) -> None:
        self._uow = uow
        self._check = check

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the real one has
        return getattr(self._uow, name)

    def commit(self) -> None:
        self._check(self._uow)
        self._uow.commit()

    def __enter__(self) -> Self:
        self._uow.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._uow.__exit__(kind, error, trace)


class _Guarded:
    """Something that acts outside: each call of it is preceded by a look, and so is each step of what it iterates."""

    def __init__(self, acting: object, look: Callable[[], None]) -> None:
        self._acting = acting
        self._look = look

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the real one has
        value = getattr(self._acting, name)
        if not callable(value):
            return value

        @wraps(value)
        def call(*args: object, **named: object) -> object:
            self._look()
            result = value(*args, **named)
            return self._each(result) if isinstance(result, Iterator) else result

        return call

    def _each(self, results: Iterator[object]) -> Iterator[object]:
        for result in results:
            yield result
            self._look()
