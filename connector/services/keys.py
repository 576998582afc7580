"""The keys of a store that its owner connected on a page: JSON inside the vault's seal (``uow.credentials``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.ports.accounts import Sealed
from connector.ports.unit_of_work import UnitOfWork
from connector.ports.vault import Unopenable, Vault


@dataclass(frozen=True, slots=True)
class Keys:
    """``options``: what ``Platform.connect`` takes; ``webhook_secret``: empty where the app's own signs;
    ``old_webhook_secret``: what signed before it, still believed; ``old_until``: until when, None while it may sign.

    No secret shows in a ``repr``, and so in no traceback or log.
    """

    options: Mapping[str, Any] = field(repr=False)
    webhook_secret: str = field(default="", repr=False)
    old_webhook_secret: str = field(default="", repr=False)
    old_until: datetime | None = None

    @property
    def signing(self) -> tuple[str, ...]:
        """What may sign deliveries of this store alone, the newest first."""
        return tuple(filter(None, (self.webhook_secret, self.old_webhook_secret)))


def read_keys(uow: UnitOfWork, vault: Vault, store: str) -> Keys | None:
    """None where the database holds none.  Raises ``Unopenable``."""
    sealed = uow.credentials.get(store)
    return None if sealed is None else open_keys(vault, store, sealed)


def open_keys(vault: Vault, store: str, sealed: Sealed) -> Keys:
    held = json.loads(vault.open(sealed.secret))
    if held.get("store", store) != store:
        # A row that somebody moved must not make one store speak for another.
        raise Unopenable(f"the saved keys of store {store} were sealed for another store")
    old, until = held.get("old_webhook_secret", ""), held.get("old_until")
    return Keys(held["options"], held["webhook_secret"], old, datetime.fromisoformat(until) if until else None)


def write_keys(uow: UnitOfWork, vault: Vault, store: str, keys: Keys, at: datetime, lapses_at: datetime | None) -> None:
    """Replace them whole.  The caller adds 1 to the store's revision in the same transaction."""
    held: dict[str, object] = {"store": store, "options": dict(keys.options), "webhook_secret": keys.webhook_secret}
    if keys.old_webhook_secret:
        until = keys.old_until.isoformat() if keys.old_until else None
        held |= {"old_webhook_secret": keys.old_webhook_secret, "old_until": until}
    sealed = vault.seal(json.dumps(held, separators=(",", ":")).encode())
    uow.credentials.save(store, Sealed(sealed, at, lapses_at))
