"""The one place that knows every concrete class: from settings to a service that can run.

Nothing here decides anything; it hands the services what they need through ports.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from flask import Flask

import adapters
from connector.buyers import PURPOSE as BUYERS
from connector.checked_settings import read_settings
from connector.jobs.beats import Beats
from connector.jobs.embedded import Embedded
from connector.jobs.runs import Runs
from connector.jobs.schedule import TURN, TURN_DOES, Job, Verb
from connector.known_stores import KnownStores, StoreMaker
from connector.known_stores.budgets import SharedBudget
from connector.known_stores.reaching import MESSAGE_IDS
from connector.logs import configure_logging
from connector.ports.budgets import BucketKeeper
from connector.ports.clock import Clock, system_clock
from connector.ports.due import Look
from connector.ports.installing import Installer
from connector.ports.records import Origin, StoreRecord
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import Work
from connector.ports.vault import Vault
from connector.secret_key import FernetVault, open_vault, refuse_another_key
from connector.seeing.all import Seeing
from connector.services.amend import AMEND, amend_turn
from connector.services.context import StoreContext
from connector.services.delays import watch_delays
from connector.services.history import sample
from connector.services.housekeeping import Keep, housekeeping
from connector.services.invite import restock_turn
from connector.services.leave import leave
from connector.services.message_turn import messages_turn
from connector.services.page_links import PURPOSE as LINKS
from connector.services.page_links import STOP_LASTS
from connector.services.privacy import answer_requests
from connector.services.receive import AppSigns, ReceiveCompliance, ReceiveDelivery
from connector.services.reconcile import reconcile
from connector.services.renew import renew
from connector.services.reseal import Reseal, keep_first
from connector.services.rotate_secret import finish_rotation
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
from connector.settings import ConfigError, Settings, StoreSettings
from connector.storage.bodies import PURPOSE as BODIES
from connector.storage.bodies import Bodies
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.kept_keys import SqlKeptKeys
from connector.storage.postgresql import CONNECTIONS
from connector.storage.sealed import BODIES as SEALED_BODIES
from connector.storage.sealed import SqlSealedTexts
from connector.web import site
from connector.web.app import create_app
from connector.web.backstage import Backstage
from connector.web.figures import blueprint as figures_blueprint
from connector.web.health import blueprint as health_blueprint
from connector.web.limits import new_limiter
from connector.web.look import dress
from webhooks.receive import blueprint as webhooks_blueprint
from webhooks.subscriptions import address_of, ensure, remove_all
from webhooks.watch import watch

__all__ = ["CONFIG_FILE", "Service", "build_app", "open_service", "read_settings", "wsgi_app"]

SERVED = "served settings"
VERSION = version("backorder-connector")
CONFIG_FILE = "BACKORDER_CONFIG_FILE"
"""The environment variable that tells the server's own process which config it serves."""


@dataclass
class Service:
    """One installation, opened.  ``close`` it when done."""

    settings: Settings
    clock: Clock = system_clock
    connections: int = CONNECTIONS
    """How many this process keeps to PostgreSQL at most."""

    @cached_property
    def database(self) -> Database:
        try:
            return open_database(self.settings.database.url.get_secret_value(), self.bodies, self.connections)
        except (ValueError, RuntimeError) as error:
            raise ConfigError([str(error)]) from error

    @property
    def work(self) -> Work:
        return self.database.work

    @cached_property
    def bodies(self) -> Bodies:
        """How what the shops send lies in the database."""
        return Bodies(lambda: self.vault.derive_all(BODIES))

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
    def vault(self) -> FernetVault:
        return open_vault(self.settings.security, self.kept_keys.all)

    @property
    def kept_keys(self) -> SqlKeptKeys:
        return SqlKeptKeys(self.database.engine)

    def reseal(self) -> Reseal:
        """How the key is changed that everything is sealed with."""
        texts = SqlSealedTexts(self.database.engine)
        return Reseal(texts, self.vault, {SEALED_BODIES: self.bodies}, self.kept_keys)

    def signed_lives(self) -> dict[str, timedelta]:
        """By what keys are derived for: how long what was signed with one today may still come back to us."""
        stores = [self.known.settings(key) for key in self.known.tended()]
        days = [max(one.shopper.link_days, one.restock.forget_days) for one in stores]
        longest = max(timedelta(days=max(days, default=0) + 1), STOP_LASTS)
        return {LINKS: longest, MESSAGE_IDS: longest}

    @cached_property
    def known(self) -> KnownStores:
        maker = StoreMaker(
            self.settings,
            self.platforms,
            self.installers,
            lambda: self.vault,
            self.work,
            self.clock,
            self._budget if self.database.is_shared else None,  # else one process calls the shops
        )
        return KnownStores(maker)

    @cached_property
    def seeing(self) -> Seeing:
        """What whoever runs this service sees of it."""
        return Seeing(self.settings, self.database, self.clock, lambda: self.known.tended().keys(), VERSION)

    def _budget(self, store: str) -> BucketKeeper:
        return SharedBudget(self.work, store)

    @property
    def stores(self) -> Mapping[str, StoreContext]:
        """Every store that is connected now, ready to be worked on."""
        return self.known.all()

    def prepare(self) -> None:
        """Bring the database up to date and enter the stores of the config; safe to run at every start."""
        self.database.upgrade()
        if self.database.is_shared:
            refuse_another_key(self.settings.security, self.kept_keys.all())
        keep_first(self.kept_keys, self.vault, BUYERS)  # the vault's key is made now, where it is missing
        if self.database.is_shared:  # two machines may have begun at once, each with a key of its own
            refuse_another_key(self.settings.security, self.kept_keys.all())
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
        if finish_rotation(self.work, self.vault, store.key, self.clock()):
            self.known.refresh()
        secret = self.known.settings(store.key).secrets()[0]
        return act(store, "webhooks", lambda one: len(ensure(one, self.address(one.key), secret)))

    def jobs(self) -> Sequence[Job]:
        """In the order in which a store's wanted ones run: with keys that have lapsed nothing else would get far."""
        sync, retention = self.settings.sync, self.settings.retention
        keep = Keep(
            deliveries=timedelta(days=retention.deliveries),
            journal=timedelta(days=retention.journal),
            samples=timedelta(days=retention.samples),
            orders=retention.keep_orders,
            bodies=timedelta(days=retention.bodies),
            parked=timedelta(days=retention.parked),
        )
        reconciled = timedelta(seconds=sync.reconcile)
        rest = timedelta(seconds=sync.notify)

        def when(name: str, verb: Verb, *looks: Look, at_start: bool = True) -> Job:
            """Whenever something is due for it, and now and then all the same."""
            return Job(name, verb, every=reconciled, at_start=at_start, due=frozenset(looks), rest=rest)

        return (
            when("renew", self._renew, Look.RENEWAL),
            Job(TURN, lambda store: leave_or_turn(store, self._leave), due=TURN_DOES),
            when("leave", lambda store: go_on_leaving(store, self._leave), Look.LEAVING),
            Job("webhooks", self.heal_webhooks, every=reconciled, at_start=True),
            when(CONFIRM, confirm_and_notify, Look.CONFIRM, Look.NOTICES, at_start=False),
            when("promises", watch_delays, Look.PROMISES),
            when(AMEND, amend_turn, Look.AMENDMENTS),
            when(MESSAGES, messages_turn, Look.MESSAGES),
            when("restock", restock_turn, Look.RESTOCK, at_start=False),
            when("privacy", answer_requests, Look.PRIVACY),
            Job("reconcile", reconcile_turn, every=reconciled, at_start=True),
            Job("watch", self._watch, every=timedelta(seconds=sync.silence) / 4),
            Job("sample", sample, every=timedelta(hours=1), at_start=True),
            Job("housekeeping", lambda store: housekeeping(store, keep), every=timedelta(seconds=sync.housekeeping)),
        )

    def _renew(self, store: StoreContext) -> int:
        if not self.known.is_of_app(store.key):
            return 0
        renewed = renew(store.key, store.work, self.vault, self.installers.get(store.platform.name), self.clock)
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

    def begin_anew(self, keys: Collection[str]) -> Collection[str]:
        """Have those of these stores planned again whose settings in the config are others than when this was last
        asked, by whatever process; which those are.
        """
        with self.work(read_only=True) as uow:
            served = uow.served.all()
        now_served = {key: digest_of(self.known.settings(key), self.vault) for key in keys}
        others = {key: settings for key, settings in now_served.items() if served.get(key) != settings}
        for key, settings in others.items():
            with self.work() as uow:
                plan_again(uow, key, self.clock())
                uow.served.save(key, settings)
                uow.commit()
        return others

    def replan(self) -> None:
        """Have everything planned again: the config may say something else than at the last start."""
        with self.work() as uow:
            for key in self.stores:
                plan_again(uow, key, self.clock())
            uow.commit()

    def scheduler(self, jobs: Sequence[Job] | None = None) -> Embedded:
        """What runs the stores; made once, when the service starts.  ``jobs``: others than its own."""
        self.replan()
        return Embedded(
            self.known.tended,
            jobs or self.jobs(),
            work=self.work,
            clock=self.clock,
            tick=timedelta(seconds=self.settings.sync.digest),
            rest=timedelta(seconds=self.settings.sync.push),
            settle=timedelta(seconds=self.settings.sync.settle),
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


def digest_of(settings: StoreSettings, vault: Vault) -> str:
    """Tells one set of settings from another, and from one version of the program to the next; the settings themselves,
    keys among them, cannot be read from it.
    """
    plain = repr((VERSION, settings.model_dump(exclude={"options"}), sorted(settings.plain_options().items())))
    secrets = repr(settings.secrets())
    return hmac.digest(vault.derive(SERVED), (plain + secrets).encode(), "sha256").hex()


def _title(shop: str) -> str:
    return shop.partition("://")[2] or shop


def wsgi_app() -> Flask:
    """The web part, for the server's own process; the config's path comes by environment."""
    service = open_service(Path(os.environ[CONFIG_FILE]))
    service.connections = service.settings.server.threads
    Beats(service.work, "web", service.clock).start()
    service.seeing.begin("web")
    return build_app(service)


def build_app(service: Service) -> Flask:
    """The web application over an opened service."""
    settings, known = service.settings, service.known
    inbox = GroupCommitInbox(settings.database.url.get_secret_value(), service.bodies)
    receive = ReceiveDelivery(service.platforms, known.secrets, inbox, service.clock, known.look_again)
    signs = AppSigns(known.app_secrets, known.is_of_app, known.look_again)
    comply = ReceiveCompliance(service.platforms, known.own_secrets, known.store_of_shop, inbox, service.clock, signs)
    back = backstage(service)

    def stop() -> None:
        inbox.close()
        service.seeing.end()

    return create_app(
        [
            *site.blueprints(back),
            webhooks_blueprint(
                receive, comply, compliance_platforms=["shopify"], max_body_bytes=settings.server.max_body_bytes
            ),
            health_blueprint(service.seeing.needed(), service.seeing.troubles()),
            figures_blueprint(service.seeing.text, service.seeing.token, alone=settings.is_alone),
        ],
        on_stop=stop,
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
        limiter=new_limiter(service.work, service.clock, service.vault.derive("limits"))
        if service.database.is_shared
        else new_limiter(),
    )
