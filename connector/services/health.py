"""Whether a store is well, at a glance: what waits, what is stopped, and what only its owner can mend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from connector.ports.records import DeliveryState, Leaving, NoticeState, StoreRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.connected import CONNECTED
from connector.services.push import PUSHED

MANY = 1_000
"""Beyond it a number is shown as so many and more."""

LATE = timedelta(minutes=5)
"""News that lies unread for longer than this means that nobody reads it."""


class State(Enum):
    DISCONNECTED = "disconnected"
    LEAVING = "leaving"
    NEEDS_OWNER = "needs owner"
    PAUSED = "paused"
    IMPORTING = "importing"
    READY = "ready"  # read and planned; its owner has not said start
    WAITING = "waiting"  # the shop asked for patience
    RUNNING = "running"


class Matter(Enum):
    """What needs the owner; the page knows the way to mend each."""

    KEYS = "keys"
    RIGHTS = "rights"
    WEBHOOKS = "webhooks"
    STOPPED = "stopped"
    PARKED = "parked"
    ASIDE = "set aside"
    OVERRIDDEN = "overridden"
    REFUSED = "refused"
    NOTICES = "notices"
    START = "start"
    PAUSED = "paused"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Need:
    """``said``: the platform's or the service's own sentence, where there is one; ``count``: of how many things."""

    matter: Matter
    said: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Health:
    """Counts stop at ``MANY``."""

    key: str
    title: str
    platform: str
    shop: str
    state: State
    needs: tuple[Need, ...]
    received: int
    parked: int
    notices_waiting: int
    forged: int
    last_delivery: datetime | None
    last_push: datetime | None
    last_read: datetime | None
    read_to: datetime | None
    wait_until: datetime | None
    connected_at: datetime | None


def health(uow: UnitOfWork, store: StoreRecord, now: datetime, *, push: bool) -> Health:
    """``push``: whether the settings let anything be written to the shop."""
    counts = uow.deliveries.counts(store.key)
    return Health(
        key=store.key,
        title=store.title or store.key,
        platform=store.platform,
        shop=store.shop,
        state=state_of(store, now, push=push),
        needs=tuple(_needs(uow, store, now, push=push, parked=counts.get(DeliveryState.PARKED, 0))),
        received=counts.get(DeliveryState.RECEIVED, 0),
        parked=counts.get(DeliveryState.PARKED, 0),
        notices_waiting=len(uow.notices.find(store.key, NoticeState.PENDING, MANY)),
        forged=uow.stores.counters(store.key).get("forged", 0),
        last_delivery=uow.deliveries.newest(store.key),
        last_push=store.beats.get(PUSHED),
        last_read=store.beats.get("reconcile"),
        read_to=store.cursors.get("orders"),
        wait_until=store.wait_until if store.wait_until is not None and store.wait_until > now else None,
        connected_at=store.cursors.get(CONNECTED),
    )


def state_of(store: StoreRecord, now: datetime, *, push: bool) -> State:
    """The first of these that holds is the one that explains most."""
    holds = (
        (State.DISCONNECTED, store.gone_at is not None),
        (State.LEAVING, store.leaving is not Leaving.NO),
        (State.NEEDS_OWNER, bool(store.stopped)),
        (State.PAUSED, store.paused),
        (State.IMPORTING, CONNECTED not in store.cursors),
        (State.READY, not push),
        (State.WAITING, store.wait_until is not None and store.wait_until > now),
    )
    return next((state for state, so in holds if so), State.RUNNING)


def _needs(uow: UnitOfWork, store: StoreRecord, now: datetime, *, push: bool, parked: int) -> Iterator[Need]:
    known = {"keys": Matter.KEYS, "webhooks": Matter.WEBHOOKS, "read": Matter.RIGHTS, "push": Matter.RIGHTS}
    for act, said in sorted(store.stopped.items()):
        yield Need(known.get(act, Matter.STOPPED), said)
    if CONNECTED in store.cursors and not push and store.gone_at is None:
        yield Need(Matter.START)
    if store.paused:
        yield Need(Matter.PAUSED)
    if parked:
        yield Need(Matter.PARKED, count=parked)
    aside = len(uow.aside.find(store.key, MANY))
    if aside:
        yield Need(Matter.ASIDE, count=aside)
    overridden = len(uow.showings.overridden(store.key)[:MANY])
    if overridden:
        yield Need(Matter.OVERRIDDEN, count=overridden)
    notices = len(uow.notices.find(store.key, NoticeState.PARKED, MANY))
    if notices:
        yield Need(Matter.NOTICES, count=notices)
    oldest = next(iter(uow.deliveries.waiting(store.key, 1)), None)
    if oldest is not None and now - oldest.received_at > LATE:
        yield Need(Matter.UNREAD)
