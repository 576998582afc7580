"""Keys that lapse are renewed before they do.

One renewal at a time: a lease in the store's row, taken in a transaction of its own, keeps the threads and processes
apart.  If we die between the platform's answer and our saving it, the keys we still have can be renewed once more
(shopify.dev, more-resilient-refreshes-for-expiring-offline-access-tokens), so the next run simply tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import log2
from typing import Any

import structlog

from connector.domain.journal import Entry
from connector.ports.accounts import Sealed
from connector.ports.clock import Clock
from connector.ports.due import RENEW_AHEAD
from connector.ports.failures import Failure, OwnerMustAct, TryLater, Unreadable
from connector.ports.installing import Installer
from connector.ports.records import StoreRecord
from connector.ports.sentence import Sentence, together
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.ports.vault import Unopenable, Vault
from connector.services.keys import Keys, read_keys, write_keys
from connector.services.patience import FIRST, backoff
from connector.services.sentences import kept
from connector.services.turn import KEYS, retry_beat

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
LONGEST_WAIT = timedelta(minutes=5)
"""Without keys nothing works, so they are asked for more often than anything else that fails."""

RENEWING = "renewing"  # the lease: since when
WAIT = "renew not before"
FAILING = "renew failing since"
CONNECT_AGAIN = Sentence("Connect the store again; its queue and its settings are kept.")


@dataclass(frozen=True, slots=True)
class _Held:
    """Keys whose lease is ours, and how they lay in the database when we took it."""

    keys: Keys
    sealed: Sealed


def renew(store: str, work: Work, vault: Vault, installer: Installer | None, clock: Clock) -> bool:
    """Renew the keys of a store if they lapse soon or have lapsed; whether they were renewed.

    A failure of the platform's disturbs nothing: the old keys are used as long as they work, and this is tried again.
    Where only the owner can help, the store is stopped until it is connected again.
    """
    if installer is None:
        return False
    with work(read_only=True) as uow:
        if not _is_due(uow, store, clock()):
            return False
    held = _take_lease(store, work, vault, clock)
    if held is None:
        return False
    try:
        fresh = installer.renew(held.keys.options, now=clock())
        lapses_at = installer.lapses(fresh)
    except (TryLater, Unreadable) as failure:
        _wait(store, work, failure, clock())
        return False
    except Failure as failure:
        said = failure.said if isinstance(failure, OwnerMustAct) else together(failure.said, CONNECT_AGAIN)
        _stop(store, work, vault, held.sealed, said, clock())
        return False
    return _keep(store, work, vault, held, fresh, lapses_at, clock())


def _is_due(uow: UnitOfWork, store: str, now: datetime) -> bool:
    record, sealed = uow.stores.get(store), uow.credentials.get(store)
    if record is None or record.gone_at is not None or KEYS in record.stopped:
        return False
    if sealed is None or sealed.lapses_at is None or sealed.lapses_at - now > RENEW_AHEAD:
        return False
    leased = RENEWING in record.beats and now - record.beats[RENEWING] < LEASE
    waits = WAIT in record.beats and record.beats[WAIT] > now
    return not leased and not waits


def _take_lease(store: str, work: Work, vault: Vault, clock: Clock) -> _Held | None:
    """Ours from now on, unless another was faster."""
    with work() as uow:
        now = clock()
        record, sealed = uow.stores.get(store), uow.credentials.get(store)
        if record is None or sealed is None or not _is_due(uow, store, now):
            return None
        try:
            keys = read_keys(uow, vault, store)
        except Unopenable:
            # Whoever makes the stores has said so already, and takes it back once the right key is in the config.
            return None
        record.beats[RENEWING] = now
        uow.stores.save(record)
        uow.commit()
    return _Held(keys, sealed) if keys is not None else None


def _keep(
    store: str,
    work: Work,
    vault: Vault,
    held: _Held,
    fresh: Mapping[str, Any],
    lapses_at: datetime | None,
    now: datetime,
) -> bool:
    with work() as uow:
        record = uow.stores.get(store)
        if record is None or not _are(uow.credentials.get(store), held.sealed, vault):
            return False  # Connected again or disconnected meanwhile: what stands there now is newer than ours.
        write_keys(uow, vault, store, replace(held.keys, options=fresh), now, lapses_at)
        record.revision += 1
        _clear(record)
        record.stopped.pop(KEYS, None)
        # What the old keys could not do any more may be tried with the new ones.
        record.beats.update({retry_beat(act): now for act in record.stopped})
        uow.stores.save(record)
        uow.commit()
    log.info("keys.renewed", store=store, lapse_at=lapses_at.isoformat() if lapses_at else None)
    return True


def _wait(store: str, work: Work, failure: TryLater | Unreadable, now: datetime) -> None:
    asked = failure.after if isinstance(failure, TryLater) else None
    with work() as uow:
        record = uow.stores.get(store)
        if record is None:
            return
        since = record.beats.setdefault(FAILING, now)
        # The waits double, so how long it has failed tells how often.
        times = 1 + int(log2(1 + max(now - since, timedelta()) / FIRST))
        wait = max(asked or timedelta(), min(backoff(times), LONGEST_WAIT))
        record.beats[WAIT] = now + wait
        record.beats.pop(RENEWING, None)
        uow.stores.save(record)
        uow.commit()
    log.warning("keys.try_later", store=store, why=str(failure), seconds=wait.total_seconds())


def _stop(store: str, work: Work, vault: Vault, sealed: Sealed, said: str, now: datetime) -> None:
    with work() as uow:
        record = uow.stores.get(store)
        if record is None or not _are(uow.credentials.get(store), sealed, vault):
            return  # These keys are gone already: what became of them concerns nobody.
        uow.journal.append(store, [Entry(now, "owner_must_act", facts={"act": KEYS, **kept("said", said)})])
        record.stopped[KEYS] = said
        _clear(record)
        uow.stores.save(record)
        uow.commit()
    log.error("store.stopped", store=store, act=KEYS, problem=said)


def _are(now: Sealed | None, then: Sealed, vault: Vault) -> bool:
    """Whether they are the same keys still, even if they were sealed anew meanwhile with a newer encryption key."""
    if now is None or (now.changed_at, now.lapses_at) != (then.changed_at, then.lapses_at):
        return False
    try:
        return now.secret == then.secret or vault.open(now.secret) == vault.open(then.secret)
    except Unopenable:
        return False


def _clear(record: StoreRecord) -> None:
    for beat in (RENEWING, WAIT, FAILING):
        record.beats.pop(beat, None)
