"""What makes a store due, and that finding it out costs what the stores with work cost."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from storage_rows import (
    NOON,
    OTHER,
    SHOP,
    TODAY,
    a_delivery,
    a_message,
    a_notice,
    a_pool,
    a_request,
    a_showing,
    a_subscription,
    a_variant,
    after,
    an_amendment,
    an_aside,
    fill,
)

from connector.domain.facts import Reread, Thing
from connector.ports.accounts import Sealed
from connector.ports.aside import Task
from connector.ports.due import RENEW_AHEAD, Due, Look
from connector.ports.operating import RequestState
from connector.ports.promising import MessageKind, MessageState, TermsRecord
from connector.ports.records import DeliveryState, Leaving, NewDelivery, StoreRecord
from connector.ports.restocking import ListState
from connector.ports.unit_of_work import UnitOfWork
from connector.storage import due as queries
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox

SETTLE = timedelta(seconds=20)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)

Happen = Callable[[UnitOfWork], object]


def due(work: UnitOfWork, today: Callable[[str], date] = lambda _: TODAY) -> Sequence[Due]:
    return work.due(NOON, settle=SETTLE, today=today)


def looks(work: UnitOfWork, store: str = SHOP) -> set[Look]:
    return {look for one in due(work) if one.store == store for look in one.looks}


def pool(**planned: Any) -> Happen:
    def happen(work: UnitOfWork) -> None:
        work.pools.save_stock(SHOP, [a_pool()])
        work.pools.planned(SHOP, [a_pool(**planned)])

    return happen


def touched(at: float, *again: float) -> Happen:
    """A pool that was touched and planned; a touch after the first counts for quiet, not for waiting long."""

    def happen(work: UnitOfWork) -> None:
        for seconds in (at, *again):
            work.pools.touch(SHOP, ["p1"], after(seconds))
        work.pools.planned(SHOP, list(work.pools.get(SHOP, ["p1"]).values()))

    return happen


def claimed(until: float) -> Happen:
    def happen(work: UnitOfWork) -> None:
        work.notices.add(SHOP, a_notice())
        work.amendments.add(SHOP, an_amendment())
        work.messages.add(SHOP, a_message(not_before=after(-700)))
        for claim in (work.notices.claim, work.amendments.claim, work.messages.claim):
            assert claim(SHOP, after(-600), after(until), 1)

    return happen


def judged(look_at: datetime | None) -> Happen:
    return lambda work: work.promises.save_terms(SHOP, [TermsRecord("o1", look_at=look_at)])


def a_store(**more: Any) -> Happen:
    return lambda work: work.stores.save(StoreRecord(SHOP, "woocommerce", **more))


def keys(lapse: timedelta | None) -> Happen:
    lapses_at = None if lapse is None else NOON + lapse
    return lambda work: work.credentials.save(SHOP, Sealed(b"keys", NOON, lapses_at))


def aside(task: Task, at: float) -> Happen:
    return lambda work: work.aside.put(SHOP, [an_aside(task, next_at=after(at))])


def listed(**more: Any) -> Happen:
    return lambda work: work.restock.add(SHOP, a_subscription(**more))


def answered(work: UnitOfWork) -> None:
    request = a_request()
    request.id = work.privacy.ask(request)
    work.privacy.save(replace(request, state=RequestState.DONE))


HAPPENINGS: dict[str, tuple[Happen, set[Look]]] = {
    "nothing": (a_store(), set()),
    "a thing to read again": (lambda work: work.rereads.ask(SHOP, [Reread(Thing.POOL, "1")], NOON), {Look.REREADS}),
    "a thing to read once more": (aside(Task.PRODUCT, 0), {Look.REREADS}),
    "a thing to read once more later": (aside(Task.PRODUCT, 1), set()),
    "an order to be told once more": (aside(Task.TELL, 0), {Look.CONFIRM}),
    "an order to be told once more later": (aside(Task.TELL, 1), set()),
    # What of these is to be done is found by the rows themselves.
    "a list that is set aside": (aside(Task.INVITE, 0), set()),
    "news of a pool": (lambda work: work.pools.touch(SHOP, ["p1"], NOON), {Look.DIRTY}),
    "a day that came": (pool(replan_on=TODAY), {Look.DIRTY}),
    "a day that came long ago": (pool(replan_on=YESTERDAY - timedelta(days=90)), {Look.DIRTY}),
    "a day that is to come": (pool(replan_on=TOMORROW), set()),
    "a pool that has settled": (touched(-20), {Look.CONFIRM}),
    "a pool that settles": (touched(-19), set()),
    "a pool that never settles": (touched(-100, -50, -1), {Look.CONFIRM}),
    "a pool that does not settle yet": (touched(-99, -50, -1), set()),
    "a difference": (lambda work: work.showings.save(SHOP, [a_showing(due=True)]), {Look.PUSH}),
    "a difference to try again": (
        lambda work: work.showings.save(SHOP, [a_showing(due=True, next_at=NOON)]),
        {Look.PUSH},
    ),
    "one to try again later": (lambda work: work.showings.save(SHOP, [a_showing(due=True, next_at=after(1))]), set()),
    "one that is suspect": (lambda work: work.showings.save(SHOP, [a_showing(due=True, suspect=True)]), set()),
    "a notice": (lambda work: work.notices.add(SHOP, a_notice()), {Look.NOTICES}),
    "a notice for later": (lambda work: work.notices.add(SHOP, a_notice(next_at=after(1))), set()),
    "an amendment": (lambda work: work.amendments.add(SHOP, an_amendment()), {Look.AMENDMENTS}),
    "an amendment for later": (lambda work: work.amendments.add(SHOP, an_amendment(next_at=after(1))), set()),
    "a message": (lambda work: work.messages.add(SHOP, a_message()), {Look.MESSAGES}),
    "a message of tomorrow": (lambda work: work.messages.add(SHOP, a_message(not_before=after(1))), set()),
    "a message to try again": (lambda work: work.messages.add(SHOP, a_message(next_at=after(1))), set()),
    "what is being done": (claimed(until=1), set()),
    "what was being done as its doer died": (claimed(until=0), {Look.NOTICES, Look.AMENDMENTS, Look.MESSAGES}),
    "an order to judge": (judged(look_at=NOON), {Look.PROMISES}),
    "one to judge later": (judged(look_at=after(1)), set()),
    "one to judge never": (judged(look_at=None), set()),
    "a form": (listed(state=ListState.ASKED), {Look.RESTOCK}),
    "one who waits": (listed(), set()),
    "an invitation": (listed(state=ListState.INVITED, claim_until=after(1)), set()),
    "an invitation that is over": (listed(state=ListState.INVITED, claim_until=NOON), {Look.RESTOCK}),
    "lists to look at": (lambda work: work.restock.look(SHOP, NOON), {Look.RESTOCK}),
    "lists to look at later": (lambda work: work.restock.look(SHOP, after(1)), set()),
    "a store that leaves": (a_store(leaving=Leaving.KEEP), {Look.LEAVING}),
    "one that leaves later": (a_store(leaving=Leaving.PUT_BACK, wait_until=after(1)), set()),
    "one that has left": (a_store(leaving=Leaving.KEEP, gone_at=NOON), set()),
    "keys for good": (keys(None), set()),
    "keys for a while": (keys(RENEW_AHEAD + timedelta(seconds=1)), set()),
    "keys that lapse soon": (keys(RENEW_AHEAD), {Look.RENEWAL}),
    "keys that have lapsed": (keys(-timedelta(days=9)), {Look.RENEWAL}),
    "a privacy request": (lambda work: work.privacy.ask(a_request()), {Look.PRIVACY}),
    "a privacy request that was answered": (answered, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", HAPPENINGS)
def test_a_store_is_due_for_what_waits_in_it(database: Database, name: str) -> None:
    happen, expected = HAPPENINGS[name]
    with database.work() as work:
        for key in (OTHER, SHOP, "third"):
            work.stores.save(StoreRecord(key, "woocommerce"))
        happen(work)
        assert list(due(work)) == ([Due(SHOP, frozenset(expected))] if expected else [])


def test_a_received_delivery_is_due_until_it_is_finished(database: Database, inbox: GroupCommitInbox) -> None:
    inbox.keep(a_delivery())
    with database.work() as work:
        work.stores.save(StoreRecord(SHOP, "woocommerce"))
        assert looks(work) == {Look.DELIVERIES}
        (waiting,) = work.deliveries.waiting(SHOP, 9)
        work.deliveries.finish(SHOP, [(waiting.id, DeliveryState.DONE, "")])
        assert looks(work) == set()


def test_of_a_store_that_is_gone_only_what_its_shop_sends_is_due(database: Database, inbox: GroupCommitInbox) -> None:
    inbox.keep(a_delivery())
    with database.work() as work:
        fill(work, SHOP)
        work.pools.planned(SHOP, [a_pool(replan_on=YESTERDAY)])
        work.restock.look(SHOP, NOON)
        assert len(looks(work)) > 6
        a_store(gone_at=NOON)(work)
        assert looks(work) == {Look.DELIVERIES, Look.PRIVACY}


def test_each_store_is_due_for_its_own(database: Database, inbox: GroupCommitInbox) -> None:
    keep = [f"store-{number:03}" for number in range(60)]
    deliveries: list[NewDelivery] = [a_delivery(str(number), store=key) for key in keep[::3] for number in range(3)]
    for one in deliveries:
        inbox.keep(one)
    with database.work() as work:
        for key in keep[::4]:
            work.promises.save_terms(key, [TermsRecord(str(number), look_at=NOON) for number in range(3)])
            work.showings.save(key, [a_showing(str(number), due=True) for number in range(3)])
        expected: dict[str, set[Look]] = {key: {Look.DELIVERIES} for key in keep[::3]}
        for key in keep[::4]:
            expected.setdefault(key, set()).update({Look.PROMISES, Look.PUSH})
        assert list(due(work)) == [Due(key, frozenset(expected[key])) for key in sorted(expected)]


def test_a_day_comes_to_each_store_by_its_own_calendar(database: Database) -> None:
    days = {"east": TOMORROW, "here": TODAY, "west": YESTERDAY}
    with database.work() as work:
        for key in days:
            work.pools.save_stock(key, [a_pool(day) for day in ("p1", "p2", "p3")])
            work.pools.planned(
                key, [a_pool("p1", replan_on=TODAY), a_pool("p2", replan_on=TOMORROW), a_pool("p3", replan_on=TOMORROW)]
            )
        assert {one.store for one in due(work, days.__getitem__)} == {"here", "east"}


@pytest.mark.parametrize("most", [1, 3, 10])
def test_stores_are_found_however_many_rows_are_due_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(queries, "MOST_ROWS", most)
    with database.work() as work:
        for key in ("a", "b", "c"):
            work.promises.save_terms(key, [TermsRecord(str(number), look_at=after(-number)) for number in range(3)])
            work.pools.save_stock(key, [a_pool()])
            work.pools.planned(key, [a_pool(replan_on=TODAY)])
        work.promises.save_terms("later", [TermsRecord("1", look_at=after(1))])
        work.pools.save_stock("later", [a_pool()])
        work.pools.planned("later", [a_pool(replan_on=TODAY + timedelta(days=9))])
        expected = frozenset({Look.PROMISES, Look.DIRTY})
        assert list(due(work)) == [Due(key, expected) for key in ("a", "b", "c")]


# Whatever may let somebody be invited asks for a look by itself.


def confirmed(work: UnitOfWork) -> None:
    work.pools.confirm(SHOP, ["p1"], NOON)


def replanned(work: UnitOfWork) -> None:
    work.pools.planned(SHOP, [a_pool()])


def becomes(state: ListState) -> Happen:
    def happen(work: UnitOfWork) -> None:
        (held,) = work.restock.of_person(SHOP, "anna")
        work.restock.save(SHOP, replace(held, state=state))

    return happen


def unreached(state: MessageState) -> Happen:
    def happen(work: UnitOfWork) -> None:
        message = a_message(kind=MessageKind.RESTOCK)
        message.id = work.messages.add(SHOP, message)
        work.messages.save(SHOP, replace(message, state=state))

    return happen


@pytest.mark.parametrize(
    ("happen", "asks"),
    [
        (confirmed, True),
        (replanned, True),
        (becomes(ListState.WAITING), True),
        (becomes(ListState.STOPPED), True),
        (becomes(ListState.USED), True),
        (becomes(ListState.INVITED), False),
        (unreached(MessageState.PARKED), True),
        (unreached(MessageState.BOUNCED), True),
        (unreached(MessageState.SENDING), False),
    ],
)
def test_what_may_let_somebody_be_invited_asks_for_a_look(database: Database, happen: Happen, *, asks: bool) -> None:
    with database.work() as work:
        work.pools.save_stock(SHOP, [a_pool()])
        work.restock.add(SHOP, a_subscription())
        assert work.restock.look_at(SHOP) is None
        happen(work)
        assert (work.restock.look_at(SHOP) is not None) == asks


def test_a_store_without_lists_is_never_asked_to_look_at_them(database: Database) -> None:
    with database.work() as work:
        work.pools.save_stock(SHOP, [a_pool()])
        confirmed(work)
        replanned(work)
        assert work.restock.look_at(SHOP) is None


def test_lists_are_looked_at_again_where_that_was_asked_for_meanwhile(database: Database) -> None:
    with database.work() as work:
        work.restock.look(SHOP, after(60))
        work.restock.look(SHOP, NOON)
        mark = work.restock.look_at(SHOP)
        assert mark == NOON
        work.restock.look(SHOP, after(-1))
        work.restock.look(SHOP, after(-1))
        work.restock.looked(SHOP, mark, None)
        moved = work.restock.look_at(SHOP)
        assert moved is not None
        assert moved <= NOON
        work.restock.looked(SHOP, moved, after(30))
        assert work.restock.look_at(SHOP) == after(30)
        work.restock.looked(SHOP, after(30), None)
        assert work.restock.look_at(SHOP) is None
        work.restock.looked(SHOP, None, after(40))
        assert work.restock.look_at(SHOP) == after(40)


# What it costs.


def idle(database: Database, stores: Collection[str]) -> None:
    """Stores with much that is to come, and nothing that is due."""
    with database.work() as work:
        for key in stores:
            work.stores.save(StoreRecord(key, "woocommerce"))
            work.promises.save_terms(key, [TermsRecord(str(number), look_at=after(60)) for number in range(5)])
            work.pools.save_stock(key, [a_pool(), a_pool("p2")])
            work.pools.planned(key, [a_pool(replan_on=TODAY + timedelta(days=9))])
            work.catalogue.save(key, [a_variant()])
            work.messages.add(key, a_message(not_before=after(60)))
            work.credentials.save(key, Sealed(b"keys", NOON, NOON + timedelta(days=1)))
            work.restock.add(key, a_subscription())
            work.restock.look(key, after(60))
        work.commit()


def steps(database: Database) -> int:
    """Of SQLite's machine, to find out what is due."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    with database.work(read_only=True) as work:
        assert list(due(work)) == []
        connection: Any = work._scope.connection.connection.driver_connection
        connection.set_progress_handler(step, 1)
        assert list(due(work)) == []
        connection.set_progress_handler(None, 1)
    return taken


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_idle_stores_cost_nothing_however_many_they_are(database: Database) -> None:
    idle(database, ["first"])
    few = steps(database)
    idle(database, [f"store-{number:03}" for number in range(300)])
    assert steps(database) <= few + 100


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_reads_as_little_of_many_idle_stores(database: Database) -> None:
    def read() -> int:
        """Pages, by the plan that is used from the sixth time on."""
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
            found: list[str] = []

            def explain(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
                if statement.startswith("WITH") and not found:
                    ask = cursor.connection.cursor()
                    ask.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
                    found.append(ask.fetchone()[0][0]["Plan"])

            event.listen(connection, "before_cursor_execute", explain)
            queries.read_due(connection, NOON, SETTLE, lambda _: TODAY)
        plan: Any = found[0]
        return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])

    idle(database, ["first"])
    few = read()
    idle(database, [f"store-{number:03}" for number in range(600)])
    assert read() <= few + 30
