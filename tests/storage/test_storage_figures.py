"""What waits, counted over all stores, and what a flag goes back to."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from storage_rows import NOON, OTHER, SHOP, a_delivery, a_message, a_notice, a_request, a_showing, after
from test_storage_query_plans import plans

from connector.ports.figures import InboxFigures, QueueFigures
from connector.ports.history import JobRun
from connector.ports.promising import MessageState
from connector.ports.records import DeliveryState, Leaving, NoticeState, StoreRecord
from connector.ports.tracing import MOST_LINKS, Trace
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox


def a_trace(n: int) -> Trace:
    return Trace(f"{n:032x}", f"{n:016x}")


def keep_stores(database: Database, **stores: StoreRecord) -> None:
    with database.work() as work:
        for record in stores.values():
            work.stores.save(record)
        work.commit()


def test_the_oldest_delivery_is_that_of_all_stores_and_ours_that_of_those_we_could_work_for(
    database: Database, inbox: GroupCommitInbox
) -> None:
    every = {
        "paused": {"paused": True},
        "busy": {"wait_until": after(60)},
        "ready": {"wait_until": after(-1)},
        "nobody": {},
    }
    keep_stores(database, **{key: StoreRecord(key, "woocommerce", **more) for key, more in every.items()})  # type: ignore[arg-type]
    for age, key in ((40, "nobody"), (30, "paused"), (20, "busy"), (10, "ready"), (5, "ready")):
        inbox.keep(a_delivery(f"{key} {age}", store=key, received_at=after(-age)))
    with database.work(read_only=True) as work:
        assert work.figures.inbox(NOON) == InboxFigures(5, after(-40), after(-40))
        assert work.figures.inbox(NOON, {"paused", "busy", "ready"}) == InboxFigures(5, after(-40), after(-10))
        assert work.figures.inbox(after(61), {"paused", "busy", "ready"}) == InboxFigures(5, after(-40), after(-20))
        assert work.figures.inbox(NOON, {"paused"}) == InboxFigures(5, after(-40), None)


def test_what_was_dealt_with_waits_no_longer(database: Database, inbox: GroupCommitInbox) -> None:
    for n in range(3):
        inbox.keep(a_delivery(f"d{n}"))
    with database.work() as work:
        first, second, _ = work.deliveries.waiting(SHOP, 9)
        work.deliveries.finish(SHOP, [(first.id, DeliveryState.DONE, ""), (second.id, DeliveryState.PARKED, "no")])
        assert work.figures.inbox(NOON).received == 1
        assert work.figures.queues().parked["deliveries"] == 1


def test_every_queue_is_counted_over_all_stores(database: Database) -> None:
    with database.work() as work:
        assert work.figures.queues() == QueueFigures(
            parked={"deliveries": 0, "notices": 0, "messages": 0, "set_aside": 0}
        )
        for store in (SHOP, OTHER):
            work.pools.touch(store, ["p1", "p2"], NOON)
            work.showings.save(
                store, [a_showing("v1", due=True), a_showing("v2"), a_showing("v3", due=True, parked="No.")]
            )
            work.notices.add(store, a_notice())
            work.notices.add(store, a_notice("o2"))
            work.messages.add(store, a_message())
            work.messages.add(store, a_message("o2", "m2"))
            work.privacy.ask(a_request(store=store))
            (notice, _) = work.notices.find(store, NoticeState.PENDING, 9)
            work.notices.settle(store, notice.id, NoticeState.PARKED, at=NOON, next_at=None, reason="no")
            message = work.messages.find(store, [MessageState.PENDING], 9)[0]
            work.messages.save(store, replace(message, state=MessageState.PARKED))
        work.pools.confirm(SHOP, ["p1"], after(1))
        counted = work.figures.queues()
    parked = {"deliveries": 0, "notices": 2, "messages": 2, "set_aside": 0}
    assert counted == QueueFigures(4, 3, pushes=2, notices=2, messages=2, requests=2, parked=parked)


STATES = {
    "ok": {},
    "waiting": {"wait_until": after(1)},
    "stopped": {"stopped": {"push": "Mend it."}, "wait_until": after(1)},
    "paused": {"paused": True, "stopped": {"push": "Mend it."}},
    "leaving": {"leaving": Leaving.KEEP, "paused": True},
    "gone": {"gone_at": NOON, "leaving": Leaving.KEEP, "paused": True},
}


def test_each_store_is_in_one_state_the_one_that_explains_most(database: Database) -> None:
    keep_stores(database, **{key: StoreRecord(key, "woocommerce", **more) for key, more in STATES.items()})  # type: ignore[arg-type]
    keep_stores(database, more=StoreRecord("more", "shopify", wait_until=NOON))
    with database.work(read_only=True) as work:
        expected = {("woocommerce", state): 1 for state in STATES} | {("shopify", "ok"): 1}
        assert work.figures.stores(NOON) == expected


def test_a_job_fails_for_as_many_stores_as_its_newest_run_failed_for(database: Database) -> None:
    with database.work() as work:
        for store, failed in ((SHOP, "KeyError"), (OTHER, "KeyError"), ("third", "")):
            work.job_runs.save(JobRun(store, "turn", NOON, 0.1, failed))
        work.job_runs.save(JobRun(SHOP, "renew", NOON, 0.1, "KeyError"))
        assert work.figures.failing_jobs() == {"turn": 2, "renew": 1}
        work.job_runs.save(JobRun(SHOP, "turn", after(1), 0.1))
        assert work.figures.failing_jobs() == {"turn": 1, "renew": 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_figure_costs_more_than_what_waits(database: Database, inbox: GroupCommitInbox) -> None:
    keep_stores(database, one=StoreRecord(SHOP, "woocommerce"))
    inbox.keep(a_delivery())
    with database.work(read_only=True) as work, plans(work._scope.connection) as found:
        work.figures.inbox(NOON, {SHOP})
        work.figures.queues()
        work.figures.failing_jobs()
    read = [one for one in found if re.match("SCAN|SEARCH", one)]
    partial = r"ix_\w+_(received|dirty|unconfirmed|due|ripe|unsent|unsaid|next|open|parked|failed)\b"
    assert len(read) >= 11
    assert [one for one in read if not re.search(rf"{partial}|PRIMARY KEY", one)] == []


def test_what_a_flag_goes_back_to_is_remembered_until_it_is_taken(database: Database) -> None:
    with database.work() as work:
        work.traces.add(SHOP, "pool", {"p1": [a_trace(1)], "p2": [a_trace(2)]})
        work.traces.add(SHOP, "pool", {"p1": [a_trace(3), a_trace(1)]})
        work.traces.add(OTHER, "pool", {"p1": [a_trace(4)]})
        work.traces.add(SHOP, "variant", {"p1": [a_trace(5)]})
        work.commit()
        assert work.traces.get(SHOP, "pool", ["p1"]) == {"p1": (a_trace(3), a_trace(1))}
        assert work.traces.take(SHOP, "pool", ["p1", "p3"]) == {"p1": (a_trace(3), a_trace(1))}
        assert work.traces.take(SHOP, "pool", ["p1", "p2"]) == {"p2": (a_trace(2),)}
        assert work.traces.get(OTHER, "pool", ["p1"]) == {"p1": (a_trace(4),)}
        assert work.traces.get(SHOP, "variant", ["p1"]) == {"p1": (a_trace(5),)}


def test_of_many_traces_the_newest_are_remembered(database: Database) -> None:
    with database.work() as work:
        for n in range(1, MOST_LINKS + 4):
            work.traces.add(SHOP, "pool", {"p1": [a_trace(n)]})
        (kept,) = work.traces.get(SHOP, "pool", ["p1"]).values()
    assert kept == tuple(a_trace(n) for n in range(MOST_LINKS + 3, 3, -1))
