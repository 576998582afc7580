"""Forget a person: everything that tells who they are goes, in one transaction.

What the shop owes by law stays without it: that a notice was sent, when and by which rule; what was cancelled and paid
back; the order's number, lines and place in the queue.  The journal holds nothing of people to begin with, so its chain
stays whole, and each order says in it that its buyer was erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.domain.impersonal import amount_only
from connector.domain.journal import Entry
from connector.ports.promising import AmendmentState, MessageRecord, MessageState
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.privacy_find import Found, find
from connector.services.privacy_subject import Subject

ERASED = Sentence("erased at the person's request")
SAID = frozenset({"name", "contact", "said"})
"""What of a message's values a person may have typed."""
OVER = frozenset({MessageState.SENT, MessageState.BOUNCED, MessageState.DROPPED})
SETTLED = frozenset(
    {AmendmentState.DONE, AmendmentState.BY_HAND, AmendmentState.REFUSED, AmendmentState.DROPPED},
)


def erase(store: StoreContext, subject: Subject, *, by: str, dry_run: bool = False) -> Mapping[str, int]:
    """Rows by table.  ``by``: ``owner``, ``operator`` or ``shop``; ``dry_run``: count, and change nothing."""
    found = find(store, subject)
    with store.work() as uow:
        rows = _erase(store, uow, found, by)
        if not dry_run:
            uow.commit()
    return rows


def _erase(store: StoreContext, uow: UnitOfWork, found: Found, by: str) -> Mapping[str, int]:
    key, orders = store.key, found.order_ids
    messages = [one for order_id in orders for one in uow.messages.of_order(key, order_id)]
    messages += uow.messages.of_people(key, [one.id for one in found.subscriptions])
    rows = {
        "deliveries": uow.deliveries.empty(key, found.deliveries, ERASED),
        "messages": sum(_hush(store, uow, one) for one in messages),
        "amendments": sum(_unsay(store, uow, order_id) for order_id in orders),
        "promise_events": uow.promises.hush(key, orders),
        "order_terms": _unname(store, uow, orders),
        "restock_subscriptions": uow.restock.delete(key, [one.id for one in found.subscriptions]),
    }
    _note(store, uow, found, by)
    return {table: count for table, count in rows.items() if count}


def _hush(store: StoreContext, uow: UnitOfWork, one: MessageRecord) -> int:
    """What was not sent yet is not sent any more."""
    before = (one.to, one.values, one.subject, one.text, one.reason)
    one.values = {name: value for name, value in one.values.items() if name not in SAID}
    one.to, one.subject, one.text, one.reason = b"", "", "", ""
    if one.state not in OVER:
        one.state, one.next_at, one.reason = MessageState.DROPPED, None, ERASED
    if before == (one.to, one.values, one.subject, one.text, one.reason):
        return 0
    uow.messages.save(store.key, one)
    return 1


def _unsay(store: StoreContext, uow: UnitOfWork, order_id: str) -> int:
    """What was said of changes that are settled: by the owner to the shopper, or by the shop.  One that still waits
    keeps what its owner has to know of it.
    """
    settled = [one for one in uow.amendments.of_order(store.key, order_id) if one.state in SETTLED]
    held = [one for one in settled if one.said or one.refunded != amount_only(one.refunded)]
    for one in held:
        one.said, one.refunded = "", amount_only(one.refunded)
        uow.amendments.save(store.key, one)
    return len(held)


def _unname(store: StoreContext, uow: UnitOfWork, orders: Iterable[str]) -> int:
    """The order has no buyer that could be told from another, and the links to its page open nothing any more."""
    held = [one for one in uow.promises.terms(store.key, list(orders)).values() if one.buyer]
    for one in held:
        one.buyer = ""
        one.link += 1
    uow.promises.save_terms(store.key, held)
    return len(held)


def _note(store: StoreContext, uow: UnitOfWork, found: Found, by: str) -> None:
    known = uow.orders.get(store.key, found.order_ids)
    now = store.clock()
    entries = [Entry(now, "erased", order_id=order_id, facts={"by": by}) for order_id in sorted(known)]
    if found.subscriptions:
        facts = {"by": by, "rows": len(found.subscriptions)}
        entries.append(Entry(now, "restock_erased", facts=facts))
    uow.journal.append(store.key, entries)
