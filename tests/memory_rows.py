"""The tables behind ``memory_store``, as dictionaries of records."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connector.domain.journal import Entry
from connector.domain.promises import PromiseEvent
from connector.ports.accounts import Sealed
from connector.ports.aside import AsideRecord, Task
from connector.ports.history import Sample, WaitRecord
from connector.ports.promising import AmendmentRecord, MessageRecord, ShownRecord, TermsRecord
from connector.ports.records import (
    Delivery,
    DeliveryState,
    NoticeRecord,
    NoticeState,
    OrderRecord,
    PoolRecord,
    ShowingRecord,
    StoreRecord,
    SupplyRecord,
    VariantRecord,
)
from connector.ports.unit_of_work import RereadRow


@dataclass
class Stored:
    """All tables of one store."""

    deliveries: dict[int, Delivery] = field(default_factory=dict)
    rereads: dict[Any, RereadRow] = field(default_factory=dict)
    aside: dict[tuple[Task, str], AsideRecord] = field(default_factory=dict)
    orders: dict[str, OrderRecord] = field(default_factory=dict)
    variants: dict[str, VariantRecord] = field(default_factory=dict)
    pools: dict[str, PoolRecord] = field(default_factory=dict)
    supplies: dict[int, SupplyRecord] = field(default_factory=dict)
    showings: dict[str, ShowingRecord] = field(default_factory=dict)
    notices: dict[int, NoticeRecord] = field(default_factory=dict)
    stores: dict[str, StoreRecord] = field(default_factory=dict)
    credentials: dict[str, Sealed] = field(default_factory=dict)
    samples: dict[datetime, Sample] = field(default_factory=dict)
    waits: dict[tuple[str, str, datetime], WaitRecord] = field(default_factory=dict)
    events: dict[tuple[str, str], tuple[PromiseEvent, ...]] = field(default_factory=dict)
    terms: dict[str, TermsRecord] = field(default_factory=dict)
    shown: dict[str, dict[datetime, tuple[ShownRecord, datetime | None]]] = field(default_factory=dict)
    amendments: dict[int, AmendmentRecord] = field(default_factory=dict)
    messages: dict[int, MessageRecord] = field(default_factory=dict)
    journal: list[Entry] = field(default_factory=list)
    wrote: bool = False

    def copied(self) -> Stored:
        return Stored(
            dict(self.deliveries),
            dict(self.rereads),
            dict(self.aside),
            {key: copy_order(one) for key, one in self.orders.items()},
            {key: copy(one) for key, one in self.variants.items()},
            {key: copy(one) for key, one in self.pools.items()},
            dict(self.supplies),
            {key: copy(one) for key, one in self.showings.items()},
            {key: copy(one) for key, one in self.notices.items()},
            {key: copy_store(one) for key, one in self.stores.items()},
            dict(self.credentials),
            dict(self.samples),
            dict(self.waits),
            dict(self.events),
            {key: copy(one) for key, one in self.terms.items()},
            {key: dict(one) for key, one in self.shown.items()},
            {key: copy(one) for key, one in self.amendments.items()},
            {key: copy(one) for key, one in self.messages.items()},
            list(self.journal),
        )


class Table:
    """What the repositories share."""

    def __init__(self, stored: Stored) -> None:
        self._ = stored


def copy_order(order: OrderRecord) -> OrderRecord:
    made = copy(order)
    made.lines = {key: copy(line) for key, line in order.lines.items()}
    return made


def copy_store(store: StoreRecord) -> StoreRecord:
    made = copy(store)
    made.cursors, made.stopped, made.beats = dict(store.cursors), dict(store.stopped), dict(store.beats)
    made.progress = {key: dict(one) for key, one in store.progress.items()}
    return made


def unsent(stored: Stored) -> list[NoticeRecord]:
    return [one for one in stored.notices.values() if one.state in {NoticeState.PENDING, NoticeState.SENDING}]


def ripe(next_at: datetime | None, now: datetime) -> bool:
    return next_at is None or next_at <= now


def delivery(number: int, store: str, platform: str, topic: str, body: bytes, at: datetime) -> Delivery:
    return Delivery(number, store, platform, topic, str(number), body, at, None, DeliveryState.RECEIVED, "")
