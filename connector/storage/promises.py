"""What was promised, what was shown, and what holds for an order beyond its place in the queue."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, literal_column, or_, select, tuple_, update

from connector.domain.promises import ON_THE_LINE, Actor, EventKind, Expected, PromiseEvent
from connector.ports.promising import ShownRecord, TermsRecord
from connector.storage.dialect import chunks, upsert
from connector.storage.repository import Repository, columns_of, values_of
from connector.storage.tables_promises import (
    KNOWN_BUYER,
    LOOKED_AT,
    SHOWN_BEFORE,
    order_terms,
    promise_events,
    shown_history,
)

_events = promise_events
_EVENT_NAMES = ("at", "kind", "actor", "units", "text", "where", "basis", "rule", "reference")
_READ = select(
    _events.c.order_id, _events.c.line_id, _events.c.earliest, _events.c.latest, *(_events.c[n] for n in _EVENT_NAMES)
).order_by(_events.c.order_id, _events.c.line_id, _events.c.number)
_NEXT = select(func.coalesce(func.max(_events.c.number) + 1, 0))
_TERMS = select(*columns_of(order_terms, TermsRecord))
_terms_values = values_of(TermsRecord)
_END_SHOWN = (
    update(shown_history)
    .where(
        shown_history.c.store == bindparam("of_store"),
        shown_history.c.variant_id == bindparam("of_variant"),
        shown_history.c.until.is_(None),
    )
    .values(until=bindparam("ends"))
)


class SqlPromises(Repository):
    __slots__ = ()

    def events(self, store: str, order_ids: Collection[str]) -> Mapping[str, Mapping[str, Sequence[PromiseEvent]]]:
        found: dict[str, dict[str, list[PromiseEvent]]] = {}
        for some in chunks(order_ids):
            query = _READ.where(_events.c.store == store, _events.c.order_id.in_(some))
            for order_id, line_id, earliest, latest, *rest in self._scope.of(store).execute(query):
                values = dict(zip(_EVENT_NAMES, rest, strict=True))
                event = PromiseEvent(expected=Expected(earliest, latest), **values)
                found.setdefault(order_id, {}).setdefault(line_id, []).append(event)
        return found

    def append(self, store: str, order_id: str, line_id: str, events: Sequence[PromiseEvent]) -> None:
        if not events:
            return
        connection = self._scope.of(store)
        of_line = {"store": store, "order_id": order_id, "line_id": line_id}
        number = connection.scalar(_NEXT.where(*(_events.c[name] == value for name, value in of_line.items()))) or 0
        connection.execute(
            insert(_events),
            [{**of_line, "number": number + place, **_event_values(event)} for place, event in enumerate(events)],
        )

    def terms(self, store: str, order_ids: Collection[str]) -> dict[str, TermsRecord]:
        rows = (
            row
            for some in chunks(order_ids)
            for row in self._scope.of(store).execute(
                _TERMS.where(order_terms.c.store == store, order_terms.c.order_id.in_(some))
            )
        )
        return {row.order_id: TermsRecord(*row) for row in rows}

    def save_terms(self, store: str, terms: Collection[TermsRecord]) -> None:
        if terms:
            connection = self._scope.of(store)
            connection.execute(
                upsert(connection, order_terms), [{"store": store, **_terms_values(one)} for one in terms]
            )

    def hush(self, store: str, order_ids: Collection[str]) -> int:
        typed = or_(
            _events.c.actor == Actor.OWNER, _events.c.kind == EventKind.REFUNDED, _events.c.basis == ON_THE_LINE
        )
        quiet = update(_events).where(_events.c.store == store, _events.c.text != literal_column("''"), typed)
        connection = self._scope.of(store)
        return sum(
            connection.execute(quiet.where(_events.c.order_id.in_(some)).values(text="")).rowcount
            for some in chunks(order_ids)
        )

    def to_judge(self, store: str, now: datetime, limit: int) -> Sequence[str]:
        query = select(order_terms.c.order_id).where(
            order_terms.c.store == store, LOOKED_AT, order_terms.c.look_at <= now
        )
        due = query.order_by(order_terms.c.look_at, order_terms.c.order_id).limit(limit)
        return list(self._scope.of(store).scalars(due))

    def orders_of(self, store: str, buyer: str) -> Sequence[str]:
        query = select(order_terms.c.order_id).where(order_terms.c.store == store, KNOWN_BUYER)
        return list(
            self._scope.of(store).scalars(query.where(order_terms.c.buyer == buyer).order_by(order_terms.c.order_id))
        )

    def showed(self, store: str, shown: Collection[ShownRecord]) -> None:
        if not shown:
            return
        connection = self._scope.of(store)
        ends = [{"of_store": store, "of_variant": one.variant_id, "ends": one.at} for one in shown]
        connection.execute(_END_SHOWN, ends)
        connection.execute(upsert(connection, shown_history), [_shown_values(store, one) for one in shown])

    def shown_at(self, store: str, variant_id: str, moment: datetime) -> ShownRecord | None:
        table = shown_history
        query = (
            select(table)
            .where(
                table.c.store == store,
                table.c.variant_id == variant_id,
                table.c.at <= moment,
                or_(table.c.until.is_(None), table.c.until > moment),
            )
            .order_by(table.c.at.desc())
            .limit(1)
        )
        row = self._scope.of(store).execute(query).first()
        return None if row is None else _shown(row)

    def showed_between(self, store: str, variant_id: str, since: datetime, until: datetime) -> Sequence[ShownRecord]:
        table = shown_history
        query = select(table).where(
            table.c.store == store,
            table.c.variant_id == variant_id,
            table.c.at <= until,
            or_(table.c.until.is_(None), table.c.until > since),
        )
        return [_shown(row) for row in self._scope.of(store).execute(query.order_by(table.c.at))]

    def purge_shown(self, store: str, before: datetime, limit: int) -> int:
        table = shown_history
        over = select(table.c.variant_id, table.c.at).where(
            table.c.store == store, SHOWN_BEFORE, table.c.until < before
        )
        some = [tuple(row) for row in self._scope.of(store).execute(over.order_by(table.c.until).limit(limit))]
        gone = 0
        for part in chunks(some):
            where = (table.c.store == store, tuple_(table.c.variant_id, table.c.at).in_(part))
            gone += self._scope.of(store).execute(delete(table).where(*where)).rowcount
        return gone


def _event_values(event: PromiseEvent) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(event, name) for name in _EVENT_NAMES}
    return values | {"earliest": event.expected.earliest, "latest": event.expected.latest}


def _shown(row: Any) -> ShownRecord:  # noqa: ANN401 -- a row of the table
    return ShownRecord(row.variant_id, row.at, row.status, Expected(row.earliest, row.latest), row.text, row.basis)


def _shown_values(store: str, shown: ShownRecord) -> dict[str, Any]:
    return {
        "store": store,
        "variant_id": shown.variant_id,
        "at": shown.at,
        "status": shown.status,
        "earliest": shown.expected.earliest,
        "latest": shown.expected.latest,
        "text": shown.text,
        "basis": shown.basis,
        "until": None,
    }
