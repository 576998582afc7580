"""The jobs of every store: what is done for it, and what calls for that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from connector.bootstrap.service import Service
from connector.jobs.schedule import TURN, TURN_DOES, Job, Verb
from connector.ports.due import Look
from connector.services.amend import AMEND, amend_turn
from connector.services.context import StoreContext
from connector.services.delays import watch_delays
from connector.services.history import sample
from connector.services.housekeeping import Keep, housekeeping
from connector.services.invite import restock_turn
from connector.services.leave import leave
from connector.services.message_turn import messages_turn
from connector.services.privacy import answer_requests
from connector.services.reconcile import reconcile
from connector.services.renew import renew
from connector.services.rotate_secret import finish_rotation
from connector.services.turn import (
    CONFIRM,
    MESSAGES,
    act,
    confirm_and_notify,
    go_on_leaving,
    leave_or_turn,
    may,
    reconcile_turn,
)
from connector.settings.sections import RetentionSettings
from webhooks.subscriptions import ensure, remove_all
from webhooks.watch import watch


def store_jobs(service: Service) -> Sequence[Job]:
    """In the order in which a store's wanted ones run: with keys that have lapsed nothing else would get far."""
    sync, keep = service.settings.sync, _keep(service.settings.retention)
    reconciled = timedelta(seconds=sync.reconcile)
    rest = timedelta(seconds=sync.notify)

    def when(name: str, verb: Verb, *looks: Look, at_start: bool = True) -> Job:
        """Whenever something is due for it, and now and then all the same."""
        return Job(name, verb, every=reconciled, at_start=at_start, due=frozenset(looks), rest=rest)

    def go(store: StoreContext) -> int:
        return _leave(service, store)

    return (
        when("renew", lambda store: _renew(service, store), Look.RENEWAL),
        Job(TURN, lambda store: leave_or_turn(store, go), due=TURN_DOES),
        when("leave", lambda store: go_on_leaving(store, go), Look.LEAVING),
        Job("webhooks", lambda store: heal_webhooks(service, store), every=reconciled, at_start=True),
        when(CONFIRM, confirm_and_notify, Look.CONFIRM, Look.NOTICES, at_start=False),
        when("promises", watch_delays, Look.PROMISES),
        when(AMEND, amend_turn, Look.AMENDMENTS),
        when(MESSAGES, messages_turn, Look.MESSAGES),
        when("restock", restock_turn, Look.RESTOCK, at_start=False),
        when("privacy", answer_requests, Look.PRIVACY),
        Job("reconcile", reconcile_turn, every=reconciled, at_start=True),
        Job("watch", lambda store: _watch(service, store), every=timedelta(seconds=sync.silence) / 4),
        Job("sample", sample, every=timedelta(hours=1), at_start=True),
        Job("housekeeping", lambda store: housekeeping(store, keep), every=timedelta(seconds=sync.housekeeping)),
    )


def heal_webhooks(service: Service, store: StoreContext) -> int:
    """Create or mend the webhooks of one store; how many."""
    if not may(store, "webhooks"):
        return 0
    if finish_rotation(service.work, service.vault, store.key, service.clock()):
        service.known.refresh()
    secret = service.known.settings(store.key).secrets()[0]
    return act(store, "webhooks", lambda one: len(ensure(one, service.address(one.key), secret)))


def _keep(retention: RetentionSettings) -> Keep:
    return Keep(
        deliveries=timedelta(days=retention.deliveries),
        journal=timedelta(days=retention.journal),
        samples=timedelta(days=retention.samples),
        orders=retention.keep_orders,
        bodies=timedelta(days=retention.bodies),
        parked=timedelta(days=retention.parked),
    )


def _renew(service: Service, store: StoreContext) -> int:
    if not service.known.is_of_app(store.key):
        return 0
    installer = service.installers.get(store.platform.name)
    renewed = renew(store.key, store.work, service.vault, installer, service.clock)
    if renewed:
        service.known.refresh()
    return int(renewed)


def _leave(service: Service, store: StoreContext) -> int:
    installer = service.installers.get(store.platform.name)
    address = service.address(store.key)

    def revoke(options: Mapping[str, object]) -> str:
        return installer.revoke(options) if installer is not None else ""

    return leave(store, remove_webhooks=lambda: remove_all(store, address), revoke=revoke, vault=service.vault)


def _watch(service: Service, store: StoreContext) -> None:
    if watch(store, timedelta(seconds=service.settings.sync.silence)):
        heal_webhooks(service, store)
        if may(store, "read"):
            act(store, "read", lambda one: reconcile(one).healed)
