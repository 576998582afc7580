"""A pool that very many wait for: planned and confirmed at the cost of what changed, a part at a time, and without
keeping the others waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from crashes import Died
from large_shop import KEY, LONG_AGO, NOW, LargeShop, large_store
from sqlalchemy import event

from connector.domain.facts import PlatformStatus, StockSeen
from connector.ports.records import NoticeRecord, NoticeState, StoreRecord, SupplyRecord
from connector.services import announce as announcing
from connector.services import confirm as confirming
from connector.services import plan as plans
from connector.services import promises as promising
from connector.services import tell as telling
from connector.services.apply import Apply
from connector.services.confirm import confirm
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.plan import plan
from connector.services.reconcile import reconcile
from connector.storage.engine import Database, open_database

PLANNED = "UPDATE order_lines SET ready"
QUEUE = 150
"""Orders that wait for product 0, beside the one of each product."""


class Stand:
    """A store whose product 0 has a long queue, imported, with a clock that the test moves."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.shop = LargeShop(10, queue=QUEUE)
        self.now = NOW
        with database.work() as uow:
            uow.stores.save(StoreRecord(KEY, "woocommerce"))
            uow.commit()
        reconcile(self.store)
        with database.work() as uow:
            record = uow.stores.get(KEY)
            assert record is not None
            record.cursors[CONNECTED] = LONG_AGO - timedelta(days=1)  # these orders are ours to tell of
            uow.stores.save(record)
            uow.commit()

    @property
    def store(self) -> StoreContext:
        return large_store(self.database.work, self.shop, clock=lambda: self.now)

    def settle(self) -> None:
        self.now += timedelta(seconds=21)

    def goods_come(self, units: int, number: int = 0) -> None:
        """More of product 0 is there than was owed."""
        self.shop.units += units
        with self.database.work() as uow:
            apply = Apply(uow, KEY)
            available = self.shop.units - (QUEUE if number == 0 else 0)
            apply.take([StockSeen(str(number), available, PlatformStatus.IN_STOCK, self.now)], self.now, read=False)
            apply.finish(self.now)
            uow.commit()

    def notices(self) -> list[NoticeRecord]:
        with self.database.work(read_only=True) as uow:
            return list(uow.notices.find(KEY, NoticeState.PENDING, 10_000))

    def unconfirmed(self) -> set[str]:
        with self.database.work(read_only=True) as uow:
            return set(uow.pools.unconfirmed_among(KEY, [str(number) for number in range(10)]))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    opened = open_database(f"sqlite:///{tmp_path}/large.db")
    opened.upgrade()
    yield Stand(opened)
    opened.close()


@pytest.fixture
def calm(stand: Stand) -> Stand:
    """Everybody has been told once."""
    stand.settle()
    while confirm(stand.store):
        stand.settle()
    assert stand.unconfirmed() == set()
    stand.shop.asked.clear()
    return stand


def test_all_who_wait_are_told_once_though_it_takes_many_transactions(stand: Stand, monkeypatch: Any) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 20)
    stand.settle()
    with commits(stand.database) as counted:
        assert confirm(stand.store) == 10
    assert len(counted) > QUEUE // 20
    waiting = [one.order_id for one in stand.notices()]
    assert len(waiting) == len(set(waiting)) == QUEUE - stand.shop.units


def test_cut_off_between_two_parts_it_tells_the_rest_and_nobody_twice(stand: Stand, monkeypatch: Any) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 20)
    stand.settle()
    announce, times = announcing.announce_some, iter(range(3))

    def dies(*args: Any, **how: Any) -> Any:
        if next(times, None) is None:
            raise Died
        return announce(*args, **how)

    monkeypatch.setattr(telling, "announce_some", dies)
    with pytest.raises(Died):
        confirm(stand.store)
    some = {one.order_id: one.id for one in stand.notices()}
    assert 0 < len(some) < QUEUE
    assert "0" in stand.unconfirmed(), "not before all that is news is written down"
    monkeypatch.setattr(telling, "announce_some", announce)
    stand.settle()
    assert confirm(stand.store) > 0
    told = {one.order_id: one.id for one in stand.notices()}
    assert len(told) == QUEUE - stand.shop.units
    assert {order_id: told[order_id] for order_id in some} == some


def test_a_long_queue_is_not_read_again_for_every_change(calm: Stand) -> None:
    calm.goods_come(2)
    calm.settle()
    assert confirm(calm.store) == 1
    assert calm.shop.asked["orders by id"] == 0
    assert calm.shop.asked["pools by id"] == 1
    assert calm.unconfirmed() == set()


def test_a_short_queue_is_read_whole_each_time(calm: Stand) -> None:
    calm.goods_come(1, number=2)
    calm.settle()
    assert confirm(calm.store) == 1
    assert calm.shop.asked["orders by id"] == 1


def test_each_order_of_a_long_queue_is_read_once_a_day_in_parts_and_nobody_waits_for_it(
    calm: Stand, monkeypatch: Any
) -> None:
    monkeypatch.setattr(confirming, "PART", 60)
    calm.now += timedelta(days=2)
    calm.goods_come(2)
    calm.goods_come(1, number=2)
    calm.settle()
    rounds = []
    while calm.unconfirmed():
        calm.shop.asked.clear()
        confirm(calm.store)
        rounds.append((calm.shop.asked["orders by id"], calm.unconfirmed()))
        calm.settle()
    assert [asked for asked, _ in rounds] == [61, 60, 31]
    assert [waiting for _, waiting in rounds] == [{"0"}, {"0"}, set()]


def test_only_those_are_looked_at_whose_plan_changed(calm: Stand, monkeypatch: Any) -> None:
    looked: list[int] = []
    note = promising.note_promises

    def noted(store: Any, uow: Any, orders: Any, connected_at: Any) -> Any:
        looked.append(len(orders))
        return note(store, uow, orders, connected_at)

    monkeypatch.setattr(announcing, "note_promises", noted)
    calm.goods_come(2)
    calm.settle()
    confirm(calm.store)
    assert sum(looked) == 2, "the two who get the goods"


def test_a_plan_writes_only_the_lines_whose_outcome_changed(calm: Stand) -> None:
    calm.goods_come(3)
    with writes(calm.database) as written:
        assert plan(calm.store) == 1
    assert sum(written) == 3


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """This queue counts as a long one, and is written in four parts."""
    monkeypatch.setattr(plans, "MANY_LINES", 100)
    monkeypatch.setattr(plans, "WRITTEN_AT_ONCE", 40)


def supply(stand: Stand, days: int) -> None:
    """All that is owed comes in so many days, as the owner enters it."""
    with stand.database.work() as uow:
        for old in uow.supplies.open(KEY, ["0"]):
            uow.supplies.save(KEY, replace(old, closed=True))
        due = stand.now.date() + timedelta(days=days)
        uow.supplies.add(KEY, SupplyRecord(0, "0", "SKU-0", QUEUE, 0, due, "", stand.now))
        uow.pools.redirty(KEY, ["0"], stand.now)
        uow.commit()


def days(stand: Stand) -> Counter[int | None]:
    """In how many days the lines of the long queue are expected; None: those that are there or have no day."""
    with stand.database.work(read_only=True) as uow:
        lines = uow.orders.waiting(KEY, ["0"])
    return Counter((line.expected_on - stand.now.date()).days if line.expected_on else None for line in lines)


@pytest.mark.usefixtures("in_parts")
def test_a_long_queue_is_planned_in_several_transactions_and_each_line_has_its_reason(calm: Stand) -> None:
    supply(calm, 9)
    with commits(calm.database) as counted:
        assert plan(calm.store) == 1
    assert len(counted) == 1 + 4, "one to read, and one for each part"
    assert days(calm) == {9: QUEUE - 5, None: 6}
    with calm.database.work(read_only=True) as uow:
        entries = [link.entry for link in uow.journal.read(KEY, limit=QUEUE)]
        assert sum(one.facts.get("expected_on") is not None and one.kind == "allocated" for one in entries) == QUEUE - 5
        assert uow.pools.unconfirmed_among(KEY, ["0"]) == {"0"}, "nobody is told before it is confirmed"


@pytest.mark.usefixtures("in_parts")
def test_news_that_comes_while_a_long_queue_is_planned_is_in_the_plan(
    calm: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    supply(calm, 9)
    ahead = plans._ahead

    def slips_meanwhile(*args: Any) -> Any:
        found = ahead(*args)
        monkeypatch.setattr(plans, "_ahead", ahead)
        supply(calm, 30)
        return found

    monkeypatch.setattr(plans, "_ahead", slips_meanwhile)
    assert plan(calm.store) == 1
    assert days(calm) == {30: QUEUE - 5, None: 6}


@pytest.mark.usefixtures("in_parts")
def test_a_plan_cut_off_between_two_parts_is_made_again_and_ends_the_same(
    calm: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    supply(calm, 9)
    still_so, times = plans._is_still_so, iter(range(2))

    def dies(*args: Any) -> bool:
        next(times)
        return still_so(*args)

    monkeypatch.setattr(plans, "_is_still_so", dies)
    with pytest.raises(StopIteration):
        plan(calm.store)
    assert days(calm)[9] == 80
    monkeypatch.setattr(plans, "_is_still_so", still_so)
    assert plan(calm.store) == 1
    assert days(calm) == {9: QUEUE - 5, None: 6}


@contextmanager
def commits(database: Database) -> Iterator[list[int]]:
    found: list[int] = []

    def note(connection: Any) -> None:
        del connection
        found.append(1)

    event.listen(database.engine, "commit", note)
    yield found
    event.remove(database.engine, "commit", note)


@contextmanager
def writes(database: Database) -> Iterator[list[int]]:
    """How many lines each statement of a plan asked to change."""
    found: list[int] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:  # noqa: FBT001 -- as SQLAlchemy calls it
        del connection, cursor, context
        if statement.startswith(PLANNED):
            found.append(len(values) if many else 1)

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)
