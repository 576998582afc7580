"""The lists of those who asked to hear when something is back: asking, confirming, stopping, and who is behind a row.

Whoever types an address into a form proves nothing by it.  So it is asked once, with nothing else in the mail, whether
its owner wants this, and only a yes puts it on the list.  No answer of ours says who is on a list: what was typed is
put down, whatever is known already, and looked at later (``restock_asked``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connector.ports.promising import MessageState
from connector.ports.restocking import ListState, SubscriptionRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.ports.vault import Unopenable
from connector.services.context import StoreContext

MOST_UNREAD = 5_000
"""Forms that may wait to be looked at; a store that is sent more is being flooded."""


class Flooded(Exception):  # noqa: N818 -- it says what happened
    """Too many forms wait to be looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed, checked.  One of ``email`` and ``phone`` may be empty.  ``way``: how it came; ``page``: the
    path of the page it stood on; ``consent``: the words that were agreed to, as far as the form sent them; ``whence``:
    a keyed digest of where it came from, which shows a flood for one and names nobody.
    """

    variant_id: str
    email: str
    phone: str
    language: str
    units: int
    way: str
    page: str = ""
    consent: str = ""
    whence: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """How a person said yes on our page: the words, their language, and a keyed digest of where it came from."""

    text: str
    language: str
    whence: str


def ask(store: StoreContext, asked: Asked) -> None:
    """Put down what somebody typed: always the same work, whoever it is.  Raises ``Flooded``."""
    now = store.clock()
    person = store.buyer_of(asked.email or asked.phone)
    proof = {
        "asked": {
            "at": now.isoformat(),
            "way": asked.way,
            "page": asked.page,
            "text": asked.consent,
            "language": asked.language,
            "from": asked.whence,
        }
    }
    contact = seal(store, asked.email, asked.phone)
    with store.work() as uow:
        if uow.restock.asked_count(store.key) >= MOST_UNREAD:
            raise Flooded
        new = SubscriptionRecord(
            0,
            asked.variant_id,
            person,
            contact,
            asked.language,
            min(asked.units, store.rules.restock.most_units),
            ListState.ASKED,
            asked_at=now,
            proof=proof,
            page=asked.page,
        )
        uow.restock.add(store.key, new)
        uow.commit()


def look(store: StoreContext, subscription_id: int) -> SubscriptionRecord | None:
    with store.work(read_only=True) as uow:
        return uow.restock.get(store.key, subscription_id)


def confirm(store: StoreContext, subscription_id: int, agreed: Agreed) -> ListState | None:
    """The owner of the address says yes: from now on it waits, behind all who said so before.  What became of it; None
    where it is forgotten.  Saying so again changes nothing.
    """
    now = store.clock()
    with store.work() as uow:
        held = uow.restock.get(store.key, subscription_id)
        if held is None:
            return None
        if held.state is ListState.UNCONFIRMED:
            held.state, held.confirmed_at = ListState.WAITING, now
            said = {"at": now.isoformat(), "text": agreed.text, "language": agreed.language, "from": agreed.whence}
            held.proof = {**held.proof, "confirmed": said}
            uow.restock.save(store.key, held)
            uow.commit()
        return held.state


def stop(store: StoreContext, subscription_id: int) -> bool:
    """Take a person off a list at once; whether they were on it.  The address is gone with that."""
    with store.work() as uow:
        held = uow.restock.get(store.key, subscription_id)
        if held is None or not held.state.is_open:
            return False
        end(store, uow, held, ListState.STOPPED, "stopped")
        uow.commit()
    return True


def end(store: StoreContext, uow: UnitOfWork, held: SubscriptionRecord, state: ListState, why: str) -> None:
    """A subscription is over: the address goes, and what was to be said to it is not said."""
    held.state, held.why, held.ended_at = state, why, store.clock()
    held.contact, held.claimed, held.claim_until = b"", 0, None
    uow.restock.save(store.key, held)
    for reference in (opt_in_reference(held), invitation_reference(held)):
        message = uow.messages.by_reference(store.key, reference)
        if message is not None and message.state is MessageState.PENDING:
            message.state, message.reason = MessageState.DROPPED, why
            uow.messages.save(store.key, message)


def contact_of(store: StoreContext, uow: UnitOfWork, subscription_id: int) -> tuple[str, str]:
    """The mail address and the telephone number to write to now; both empty where nothing may be said (any more).

    Asked again at the very moment of sending: an address that was not confirmed gets the question to confirm and
    nothing else, and "back in stock" is said to nobody when the units have gone in the meantime.
    """
    held = uow.restock.get(store.key, subscription_id)
    if held is None or held.state not in {ListState.UNCONFIRMED, ListState.INVITED}:
        return "", ""
    if held.state is ListState.INVITED and not _may_be_told(store, uow, held):
        return "", ""
    contact = opened(store, held.contact)
    return contact["email"], contact["phone"]


def invited_sent(store: StoreContext, uow: UnitOfWork, subscription_id: int, at: datetime) -> None:
    """The invitation has left: from now on its time to buy runs.  Of a question to confirm this changes nothing."""
    held = uow.restock.get(store.key, subscription_id)
    if held is None or held.state is not ListState.INVITED or held.sent_at is not None:
        return
    held.sent_at, held.claim_until = at, at + claim_time(store)
    uow.restock.save(store.key, held)


def came_back(store: StoreContext, uow: UnitOfWork, subscription_id: int) -> None:
    """A mail to it bounced: there is nobody at this address, so it is forgotten, and keeps no unit from others."""
    held = uow.restock.get(store.key, subscription_id)
    if held is not None and held.state.is_open:
        end(store, uow, held, ListState.USED, "the mail came back")


def _may_be_told(store: StoreContext, uow: UnitOfWork, held: SubscriptionRecord) -> bool:
    """Whether the invitation still keeps its units, and there are any."""
    in_time = held.claim_until is not None and held.claim_until > store.clock()
    return in_time and is_back(store, uow, held.variant_id)


def is_back(store: StoreContext, uow: UnitOfWork, variant_id: str) -> bool:
    """Whether the shop sells it from stock by what we know now; being orderable ahead is not being back."""
    variant = uow.catalogue.get(store.key, [variant_id]).get(variant_id)
    if variant is None or variant.gone or not variant.sellable:
        return False
    pool = uow.pools.get(store.key, [variant.pool_id]).get(variant.pool_id)
    showing = uow.showings.get(store.key, [variant_id]).get(variant_id)
    units = pool is not None and (pool.available is None or pool.available > 0)
    return units and showing is not None and showing.status == "in_stock"


def claim_time(store: StoreContext) -> timedelta:
    return timedelta(hours=store.rules.restock.claim_hours)


def opt_in_reference(held: SubscriptionRecord) -> str:
    return f"restock-{held.id}-confirm-{held.opt_ins}"


def invitation_reference(held: SubscriptionRecord) -> str:
    return f"restock-{held.id}-back-{held.invitations}"


def seal(store: StoreContext, email: str, phone: str) -> bytes:
    """RuntimeError for a store that was made without a vault."""
    if store.vault is None:
        raise RuntimeError(f"Store {store.key} has no vault to keep addresses in.")
    return store.vault.seal(json.dumps({"email": email, "phone": phone}).encode())


def opened(store: StoreContext, contact: bytes) -> Mapping[str, str]:
    """``email`` and ``phone``; both empty where there is none, or it was sealed with a key that nobody has any more."""
    nothing = {"email": "", "phone": ""}
    if not contact or store.vault is None:
        return nothing
    try:
        held: dict[str, Any] = json.loads(store.vault.open(contact))
    except Unopenable:
        return nothing
    return {name: str(held.get(name, "")) for name in nothing}
