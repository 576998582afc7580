"""Orders are forgotten when they are over, with all that is theirs, and never while anything of them matters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from storage_rows import (
    NOON,
    OTHER,
    SHOP,
    WAITS,
    a_line,
    a_message,
    a_notice,
    a_wait,
    after,
    an_amendment,
    an_order,
    an_outcome,
)

from connector.domain.facts import Demand
from connector.domain.journal import Entry
from connector.domain.marks import OrderMarks, OrderStatus
from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.promising import AmendmentState, MessageState, TermsRecord
from connector.ports.records import NoticeState, OrderRecord
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database
from connector.storage.tables import metadata

LATER = after(3600)
SHIPPED = a_line("1", outstanding=0)


def closed(order_id: str = "o1", **more: Any) -> OrderRecord:
    return an_order(order_id, SHIPPED, **{"demand": Demand.DONE, "told": OrderMarks(OrderStatus.READY), **more})


def purge(work: UnitOfWork, limit: int = 9) -> int:
    return work.orders.purge(SHOP, LATER, limit)


@pytest.mark.parametrize("demand", [Demand.DONE, Demand.VOID, Demand.NONE])
def test_an_order_that_is_over_goes_once_its_last_change_is_old(database: Database, demand: Demand) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [closed("old", demand=demand), closed("new", demand=demand, changed_at=LATER)])
        assert purge(work) == 1
        assert work.orders.get(SHOP, ["old", "new"]).keys() == {"new"}
        assert purge(work) == 0


Matter = Callable[[UnitOfWork], object]


def order(**more: Any) -> Matter:
    return lambda work: work.orders.save(SHOP, [closed(**more)])


def _notice(state: NoticeState) -> Matter:
    def add(work: UnitOfWork) -> None:
        work.notices.add(SHOP, a_notice())
        (held,) = work.notices.of_order(SHOP, "o1")
        work.notices.settle(SHOP, held.id, state, at=NOON, next_at=None, reason="")

    return add


MATTERS: dict[str, Matter] = {
    "it is open": order(demand=Demand.OPEN),
    "it is not paid": order(demand=Demand.UNPAID),
    "nobody knows its status": order(demand=Demand.UNKNOWN),
    "the shop still says that it waits": order(told=WAITS),
    "a line is outstanding": lambda work: work.orders.save(SHOP, [an_order(demand=Demand.DONE)]),
    "the law is to be looked at": lambda work: work.promises.save_terms(SHOP, [TermsRecord("o1", look_at=LATER)]),
    "the owner is to decide": lambda work: work.amendments.add(SHOP, an_amendment(state=AmendmentState.OWNER)),
    "a change is asked for": lambda work: work.amendments.add(SHOP, an_amendment(state=AmendmentState.ASKED)),
    "a change is being made": lambda work: work.amendments.add(SHOP, an_amendment(state=AmendmentState.DOING)),
    "a message waits": lambda work: work.messages.add(SHOP, a_message(state=MessageState.PENDING)),
    "a message is being sent": lambda work: work.messages.add(SHOP, a_message(state=MessageState.SENDING)),
    "a message reached nobody": lambda work: work.messages.add(SHOP, a_message(state=MessageState.PARKED)),
    "a notice waits": lambda work: work.notices.add(SHOP, a_notice()),
    "a notice was refused": _notice(NoticeState.PARKED),
}


@pytest.mark.parametrize("matter", MATTERS.values(), ids=MATTERS.keys())
def test_an_order_stays_however_old_while_something_of_it_matters(database: Database, matter: Matter) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [closed()])
        matter(work)
        assert purge(work) == 0
        assert work.orders.get(SHOP, ["o1"]).keys() == {"o1"}


def belongings(work: UnitOfWork, order_id: str, *, store: str = SHOP) -> None:
    """All that may be written about an order that is over."""
    work.orders.save(store, [closed(order_id, told=WAITS)])
    work.promises.append(store, order_id, "1", [PromiseEvent(NOON, EventKind.PROMISED, Actor.SERVICE)])
    work.promises.save_terms(store, [TermsRecord(order_id, country="US")])
    work.amendments.add(store, an_amendment(order_id, reference=f"a-{order_id}", state=AmendmentState.DONE))
    work.messages.add(store, a_message(order_id, f"m-{order_id}", state=MessageState.SENT))
    work.history.served(store, [a_wait(order_id=order_id)])
    work.notices.add(store, a_notice(order_id=order_id, reference=f"n-{order_id}"))
    (held,) = work.notices.of_order(store, order_id)
    work.notices.settle(store, held.id, NoticeState.SENT, at=NOON, next_at=None, reason="")
    work.orders.save(store, [closed(order_id)])


OF_ORDERS = [one for one in metadata.sorted_tables if "order_id" in one.c and one.name not in {"journal", "untold"}]


def ids(work: Any, store: str) -> dict[str, set[str]]:
    """Of which orders each table speaks."""
    connection = work._scope.of(store)
    return {
        one.name: set(connection.scalars(select(one.c.order_id).where(one.c.store == store, one.c.order_id != "")))
        for one in OF_ORDERS
    }


def test_all_that_belongs_to_it_goes_with_it_and_nothing_else(database: Database) -> None:
    with database.work() as work:
        belongings(work, "o1")
        belongings(work, "o2")
        belongings(work, "o1", store=OTHER)
        work.orders.save(SHOP, [closed("o2", changed_at=LATER)])
        work.journal.append(SHOP, [Entry(NOON, "announced", order_id="o1")])
        before = ids(work, SHOP)
        assert all(found == {"o1", "o2"} for found in before.values()), before
        assert purge(work) == 1
        assert all(found == {"o2"} for found in ids(work, SHOP).values())
        assert all(found == {"o1"} for found in ids(work, OTHER).values())
        assert len(work.journal.read(SHOP, order_id="o1")) == 1, "the journal has a time of its own"
        work.commit()


def test_it_goes_in_steps_the_oldest_first(database: Database) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [closed(f"o{number}", changed_at=after(number)) for number in range(7)])
        assert [purge(work, 3) for _ in range(4)] == [3, 3, 1, 0]
    with database.work() as work:
        work.orders.save(SHOP, [closed(f"o{number}", changed_at=after(-number)) for number in range(7)])
        purge(work, 3)
        assert work.orders.get(SHOP, [f"o{number}" for number in range(7)]).keys() == {"o0", "o1", "o2", "o3"}


def test_what_was_looked_at_needs_telling_again_only_once_it_changed(database: Database) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o1", a_line("1"), a_line("2", "p2"))])
        work.orders.planned(SHOP, [an_outcome("o1", "1", 0, 3)])
        assert work.orders.to_tell(SHOP, ["p1"]) == ["o1"]
        assert work.orders.to_tell(SHOP, ["p2"]) == ["o1"], "whichever pool the change came from"
        work.orders.looked_at(SHOP, ["o1"])
        assert work.orders.to_tell(SHOP, ["p1", "p2"]) == []
        work.orders.planned(SHOP, [an_outcome("o1", "1", 0, 3)])
        assert work.orders.to_tell(SHOP, ["p1", "p2"]) == []
        work.orders.planned(SHOP, [an_outcome("o1", "1", 1, 2)])
        assert work.orders.to_tell(SHOP, ["p2"]) == ["o1"]
        work.orders.looked_at(SHOP, ["o1"])
        work.orders.save(SHOP, list(work.orders.get(SHOP, ["o1"]).values()))
        assert work.orders.to_tell(SHOP, ["p2"]) == ["o1"]


def test_lines_that_move_to_another_pool_are_told_of_after_its_confirmation(database: Database) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o1", a_line("1", variant_id="mug", waiting=3))])
        work.orders.looked_at(SHOP, ["o1"])
        work.orders.repool(SHOP, "mug", "p2")
        assert work.orders.to_tell(SHOP, ["p2"]) == ["o1"]


def test_what_is_to_be_told_comes_in_pages(database: Database) -> None:
    with database.work() as work:
        pools = [f"p{number}" for number in range(600)]
        work.orders.save(SHOP, [an_order(f"o{n:03}", a_line("1", pool, waiting=1)) for n, pool in enumerate(pools)])
        pages, after_id = [], ""
        while page := work.orders.to_tell(SHOP, pools, after=after_id, limit=250):
            pages.append(page)
            after_id = page[-1]
        assert [len(page) for page in pages] == [250, 250, 100]
        assert [one for page in pages for one in page] == [f"o{number:03}" for number in range(600)]


def test_open_orders_that_nobody_saw_lately_are_found_the_longest_ago_first(database: Database) -> None:
    with database.work() as work:
        seen = {"o1": after(30), "o2": after(10), "o3": after(20), "new": LATER}
        work.orders.save(SHOP, [an_order(one, a_line("1", f"p-{one}"), seen_at=at) for one, at in seen.items()])
        work.orders.save(SHOP, [closed("done")])
        assert work.orders.not_seen(SHOP, None, LATER, 9) == ["o2", "o3", "o1"]
        assert work.orders.not_seen(SHOP, None, LATER, 2) == ["o2", "o3"]
        assert work.orders.not_seen(SHOP, "p-o3", LATER, 9) == ["o3"]
        work.orders.seen(SHOP, ["o3", "new", "never heard of"], after(60))
        assert work.orders.not_seen(SHOP, None, after(60), 9) == ["o2", "o1"]
        assert work.orders.get(SHOP, ["new"])["new"].seen_at == LATER, "it never goes back"


def test_open_lines_are_counted_by_pool(database: Database) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("o1", a_line("1"), a_line("2", "p2")), an_order("o2"), closed("o3")])
        assert work.orders.open_counts(SHOP, ["p1", "p2", "p3"]) == {"p1": 2, "p2": 1}
