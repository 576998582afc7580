"""A store is connected on a page: its row, its keys, and what it begins with.

Everything is one transaction; the scheduler finds the store and does the rest (webhooks, the first import, the plan).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from connector.domain.journal import Entry
from connector.ports.accounts import Steered
from connector.ports.installing import Granted
from connector.ports.records import Leaving, Origin, StoreRecord
from connector.ports.storefront import Platform
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.ports.vault import Unopenable, Vault
from connector.services.apply import RESUMED
from connector.services.keys import Keys, read_keys, write_keys
from connector.services.reconcile import ORDERS, PRODUCTS
from connector.services.sentences import N_
from connector.services.steer import plan_again

COMPLIANCE = "compliance"
"""The end of the address at which Shopify's privacy requests come in: no store may be called so."""
LONGEST_KEY = 40

OF_THE_KEYS = ("retry ", "renew", "leave ")
"""The beats that speak of the keys a store had, or of its leaving."""

IN_THE_CONFIG = N_(
    "This store is set up in the config file, which also holds its keys; the ones just granted were not kept."
)


@dataclass(frozen=True, slots=True)
class Connected:
    """``known``: the store was here before, with its queue and its settings; ``note``: what its owner should know, and
    ``missing`` the rights that it speaks of.
    """

    key: str
    known: bool
    note: str = ""
    missing: tuple[str, ...] = ()


def connect(
    work: Work,
    vault: Vault,
    platform: Platform,
    granted: Granted,
    *,
    lapses_at: datetime | None,
    now: datetime,
    language: str,
    push: bool,
    config_store: str | None,
) -> Connected:
    """Keep what the owner granted; asking twice is harmless.

    ``config_store``: the store of the config file that is this shop, if one is: the file's keys stay the ones in use.
    ``push`` and ``language`` are what a new store begins with; one that comes back keeps what its owner chose before.
    """
    with work() as uow:
        key = _hold_key(uow, platform, granted, config_store)
        held = uow.stores.get(key)  # again where it was found by its shop: now it is this transaction's alone
        record = held or StoreRecord(key, platform.name)
        known = held is not None
        if record.gone_at is not None:
            plan_again(uow, key, now)
        _take_up(record, granted, now)
        if config_store is None:
            record.origin = Origin.APP
            _keep_keys(uow, vault, record, granted, now, lapses_at)
            if "shop" not in uow.steering.get(key):
                choices = {"push": push, "language": language}
                uow.steering.save(key, Steered("shop", choices, now, "owner"))
        record.revision += 1
        uow.stores.save(record)
        facts = {"shop": granted.shop, "again": known, "missing": list(granted.missing)}
        uow.journal.append(key, [Entry(now, "connected", facts=facts)])
        uow.commit()
    in_config = config_store is not None
    return Connected(key, known, _note(granted, in_config=in_config), () if in_config else granted.missing)


def _hold_key(uow: UnitOfWork, platform: Platform, granted: Granted, config_store: str | None) -> str:
    # On PostgreSQL a transaction holds the stores that it has named.  All that connect name this one first, so that a
    # callback that comes twice makes one store.
    uow.stores.get(COMPLIANCE)
    found = None if config_store else uow.stores.by_shop(platform.name, granted.shop)
    return config_store or (found.key if found else _new_key(uow, granted))


def _take_up(record: StoreRecord, granted: Granted, now: datetime) -> None:
    record.shop, record.title = granted.shop, granted.title or record.title
    record.leaving = Leaving.NO
    record.progress = {thing: of for thing, of in record.progress.items() if thing in {PRODUCTS, ORDERS}}
    # What had stopped or delayed the store concerned the keys it had.
    record.stopped, record.wait_until, record.failures = {}, None, 0
    record.beats = {name: at for name, at in record.beats.items() if not name.startswith(OF_THE_KEYS)}
    if record.gone_at is not None:
        # Nobody told us what happened meanwhile: everything is read anew, and who ordered then is not surprised by us.
        record.gone_at = None
        record.cursors, record.progress = {}, {}
    # A removal from before this moment, told late, does not take the store away again.
    record.cursors[RESUMED] = now


def _keep_keys(
    uow: UnitOfWork, vault: Vault, record: StoreRecord, granted: Granted, now: datetime, lapses_at: datetime | None
) -> None:
    try:
        before = read_keys(uow, vault, record.key)
    except Unopenable:
        before = None  # sealed with a key that is lost: these take their place
    # The webhooks that stand at the shop already sign with the secret that we made up for them.
    if before and before.webhook_secret and granted.secret_is_ours:
        keys = replace(before, options=granted.options)
    else:
        keys = Keys(granted.options, granted.webhook_secret)
    write_keys(uow, vault, record.key, keys, now, lapses_at)


def _note(granted: Granted, *, in_config: bool) -> str:
    if in_config:
        return IN_THE_CONFIG
    if granted.missing:
        rights = ", ".join(granted.missing)
        return f"These rights were not granted: {rights}. What needs them will not work until you connect again."
    return ""


def _new_key(uow: UnitOfWork, granted: Granted) -> str:
    taken = {one.key for one in uow.stores.all()} | {COMPLIANCE}
    address = re.sub(r"^https?://|\.myshopify\.com$", "", granted.shop)
    return new_key([granted.title, address], taken)


def new_key(names: Collection[str], taken: Collection[str]) -> str:
    """The end of the store's webhook address, made of the first name that can be written in ASCII."""
    slug = next(filter(None, map(_slug, names)), "store")
    if slug not in taken:
        return slug
    for number in count(2):  # pragma: no branch -- some number is free
        end = f"-{number}"
        numbered = slug[: LONGEST_KEY - len(end)].rstrip("-") + end
        if numbered not in taken:
            return numbered
    raise AssertionError  # pragma: no cover -- numbers do not end


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_KEY].rstrip("-")
