"""What is held of a person on the restock lists: given out, erased, and forgotten in time (GDPR, art. 15 and 17)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connector.domain.journal import Entry
from connector.ports.promising import MessageState
from connector.ports.restocking import SubscriptionRecord
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.restock import invitation_reference, opened, opt_in_reference

PROOF_KEPT = timedelta(days=3 * 366)
"""How long it can be shown that somebody wanted the mail they got; without the address, which goes at once."""
LONGEST_WAIT = timedelta(days=2 * 366)
"""A wish this old is nobody's any more."""


def erase(store: StoreContext, address: str, *, by: str) -> int:
    """Forget everything about a mail address or a telephone number at once, proof and all; how many rows."""
    with store.work() as uow:
        held = uow.restock.of_person(store.key, store.buyer_of(address)) if address.strip() else []
        for one in held:
            _silence(store, uow, one)
        gone = uow.restock.delete(store.key, [one.id for one in held])
        if gone:
            uow.journal.append(store.key, [Entry(store.clock(), "restock_erased", facts={"by": by, "rows": gone})])
        uow.commit()
    return gone


def export(store: StoreContext, address: str) -> list[dict[str, Any]]:
    """Everything that is held about a mail address or a telephone number, as plain JSON."""
    with store.work(read_only=True) as uow:
        held = uow.restock.of_person(store.key, store.buyer_of(address)) if address.strip() else []
        variants = uow.catalogue.get(store.key, {one.variant_id for one in held})
        skus = {one.id: (one.sku, one.title) for one in variants.values()}
    return [plain(store, one, *skus.get(one.variant_id, ("", ""))) for one in held]


def forget(store: StoreContext, uow: UnitOfWork, limit: int) -> int:
    """Delete what is past its time, for housekeeping; how many rows."""
    now = store.clock()
    return uow.restock.purge(
        store.key,
        unconfirmed_before=now - timedelta(days=store.rules.restock.forget_days),
        waiting_before=now - LONGEST_WAIT,
        ended_before=now - PROOF_KEPT,
        limit=limit,
    )


def _silence(store: StoreContext, uow: UnitOfWork, one: SubscriptionRecord) -> None:
    for reference in (opt_in_reference(one), invitation_reference(one)):
        message = uow.messages.by_reference(store.key, reference)
        if message is not None and message.state is MessageState.PENDING:
            message.state, message.reason = MessageState.DROPPED, Sentence("erased")
            uow.messages.save(store.key, message)


def plain(store: StoreContext, one: SubscriptionRecord, sku: str, title: str) -> dict[str, Any]:
    return {
        "variant": one.variant_id,
        "sku": sku,
        "title": title,
        "units": one.units,
        "language": one.language,
        "state": one.state.value,
        **opened(store, one.contact),
        "asked_at": _iso(one.asked_at),
        "confirmed_at": _iso(one.confirmed_at),
        "invited_at": _iso(one.invited_at),
        "ended_at": _iso(one.ended_at),
        "why": one.why,
        "consent": dict(one.proof),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
