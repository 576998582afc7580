"""Where it is held what is held of a person: the orders that are theirs, and the rows that speak of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from connector.domain.facts import OrderGone, OrderSeen, Thing
from connector.ports.failures import Unreadable
from connector.ports.records import Delivery
from connector.ports.restocking import SubscriptionRecord
from connector.services.context import StoreContext
from connector.services.digest import digest
from connector.services.privacy_subject import Matcher, Subject, orders_named
from connector.services.restock import opened

PAGE = 200
MOST_BATCHES = 100
"""Of deliveries that are digested first; a shop that floods us must not keep a request waiting for ever."""


@dataclass(frozen=True, slots=True)
class Found:
    """``deliveries``: ids of those whose bodies speak of the person or of one of the orders."""

    order_ids: tuple[str, ...] = ()
    deliveries: tuple[int, ...] = ()
    subscriptions: tuple[SubscriptionRecord, ...] = ()

    @property
    def is_nothing(self) -> bool:
        return not (self.order_ids or self.deliveries or self.subscriptions)


@dataclass(slots=True)
class _Walk:
    """What is known after so many bodies.  ``named``: by delivery, the orders it is about; ``emails``: that the orders
    of a person have who was named by something else.
    """

    order_ids: set[str]
    emails: set[str] = field(default_factory=set)
    speaking: set[int] = field(default_factory=set)
    named: dict[int, frozenset[str]] = field(default_factory=dict)


def find(store: StoreContext, subject: Subject) -> Found:
    """What waits in the inbox is digested first, so that nothing of the person comes in behind our back."""
    if subject.is_nobody:
        return Found()
    for _ in range(MOST_BATCHES):
        if not digest(store):
            break
    matcher, walk = _walked(store, subject)
    if walk.emails and not subject.emails:
        # Known by a number so far; what only the address tells is theirs too.
        subject = replace(subject, emails=tuple(sorted(walk.emails)), order_ids=tuple(walk.order_ids))
        matcher, walk = _walked(store, subject)
    about = {id_ for id_, named in walk.named.items() if named & walk.order_ids}
    return Found(
        tuple(sorted(walk.order_ids)),
        tuple(sorted(walk.speaking | about)),
        tuple(_subscriptions(store, subject, matcher)),
    )


def _walked(store: StoreContext, subject: Subject) -> tuple[Matcher, _Walk]:
    matcher = Matcher(subject, store.buyer_of)
    walk = _Walk(set(subject.order_ids))
    with store.work(read_only=True) as uow:
        for buyer in matcher.buyers:
            walk.order_ids.update(uow.promises.orders_of(store.key, buyer))
    for delivery in _bodies(store):
        _look(store, delivery, matcher, walk, by_address=bool(subject.emails))
    return matcher, walk


def _bodies(store: StoreContext) -> Iterator[Delivery]:
    """A transaction for each page: a walk through all of them keeps nobody from writing."""
    after = 0
    while True:
        with store.work(read_only=True) as uow:
            page = uow.deliveries.after(store.key, after, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def _look(store: StoreContext, delivery: Delivery, matcher: Matcher, walk: _Walk, *, by_address: bool) -> None:
    speaks = matcher.speaks(delivery.body)
    if speaks:
        walk.speaking.add(delivery.id)
    try:
        said = store.platform.translate(delivery.topic, delivery.body)
    except Unreadable:
        walk.named[delivery.id] = frozenset(orders_named(delivery.body, delivery.topic))
        return
    orders = [fact for fact in said.facts if isinstance(fact, OrderSeen)]
    named = {one.id for one in orders} | {fact.id for fact in said.facts if isinstance(fact, OrderGone)}
    named |= {one.id for one in said.rereads if one.thing is Thing.ORDER}
    walk.named[delivery.id] = frozenset(named)
    if speaks:
        # An order of another address that only mentions theirs, in a note say, is somebody else's.
        theirs = [
            one for one in orders if not (by_address and one.email) or store.buyer_of(one.email) in matcher.buyers
        ]
        walk.order_ids |= {one.id for one in theirs}
        walk.emails |= {one.email for one in theirs if one.email}


def _subscriptions(store: StoreContext, subject: Subject, matcher: Matcher) -> Iterator[SubscriptionRecord]:
    """By digest; where a telephone number is given also those that have it beside a mail address, which costs opening
    each.
    """
    found: dict[int, SubscriptionRecord] = {}
    with store.work(read_only=True) as uow:
        for buyer in matcher.buyers:
            found |= {one.id: one for one in uow.restock.of_person(store.key, buyer)}
        after = 0
        while subject.phones or subject.emails:
            page = uow.restock.after(store.key, after, PAGE)
            for one in page:
                contact = opened(store, one.contact)
                if matcher.buyers & set(map(store.buyer_of, contact.values())):
                    found[one.id] = one
            if len(page) < PAGE:
                break
            after = page[-1].id
    yield from (found[id_] for id_ in sorted(found))
