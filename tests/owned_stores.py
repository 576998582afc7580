"""What the tests of owners' stores share: a vault, what a platform grants, and a look at the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from house import House, house

import adapters
from connector.domain.journal import Entry
from connector.ports.installing import Granted
from connector.ports.records import StoreRecord
from connector.ports.unit_of_work import Work
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.secret_key import FernetVault
from connector.services.connect import Connected, connect
from connector.services.explain import sentence
from connector.services.keys import Keys, read_keys
from connector.storage.engine import Database

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "a-webhook-secret"
VAULT = FernetVault(["k" * 40])

SHOPS = {"woocommerce": "https://chairs.example.com", "shopify": "tents.myshopify.com"}
OPTIONS: Mapping[str, Mapping[str, object]] = {
    "woocommerce": {"url": SHOPS["woocommerce"], "consumer_key": "ck_first", "consumer_secret": "cs_first"},
    "shopify": {"shop": SHOPS["shopify"], "access_token": "shpat_first", "refresh_token": "shprt_first"},
}


def granted(platform: str, **changed: Any) -> Granted:
    """What the owner of the platform's shop grants; ``options`` are laid over those of the first time."""
    secret = SECRET if platform == "woocommerce" else ""
    given: dict[str, Any] = {"shop": SHOPS[platform], "title": "Möbel & More", "webhook_secret": secret}
    given["secret_is_ours"] = bool(secret)
    options = {**OPTIONS[platform], **changed.pop("options", {})}
    return Granted(**{**given, "options": options, **changed})


@dataclass
class Owned:
    """The rows of stores that were connected on a page of ``platform``."""

    database: Database
    platform: str

    @property
    def work(self) -> Work:
        return self.database.work

    def connect(self, given: Granted | None = None, *, at: datetime = NOON, **how: Any) -> Connected:
        wanted: dict[str, Any] = {"lapses_at": None, "language": "de", "push": False, "config_store": None}
        return connect(
            self.work, VAULT, adapters.platform(self.platform), given or granted(self.platform), now=at, **wanted | how
        )

    def record(self, key: str) -> StoreRecord:
        with self.work(read_only=True) as uow:
            record = uow.stores.get(key)
        assert record is not None
        return record

    def save(self, record: StoreRecord) -> None:
        with self.work() as uow:
            uow.stores.save(record)
            uow.commit()

    def keys(self, key: str) -> Keys | None:
        with self.work(read_only=True) as uow:
            return read_keys(uow, VAULT, key)

    def chosen(self, key: str) -> Mapping[str, Any]:
        with self.work(read_only=True) as uow:
            return {section: one.value for section, one in uow.steering.get(key).items()}

    def journal(self, key: str) -> Sequence[Entry]:
        """Oldest first."""
        with self.work(read_only=True) as uow:
            return [link.entry for link in uow.journal.walk(key)]

    def told(self, key: str) -> Sequence[str]:
        """The journal in sentences, without their times."""
        with self.work(read_only=True) as uow:
            return [sentence(link).partition("  ")[2] for link in uow.journal.walk(key)]


EMPTY = """
[server]
public_url = "http://127.0.0.1:8000"
[security]
allow_private_addresses = true
[database]
url = "{database}"
[sync]
settle = 20
"""
"""A config without stores."""


@contextmanager
def owned_house(folder: Path, *, push: bool = True) -> Iterator[House]:
    """A house whose two stores were connected by their owners; nothing is read or written there yet."""
    with house(folder, EMPTY) as there:
        for key in (WOO, SHOPIFY):
            connect_here(there, key, push=push)
        yield there


def connect_here(there: House, key: str, *, push: bool = True) -> Connected:
    """What a page does once the owner of a sandbox shop has said yes."""
    service = there.service
    woo, shopify = there.urls["woo"], there.urls["shopify"]
    if key == WOO:
        options = {"url": woo, "consumer_key": "ck_sandbox", "consumer_secret": "cs_sandbox"}
        given = Granted(woo, "Chairs", options, "woo-secret")
    else:
        options = {"shop": "sandbox.myshopify.com", "admin_url": shopify, "access_token": "shpat_sandbox"}
        given = Granted("sandbox.myshopify.com", "Tents", options, "shpss_sandbox")
    platform = service.platforms["woocommerce" if key == WOO else "shopify"]
    done = connect(
        service.work,
        service.vault,
        platform,
        given,
        lapses_at=None,
        now=service.clock(),
        language="en",
        push=push,
        config_store=None,
    )
    assert done.key == key
    service.known.refresh()
    return done
