"""Records for the storage tests; a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table, func, insert, select

from connector.domain.allocation import LineRef
from connector.domain.facts import Demand, Reread, Thing
from connector.domain.journal import Entry
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.domain.promise import Outcome
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, PromiseEvent
from connector.domain.queue import Sighting
from connector.ports.accounts import PassKind, PassRecord, Sealed, SessionRecord, Steered
from connector.ports.aside import AsideRecord, Task
from connector.ports.history import JobRun, Sample, WaitRecord
from connector.ports.operating import BucketRecord, PrivacyRequest, ProcessRecord, RequestKind
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    MessageKind,
    MessageRecord,
    ShownRecord,
    TermsRecord,
)
from connector.ports.records import (
    LineRecord,
    NewDelivery,
    NoticeRecord,
    OrderRecord,
    PoolRecord,
    ShowingRecord,
    StoreRecord,
    SupplyRecord,
    VariantRecord,
)
from connector.ports.restocking import ListState, SubscriptionRecord, WaveRecord
from connector.ports.tracing import Trace
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata

OF_NO_STORE = {"processes", "limits", "kept_keys"}
SHOP = "main"
OTHER = "second"
NOON = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
TODAY = date(2026, 11, 21)
WAITS = OrderMarks(OrderStatus.WAITING, (LineMark("1", "MUG", "Ünïcode mug", 1, 2, date(2026, 12, 1)),))


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_delivery(external_id: str = "d1", **more: Any) -> NewDelivery:
    whole = NewDelivery(SHOP, "woocommerce", "order.updated", external_id, b'{"id": 7}', NOON)
    return replace(whole, **more)


def a_line(line_id: str = "1", pool_id: str = "p1", outstanding: int = 3, **more: Any) -> LineRecord:
    whole = LineRecord(
        id=line_id,
        variant_id=f"v-{pool_id}",
        pool_id=pool_id,
        sku="MUG",
        title="Ünïcode mug",
        ordered=3,
        wanted=3,
        shipped=3 - outstanding,
        outstanding=outstanding,
        history=(Sighting(NOON, 2), Sighting(after(60), 3)),
    )
    return replace(whole, **more)


def an_order(order_id: str = "o1", *lines: LineRecord, **more: Any) -> OrderRecord:
    whole = OrderRecord(
        id=order_id,
        number=f"#{order_id}",
        demand=Demand.OPEN,
        status="processing",
        changed_at=NOON,
        seen_at=after(1),
        placed_at=after(-20),
        taken_at=after(-10),
        first_waiting_at=after(-10),
        language="de-DE",
        test=False,
        lines={line.id: line for line in lines or (a_line(),)},
    )
    return replace(whole, **more)


def an_outcome(order_id: str, line_id: str, ready: int, waiting: int, day: date | None = None) -> Outcome:
    return Outcome(LineRef(order_id, line_id), ready, waiting, day, "lead time")


def a_variant(variant_id: str = "v1", **more: Any) -> VariantRecord:
    whole = VariantRecord(
        variant_id,
        "product",
        "p1",
        f"SKU-{variant_id}",
        "Mug",
        ("cups", "sale"),
        ("a", "b"),
        sellable=True,
        changed_at=NOON,
    )
    return replace(whole, **more)


def a_pool(pool_id: str = "p1", **more: Any) -> PoolRecord:
    return PoolRecord(pool_id, **more)


def a_supply(pool_id: str = "p1", **more: Any) -> SupplyRecord:
    return replace(SupplyRecord(0, pool_id, "MUG", 10, 0, date(2026, 12, 1), "PO-7", NOON), **more)


def a_showing(variant_id: str = "v1", **more: Any) -> ShowingRecord:
    return ShowingRecord(variant_id, **{"product_id": "product", **more})


def a_notice(order_id: str = "o1", revision: int = 1, **more: Any) -> NoticeRecord:
    reference = f"{order_id}-{revision}"
    return replace(NoticeRecord(0, order_id, revision, NoticeKind.WAITING, WAITS, "Soon.", reference, NOON), **more)


def a_session(id_: str = "s1", **more: Any) -> SessionRecord:
    return replace(SessionRecord(id_, SHOP, operator=False, created_at=NOON, until=after(3600)), **more)


def a_pass(id_: str = "p1", **more: Any) -> PassRecord:
    whole = PassRecord(id_, PassKind.CONNECT, "shopify", "", "browser", {"shop": "ä.example"}, NOON, after(600))
    return replace(whole, **more)


def a_wait(order_id: str = "o1", line_id: str = "1", **more: Any) -> WaitRecord:
    whole = WaitRecord(order_id, line_id, "v1", "MUG", "Ünïcode mug", 2, NOON, after(3600))
    return replace(whole, **more)


def a_subscription(person: str = "anna", **more: Any) -> SubscriptionRecord:
    whole = SubscriptionRecord(0, "v1", person, b"sealed", "de-DE", 2, ListState.WAITING, NOON, confirmed_at=NOON)
    return replace(whole, **more)


def an_amendment(order_id: str = "o1", reference: str = "a1", **more: Any) -> AmendmentRecord:
    whole = AmendmentRecord(
        0, order_id, "1", AmendmentKind.CANCEL, 1, "", Actor.SHOPPER, "", "", reference, f"key of {reference}", NOON
    )
    return replace(whole, **more)


def a_message(order_id: str = "o1", reference: str = "m1", **more: Any) -> MessageRecord:
    whole = MessageRecord(0, MessageKind.CONFIRMED, order_id, 0, "de-DE", {"order": "Nº 1"}, reference, NOON, NOON)
    return replace(whole, **more)


def a_bucket(points: float = 12.5, **more: Any) -> BucketRecord:
    return replace(BucketRecord(points, 40.0, 2.0, NOON), **more)


def a_process(id_: str = "worker of büro:1", **more: Any) -> ProcessRecord:
    return replace(ProcessRecord(id_, "worker", "büro", 4711, NOON, after(1)), **more)


def a_request(reference: str = "r1", **more: Any) -> PrivacyRequest:
    whole = PrivacyRequest(0, SHOP, RequestKind.ERASE, reference, NOON, after(3600), b"sealed", ("o1", "ö2"))
    return replace(whole, **more)


def an_aside(task: Task = Task.ORDER, id_: str = "ö1", **more: Any) -> AsideRecord:
    return replace(AsideRecord(task, id_, "a fault of ours: KeyError", NOON, after(10), 1, ("p1",)), **more)


def fill(work: UnitOfWork, store: str) -> None:
    """A row in every table but the inbox, the counters, and what is of no store."""
    work.stores.save(StoreRecord(store, "woocommerce"))
    work.rereads.ask(store, [Reread(Thing.POOL, "1")], NOON)
    work.aside.put(store, [an_aside()])
    work.orders.save(store, [an_order(told=WAITS)])
    work.catalogue.save(store, [a_variant()])
    work.pools.touch(store, ["p1"], NOON)
    work.supplies.add(store, a_supply())
    work.showings.save(store, [a_showing(due=True)])
    work.notices.add(store, a_notice())
    work.journal.append(store, [Entry(NOON, "planned")])
    work.credentials.save(store, Sealed(b"secret", NOON))
    work.steering.save(store, Steered("policy", {"mode": "never"}, NOON, "owner"))
    work.sessions.add(a_session(f"session of {store}", store=store))
    work.passes.add(a_pass(f"pass of {store}", store=store))
    work.job_runs.save(JobRun(store, "plan", NOON, 0.25))
    work.history.sample(store, Sample(NOON, 5, 2))
    work.history.served(store, [a_wait()])
    work.restock.add(store, a_subscription())
    work.restock.look(store, NOON)
    work.restock.save_waves(store, [WaveRecord("p1", 1, NOON)])
    work.promises.append(store, "o1", "1", [PromiseEvent(NOON, EventKind.PROMISED, Actor.SERVICE)])
    work.promises.save_terms(store, [TermsRecord("o1")])
    work.promises.showed(store, [ShownRecord("v1", NOON, "backorder", UNKNOWN_DAY, "Soon.")])
    work.amendments.add(store, an_amendment())
    work.messages.add(store, a_message())
    work.turns.begin(store, "worker", NOON)
    work.buckets.save(store, a_bucket())
    work.privacy.ask(a_request(store=store))
    work.served.save(store, "a digest")
    work.traces.add(store, "pool", {"p1": [Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")]})


def fill_every_table(database: Database, inbox: GroupCommitInbox) -> None:
    """Rows of two stores, and of none where a table knows no stores."""
    with database.work() as work:
        fill(work, SHOP)
        fill(work, OTHER)
        work.processes.beat(a_process())
        work.commit()
    for store in (SHOP, OTHER):
        inbox.keep(a_delivery(store=store))
        inbox.count(store, "ping")
    with database.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if not connection.scalar(select(func.count()).select_from(table)):
                stores = ("",) if table.name in OF_NO_STORE else (SHOP, OTHER)
                connection.execute(insert(table), [_made_up(table, store) for store in stores])


def _made_up(table: Table, store: str) -> dict[str, Any]:
    """For a table that nothing above fills."""
    kinds = {"Moment": NOON, "Text": "ü", "BigInteger": 2**40, "LargeBinary": b"\0\xff", "Boolean": True, "Date": TODAY}
    return {column.name: store if column.name == "store" else kinds[type(column.type).__name__] for column in table.c}
