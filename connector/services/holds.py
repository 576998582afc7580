"""Which units of an order must not leave the house yet: a warehouse shall neither ship air nor wait for nothing."""

from __future__ import annotations

from connector.domain.marks import NoticeKind, OrderMarks, OrderStatus
from connector.ports.acting import Held
from connector.ports.promising import TermsRecord
from connector.ports.records import NoticeRecord, NoticeState, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import Rules, StoreContext

HANDLE = "backorder-connector"
"""Names our holds among those of other apps."""


def held_units(order: OrderRecord, terms: TermsRecord | None, rules: Rules, marks: OrderMarks | None = None) -> Held:
    """By the marks that the order bears, which come of a confirmed plan: a hold that is let go is not had back.

    ``marks``: others than it was told last.  Of an order whose buyer wants one parcel everything is held until all of
    it is there.
    """
    told = order.told if marks is None else marks
    waiting = {one.line_id: one.waiting for one in told.lines if one.waiting}
    if told.status is not OrderStatus.WAITING or not waiting:
        return Held({}, HANDLE)
    outstanding = {line.id: line.outstanding for line in order.lines.values() if line.outstanding}
    if ships_together(terms, rules):
        return Held(outstanding, HANDLE)
    short = {line_id: min(units, outstanding.get(line_id, 0)) for line_id, units in waiting.items()}
    return Held({line_id: units for line_id, units in short.items() if units}, HANDLE)


def ships_together(terms: TermsRecord | None, rules: Rules) -> bool:
    """What the shopper chose, else what the store does."""
    chosen = terms.together if terms is not None else None
    return rules.shopper.together if chosen is None else chosen


def retell(store: StoreContext, uow: UnitOfWork, order_id: str) -> bool:
    """Have the order's marks and holds written anew, its plan being the same: the shopper wants it sent otherwise.

    Says nothing by itself.  A word that has not been said yet goes along, for the new telling takes its place.  False
    where the order bears no marks, and so nothing of it is held.
    """
    order = uow.orders.get(store.key, [order_id]).get(order_id)
    if order is None or order.told.status is OrderStatus.NONE:
        return False
    notices = uow.notices.of_order(store.key, order_id)
    unsaid = next((one for one in notices if one.state is NoticeState.PENDING), None)
    kind, text = (unsaid.kind, unsaid.text) if unsaid is not None else (NoticeKind.CHANGED, "")
    order.revision += 1
    reference = f"BO-{order.id}-{order.revision}"
    notice = NoticeRecord(0, order.id, order.revision, kind, order.told, text, reference, created_at=store.clock())
    uow.notices.add(store.key, notice)
    uow.orders.save(store.key, [order])
    return True
