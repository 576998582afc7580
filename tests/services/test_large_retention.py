"""What is past its time goes in small steps between which others may write, and what is gone is not told of again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from large_shop import KEY, LONG_AGO, NOW, large_store

from connector.domain.facts import Demand, LineSeen, OrderSeen, PlatformStatus, ShownSeen, StockSeen, VariantSeen
from connector.ports.records import DeliveryState, NewDelivery, OrderRecord, StoreRecord
from connector.ports.unit_of_work import Work
from connector.services.announce import announce
from connector.services.apply import Apply
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.housekeeping import ORDERS_STEP, STEP, Keep, housekeeping
from connector.services.plan import plan
from connector.services.promises import is_ours
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox

YEARS = timedelta(days=730)
KEEP = Keep(timedelta(days=30), YEARS, YEARS, YEARS)
BOUGHT = NOW - timedelta(days=800)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/large.db"


@pytest.fixture
def sqlite(url: str) -> Iterator[Database]:
    opened = open_database(url)
    opened.upgrade()
    with opened.work() as uow:
        uow.stores.save(StoreRecord(KEY, "woocommerce", cursors={CONNECTED: BOUGHT - timedelta(days=9)}))
        uow.commit()
    yield opened
    opened.close()


@pytest.fixture
def store(sqlite: Database) -> StoreContext:
    return large_store(sqlite.work, object(), keep_orders=YEARS)


def an_order(
    id_: str, changed_at: datetime = BOUGHT, demand: Demand = Demand.DONE, placed_at: datetime = BOUGHT
) -> OrderSeen:
    line = LineSeen("1", "v", "MUG", "Mug", 2, 2, shipped=2 if demand is Demand.DONE else 0)
    return OrderSeen(id_, id_, demand, "completed", changed_at, placed_at, placed_at, (line,))


def take(work: Work, *facts: OrderSeen | StockSeen | VariantSeen | ShownSeen, at: datetime = NOW) -> None:
    with work() as uow:
        apply = Apply(uow, KEY)
        apply.take(facts, at, read=True)
        apply.finish(at)
        uow.commit()


def orders(sqlite: Database, *ids: str) -> dict[str, OrderRecord]:
    with sqlite.work(read_only=True) as uow:
        return uow.orders.get(KEY, ids)


class Commits:
    """Counts the transactions of a store, and how often it rested."""

    def __init__(self, store: StoreContext) -> None:
        self.rested: list[float] = []
        self.store = store

    def run(self, keep: Keep = KEEP) -> int:
        return housekeeping(self.store, keep, rest=self.rested.append)


def test_orders_are_forgotten_after_their_time_in_steps_with_rests(sqlite: Database, store: StoreContext) -> None:
    old, new = [f"o{n}" for n in range(2 * ORDERS_STEP + 1)], NOW - YEARS + timedelta(hours=1)
    take(sqlite.work, *(an_order(one) for one in old), an_order("new", new))
    run = Commits(store)
    assert run.run() == len(old)
    assert orders(sqlite, *old, "new").keys() == {"new"}
    assert len(run.rested) == 3
    assert run.run() == 0


def test_orders_are_kept_for_ever_where_that_is_asked(sqlite: Database, store: StoreContext) -> None:
    take(sqlite.work, an_order("o1"))
    assert Commits(store).run(replace(KEEP, orders=None)) == 0
    assert orders(sqlite, "o1").keys() == {"o1"}


def test_one_kind_does_not_wait_until_all_of_another_is_gone(
    sqlite: Database, store: StoreContext, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.services.housekeeping.ROUNDS", 1)
    keep_done(sqlite, url, 2 * STEP)
    take(sqlite.work, an_order("o1"))
    assert Commits(store).run() == STEP + 1
    assert orders(sqlite, "o1") == {}


def keep_done(sqlite: Database, url: str, deliveries: int) -> None:
    inbox = GroupCommitInbox(url)
    threads = [
        threading.Thread(
            target=lambda part=part: [inbox.keep(delivery(f"{part}-{n}")) for n in range(deliveries // 10)]
        )
        for part in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    inbox.close()
    with sqlite.work() as uow:
        ids = [one.id for one in uow.deliveries.waiting(KEY, deliveries)]
        uow.deliveries.finish(KEY, [(one, DeliveryState.DONE, "") for one in ids])
        uow.commit()


def delivery(name: str) -> NewDelivery:
    return NewDelivery(KEY, "woocommerce", "order.updated", name, b"{}", LONG_AGO)


def test_others_write_between_the_steps(sqlite: Database, store: StoreContext, url: str) -> None:
    keep_done(sqlite, url, 3 * STEP)
    came: list[bool] = []

    def others(seconds: float) -> None:
        assert seconds > 0
        with sqlite.work() as uow:
            uow.journal.append(KEY, [])
            came.append(uow.stores.get(KEY) is not None)
            uow.commit()

    assert housekeeping(store, KEEP, rest=others) == 3 * STEP
    assert came == [True, True, True]


def shelf(available: int) -> tuple[VariantSeen, StockSeen, ShownSeen]:
    return (
        VariantSeen("v", "v", "v", "MUG", "Mug", NOW),
        StockSeen("v", available, PlatformStatus.BACKORDER, NOW),
        ShownSeen("v", {"backorders": "no"}, NOW),
    )


def said(store: StoreContext) -> tuple[list[str], int]:
    """The texts of the notices that come of a confirmed plan, and how many promises are written down."""
    while plan(store):
        pass
    with store.work() as uow:
        announce(store, uow, ["v"])
        uow.pools.confirm(KEY, ["v"], NOW)
        uow.commit()
    with store.work(read_only=True) as uow:
        texts = [one.text for one in uow.notices.of_order(KEY, "o1")]
        return texts, len(uow.promises.events(KEY, ["o1"]).get("o1", {}))


def test_a_closed_order_that_comes_back_changes_nothing_for_anybody(sqlite: Database, store: StoreContext) -> None:
    take(sqlite.work, *shelf(0), an_order("o1"))
    Commits(store).run()
    take(sqlite.work, an_order("o1", NOW))
    assert orders(sqlite, "o1")["o1"].demand is Demand.DONE
    assert said(store) == ([], 0)


def test_an_order_that_waits_again_after_it_was_forgotten_has_its_place_and_is_told_nothing(
    sqlite: Database, store: StoreContext
) -> None:
    take(sqlite.work, *shelf(-2), an_order("o1"))
    Commits(store).run()
    take(sqlite.work, an_order("o1", NOW, Demand.OPEN))
    texts, promised = said(store)
    assert orders(sqlite, "o1")["o1"].lines["1"].waiting == 2
    assert (texts, promised) == ([""], 0), "its mark at the shop is right, and nobody is written to"


def test_an_order_of_today_is_told_of_as_ever(sqlite: Database, store: StoreContext) -> None:
    take(sqlite.work, *shelf(-2), an_order("o1", NOW, Demand.OPEN, placed_at=NOW))
    texts, promised = said(store)
    assert [bool(text) for text in texts] == [True]
    assert promised == 1


@pytest.mark.parametrize(
    ("first_seen", "kept", "ours"),
    [
        (BOUGHT, YEARS, True),
        (BOUGHT + YEARS - timedelta(seconds=1), YEARS, True),
        (BOUGHT + YEARS, YEARS, False),
        (BOUGHT + 9 * YEARS, None, True),
    ],
)
def test_what_is_ours_is_what_we_cannot_have_forgotten(
    sqlite: Database,
    first_seen: datetime,
    kept: timedelta | None,
    ours: bool,  # noqa: FBT001 -- a table
) -> None:
    take(sqlite.work, an_order("o1", first_seen, Demand.OPEN), at=BOUGHT + 10 * YEARS)
    assert is_ours(orders(sqlite, "o1")["o1"], BOUGHT, kept) is ours
