"""One store's turn: everything that is due for it, in the order in which it makes sense.

Turns of one store never run side by side (the jobs see to that); a turn may be cut off anywhere and simply run again.
A failure of a named kind stops the acts it concerns and no others, and never another store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from connector.domain.journal import Entry
from connector.ports.failures import OwnerMustAct, TryLater, Unreadable
from connector.ports.records import Leaving, StoreRecord
from connector.ports.sentence import Sentence
from connector.services.confirm import confirm
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext, is_outdated
from connector.services.digest import digest
from connector.services.notify import notify
from connector.services.patience import backoff
from connector.services.plan import plan
from connector.services.push import push
from connector.services.reconcile import reconcile
from connector.services.reread import reread
from connector.services.sentences import kept

log = structlog.get_logger()

LONGEST_WAIT = timedelta(hours=1)
READ, PUSH, NOTIFY, LEAVE = "read", "push", "notify", "leave"
MESSAGES = "messages"
CONFIRM = "confirm"
KEYS = "keys"
"""What is stopped where nothing can be called at all, until the owner connects the store again."""


def turn(store: StoreContext) -> int:
    """Do all that is due now; how many things were done."""
    record = _record(store)
    if record is None:
        return 0
    # A shop that removed us still sends its privacy requests, and they must not lie unread.
    done = drain(digest, store)
    if record.gone_at is not None or record.leaving is not Leaving.NO:
        return done
    done += drain(plan, store)
    if may(store, PUSH):
        done += act(store, PUSH, push)
    if may(store, READ):
        done += act(store, READ, reread) + drain(plan, store)
        if may(store, PUSH):
            done += act(store, PUSH, push)
    return done


def leave_or_turn(store: StoreContext, leaving: Callable[[StoreContext], int]) -> int:
    """A turn, or for a store that is being disconnected the next steps of that; how many things were done."""
    record = _record(store)
    if record is None or record.leaving is Leaving.NO:
        return turn(store)
    return drain(digest, store) + go_on_leaving(store, leaving)


def go_on_leaving(store: StoreContext, leaving: Callable[[StoreContext], int]) -> int:
    """What is left to do before a store is disconnected; nothing for one that stays, or that has just gone."""
    record = _record(store)
    if record is None or record.gone_at is not None or record.leaving is Leaving.NO or _waits(store, record):
        return 0
    return act(store, LEAVE, leaving)


def confirm_and_notify(store: StoreContext) -> int:
    """The slower half of a turn: confirm what has settled, then tell what is to be told."""
    done = act(store, READ, confirm) if may(store, READ) else 0
    if may(store, PUSH):
        done += act(store, PUSH, push)
    if may(store, NOTIFY):
        done += act(store, NOTIFY, notify)
    return done


def reconcile_turn(store: StoreContext) -> int:
    """Look at everything again.  What an owner had to mend is tried once more: perhaps it is mended."""
    record = _record(store)
    if record is None or not _is_here(record):
        return 0
    return act(store, READ, lambda one: reconcile(one).healed, retry_stopped=True)


def drain(verb: Callable[[StoreContext], int], store: StoreContext) -> int:
    """Until nothing is left, or until it was enough for one time; what is left stays due."""
    done = 0
    while some := verb(store):
        done += some
        if store.enough():
            break
    return done


def may(store: StoreContext, what: str) -> bool:
    """Whether this act is allowed now: not stopped for the owner, not asked to wait, not paused by hand."""
    record = _record(store)
    if record is None or not _is_here(record):
        return False
    if what in {PUSH, NOTIFY, MESSAGES} and (record.paused or not store.push or is_outdated(store, record)):
        return False
    if what == PUSH and CONNECTED not in record.cursors:
        return False  # A plan made of half a catalogue and half the orders is nobody's.
    return not _waits(store, record) and (what not in record.stopped or retry_beat(what) in record.beats)


def _is_here(record: StoreRecord) -> bool:
    """Whether the shop may be called at all, but for its leaving."""
    return record.gone_at is None and record.leaving is Leaving.NO and KEYS not in record.stopped


def _waits(store: StoreContext, record: StoreRecord) -> bool:
    """A moment further away than anybody is asked to wait was written while our clock was wrong."""
    return record.wait_until is not None and timedelta() < record.wait_until - store.clock() <= LONGEST_WAIT


def act(store: StoreContext, what: str, verb: Callable[[StoreContext], int], *, retry_stopped: bool = False) -> int:
    """Do something that calls the platform, and give each kind of failure its due (design, section 8)."""
    try:
        done = verb(store)
    except TryLater as failure:
        _wait(store, failure)
        return 0
    except OwnerMustAct as failure:
        _stop(store, what, failure)
        return 0
    except Unreadable as failure:
        # The platform itself answered with a shape we do not know; waiting is all that can be done at once.
        log.warning("platform.unreadable", store=store.key, act=what, path=failure.path, problem=failure.kind)
        _wait(
            store,
            TryLater(
                Sentence("the shop's answer could not be read: %(path)s %(kind)s", path=failure.path, kind=failure.kind)
            ),
        )
        return 0
    _succeeded(store, what, clear=retry_stopped)
    return done


def _record(store: StoreContext) -> StoreRecord | None:
    with store.work(read_only=True) as uow:
        return uow.stores.get(store.key)


def _wait(store: StoreContext, failure: TryLater) -> None:
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            record.failures += 1
            wait = failure.after or backoff(record.failures)
            record.wait_until = store.clock() + min(wait, LONGEST_WAIT)
            uow.stores.save(record)
            uow.commit()
            log.warning("platform.try_later", store=store.key, why=failure.reason, seconds=wait.total_seconds())


def _stop(store: StoreContext, what: str, failure: OwnerMustAct) -> None:
    now: datetime = store.clock()
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is None:
            return
        if 0 <= store.revision < record.revision:
            # The owner connected it again meanwhile: what the old keys cannot do says nothing of the new ones.
            log.info("store.outdated", store=store.key, act=failure.act, problem=failure.problem)
            return
        said = failure.said
        if record.stopped.get(failure.act) != said:
            # Told once: the same trouble found again is no news.
            uow.journal.append(
                store.key, [Entry(now, "owner_must_act", facts={"act": failure.act, **kept("said", said)})]
            )
            log.error("store.stopped", store=store.key, act=failure.act, problem=failure.problem, fix=failure.fix)
        record.stopped[failure.act] = said
        for tried in {what, failure.act}:
            record.beats.pop(retry_beat(tried), None)
        uow.stores.save(record)
        uow.commit()


def _succeeded(store: StoreContext, what: str, *, clear: bool) -> None:
    held = _record(store)
    if held is None or not _troubled(held, what, clear=clear):
        return
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is None:
            return
        record.failures, record.wait_until = 0, None
        record.stopped.pop(what, None)
        record.beats.pop(retry_beat(what), None)
        if clear:
            # Reading works again, so perhaps the keys do.  What was said stands until the act itself succeeds: found
            # once more, the same trouble is no news for the owner.
            record.beats.update({retry_beat(stopped): store.clock() for stopped in record.stopped})
        uow.stores.save(record)
        uow.commit()
        log.info("store.recovered", store=store.key, act=what)


def _troubled(record: StoreRecord, what: str, *, clear: bool) -> bool:
    waited = bool(record.failures or record.wait_until)
    return waited or what in record.stopped or (clear and bool(record.stopped))


def retry_beat(what: str) -> str:
    """The beat that allows one more try of a stopped act."""
    return f"retry {what}"
