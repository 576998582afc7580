"""Watching that money which must go back goes back in time."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from connector.domain.delay import DueAct
from connector.domain.journal import Entry
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_values import OwnerMatter, iso, line_values, refund_values
from connector.services.owner_mail import tell_owner

WARNED_BEFORE = 2
"""Working days before the deadline on which the owner is told."""
LONGEST_REST = 30
LOOKED_AT = 60
WATCHED = "refund_watched"


def watch_refund(
    store: StoreContext, uow: UnitOfWork, order: OrderRecord, line: LineRecord, act: DueAct, now: datetime
) -> datetime | None:
    """Tell the owner where the deadline is near; when to look again."""
    warn_at = _warn_at(store, act.deadline)
    if now < warn_at:
        return warn_at
    by = store.day_of(act.deadline)
    what = f"{order.id}-{line.id}-{by:%Y%m%d}"
    if not _is_told(store, uow, order, what):
        facts = {"line": line.id, "units": act.units, "rule": act.rule, "reference": what, "deadline": iso(by)}
        uow.journal.append(store.key, [Entry(now, WATCHED, line.variant_id, order.id, facts)])
        lines = [line_values(line, act.units)]
        tell_owner(
            store,
            uow,
            OwnerMatter.REFUND_DUE,
            what,
            order=order,
            lines=lines,
            rule=act.rule,
            deadline=act.deadline,
            refund=refund_values(by=by),
        )
    return None


def _warn_at(store: StoreContext, deadline: datetime) -> datetime:
    """The morning of the day that leaves so many working days."""
    day = store.day_of(deadline)
    left = WARNED_BEFORE
    for _ in range(LONGEST_REST):
        if not left:
            break
        day -= timedelta(days=1)
        left -= store.is_working(day)
    return datetime.combine(day, time.min, store.zone).astimezone(UTC)


def _is_told(store: StoreContext, uow: UnitOfWork, order: OrderRecord, what: str) -> bool:
    links = uow.journal.read(store.key, order_id=order.id, limit=LOOKED_AT)
    return any(one.entry.kind == WATCHED and one.entry.facts.get("reference") == what for one in links)
