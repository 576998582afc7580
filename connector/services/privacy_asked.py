"""Put down what people, or their shops, ask about what is held of them: a row that the job answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from connector.domain.facts import OrderSeen, PrivacyAsked
from connector.ports.operating import PrivacyRequest, RequestKind
from connector.ports.records import Delivery
from connector.ports.sentence import N_, Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.privacy_subject import Subject, seal

ANSWERED_WITHIN = timedelta(days=30)
"""What Shopify asks for, and within the month of GDPR, art. 12(3)."""

KINDS = {
    "customers/data_request": RequestKind.ACCESS,
    "customers/redact": RequestKind.ERASE,
    "shop/redact": RequestKind.ERASE_SHOP,
}
NOTED = N_("a privacy request, put down as number %(number)s")
ANOTHERS = Sentence("a privacy request about a shop that is not this one: nothing is held here that it could be about")


def note_request(store: StoreContext, uow: UnitOfWork, fact: PrivacyAsked, delivery: Delivery) -> str:
    """A platform's request, dated by its delivery; what is said of the delivery, whose body is needed no more."""
    record = uow.stores.get(store.key)
    if fact.shop and record is not None and record.shop and fact.shop != record.shop:
        # One secret may sign for several shops: what is asked for one must not be done to another.
        uow.deliveries.empty(store.key, [delivery.id], ANOTHERS)
        return ANOTHERS
    subject = Subject(
        tuple(filter(None, (fact.email,))),
        tuple(filter(None, (fact.phone,))),
        tuple(filter(None, (fact.customer,))),
    )
    of = delivery.external_id or sha256(delivery.body).hexdigest()
    reference = f"{fact.topic}/{of}"
    number = _put_down(
        store, uow, KINDS[fact.topic], reference, subject, order_ids=fact.order_ids, at=delivery.received_at
    )
    said = Sentence(NOTED, number=number)
    uow.deliveries.empty(store.key, [delivery.id], said)
    return said


def note_anonymised(store: StoreContext, uow: UnitOfWork, order: OrderSeen, at: datetime) -> None:
    """The shop has erased who bought; so do we, once for each order.  One we never knew needs nothing."""
    if uow.orders.get(store.key, [order.id]):
        reference = f"order/{order.id}/anonymised"
        _put_down(store, uow, RequestKind.ERASE, reference, Subject(), order_ids=(order.id,), at=at)


def ask(store: StoreContext, kind: RequestKind, subject: Subject, reference: str) -> int:
    """Somebody asks by other ways; the number of the request, that of an earlier one of the same reference."""
    with store.work() as uow:
        number = _put_down(store, uow, kind, reference, subject, order_ids=subject.order_ids, at=store.clock())
        uow.commit()
    return number


def _put_down(
    store: StoreContext,
    uow: UnitOfWork,
    kind: RequestKind,
    reference: str,
    subject: Subject,
    *,
    order_ids: tuple[str, ...],
    at: datetime,
) -> int:
    sealed = b"" if subject == Subject() else seal(store, subject)
    request = PrivacyRequest(0, store.key, kind, reference, at, at + ANSWERED_WITHIN, sealed, order_ids)
    return uow.privacy.ask(request)
