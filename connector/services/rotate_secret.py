"""Changing the secret that a shop signs its webhooks with, without refusing one delivery.

For a store that its owner connected on a page, whose secret we made up: the new one is believed first, then the shop is
told to sign with it, and the old one is believed for a day longer.  Broken off anywhere and begun again it goes on
where it was: the old secret is dropped only after every webhook was seen to change.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from connector.domain.journal import Entry
from connector.ports.storefront import SignsAnew
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.ports.vault import Unopenable, Vault
from connector.services.context import StoreContext
from connector.services.keys import Keys, read_keys, write_keys

SECRET_BYTES = 32
BELIEVED = timedelta(days=1)
"""How long the old secret is believed after the last webhook was changed.  WooCommerce signs a delivery when it sends
it, and gives up on a send after a minute.
"""


def new_secret() -> str:
    """Letters, digits, ``-`` and ``_``: WooCommerce decodes HTML entities in its secrets."""
    return secrets.token_urlsafe(SECRET_BYTES)


def begin_rotation(work: Work, vault: Vault, store: str, now: datetime) -> str | None:
    """Believe a new secret beside the old.  Gives the new one, or that of a rotation that was broken off; None
    where the database holds no secret of ours for this store.
    """
    with work() as uow:
        keys = _keys(uow, vault, store)
        if keys is None or not keys.webhook_secret:
            return None
        if keys.old_webhook_secret and keys.old_until is None:
            return keys.webhook_secret
        fresh = replace(keys, webhook_secret=new_secret(), old_webhook_secret=keys.webhook_secret, old_until=None)
        _write(uow, vault, store, fresh, now)
        uow.commit()
    return fresh.webhook_secret


def sign_with(store: StoreContext, address: str, secret: str) -> int:
    """Have each of our webhooks at the shop sign with this secret; how many.  Raises what the platform says."""
    if not isinstance(store.storefront, SignsAnew):
        return 0
    ours = [one for one in store.storefront.subscriptions() if one.address == address]
    for one in ours:
        store.storefront.sign_anew(one, secret)
    with store.work() as uow:
        facts = {"webhooks": len(ours)}
        uow.journal.append(store.key, [Entry(store.clock(), "webhook_secret_changed", facts=facts)])
        uow.commit()
    return len(ours)


def all_changed(work: Work, vault: Vault, store: str, now: datetime) -> None:
    """Every webhook signs with the new secret: from now on the old one is believed for ``BELIEVED`` and no longer."""
    with work() as uow:
        keys = _keys(uow, vault, store)
        if keys is not None and keys.old_webhook_secret and keys.old_until is None:
            _write(uow, vault, store, replace(keys, old_until=now + BELIEVED), now)
            uow.commit()


def finish_rotation(work: Work, vault: Vault, store: str, now: datetime) -> bool:
    """Drop an old secret whose time is over; whether there was one.  Cheap where there is none."""
    with work(read_only=True) as uow:
        if not _is_over(_keys(uow, vault, store), now):
            return False
    with work() as uow:
        keys = _keys(uow, vault, store)
        if keys is None or not _is_over(keys, now):
            return False
        _write(uow, vault, store, replace(keys, old_webhook_secret="", old_until=None), now)
        uow.commit()
    return True


def in_file(secrets_of_file: int) -> Iterator[str]:
    """What whoever keeps the config file does, in order; ``secrets_of_file``: how many are in its list now."""
    if secrets_of_file > 1:
        yield "Leave both secrets in webhook_secrets for a day; then take the old one out and restart."
        return
    yield f"Make a new secret, for example: {new_secret()}"
    yield 'Put it first: webhook_secrets = ["the new one", "the old one"]. Either may stand as env:NAME or file:PATH.'
    yield "Restart every process: from now on both are believed."
    yield "Run this command again: it has the shop sign with the first of them."


def _keys(uow: UnitOfWork, vault: Vault, store: str) -> Keys | None:
    try:
        return read_keys(uow, vault, store)
    except Unopenable:
        return None  # whoever makes the stores has said so


def _is_over(keys: Keys | None, now: datetime) -> bool:
    return keys is not None and keys.old_until is not None and keys.old_until <= now


def _write(uow: UnitOfWork, vault: Vault, store: str, keys: Keys, now: datetime) -> None:
    sealed, record = uow.credentials.get(store), uow.stores.get(store)
    if sealed is None or record is None:
        return
    write_keys(uow, vault, store, keys, now, sealed.lapses_at)
    record.revision += 1
    uow.stores.save(record)
