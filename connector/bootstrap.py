"""The one place that knows every concrete class: from settings to a service that can run.

Nothing here decides anything; it hands the services what they need through ports.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from flask import Flask

import adapters
from connector.checked_settings import read_settings
from connector.jobs.embedded import Embedded
from connector.jobs.runs import Runs
from connector.jobs.schedule import TURN, Job
from connector.known_stores import KnownStores, StoreMaker
from connector.logs import configure_logging
from connector.ports.clock import Clock, system_clock
from connector.ports.installing import Installer
from connector.ports.records import Origin, StoreRecord
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import Work
from connector.ports.vault import Vault
from connector.secret_key import open_vault
from connector.services.amend import AMEND, amend_turn
from connector.services.context import StoreContext
from connector.services.delays import watch_delays
from connector.services.history import sample
from connector.services.housekeeping import Keep, housekeeping
from connector.services.invite import restock_turn
from connector.services.leave import leave
from connector.services.message_turn import messages_turn
from connector.services.receive import AppSigns, ReceiveCompliance, ReceiveDelivery
from connector.services.reconcile import reconcile
from connector.services.renew import renew
from connector.services.steer import plan_again
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
from connector.settings import ConfigError, Settings
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.web import site
from connector.web.app import create_app
from connector.web.backstage import Backstage
from connector.web.health import blueprint as health_blueprint
from connector.web.look import dress
from webhooks.receive import blueprint as webhooks_blueprint
from webhooks.subscriptions import address_of, ensure, remove_all
from webhooks.watch import watch

__all__ = ["CONFIG_FILE", "Service", "build_app", "open_service", "read_settings", "wsgi_app"]

CONFIG_FILE = "BACKORDER_CONFIG_FILE"
"""The environment variable that tells the server's own process which config it serves."""


@dataclass
class Service:
    """One installation, opened.  ``close`` it when done."""

    settings: Settings
    clock: Clock = system_clock

    @cached_property
    def database(self) -> Database:
        try:
            return open_database(self.settings.database.url.get_secret_value())
        except (ValueError, RuntimeError) as error:
            raise ConfigError([str(error)]) from error

    @property
    def work(self) -> Work:
        return self.database.work

    @cached_property
    def platforms(self) -> Mapping[str, Platform]:
        return adapters.platforms()

    @cached_property
    def installers(self) -> Mapping[str, Installer]:
        """How owners connect stores of each platform on a page."""
        allow = self.settings.security.allow_private_addresses
        install = self.settings.install
        made = {name: adapters.installer(name, install.options(name), allow_private=allow) for name in self.platforms}
        return {name: one for name, one in made.items() if one is not None}

    @cached_property
    def vault(self) -> Vault:
        return open_vault(self.settings.security)

    @cached_property
    def known(self) -> KnownStores:
        maker = StoreMaker(self.settings, self.platforms, self.installers, lambda: self.vault, self.work, self.clock)
        return KnownStores(maker)

    @property
    def stores(self) -> Mapping[str, StoreContext]:
        """Every store that is connected now, ready to be worked on."""
        return self.known.all()

    def prepare(self) -> None:
        """Bring the database up to date and enter the stores of the config; safe to run at every start."""
        _ = self.vault  # whose key is made now, where it is missing
        self.database.upgrade()
        problems: list[str] = []
        with self.work() as uow:
            for store in self.settings.stores:
                held = uow.stores.get(store.key)
                if held is not None and held.origin is Origin.APP:
                    problems.append(_taken(held))
                    continue
                record = held or StoreRecord(store.key, store.platform)
                shop = self.platforms[store.platform].shop(store.plain_options())
                if held is None or record.shop != shop:
                    record.title = _title(shop) if record.title in {"", _title(record.shop)} else record.title
                    record.shop = shop
                    uow.stores.save(record)
            if problems:
                raise ConfigError(problems)
            uow.commit()

    def address(self, key: str) -> str:
        """Where the platform of this store delivers."""
        return address_of(self.settings.server.public_url, self.known.settings(key).platform, key)

    def heal_webhooks(self, store: StoreContext) -> int:
        """Create or mend the webhooks of one store; how many."""
        if not may(store, "webhooks"):
            return 0
        secret = self.known.settings(store.key).secrets()[0]
        return act(store, "webhooks", lambda one: len(ensure(one, self.address(one.key), secret)))

    def jobs(self) -> Sequence[Job]:
        """In the order in which a store's wanted ones run: with keys that have lapsed nothing else would get far."""
        sync, retention = self.settings.sync, self.settings.retention
        keep = Keep(*(timedelta(days=days) for days in (retention.deliveries, retention.journal, retention.samples)))
        reconciled = timedelta(seconds=sync.reconcile)
        noticed = timedelta(seconds=sync.notify)
        return (
            Job("renew", self._renew, every=timedelta(minutes=1), at_start=True),
            Job(TURN, lambda store: leave_or_turn(store, self._leave)),
            Job("leave", lambda store: go_on_leaving(store, self._leave), every=noticed, at_start=True),
            Job("webhooks", self.heal_webhooks, every=reconciled, at_start=True),
            Job(CONFIRM, confirm_and_notify, every=noticed),
            Job("promises", watch_delays, every=noticed, at_start=True),
            Job(AMEND, amend_turn, every=noticed, at_start=True),
            Job(MESSAGES, messages_turn, every=noticed, at_start=True),
            Job("restock", restock_turn, every=noticed),
            Job("reconcile", reconcile_turn, every=reconciled, at_start=True),
            Job("watch", self._watch, every=timedelta(seconds=sync.silence) / 4),
            Job("sample", sample, every=timedelta(hours=1), at_start=True),
            Job("housekeeping", lambda store: housekeeping(store, keep), every=timedelta(seconds=sync.housekeeping)),
        )

    def _renew(self, store: StoreContext) -> int:
        if not self.known.is_of_app(store.key):
            return 0
        renewed = renew(store.key, self.work, self.vault, self.installers.get(store.platform.name), self.clock)
        if renewed:
            self.known.refresh()
        return int(renewed)

    def _leave(self, store: StoreContext) -> int:
        installer = self.installers.get(store.platform.name)

        def revoke(options: Mapping[str, object]) -> str:
            return installer.revoke(options) if installer is not None else ""

        address = self.address(store.key)
        return leave(store, remove_webhooks=lambda: remove_all(store, address), revoke=revoke, vault=self.vault)

    def _watch(self, store: StoreContext) -> None:
        if watch(store, timedelta(seconds=self.settings.sync.silence)):
            self.heal_webhooks(store)
            if may(store, "read"):
                act(store, "read", lambda one: reconcile(one).healed)

    def replan(self) -> None:
        """Have everything planned again: the config may say something else than at the last start."""
        with self.work() as uow:
            for key in self.stores:
                plan_again(uow, key, self.clock())
            uow.commit()

    def scheduler(self) -> Embedded:
        """What runs the stores; made once, when the service starts."""
        self.replan()
        return Embedded(
            self.known.tended,
            self.jobs(),
            work=self.work,
            clock=self.clock,
            tick=timedelta(seconds=self.settings.sync.digest),
            rest=timedelta(seconds=self.settings.sync.push),
            noted=Runs(self.work),
        )

    def close(self) -> None:
        self.database.close()


def open_service(path: Path, env: Mapping[str, str] | None = None) -> Service:
    settings = read_settings(path, env)
    configure_logging(settings.logging.level, settings.logging.format)
    return Service(settings)


def _taken(held: StoreRecord) -> str:
    theirs = held.title or held.shop
    return (
        f"stores: the key {held.key} of a store in the config file is also that of {theirs}, which its owner connected "
        "on a page: give the one in the file another key"
    )


def _title(shop: str) -> str:
    return shop.partition("://")[2] or shop


def wsgi_app() -> Flask:
    """The web part, for the server's own process; the config's path comes by environment."""
    service = open_service(Path(os.environ[CONFIG_FILE]))
    return build_app(service)


def build_app(service: Service) -> Flask:
    """The web application over an opened service."""
    settings, known = service.settings, service.known
    inbox = GroupCommitInbox(settings.database.url.get_secret_value())
    receive = ReceiveDelivery(service.platforms, known.secrets, inbox, service.clock, known.look_again)
    signs = AppSigns(known.app_secrets, known.is_of_app, known.look_again)
    comply = ReceiveCompliance(service.platforms, known.own_secrets, known.store_of_shop, inbox, service.clock, signs)
    back = backstage(service)
    return create_app(
        [
            *site.blueprints(back),
            webhooks_blueprint(
                receive, comply, compliance_platforms=["shopify"], max_body_bytes=settings.server.max_body_bytes
            ),
            health_blueprint({"database": lambda: "; ".join(service.database.check()) or None}),
        ],
        on_stop=inbox.close,
        pages=lambda app: dress(app, back),
    )


def backstage(service: Service) -> Backstage:
    """What the pages are handed."""
    settings = service.settings
    public_url = settings.server.public_url
    return Backstage(
        work=service.work,
        clock=service.clock,
        known=service.known,
        platforms=service.platforms,
        titles={name: adapters.manifest(name).title for name in service.platforms},
        installers=service.installers,
        vault=service.vault,
        web=settings.web,
        install=settings.install,
        public_url=public_url.rstrip("/"),
        address_of=lambda platform, key: address_of(public_url, platform, key),
        version=version("backorder-connector"),
        secure=not public_url.startswith("http:"),
        mail=settings.mail,
    )
