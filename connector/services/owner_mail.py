"""Word to a store's owner, where they gave an address for it: what waits for them, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from connector.ports.promising import MessageKind, MessageRecord
from connector.ports.records import OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_times import not_before
from connector.services.message_values import LineValues, OwnerMatter, RefundValues, owner_values


def tell_owner(
    store: StoreContext,
    uow: UnitOfWork,
    matter: OwnerMatter,
    what: str,
    *,
    order: OrderRecord | None = None,
    lines: Collection[LineValues] = (),
    rule: str = "",
    deadline: datetime | None = None,
    said: str = "",
    refund: RefundValues | None = None,
) -> None:
    """``what`` is short and names the matter for good: it is told once, however often it is found."""
    if not store.rules.mail.owner:
        return
    now = store.clock()
    due = None if deadline is None else store.day_of(deadline)
    values = owner_values(
        order.number if order else "", lines, matter, rule=rule, deadline=due, said=said, refund=refund
    )
    message = MessageRecord(
        id=0,
        kind=MessageKind.TO_OWNER,
        order_id=order.id if order else "",
        subscription=0,
        language=store.language,
        values=values,
        reference=f"BO-owner-{matter.value}-{what}",
        created_at=now,
        not_before=not_before(store, MessageKind.TO_OWNER, now),
        line_ids=tuple(one["line"] for one in lines),
        rule=rule,
    )
    uow.messages.add(store.key, message)
