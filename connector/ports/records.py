"""Rows as the services handle them.  Times are aware UTC datetimes; ids are the platform's, inside one store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from connector.domain.facts import Demand, PlatformStatus
from connector.domain.marks import NoticeKind, OrderMarks
from connector.domain.queue import Sighting

UNOPENED = b"(sealed with a key that is not under [security])"
"""What stands in place of a body that cannot be opened."""


class DeliveryState(Enum):
    RECEIVED = "received"
    DONE = "done"
    PARKED = "parked"  # someone should look; replayable


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A genuine webhook request, kept whole.  One with the same store, topic, external id and body is the same."""

    store: str
    platform: str
    topic: str
    external_id: str
    body: bytes
    received_at: datetime
    triggered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    id: int
    store: str
    platform: str
    topic: str
    external_id: str
    body: bytes
    received_at: datetime
    triggered_at: datetime | None
    state: DeliveryState
    reason: str


class Origin(Enum):
    """Where the keys of a store stand."""

    CONFIG = "config"
    APP = "app"  # its owner connected it on a page; the keys are in the database, encrypted


class Leaving(Enum):
    """What is still to be done before a store is disconnected."""

    NO = "no"
    KEEP = "keep"  # the flags at the shop stay as they are
    PUT_BACK = "put back"  # first the flags are made what they were before we came


@dataclass(slots=True)
class StoreRecord:
    """One connected shop.  ``stopped``: acts an owner must mend (``push`` -> what to do); ``cursors``: how far the
    platform has been read, by thing; ``beats``: when each job last ran to its end.

    ``revision`` counts every change of its settings and keys, so that whoever holds older ones can tell.  ``shop`` is
    what identifies it at the platform for good, empty while nobody has asked; ``progress`` is that of the first import:
    things seen and, where the platform says so, things in all, by thing.
    """

    key: str
    platform: str
    gone_at: datetime | None = None
    paused: bool = False  # by hand: nothing is pushed or told
    stopped: dict[str, str] = field(default_factory=dict)
    cursors: dict[str, datetime] = field(default_factory=dict)
    beats: dict[str, datetime] = field(default_factory=dict)
    wait_until: datetime | None = None  # the platform asked for patience
    failures: int = 0  # in a row; the back-off grows with it
    origin: Origin = Origin.CONFIG
    shop: str = ""
    title: str = ""
    revision: int = 0
    leaving: Leaving = Leaving.NO
    progress: dict[str, dict[str, int]] = field(default_factory=dict)  # {"products": {"seen": 20, "total": 80}}


@dataclass(slots=True)
class LineRecord:
    """A line of an order.  ``outstanding`` is zero unless the order waits; ``ready``, ``waiting`` and ``expected_on``
    are the newest plan; ``announced`` counts units the shopper was told are there.
    """

    id: str
    variant_id: str
    pool_id: str
    sku: str
    title: str
    ordered: int
    wanted: int
    shipped: int
    outstanding: int
    history: tuple[Sighting, ...] = ()
    announced: int = 0
    ready: int = 0
    waiting: int = 0
    expected_on: date | None = None


@dataclass(slots=True)
class OrderRecord:
    """The newest version seen of an order; ``told`` are the marks it was last told to bear, ``revision`` how often."""

    id: str
    number: str
    demand: Demand
    status: str
    changed_at: datetime
    seen_at: datetime
    placed_at: datetime
    taken_at: datetime
    first_waiting_at: datetime | None
    language: str
    test: bool
    told: OrderMarks = field(default_factory=OrderMarks)
    revision: int = 0
    lines: dict[str, LineRecord] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """An open line with what its order says of its place; read for planning a pool."""

    order_id: str
    line_id: str
    variant_id: str
    pool_id: str
    demand: Demand
    taken_at: datetime
    first_waiting_at: datetime | None
    shipped: int
    outstanding: int
    history: tuple[Sighting, ...]
    announced: int
    ready: int
    waiting: int
    expected_on: date | None


@dataclass(slots=True)
class VariantRecord:
    id: str
    product_id: str
    pool_id: str
    sku: str
    title: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    sellable: bool
    changed_at: datetime
    gone: bool = False


@dataclass(slots=True)
class PoolRecord:
    """Units that variants draw from.

    ``touched_at``: the last news that concerned it (None: never); ``unconfirmed_since``: the first such news after the
    last confirmation; ``confirmed_at``: when the read behind the last confirmation began; ``dirty_at``: it is to be
    planned;
    ``replan_on``: the day on which time alone changes its plan; ``missing``: units owed to orders we have not seen.
    """

    id: str
    available: int | None = None
    status: PlatformStatus = PlatformStatus.UNKNOWN
    changed_at: datetime | None = None
    seen_at: datetime | None = None
    touched_at: datetime | None = None
    unconfirmed_since: datetime | None = None
    confirmed_at: datetime | None = None
    dirty_at: datetime | None = None
    replan_on: date | None = None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class SupplyRecord:
    """Units on their way to a pool.  ``received``: how many of them have come."""

    id: int
    pool_id: str
    sku: str
    units: int
    received: int
    due: date | None
    reference: str
    created_at: datetime
    closed: bool = False

    @property
    def incoming(self) -> int:
        return 0 if self.closed else max(0, self.units - self.received)


@dataclass(slots=True)
class ShowingRecord:
    """What the shop shows for one variant and what it should (``storefront_states`` in the database).

    ``found``: the fields as they were before we first wrote; ``written``: what we wrote last; ``attempted``: a write
    whose answer we do not have, so either value is ours; ``suspect``: a delivery told of a foreign value that no read
    has confirmed yet; ``override``: foreign values that a read has confirmed; ``due``: a difference waits to be pushed;
    ``parked``: the shop refused it for good, and why.  ``status``, ``sellable`` and ``expected_on`` are the desired
    state in the common model.
    """

    variant_id: str
    product_id: str
    shown: Mapping[str, str] = field(default_factory=dict)
    shown_changed_at: datetime | None = None
    shown_seen_at: datetime | None = None
    desired: Mapping[str, str] = field(default_factory=dict)
    status: str = ""
    sellable: int | None = None
    expected_on: date | None = None
    found: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    attempted: Mapping[str, str] = field(default_factory=dict)
    suspect: bool = False
    override: Mapping[str, str] = field(default_factory=dict)
    due: bool = False
    attempts: int = 0
    next_at: datetime | None = None
    parked: str = ""
    pushed_at: datetime | None = None


class NoticeState(Enum):
    PENDING = "pending"
    SENDING = "sending"  # claimed; a crash leaves it here until the lease ends
    SENT = "sent"
    PARKED = "parked"


@dataclass(slots=True)
class NoticeRecord:
    """One message about one order; ``revision`` numbers the tellings of an order, so each is made once."""

    id: int
    order_id: str
    revision: int
    kind: NoticeKind
    marks: OrderMarks
    text: str
    reference: str
    created_at: datetime
    state: NoticeState = NoticeState.PENDING
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    reason: str = ""
