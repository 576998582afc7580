"""Stores that their owners connected on a page, put straight into the database of a service."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from databases import address_in
from house import CONFIG
from sqlalchemy import event

from connector.bootstrap.service import Service
from connector.checked_settings import read_settings
from connector.ports.accounts import Steered
from connector.ports.records import Origin, StoreRecord
from connector.ports.vault import Vault
from connector.services.keys import Keys, write_keys

WOO_KEYS = {"url": "http://127.0.0.1:9", "consumer_key": "ck_lamps", "consumer_secret": "cs_lamps"}
SECRET = "lamps-own-secret"
APP = """
[install.shopify]
way = "code"
client_id = "the-app"
client_secret = "the-apps-own-secret"
"""


@contextmanager
def service_of(folder: Path, more: str = "", *, stores: bool = True, old_keys: Sequence[str] = ()) -> Iterator[Service]:
    """A service over a real database, whose shops are never called; ``more`` stands before the stores of the file."""
    path = folder / "config.toml"
    nowhere = {"woo": "http://127.0.0.1:9", "shopify": "http://127.0.0.1:9"}
    head, *tables = CONFIG.format(database=address_in(folder), **nowhere).split("[[stores]]")
    head = head.replace("[security]", f"[security]\nold_encryption_keys = {json.dumps(list(old_keys))}")
    path.write_text("[[stores]]".join([head + more, *(tables if stores else [])]))
    service = Service(read_settings(path, {}))
    try:
        service.prepare()
        yield service
    finally:
        service.close()


def enter(
    service: Service,
    key: str = "lamps",
    options: Mapping[str, Any] | None = WOO_KEYS,
    *,
    secret: str = SECRET,
    platform: str = "woocommerce",
    shop: str = "https://lamps.example.com",
    vault: Vault | None = None,
    gone_at: datetime | None = None,
) -> None:
    """Connect a store, or connect it again with other keys; ``options`` None: without any."""
    now = service.clock()
    with service.work() as uow:
        record = uow.stores.get(key) or StoreRecord(key, platform, origin=Origin.APP)
        record.shop, record.title, record.gone_at = shop, f"Shop of {key}", gone_at
        record.revision += 1
        uow.stores.save(record)
        if options is None:
            uow.credentials.forget(key)
        else:
            write_keys(uow, vault or service.vault, key, Keys(options, secret), now, None)
        uow.commit()


def choose(service: Service, key: str, section: str, value: Mapping[str, Any]) -> None:
    """What an owner chose on a page, unchecked."""
    with service.work() as uow:
        record = uow.stores.get(key)
        assert record is not None
        record.revision += 1
        uow.stores.save(record)
        uow.steering.save(key, Steered(section, value, service.clock(), "owner"))
        uow.commit()


def record_of(service: Service, key: str) -> StoreRecord:
    with service.work(read_only=True) as uow:
        record = uow.stores.get(key)
    assert record is not None
    return record


def told(service: Service, key: str) -> list[str]:
    """What the journal says that the owner has to do, oldest first."""
    with service.work(read_only=True) as uow:
        links = [link for link in uow.journal.walk(key) if link.entry.kind == "owner_must_act"]
    return [str(link.entry.facts["said"]) for link in links]


@contextmanager
def questions(service: Service) -> Iterator[list[str]]:
    """The queries that are made meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(service.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(service.database.engine, "before_cursor_execute", note)
