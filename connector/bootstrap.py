"""The one place that knows every concrete class: from settings to a service that can run.

Nothing here decides anything; it hands the services what they need through ports.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path

from flask import Flask

import adapters
from connector.jobs.embedded import Embedded
from connector.jobs.schedule import TURN, Job
from connector.logs import configure_logging
from connector.notify.wording import TemplateWording
from connector.ports.clock import Clock, system_clock
from connector.ports.records import StoreRecord
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import Work
from connector.secret_key import make_key
from connector.services.context import StoreContext
from connector.services.housekeeping import housekeeping
from connector.services.receive import ReceiveCompliance, ReceiveDelivery
from connector.services.reconcile import reconcile
from connector.services.turn import CONFIRM, act, confirm_and_notify, may, reconcile_turn, turn
from connector.settings import ConfigError, Settings, StoreSettings, load
from connector.settings.wording import did_you_mean
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.web.app import create_app
from connector.web.health import blueprint as health_blueprint
from webhooks.receive import blueprint as webhooks_blueprint
from webhooks.subscriptions import address_of, ensure
from webhooks.watch import watch

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
    def stores(self) -> Mapping[str, StoreContext]:
        """Every store of the config, ready to be worked on."""
        return {one.key: self._context(one) for one in self.settings.stores}

    def _context(self, store: StoreSettings) -> StoreContext:
        platform = self.platforms[store.platform]
        sync = self.settings.sync
        return StoreContext(
            key=store.key,
            platform=platform,
            storefront=platform.connect(
                store.plain_options(), allow_private=self.settings.security.allow_private_addresses
            ),
            work=self.work,
            clock=self.clock,
            policies=store.policy_book(),
            wording=TemplateWording(
                store.language,
                {language: texts.model_dump() for language, texts in store.messages.items()},
                store.notice_kinds,
            ),
            push=store.push,
            language=store.language,
            zone=store.zone,
            settle=timedelta(seconds=sync.settle),
            overlap=timedelta(seconds=sync.overlap),
            lease=timedelta(seconds=sync.lease),
        )

    def prepare(self) -> None:
        """Bring the database up to date and enter the stores of the config; safe to run at every start."""
        make_key(self.settings.security.encryption_key_file)
        self.database.upgrade()
        with self.work() as uow:
            for store in self.settings.stores:
                if uow.stores.get(store.key) is None:
                    uow.stores.save(StoreRecord(store.key, store.platform))
            uow.commit()

    def address(self, key: str) -> str:
        """Where the platform of this store delivers."""
        return address_of(self.settings.server.public_url, self.settings.store(key).platform, key)

    def heal_webhooks(self, store: StoreContext) -> int:
        """Create or mend the webhooks of one store; how many."""
        if not may(store, "webhooks"):
            return 0
        secret = self.settings.store(store.key).secrets()[0]
        return act(store, "webhooks", lambda one: len(ensure(one, self.address(one.key), secret)))

    def jobs(self) -> Sequence[Job]:
        sync, retention = self.settings.sync, self.settings.retention
        return (
            Job(TURN, turn),
            Job("webhooks", self.heal_webhooks, every=timedelta(seconds=sync.reconcile), at_start=True),
            Job(CONFIRM, confirm_and_notify, every=timedelta(seconds=sync.notify)),
            Job("reconcile", reconcile_turn, every=timedelta(seconds=sync.reconcile), at_start=True),
            Job("watch", self._watch, every=timedelta(seconds=sync.silence) / 4),
            Job(
                "housekeeping",
                partial(
                    housekeeping,
                    keep_deliveries=timedelta(days=retention.deliveries),
                    keep_journal=timedelta(days=retention.journal),
                ),
                every=timedelta(seconds=sync.housekeeping),
            ),
        )

    def _watch(self, store: StoreContext) -> None:
        if watch(store, timedelta(seconds=self.settings.sync.silence)):
            self.heal_webhooks(store)
            act(store, "read", lambda one: reconcile(one).healed)

    def replan(self) -> None:
        """Have everything planned again: the config may say something else than at the last start.

        What comes out the same is written nowhere and pushed nowhere.  Where somebody waits it is confirmed again too:
        while a store was not to be written to (``push = false``), nobody was told anything.
        """
        with self.work() as uow:
            for key in self.stores:
                now = self.clock()
                uow.pools.redirty(key, None, now)
                waited_for = uow.catalogue.get(key, uow.orders.waiting_totals(key).keys())
                uow.pools.touch(key, sorted({variant.pool_id for variant in waited_for.values()}), now)
            uow.commit()

    def scheduler(self) -> Embedded:
        """What runs the stores; made once, when the service starts."""
        self.replan()
        return Embedded(
            lambda: self.stores,
            self.jobs(),
            work=self.work,
            clock=self.clock,
            tick=timedelta(seconds=self.settings.sync.digest),
            rest=timedelta(seconds=self.settings.sync.push),
        )

    def close(self) -> None:
        self.database.close()


def read_settings(path: Path, env: Mapping[str, str] | None = None) -> Settings:
    """Read and check the whole config, the platforms' own settings too.  ``ConfigError`` names every fault at once."""
    try:
        settings = load(path, os.environ if env is None else env)
    except ConfigError as error:
        raise ConfigError([*error.problems, *_unknown_platforms(path)]) from None
    problems = _platform_problems(settings, path)
    if problems:
        raise ConfigError(problems)
    return settings


def open_service(path: Path, env: Mapping[str, str] | None = None) -> Service:
    settings = read_settings(path, env)
    configure_logging(settings.logging.level, settings.logging.format)
    return Service(settings)


def _unknown_platforms(path: Path) -> list[str]:
    """Platforms that do not exist, in a file that has other faults too: all of them are to be named at once."""
    try:
        stores = tomllib.loads(path.read_text("utf-8")).get("stores", [])
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(stores, list):
        return []
    given = [store.get("platform") if isinstance(store, dict) else None for store in stores]
    problems: list[str] = []
    for position, name in enumerate(given):
        if isinstance(name, str) and name not in adapters.names():
            problems.append(f"{path}: stores[{position}].platform: is none: {did_you_mean(name, adapters.names())}")
    return problems


def _platform_problems(settings: Settings, path: Path) -> Sequence[str]:
    problems: list[str] = []
    for position, store in enumerate(settings.stores):
        try:
            platform = adapters.platform(store.platform)
        except adapters.UnknownPlatform as error:
            problems.append(f"{path}: stores[{position}].platform: {error}")
            continue
        problems += [
            f"{path}: stores[{position}].{key}: {what}" for key, what in platform.problems(store.plain_options())
        ]
    return problems


def wsgi_app() -> Flask:
    """The web part, for the server's own process; the config's path comes by environment."""
    service = open_service(Path(os.environ[CONFIG_FILE]))
    return build_app(service)


def build_app(service: Service) -> Flask:
    """The web application over an opened service."""
    settings = service.settings
    inbox = GroupCommitInbox(settings.database.url.get_secret_value())
    secrets = {(one.platform, one.key): one.secrets() for one in settings.stores}
    shops = {(one.platform, str(one.options.get("shop", "")).lower()): one.key for one in settings.stores}
    receive = ReceiveDelivery(
        service.platforms, lambda platform, key: secrets.get((platform, key)), inbox, service.clock
    )
    comply = ReceiveCompliance(
        service.platforms,
        lambda platform: [(key, live) for (of, key), live in secrets.items() if of == platform],
        lambda platform, shop: shops.get((platform, shop)),
        inbox,
        service.clock,
    )
    return create_app(
        [
            webhooks_blueprint(
                receive, comply, compliance_platforms=["shopify"], max_body_bytes=settings.server.max_body_bytes
            ),
            health_blueprint({"database": lambda: "; ".join(service.database.check()) or None}),
        ],
        on_stop=inbox.close,
    )
