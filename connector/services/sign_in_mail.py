"""A link to sign in, sent to the address that a store's owner gave for what waits for them.

Whoever types the address of a shop learns nothing by it: not whether it is here, and not whether anything was sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from connector.ports.accounts import PassKind, PassRecord
from connector.ports.promising import MessageKind, MessageRecord
from connector.ports.unit_of_work import Work
from connector.services.context import StoreContext
from connector.services.message_times import not_before
from connector.services.passes import digest

LONGEST = 300
EVERY = timedelta(minutes=5)
"""A store gets one link in that time, however often somebody asks."""
TO_A_PERSON = frozenset({"email", "console"})


def ask_for_link(stores: Mapping[str, StoreContext], typed: str, door: str, *, work: Work, now: datetime) -> None:
    """Have a link sent to the owner of the shop at this address, where there is one.  ``door``: what stands before the
    token in a link that signs in.
    """
    store = _store_at(stores, typed, work)
    with work() as uow:
        if store is not None:
            uow.messages.add(store.key, _message(store, door, now))
        else:
            # Something is written either way: the time an answer takes must not tell one case from the other.
            nobody = digest(secrets.token_urlsafe(16))
            uow.passes.add(PassRecord(nobody, PassKind.FORM, "", "", "", {}, now, now, used_at=now))
        uow.commit()


def _store_at(stores: Mapping[str, StoreContext], typed: str, work: Work) -> StoreContext | None:
    asked = plain(typed)
    with work(read_only=True) as uow:
        there = [one.key for one in uow.stores.all() if one.gone_at is None and plain(one.shop) == asked]
    found = [stores[key] for key in there if asked and key in stores and _can_be_told(stores[key])]
    return found[0] if found else None


def _can_be_told(store: StoreContext) -> bool:
    return bool(store.rules.mail.owner) and any(one.name in TO_A_PERSON for one in store.channels)


def plain(address: str) -> str:
    """``https://Shop.example.com/`` and ``shop.example.com`` are one; empty for what is no address."""
    text = address.strip().lower()
    if len(text) > LONGEST:
        return ""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return ""
    return f"{parts.netloc}{parts.path.rstrip('/')}"


def _message(store: StoreContext, door: str, now: datetime) -> MessageRecord:
    return MessageRecord(
        id=0,
        kind=MessageKind.SIGN_IN,
        order_id="",
        subscription=0,
        language=store.language,
        values={"door": door},
        # One of the same reference is not added twice.
        reference=f"BO-sign-in-{int(now.timestamp() // EVERY.total_seconds())}",
        created_at=now,
        not_before=not_before(store, MessageKind.SIGN_IN, now),
    )
