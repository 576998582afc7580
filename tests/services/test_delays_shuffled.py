"""Lost, doubled and shuffled deliveries, and turns that are cut off, end in the same promises and the same messages."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any

import pytest
from promise_desk import KEY, MONDAY, VARIANT, Desk, on

from connector.domain.facts import Demand, LineSeen, OrderSeen, PlatformStatus, StockSeen
from connector.ports.promising import MessageKind
from connector.services.confirm import plan_all
from connector.services.context import Rules
from connector.services.delays import watch_delays
from connector.settings.promise import LawSettings, SenderSettings

US = Rules(
    law=LawSettings(packs=("us",), seller="US", cancel="by_itself"), mail=SenderSettings(owner="owner@example.com")
)


def version(minute: int, demand: Demand = Demand.OPEN, **more: Any) -> OrderSeen:
    line = LineSeen("1", VARIANT, "CHAIR", "Chair", 2, 2, product_id=VARIANT)
    at = MONDAY + timedelta(minutes=minute)
    placed = MONDAY + timedelta(minutes=1)
    return OrderSeen("1001", "1001", demand, demand.value, at, placed, placed, (line,), **more)


VERSIONS = (
    version(1, Demand.UNPAID),
    version(2, country="US", email="a@example.com"),
    version(3, country="US", paid_at=MONDAY + timedelta(minutes=2)),
)
STOCK = StockSeen(VARIANT, -2, PlatformStatus.BACKORDER, MONDAY + timedelta(minutes=1))


def shop() -> Desk:
    desk = Desk(US)
    desk.stock(0)
    desk.supply(5, on(5))
    desk.settle()
    desk.wait(minutes=10)
    return desk


def lived(desk: Desk) -> tuple[object, ...]:
    """A slip, a notice, silence, and what it comes to."""
    desk.available = -2
    for _ in range(2):
        desk.turn()
        desk.wait(minutes=1)
    desk.slips(1, None)
    desk.until(on(3))
    desk.until(on(10, 1).replace(year=2027))
    return (
        [(one.kind, one.units, one.expected, one.rule, one.reference) for one in desk.events()],
        [(one.kind, one.values, one.state) for one in desk.messages()],
        [(one.reference, one.rule, one.units) for one in desk.amendments()],
    )


@pytest.fixture(scope="module")
def straight() -> tuple[object, ...]:
    desk = shop()
    desk.take(*VERSIONS, STOCK, read=False)
    return lived(desk)


def test_the_history_asks_and_cancels(straight: tuple[Any, ...]) -> None:
    _, messages, amendments = straight
    assert [kind for kind, _, _ in messages].count(MessageKind.OPTION) == 1
    assert [rule for _, rule, _ in amendments] == ["16 CFR 435.2(c)(2)"]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_in_whatever_order_the_news_comes_the_shopper_hears_the_same(
    straight: tuple[object, ...], order: tuple[int, ...]
) -> None:
    desk = shop()
    for number in order:
        desk.take((*VERSIONS, STOCK)[number], read=False)
    assert lived(desk) == straight


def test_news_that_comes_twice_is_told_once(straight: tuple[object, ...]) -> None:
    desk = shop()
    for fact in (*VERSIONS, STOCK, *VERSIONS, STOCK):
        desk.take(fact, read=False)
    assert lived(desk) == straight


def test_news_that_is_lost_and_read_later_is_told_the_same(straight: tuple[object, ...]) -> None:
    desk = shop()
    desk.take(VERSIONS[0], STOCK, read=False)
    desk.take(replace(VERSIONS[2], email="a@example.com"), read=True)
    assert lived(desk) == straight


class Died(Exception):  # noqa: N818 -- it says what happened
    """The process ended here."""


def dies_after(desk: Desk, writes: int, act: Callable[[], object]) -> bool:
    """Do something in a process that ends after so many writes; whether it did.  What was not committed is undone."""
    stored = desk.work.stored
    left = [writes]
    before = deepcopy(stored)
    opened = type(desk.work).__call__

    def work(self: Any, *, read_only: bool = False) -> Any:
        unit = opened(self, read_only=read_only)
        for table in ("promises", "messages", "amendments", "orders", "notices", "journal"):
            held = getattr(unit, table)
            for name in ("append", "add", "save", "save_terms"):
                if hasattr(held, name):
                    setattr(held, name, counting(getattr(held, name)))
        return unit

    def counting(write: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **more: object) -> object:
            left[0] -= 1
            if left[0] < 0:
                raise Died
            return write(*args, **more)

        return counted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.work), "__call__", work)
        try:
            act()
        except Died:
            desk.work.stored = before
            return True
    return False


@pytest.mark.parametrize("act", ["confirm", "watch"])
def test_a_judgement_that_is_cut_off_anywhere_and_made_again_is_the_same(act: str) -> None:
    def ready() -> Desk:
        desk = shop()
        desk.take(*VERSIONS, STOCK)
        desk.turn()
        desk.wait(minutes=1)
        desk.turn()
        desk.slips(1, on(20))
        if act == "watch":
            desk.turn()
            desk.now = MONDAY.replace(month=12, day=21, hour=1)
        plan_all(desk.store)
        if act == "watch":
            # Confirmed, and judged by nobody yet: the day of the supply has passed, and nobody agreed to wait longer.
            with desk.work() as uow:
                uow.pools.confirm(KEY, [VARIANT], desk.now)
                uow.commit()
        return desk

    def judge(desk: Desk) -> None:
        if act == "watch":
            watch_delays(desk.store)
        else:
            desk.confirm()

    def outcome(desk: Desk) -> object:
        stored = desk.work.stored
        return (
            stored.events,
            {id_: (one.kind, one.reference, one.values, one.state) for id_, one in stored.messages.items()},
            {id_: (one.reference, one.key, one.state) for id_, one in stored.amendments.items()},
            stored.terms,
        )

    whole = ready()
    judge(whole)
    cut_off = 0
    for writes in range(40):
        desk = ready()
        if not dies_after(desk, writes, partial(judge, desk)):
            break
        cut_off += 1
        judge(desk)
        assert outcome(desk) == outcome(whole)
    assert cut_off > 3
