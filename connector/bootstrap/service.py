"""One installation, opened: its settings, database, keys, platforms and stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import adapters
from connector.buyers import PURPOSE as BUYERS
from connector.checked_settings import read_settings
from connector.known_stores import KnownStores, StoreMaker
from connector.known_stores.budgets import SharedBudget
from connector.known_stores.reaching import MESSAGE_IDS
from connector.logs import configure_logging
from connector.ports.budgets import BucketKeeper
from connector.ports.clock import Clock, system_clock
from connector.ports.installing import Installer
from connector.ports.records import Origin, StoreRecord
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import Work
from connector.secret_key import FernetVault, open_vault, refuse_another_key
from connector.seeing.all import Seeing
from connector.services.context import StoreContext
from connector.services.page_links import PURPOSE as LINKS
from connector.services.page_links import STOP_LASTS
from connector.services.reseal import Reseal, keep_first
from connector.settings import ConfigError, Settings
from connector.storage.bodies import PURPOSE as BODIES
from connector.storage.bodies import Bodies
from connector.storage.engine import Database, open_database
from connector.storage.kept_keys import SqlKeptKeys
from connector.storage.postgresql import CONNECTIONS
from connector.storage.sealed import BODIES as SEALED_BODIES
from connector.storage.sealed import SqlSealedTexts
from webhooks.subscriptions import address_of

VERSION = version("backorder-connector")


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
