"""Everything that is held of a person, as plain JSON (GDPR, art. 15 and 20)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import Enum
from typing import Any

from connector.domain.promises import Expected, PromiseEvent
from connector.ports.promising import AmendmentRecord, MessageRecord
from connector.ports.records import Delivery, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_people import stated
from connector.services.privacy_find import Found, find
from connector.services.privacy_subject import Subject
from connector.services.restock_privacy import plain as of_list

Json = dict[str, Any]


def export(store: StoreContext, subject: Subject) -> Json:
    """Orders with what was promised, changed and said about them; wishes on restock lists; what the shop sent."""
    found = find(store, subject)
    with store.work(read_only=True) as uow:
        return {
            "store": store.title or store.key,
            "made_at": store.clock().isoformat(),
            "about": {"emails": subject.emails, "phones": subject.phones, "customers": subject.customers},
            "orders": [_order(store, uow, order_id) for order_id in found.order_ids],
            "restock": _wishes(store, uow, found),
            "deliveries": [_delivery(one) for one in _held(store, uow, found)],
        }


def counts(answer: Json) -> Mapping[str, int]:
    return {name: len(answer[name]) for name in ("orders", "restock", "deliveries") if answer[name]}


def _order(store: StoreContext, uow: UnitOfWork, order_id: str) -> Json:
    order = uow.orders.get(store.key, [order_id]).get(order_id)
    terms = uow.promises.terms(store.key, [order_id]).get(order_id)
    events = uow.promises.events(store.key, [order_id]).get(order_id, {})
    return {
        "id": order_id,
        **(_facts(order) if order else {}),
        "country": terms.country if terms else "",
        "paid_at": _iso(terms.paid_at) if terms else None,
        "promises": [{"line": line, **_event(one)} for line, of_line in events.items() for one in of_line],
        "changes": [_change(one) for one in uow.amendments.of_order(store.key, order_id)],
        "messages": [_message(store, one) for one in uow.messages.of_order(store.key, order_id)],
    }


def _facts(order: OrderRecord) -> Json:
    lines = [
        {"sku": one.sku, "title": one.title, "ordered": one.ordered, "shipped": one.shipped, "waiting": one.waiting}
        for one in order.lines.values()
    ]
    return {
        "number": order.number,
        "status": order.status,
        "placed_at": _iso(order.placed_at),
        "language": order.language,
        "lines": lines,
    }


def _event(event: PromiseEvent) -> Json:
    return _plain(event, leave_out={"basis"})


def _change(one: AmendmentRecord) -> Json:
    return _plain(one, leave_out={"id", "order_id", "key", "attempts", "next_at"})


def _message(store: StoreContext, one: MessageRecord) -> Json:
    leave_out = {"id", "order_id", "to", "attempts", "next_at", "not_before", "tried"}
    return {**_plain(one, leave_out=leave_out), "stated": stated(store, one.to)}


def _wishes(store: StoreContext, uow: UnitOfWork, found: Found) -> list[Json]:
    variants = uow.catalogue.get(store.key, {one.variant_id for one in found.subscriptions})
    messages = uow.messages.of_people(store.key, [one.id for one in found.subscriptions])
    wishes: list[Json] = []
    for one in found.subscriptions:
        variant = variants.get(one.variant_id)
        held = of_list(store, one, *((variant.sku, variant.title) if variant else ("", "")))
        said = [_message(store, message) for message in messages if message.subscription == one.id]
        wishes.append({**held, "page": one.page, "messages": said})
    return wishes


def _held(store: StoreContext, uow: UnitOfWork, found: Found) -> Iterable[Delivery]:
    held = uow.deliveries.find(store=store.key, ids=found.deliveries, limit=max(1, len(found.deliveries)))
    return sorted(held, key=lambda one: one.id)


def _delivery(one: Delivery) -> Json:
    """The body as it came: it is what the shop itself holds of the person."""
    text = one.body.decode("utf-8", errors="replace")
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        body = text
    return {"topic": one.topic, "received_at": _iso(one.received_at), "reason": one.reason, "body": body}


def _plain(record: PromiseEvent | AmendmentRecord | MessageRecord, *, leave_out: set[str]) -> Json:
    """The fields of a record as JSON has them."""
    names = [field.name for field in fields(record) if field.name not in leave_out]
    return {name: _value(getattr(record, name)) for name in names}


def _value(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Expected():
            return {"from": _value(value.earliest), "until": _value(value.latest)}
        case Mapping():
            return {str(name): _value(one) for name, one in value.items()}
        case tuple() | list():
            return [_value(one) for one in value]
    return value


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
