"""What the services ask of storage.  Everything done inside one ``with`` is one transaction; leaving it by an exception
undoes it.  ``store`` is always the first argument: nothing is ever read or written across stores by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from connector.domain.facts import Reread
from connector.domain.promise import Outcome
from connector.ports.accounts import Credentials, Passes, Sessions, Steering
from connector.ports.aside import Aside
from connector.ports.backlog import Backlog, Cursor, Listing
from connector.ports.deliveries import Deliveries as Deliveries  # noqa: PLC0414 -- asked for here by all who use it
from connector.ports.due import Due as Due  # noqa: PLC0414 -- whoever asks for work gets here what it is called
from connector.ports.due import Look as Look  # noqa: PLC0414 -- as above
from connector.ports.figures import Figures
from connector.ports.history import History, JobRuns
from connector.ports.journal import Journal as Journal  # noqa: PLC0414 -- asked for here by all who use it
from connector.ports.operating import Buckets, Limits, Privacy, Processes, Served, Turns
from connector.ports.promising import Amendments, Messages, Promises
from connector.ports.records import (
    NewDelivery,
    NoticeRecord,
    NoticeState,
    OrderRecord,
    PoolRecord,
    ShowingRecord,
    StoreRecord,
    SupplyRecord,
    VariantRecord,
    WaitingLine,
)
from connector.ports.restocking import Restock
from connector.ports.tracing import Traces


class Inbox(Protocol):
    """Where the web part keeps deliveries; safe for many threads, and outside any unit of work."""

    def keep(self, delivery: NewDelivery) -> bool:
        """Return once the delivery is on disk: True if it is new, False if it was kept before."""
        ...

    def count(self, store: str, name: str) -> None:
        """Add one to a counter (``forged``, ``ping``); cheap, may lag by a second."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class RereadRow:
    reread: Reread
    asked_at: datetime
    attempts: int


class Rereads(Protocol):
    """What must be read again, once each however often it was asked for."""

    def ask(self, store: str, things: Iterable[Reread], at: datetime) -> None: ...

    def due(self, store: str, limit: int) -> Sequence[RereadRow]: ...

    def done(self, store: str, rows: Iterable[RereadRow]) -> None:
        """Forget them, unless they were asked for again since (a newer ``asked_at``)."""
        ...

    def failed(self, store: str, rows: Iterable[RereadRow]) -> None:
        """Count an attempt that did not succeed: what fails goes behind what has not, until it is asked for anew."""
        ...


class Orders(Protocol):
    def get(self, store: str, ids: Collection[str]) -> dict[str, OrderRecord]:
        """Those that are known, with their lines."""
        ...

    def save(self, store: str, orders: Iterable[OrderRecord]) -> None:
        """Insert or replace the orders and exactly their lines."""
        ...

    def by_number(self, store: str, number: str) -> Sequence[str]:
        """The ids of the orders a merchant calls so."""
        ...

    def waiting(self, store: str, pool_ids: Collection[str]) -> Sequence[WaitingLine]:
        """The open lines (outstanding above zero) of these pools; cost follows from their number, not from history."""
        ...

    def open_ids(self, store: str, pool_ids: Collection[str]) -> Sequence[str]:
        """The orders that have open lines in these pools."""
        ...

    def all_open_ids(self, store: str) -> Iterator[str]: ...

    def open_counts(self, store: str, pool_ids: Collection[str]) -> Mapping[str, int]:
        """How many lines are open, by pool."""
        ...

    def head(self, store: str, pool_id: str, limit: int) -> Sequence[WaitingLine]:
        """The first open lines of a pool: those of which all is announced, then by the moment the platform took their
        stock (units added to a line later count as if they had been there).
        """
        ...

    def owed(self, store: str, pool_id: str) -> tuple[int, int]:
        """Units outstanding in a pool, and those of them that wait."""
        ...

    def not_seen(self, store: str, pool_id: str | None, since: datetime, limit: int) -> Sequence[str]:
        """Orders with open lines in this pool (None: in any) that were seen last before ``since``, the longest ago
        first.
        """
        ...

    def seen(self, store: str, ids: Collection[str], at: datetime) -> None:
        """The platform was asked for these, whatever it said."""
        ...

    def repool(self, store: str, variant_id: str, pool_id: str) -> Collection[str]:
        """Move the lines of a variant to another pool; the pools they came from."""
        ...

    def planned(self, store: str, outcomes: Iterable[Outcome]) -> None:
        """Write ready, waiting and expected_on of lines."""
        ...

    def waiting_totals(self, store: str) -> Mapping[str, int]:
        """Units waited for, by variant id (only those above zero)."""
        ...

    def to_tell(
        self, store: str, pool_ids: Collection[str], *, after: str = "", limit: int | None = None
    ) -> Sequence[str]:
        """The orders whose marks may differ from what they were told: with a line in these pools, waiting now or told
        of waiting before, and changed (they or their plan) since ``looked_at``; by id, from the one after ``after``.
        """
        ...

    def looked_at(self, store: str, ids: Collection[str]) -> None:
        """What there was to tell of these is written down: ``to_tell`` leaves them out until they change."""
        ...

    def purge(self, store: str, before: datetime, limit: int) -> int:
        """Delete orders that changed last before, with all that belongs to them alone; how many (at most ``limit``).

        Never one that waits or was told so, or of which anything is still to be done, said or decided.
        """
        ...


class Catalogue(Protocol):
    def get(self, store: str, ids: Collection[str]) -> dict[str, VariantRecord]: ...

    def of_products(self, store: str, product_ids: Collection[str]) -> Sequence[VariantRecord]: ...

    def of_pools(self, store: str, pool_ids: Collection[str]) -> Sequence[VariantRecord]:
        """Without those that are gone."""
        ...

    def by_sku(self, store: str, sku: str) -> Sequence[VariantRecord]:
        """Exactly this SKU; not gone.  More than one where the merchant used it twice."""
        ...

    def by_skus(self, store: str, skus: Collection[str]) -> Mapping[str, Sequence[VariantRecord]]:
        """The same for many; those that no variant has are not in it."""
        ...

    def save(self, store: str, variants: Iterable[VariantRecord]) -> None: ...

    def each(self, store: str) -> Iterator[VariantRecord]:
        """Every variant that is not gone, by SKU."""
        ...

    def size(self, store: str) -> int: ...


class Pools(Protocol):
    def get(self, store: str, ids: Collection[str]) -> dict[str, PoolRecord]: ...

    def save_stock(self, store: str, pools: Iterable[PoolRecord]) -> None:
        """Insert or replace available, status, changed_at, seen_at; the planning marks are left alone."""
        ...

    def touch(self, store: str, ids: Iterable[str], at: datetime) -> None:
        """News concerned these pools: make them dirty and unconfirmed (inserting those that are new).  ``touched_at``
        never goes back.
        """
        ...

    def redirty(self, store: str, ids: Iterable[str] | None, at: datetime) -> None:
        """Plan again, nothing having changed at the platform (None: every pool)."""
        ...

    def dirty(self, store: str, limit: int, today: date) -> Sequence[PoolRecord]:
        """Pools to plan: marked dirty, or whose ``replan_on`` has come; the longest dirty first."""
        ...

    def planned(self, store: str, pools: Iterable[PoolRecord]) -> None:
        """Write ``replan_on`` and ``missing``; clear ``dirty_at`` unless it has changed since the record was read."""
        ...

    def unconfirmed(
        self, store: str, *, touched_before: datetime, since_before: datetime, limit: int
    ) -> Sequence[PoolRecord]:
        """Unconfirmed pools that have settled (``touched_at <= touched_before``) or have waited long
        (``unconfirmed_since <= since_before``), the longest waiting first.
        """
        ...

    def confirm(self, store: str, ids: Collection[str], read_at: datetime) -> Collection[str]:
        """Mark as confirmed those not touched after ``read_at``; which those are."""
        ...

    def unconfirmed_among(self, store: str, ids: Collection[str]) -> Collection[str]: ...

    def ids_after(self, store: str, after: str, limit: int) -> Sequence[str]:
        """All pools in pages: the ids that come after ``after`` in the order of ids."""
        ...

    def size(self, store: str) -> int:
        """How many pools there are."""
        ...


class Supplies(Protocol):
    def add(self, store: str, supply: SupplyRecord) -> int:
        """The id given (``supply.id`` is ignored)."""
        ...

    def add_all(self, store: str, supplies: Sequence[SupplyRecord]) -> Sequence[int]:
        """The ids given, in the order of the supplies."""
        ...

    def save(self, store: str, supply: SupplyRecord) -> None: ...

    def get(self, store: str, supply_id: int) -> SupplyRecord | None: ...

    def open(self, store: str, pool_ids: Collection[str] | None = None) -> Sequence[SupplyRecord]:
        """Not closed, by due date (None last), then id."""
        ...

    def page(self, store: str, *, at: Cursor | None = None, limit: int = 50) -> Listing[SupplyRecord]:
        """The same, in pages; the values of the cursor are the due date (ISO, empty for None) and the id.

        ValueError for a cursor that no listing has given.
        """
        ...


class Showings(Protocol):
    def get(self, store: str, variant_ids: Collection[str]) -> dict[str, ShowingRecord]: ...

    def save(self, store: str, showings: Iterable[ShowingRecord]) -> None: ...

    def due(self, store: str, now: datetime, limit: int) -> Sequence[ShowingRecord]:
        """Due, not suspect, not overridden, not parked, and not before ``next_at``; by product."""
        ...

    def overridden(self, store: str, after: str = "", limit: int | None = None) -> Sequence[ShowingRecord]:
        """Those that bear somebody else's value, by variant id, from the one after ``after``."""
        ...

    def each(self, store: str) -> Iterator[ShowingRecord]: ...

    def suspects(self, store: str, limit: int) -> Sequence[ShowingRecord]: ...

    def written(self, store: str, after: str, limit: int) -> Sequence[ShowingRecord]:
        """Those that we wrote to at the shop (``found`` is not empty), by variant id, from the one after ``after``."""
        ...

    def due_counts(self, store: str) -> Mapping[str, int]:
        """How many wait to be pushed, by the status they should show."""
        ...


class Notices(Protocol):
    def add(self, store: str, notice: NoticeRecord) -> None:
        """A new telling; replaces an older one of the same order that is still PENDING (one thing, one message)."""
        ...

    def claim(self, store: str, now: datetime, lease_until: datetime, limit: int) -> Sequence[NoticeRecord]:
        """Take pending ones that are due, and SENDING ones whose lease has ended, by guarded update; ``attempts`` is
        counted up, so a notice claimed before has ``attempts`` above 1.

        An order's notices go one after the other: none is claimed while an older one is on its way, and of those whose
        lease has ended one that has a newer behind it is forgotten.
        """
        ...

    def is_due(self, store: str, now: datetime) -> bool:
        """Whether there is perhaps one to claim; keeps nobody from writing."""
        ...

    def settle(
        self, store: str, notice_id: int, state: NoticeState, *, at: datetime, next_at: datetime | None, reason: str
    ) -> None: ...

    def of_order(self, store: str, order_id: str) -> Sequence[NoticeRecord]: ...

    def find(self, store: str, state: NoticeState | None, limit: int) -> Sequence[NoticeRecord]: ...


class Stores(Protocol):
    def get(self, key: str) -> StoreRecord | None: ...

    def save(self, store: StoreRecord) -> None: ...

    def remove(self, key: str) -> None:
        """Delete everything of a store."""
        ...

    def all(self) -> Sequence[StoreRecord]: ...

    def counters(self, key: str) -> Mapping[str, int]: ...

    def revisions(self) -> Mapping[str, int]:
        """Every store with the revision of its settings; read often, so it must be cheap."""
        ...

    def by_shop(self, platform: str, shop: str) -> StoreRecord | None: ...


class UnitOfWork(Protocol):
    deliveries: Deliveries
    rereads: Rereads
    aside: Aside
    orders: Orders
    catalogue: Catalogue
    pools: Pools
    supplies: Supplies
    showings: Showings
    notices: Notices
    journal: Journal
    stores: Stores
    credentials: Credentials
    steering: Steering
    sessions: Sessions
    passes: Passes
    job_runs: JobRuns
    history: History
    backlog: Backlog
    promises: Promises
    amendments: Amendments
    messages: Messages
    restock: Restock
    turns: Turns
    served: Served
    buckets: Buckets
    limits: Limits
    processes: Processes
    privacy: Privacy
    traces: Traces
    figures: Figures

    def due(self, now: datetime, *, settle: timedelta, today: Callable[[str], date]) -> Sequence[Due]:
        """The stores that have something to do; costs what these cost, however many others there are.

        ``settle``: how long a pool must be quiet before it is confirmed; ``today``: the calendar day of a store.
        """
        ...

    def commit(self) -> None:
        """Make it last.  Without a commit everything is undone at the end of the ``with``."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Work(Protocol):
    """Opens a unit of work: ``with work() as uow: ...; uow.commit()``."""

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        """``read_only``: sees a consistent state, waits for nobody and keeps nobody waiting."""
        ...
