from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text
from storage_rows import (
    NOON,
    OTHER,
    SHOP,
    TODAY,
    a_delivery,
    a_notice,
    a_pool,
    a_showing,
    after,
    fill,
)

from connector.domain.facts import Reread, Thing
from connector.ports.records import DeliveryState, Leaving, Origin, StoreRecord
from connector.ports.unit_of_work import Due, UnitOfWork
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata


def test_a_store_is_read_back_as_it_was_saved_last(database: Database) -> None:
    whole = StoreRecord(
        SHOP,
        "shopify",
        gone_at=NOON,
        paused=True,
        stopped={"push": "Grant the scope."},
        cursors={"orders": after(-1)},
        beats={"plan": after(-2)},
        wait_until=after(3),
        failures=4,
        origin=Origin.APP,
        shop="example.myshopify.com",
        title="Cups & more",
        revision=5,
        leaving=Leaving.PUT_BACK,
        progress={"products": {"seen": 20, "total": 80}},
    )
    with database.work() as work:
        assert work.stores.get(SHOP) is None
        work.stores.save(StoreRecord(SHOP, "shopify"))
        work.stores.save(StoreRecord(OTHER, "woocommerce"))
        work.stores.save(whole)
        assert work.stores.get(SHOP) == whole
        assert list(work.stores.all()) == [whole, StoreRecord(OTHER, "woocommerce")]


def test_removing_a_store_leaves_nothing_of_it_and_all_of_the_other(
    database: Database, inbox: GroupCommitInbox
) -> None:
    with database.work() as work:
        fill(work, SHOP)
        fill(work, OTHER)
        work.commit()
    for store in (SHOP, OTHER):
        inbox.keep(a_delivery(store=store))
        inbox.count(store, "ping")
    inbox.close()
    before = rows(database)
    assert min(before.values()) == 2
    with database.work() as work:
        work.stores.remove(SHOP)
        work.commit()
    assert rows(database) == dict.fromkeys(before, 1)


def rows(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in metadata.tables}  # noqa: S608 -- our own names


def nothing(work: UnitOfWork) -> None:
    work.pools.save_stock(SHOP, [a_pool()])
    work.showings.save(SHOP, [a_showing("1", due=True, suspect=True), a_showing("2", due=True, next_at=after(1))])
    work.notices.add(SHOP, a_notice(next_at=after(1)))


def replan(work: UnitOfWork) -> None:
    work.pools.save_stock(SHOP, [a_pool()])
    work.pools.planned(SHOP, [a_pool(replan_on=TODAY)])


def replan_tomorrow(work: UnitOfWork) -> None:
    work.pools.save_stock(SHOP, [a_pool()])
    work.pools.planned(SHOP, [a_pool(replan_on=TODAY + timedelta(days=1))])


def lost_sender(work: UnitOfWork) -> None:
    work.notices.add(SHOP, a_notice())
    work.notices.claim(SHOP, after(-600), after(-300), 1)


@pytest.mark.parametrize(
    ("happen", "what"),
    [
        (nothing, None),
        (lambda work: work.rereads.ask(SHOP, [Reread(Thing.POOL, "1")], NOON), "rereads"),
        (lambda work: work.pools.touch(SHOP, ["p1"], NOON), "dirty"),
        (replan, "dirty"),
        (replan_tomorrow, None),
        (lambda work: work.showings.save(SHOP, [a_showing(due=True)]), "push"),
        (lambda work: work.notices.add(SHOP, a_notice()), "notices"),
        (lost_sender, "notices"),
    ],
)
def test_a_store_is_due_for_what_waits_in_it(
    database: Database, happen: Callable[[UnitOfWork], None], what: str | None
) -> None:
    with database.work() as work:
        work.stores.save(StoreRecord(SHOP, "woocommerce"))
        work.stores.save(StoreRecord(OTHER, "woocommerce"))
        happen(work)
        flags = dict.fromkeys(("deliveries", "rereads", "dirty", "push", "notices"), False)
        expected = [] if what is None else [Due(SHOP, **flags | {what: True})]
        assert work.due(NOON, TODAY) == expected


def test_a_received_delivery_is_due_until_it_is_finished(database: Database, inbox: GroupCommitInbox) -> None:
    inbox.keep(a_delivery())
    with database.work() as work:
        work.stores.save(StoreRecord(SHOP, "woocommerce"))
        assert [one.deliveries for one in work.due(NOON, TODAY)] == [True]
        (waiting,) = work.deliveries.waiting(SHOP, 9)
        work.deliveries.finish(SHOP, [(waiting.id, DeliveryState.DONE, "")])
        assert work.due(NOON, TODAY) == []
