"""Write down what was read from a shop, so that one thing that cannot be taken over keeps no other from it.

All facts of a reading are applied together.  Only where that fails for a fault of ours is each order and each product
applied by itself, and the one that fails is set aside; it is read again by itself (``reread``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

import structlog

from connector.domain.facts import Fact, Unread
from connector.ports.aside import Task
from connector.ports.unit_of_work import UnitOfWork
from connector.services.apply import Apply
from connector.services.context import StoreContext
from connector.services.set_aside import ENDS_THE_TURN, backing_off, put_aside, set_aside
from connector.services.stumbled import OURS
from connector.services.things import TASKS, Key, by_key, keys_of, pools_of

FACTS = 1_000
"""Facts that are written in one transaction: a product may have very many variants."""
READ_AT_ONCE = 500
log = structlog.get_logger()

Also = Callable[[UnitOfWork], None]
AlsoOf = Callable[[Sequence[str], datetime], Also]
Around = Callable[[UnitOfWork, Apply], AbstractContextManager[None]]
Read = Callable[[Sequence[str]], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class Taken:
    """``changed``: facts that were news; ``stumbled``: what had to be set aside."""

    changed: int = 0
    stumbled: frozenset[Key] = frozenset()


def _nothing(_: UnitOfWork) -> None:
    return


def _no_more(_: Sequence[str], __: datetime) -> Also:
    return _nothing


def _as_it_is(_: UnitOfWork, __: Apply) -> AbstractContextManager[None]:
    return nullcontext()


def take(
    store: StoreContext,
    facts: Sequence[Fact],
    asked_at: datetime,
    *,
    also: Also = _nothing,
    around: Around = _as_it_is,
    patient: bool = True,
) -> Taken:
    """Apply facts that were asked for at ``asked_at``.

    ``also`` is done in the transaction of the last of them; ``around`` is entered while some are applied; ``patient``:
    what was set aside and is not to be tried yet is passed over.
    """
    stumbled = _set_unread_aside(store, facts, patient=patient)
    facts = [fact for fact in facts if not isinstance(fact, Unread)]
    keys = keys_of(facts)
    if patient:
        later = _later(store, {task for task, _ in keys})
        kept = [(fact, key) for fact, key in zip(facts, keys, strict=True) if key not in later]
        facts, keys = [fact for fact, _ in kept], [key for _, key in kept]
    changed = 0
    starts = range(0, len(facts), FACTS) or range(1)
    for start in starts:
        some = facts[start : start + FACTS]
        last = also if start == starts[-1] else _nothing
        try:
            changed += _write(store, some, asked_at, last, around)
        except ENDS_THE_TURN:
            raise
        except Exception:  # noqa: BLE001 -- a fault of ours in one thing must not hold up the others: find it
            log.warning("taking.batch_failed", store=store.key, facts=len(some))
            of_some = keys[start : start + FACTS]
            changed += _one_by_one(store, some, of_some, asked_at, around, stumbled)
            _do(store, last)
    return Taken(changed, frozenset(stumbled))


def read_and_take(
    store: StoreContext,
    task: Task,
    read: Read,
    ids: Sequence[str],
    *,
    also: AlsoOf = _no_more,
    around: Around = _as_it_is,
    patient: bool = True,
) -> Taken:
    """Read these by their ids and apply what comes.  ``also``: of those read together, and when they were asked for.

    Where reading them together fails for a fault of ours they are halved until those are found that it fails for.
    """
    asked_at = store.clock()
    try:
        facts = list(read(ids))
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        if len(ids) > 1:
            log.warning("taking.read_failed", store=store.key, task=task.value, things=len(ids))
            middle = len(ids) // 2
            halves = [
                read_and_take(store, task, read, half, also=also, around=around, patient=patient)
                for half in (ids[:middle], ids[middle:])
            ]
            return Taken(sum(one.changed for one in halves), halves[0].stumbled | halves[1].stumbled)
        for one in ids:
            log.exception("taking.bug", store=store.key, task=task.value, id=one)
            _set_aside(store, (task, one), (), error)
        _do(store, also(ids, asked_at))
        return Taken(0, frozenset((task, one) for one in ids))
    return take(store, facts, asked_at, also=also(ids, asked_at), around=around, patient=patient)


class NotRead(Exception):  # noqa: N818 -- it says what happened
    """What something irreversible would rest on could not be taken over."""


def read_now(store: StoreContext, task: Task, read: Read, ids: Sequence[str]) -> frozenset[str]:
    """The same now, whatever was set aside before; what of it could not be taken over."""
    stumbled: set[Key] = set()
    for start in range(0, len(ids), READ_AT_ONCE):
        stumbled |= read_and_take(store, task, read, ids[start : start + READ_AT_ONCE], patient=False).stumbled
    return frozenset(id_ for _, id_ in stumbled)


def _write(store: StoreContext, facts: Sequence[Fact], asked_at: datetime, also: Also, around: Around) -> int:
    with store.work() as uow:
        apply = Apply(uow, store.key, store.buyer_of)
        with around(uow, apply):
            apply.take(facts, asked_at, read=True)
        apply.finish(store.clock())
        also(uow)
        uow.commit()
    return apply.changed


def _do(store: StoreContext, also: Also) -> None:
    with store.work() as uow:
        also(uow)
        uow.commit()


def _one_by_one(
    store: StoreContext,
    facts: Sequence[Fact],
    keys: Sequence[Key],
    asked_at: datetime,
    around: Around,
    stumbled: set[Key],
) -> int:
    changed = 0
    for key, some in by_key(facts, keys):
        try:
            changed += _write(store, some, asked_at, _nothing, around)
        except ENDS_THE_TURN:
            raise
        except Exception as error:
            log.exception("taking.bug", store=store.key, task=key[0].value, id=key[1])
            _set_aside(store, key, some, error)
            stumbled.add(key)
    return changed


def _set_unread_aside(store: StoreContext, facts: Sequence[Fact], *, patient: bool) -> set[Key]:
    """What the shop says so that nobody can read it."""
    unread = {(TASKS[fact.thing], fact.id): fact for fact in facts if isinstance(fact, Unread)}
    if not unread:
        return set()
    with store.work() as uow:
        later = {(task, id_) for task, _ in unread for id_ in backing_off(store, uow, task)} if patient else set()
        for key, fact in unread.items():
            if key not in later:
                set_aside(store, uow, *key, fact.why, pools_of(uow, store.key, key, ()))
        uow.commit()
    return set(unread)


def _set_aside(store: StoreContext, key: Key, facts: Sequence[Fact], error: Exception) -> None:
    task, id_ = key
    with store.work(read_only=True) as uow:
        pools = pools_of(uow, store.key, key, facts)
    put_aside(store, task, id_, error, pools)


def _later(store: StoreContext, tasks: Collection[Task]) -> frozenset[Key]:
    """What is set aside for a fault of ours.  What merely could not be read holds up nobody, and perhaps now it can."""
    now = store.clock()
    with store.work(read_only=True) as uow:
        return frozenset(
            (task, one.id)
            for task in tasks
            for one in uow.aside.get(store.key, task).values()
            if one.next_at > now and one.why.startswith(OURS)
        )
