"""Promises, amendments and messages of ``memory_store``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime

from memory_rows import Table, ripe

from connector.domain.promises import PromiseEvent
from connector.ports.promising import (
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    MessageState,
    ShownRecord,
    TermsRecord,
)

EVER = datetime.max.replace(tzinfo=UTC)


class Promises(Table):
    def events(self, store: str, order_ids: Collection[str]) -> Mapping[str, Mapping[str, Sequence[PromiseEvent]]]:
        del store
        found: dict[str, dict[str, list[PromiseEvent]]] = {}
        for (order_id, line_id), events in sorted(self._.events.items()):
            if order_id in order_ids:
                found.setdefault(order_id, {})[line_id] = list(events)
        return found

    def append(self, store: str, order_id: str, line_id: str, events: Sequence[PromiseEvent]) -> None:
        del store
        if events:
            self._.wrote = True
            self._.events[order_id, line_id] = (*self._.events.get((order_id, line_id), ()), *events)

    def terms(self, store: str, order_ids: Collection[str]) -> dict[str, TermsRecord]:
        del store
        return {one: copy(self._.terms[one]) for one in order_ids if one in self._.terms}

    def save_terms(self, store: str, terms: Collection[TermsRecord]) -> None:
        del store
        for one in terms:
            self._.wrote = True
            self._.terms[one.order_id] = copy(one)

    def to_judge(self, store: str, now: datetime, limit: int) -> Sequence[str]:
        del store
        due = [(one.look_at, one.order_id) for one in self._.terms.values() if one.look_at and one.look_at <= now]
        return [order_id for _, order_id in sorted(due)][:limit]

    def orders_of(self, store: str, buyer: str) -> Sequence[str]:
        del store
        return sorted(one.order_id for one in self._.terms.values() if one.buyer == buyer != "")

    def showed(self, store: str, shown: Collection[ShownRecord]) -> None:
        del store
        for one in shown:
            self._.wrote = True
            history = self._.shown.setdefault(one.variant_id, {})
            for at, (before, until) in list(history.items()):
                history[at] = (before, until or one.at)
            history[one.at] = (one, None)

    def shown_at(self, store: str, variant_id: str, moment: datetime) -> ShownRecord | None:
        del store
        history = sorted(self._.shown.get(variant_id, {}).items(), reverse=True)
        return next((one for at, (one, until) in history if at <= moment < (until or EVER)), None)

    def showed_between(self, store: str, variant_id: str, since: datetime, until: datetime) -> list[ShownRecord]:
        del store
        history = sorted(self._.shown.get(variant_id, {}).items())
        return [one for at, (one, ended) in history if at <= until and since < (ended or EVER)]

    def purge_shown(self, store: str, before: datetime, limit: int) -> int:
        del store
        over = [
            (until, variant_id, at)
            for variant_id, history in self._.shown.items()
            for at, (_, until) in history.items()
            if until is not None and until < before
        ]
        for _, variant_id, at in sorted(over)[:limit]:
            self._.wrote = True
            del self._.shown[variant_id][at]
        return min(len(over), limit)


class Amendments(Table):
    def add(self, store: str, amendment: AmendmentRecord) -> int:
        del store
        held = next((one.id for one in self._.amendments.values() if one.reference == amendment.reference), None)
        if held is not None:
            return held
        self._.wrote = True
        id_ = max(self._.amendments, default=0) + 1
        self._.amendments[id_] = replace(amendment, id=id_)
        return id_

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[AmendmentRecord]:
        del store
        undone = [
            one
            for _, one in sorted(self._.amendments.items())
            if one.state in {AmendmentState.ASKED, AmendmentState.DOING}
        ]
        first: dict[str, int] = {}
        for one in undone:
            first.setdefault(one.order_id, one.id)
        claimed = [one for one in undone if ripe(one.next_at, now) and first[one.order_id] == one.id][:limit]
        for one in claimed:
            self._.wrote = True
            one.state, one.attempts, one.next_at = AmendmentState.DOING, one.attempts + 1, lease_until
        return [copy(one) for one in claimed]

    def save(self, store: str, amendment: AmendmentRecord) -> None:
        del store
        if amendment.id not in self._.amendments:
            raise LookupError(f"There is no amendment {amendment.id}.")
        self._.wrote = True
        self._.amendments[amendment.id] = copy(amendment)

    def get(self, store: str, amendment_id: int) -> AmendmentRecord | None:
        del store
        held = self._.amendments.get(amendment_id)
        return None if held is None else copy(held)

    def of_order(self, store: str, order_id: str) -> Sequence[AmendmentRecord]:
        del store
        return [copy(one) for _, one in sorted(self._.amendments.items()) if one.order_id == order_id]

    def find(
        self, store: str, states: Collection[AmendmentState], limit: int, before: int | None = None
    ) -> Sequence[AmendmentRecord]:
        del store
        newest = (one for _, one in sorted(self._.amendments.items(), reverse=True))
        return [copy(one) for one in newest if one.state in states and (before is None or one.id < before)][:limit]


class Messages(Table):
    def add(self, store: str, message: MessageRecord, *, instead_of: Collection[MessageKind] = ()) -> int:
        del store
        held = next((one.id for one in self._.messages.values() if one.reference == message.reference), None)
        if held is not None:
            return held
        self._.wrote = True
        for one in self._.messages.values():
            older = one.order_id == message.order_id != "" and one.state is MessageState.PENDING
            if older and one.kind in instead_of:
                one.state = MessageState.DROPPED
                one.reason = f"a newer one took its place: {message.reference}"
        id_ = max(self._.messages, default=0) + 1
        self._.messages[id_] = replace(message, id=id_)
        return id_

    def claim(
        self,
        store: str,
        now: datetime,
        lease_until: datetime,
        limit: int,
        kinds: Collection[MessageKind] | None = None,
    ) -> Sequence[MessageRecord]:
        del store
        unsaid = [
            one
            for _, one in sorted(self._.messages.items())
            if one.state in {MessageState.PENDING, MessageState.SENDING} and one.not_before <= now
        ]
        first: dict[tuple[str, bool], int] = {}
        for one in unsaid:
            # Word to a store's owner and word to its buyers do not wait for each other.
            to_owner = one.kind is MessageKind.TO_OWNER
            first.setdefault((one.order_id or f"no order, message {one.id}", to_owner), one.id)
        unsaid = [one for one in unsaid if kinds is None or one.kind in kinds]
        claimed = [one for one in unsaid if ripe(one.next_at, now) and one.id in first.values()][:limit]
        for one in claimed:
            self._.wrote = True
            one.state, one.attempts, one.next_at = MessageState.SENDING, one.attempts + 1, lease_until
        return [copy(one) for one in claimed]

    def save(self, store: str, message: MessageRecord) -> None:
        del store
        if message.id not in self._.messages:
            raise LookupError(f"There is no message {message.id}.")
        self._.wrote = True
        self._.messages[message.id] = copy(message)

    def get(self, store: str, message_id: int) -> MessageRecord | None:
        del store
        held = self._.messages.get(message_id)
        return None if held is None else copy(held)

    def by_reference(self, store: str, reference: str) -> MessageRecord | None:
        del store
        return next((copy(one) for one in self._.messages.values() if one.reference == reference), None)

    def of_order(self, store: str, order_id: str) -> Sequence[MessageRecord]:
        del store
        return [copy(one) for _, one in sorted(self._.messages.items()) if one.order_id == order_id]

    def find(
        self, store: str, states: Collection[MessageState], limit: int, before: int | None = None
    ) -> Sequence[MessageRecord]:
        del store
        newest = (one for _, one in sorted(self._.messages.items(), reverse=True))
        return [copy(one) for one in newest if one.state in states and (before is None or one.id < before)][:limit]
