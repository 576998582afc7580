"""What has gathered at a store for its owner to decide about, and people on its restock lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from connector.bootstrap.service import Service
from connector.domain.promises import Actor
from connector.ports.clock import system_clock
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    MessageState,
)
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.restocking import ListState, SubscriptionRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.message_values import line_values, refund_values, refunded_values

CHAIR = "CHAIR-OAK"
CHANGES = (
    (AmendmentKind.CANCEL, AmendmentState.OWNER, Actor.SERVICE, "16 CFR 435.2(b)(2)", ""),
    (AmendmentKind.WITHDRAW, AmendmentState.OWNER, Actor.SHOPPER, "Directive 2011/83, art. 9 and 11a", "sent"),
    (AmendmentKind.CANCEL, AmendmentState.BY_HAND, Actor.SHOPPER, "", "send 20.00 EUR by hand <b>now</b>"),
    (AmendmentKind.SWAP, AmendmentState.REFUSED, Actor.SHOPPER, "", "woocommerce_rest_invalid_item_id"),
)
WISHES = ((CHAIR, ListState.WAITING), (CHAIR, ListState.UNCONFIRMED), ("BENCH", ListState.WAITING))


def undecided(service: Service, key: str) -> None:
    now = system_clock()
    with service.work() as uow:
        orders = uow.orders.get(key, list(uow.orders.all_open_ids(key)))
        # Of the first order alone, whose page is the one that is looked at.
        order, line = min(
            ((order, line) for order in orders.values() for line in order.lines.values() if line.sku == CHAIR),
            key=lambda one: int(one[0].id),
        )
        for number in range(len(CHANGES)):
            uow.amendments.add(key, _change(number, order, line, now))
        uow.messages.add(key, _message(order, line, now))
        for number in range(len(WISHES)):
            _wish(uow, key, number, now)
        uow.commit()


def _change(number: int, order: OrderRecord, line: LineRecord, now: datetime) -> AmendmentRecord:
    kind, state, by, rule, said = CHANGES[number]
    return AmendmentRecord(
        id=0,
        order_id=order.id,
        line_id=line.id,
        kind=kind,
        units=1,
        variant_id="",
        by=by,
        reason="The shopper does not want to wait.",
        rule=rule,
        reference=f"undecided-{number}",
        key=str(uuid4()),
        created_at=now - timedelta(days=number),
        deadline=now + timedelta(days=number - 1),
        state=state,
        said=said,
    )


def _message(order: OrderRecord, line: LineRecord, now: datetime) -> MessageRecord:
    values = refunded_values(order.number, [line_values(line, 1)], refund_values("20.00", "EUR"))
    return MessageRecord(
        id=0,
        kind=MessageKind.REFUNDED,
        order_id=order.id,
        subscription=0,
        language="en",
        values=values,
        reference="undecided-message",
        created_at=now,
        not_before=now,
        line_ids=(line.id,),
        state=MessageState.PARKED,
        subject="Your refund is on its way",
        text="We have sent back your money.",
        reason="email: 550 5.1.1 a-very-long-name-of-somebody-who-never-lived-here@mail.example.com: no such user",
    )


def _wish(uow: UnitOfWork, key: str, number: int, now: datetime) -> None:
    sku, state = WISHES[number]
    (variant,) = uow.catalogue.by_sku(key, sku)
    confirmed = now if state is ListState.WAITING else None
    wish = SubscriptionRecord(0, variant.id, f"person {number}", b"", "en", 2, state, now, confirmed_at=confirmed)
    uow.restock.add(key, wish)
