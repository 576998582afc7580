"""Sudden death before and after every commit and every call to the shop: each change of an order happens once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from amend_stage import KEY, Stage
from crashes import Died, Fate, MortalStorefront, MortalWork
from databases import address_in

from connector.domain.promises import EventKind
from connector.ports.failures import TryLater
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind
from connector.services.amend import carry_out
from connector.services.context import StoreContext
from connector.storage.engine import Database, open_database

MOST_BOUNDARIES = 30


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    database = open_database(address_in(tmp_path))
    yield Stage(database.work)
    database.close()


def mortal(stage: Stage, fate: Fate) -> StoreContext:
    return replace(
        stage.store,
        work=MortalWork(stage.work, fate, KEY),
        storefront=cast("Any", MortalStorefront(cast("Any", stage.shop), fate, KEY)),
    )


def live_through(stage: Stage, fate: Fate) -> None:
    """Whenever it dies the service is started again, and looks when the lease is over; then once more for nothing."""
    store = mortal(stage, fate)
    for _ in range(6):
        try:
            while carry_out(store):
                pass
        except Died:
            fate.rise()
            store = mortal(stage, fate)
        stage.clock.shift(timedelta(minutes=2))


def boundaries(stage: Stage, make: Callable[[str], None]) -> int:
    make("0")
    fate = Fate()
    live_through(stage, fate)
    assert 4 < len(fate.passed) <= MOST_BOUNDARIES
    return len(fate.passed)


def each_death(stage: Stage, make: Callable[[str], None], check: Callable[[str], None]) -> None:
    """At every boundary, and at every other one after that."""
    boundary = boundaries(stage, make)
    check("0")
    numbers = count(1)
    for first in range(1, boundary + 1):
        for second in (0, *range(first + 1, first + 4)):
            order_id = str(next(numbers))
            make(order_id)
            live_through(stage, Fate({first, second} - {0}))
            check(order_id)


def test_a_cancellation_happens_and_is_told_once_wherever_we_die(stage: Stage) -> None:
    def make(order_id: str) -> None:
        stage.place(order_id, one=3, two=1)
        stage.ask(order_id, units=2)

    def check(order_id: str) -> None:
        assert stage.shop.happened().count(f"S-{order_id}-one") == 1
        assert [line.wanted for line in stage.shop.orders[order_id].lines] == [1, 1]
        assert (stage.states(order_id), stage.said(order_id)) == ([AmendmentState.DONE], [MessageKind.CANCELLED])
        assert stage.kinds(order_id) == [EventKind.CANCELLED, EventKind.REFUNDED]

    each_death(stage, make, check)


def test_a_whole_order_is_cancelled_and_told_once_wherever_we_die(stage: Stage) -> None:
    def make(order_id: str) -> None:
        stage.place(order_id, one=2, two=1)
        reference = f"S-{order_id}-all"
        for line, units in (("one", 2), ("two", 1)):
            stage.event(EventKind.WITHDRAWN, order_id, line, units=units, reference=reference)
        stage.ask(order_id, line_id="", units=3, kind=AmendmentKind.WITHDRAW)

    def check(order_id: str) -> None:
        asked = [one for one in stage.shop.asked if one.order_id == order_id]
        assert {(one.units["one"], one.units["two"], one.whole) for one in cast("Any", asked)} == {(2, 1, True)}
        assert stage.said(order_id) == [MessageKind.CANCELLED]
        for line in ("one", "two"):
            happened = [one for one in stage.kinds(order_id, line) if one is not EventKind.WITHDRAWN]
            assert happened == [EventKind.CANCELLED, EventKind.REFUNDED]

    each_death(stage, make, check)


def test_an_answer_that_was_lost_and_a_death_after_it_make_no_second_cancellation(stage: Stage) -> None:
    stage.shop.loses_answers = True
    for number in range(1, 12):
        order_id = str(number)
        stage.place(order_id, one=2)
        stage.ask(order_id, units=2)
        stage.shop.troubles = [TryLater("the answer was lost")]
        with pytest.raises(TryLater):
            carry_out(stage.store)
        stage.clock.shift(timedelta(hours=1))
        live_through(stage, Fate({number}))
        assert (stage.states(order_id), stage.said(order_id)) == ([AmendmentState.DONE], [MessageKind.CANCELLED])
        assert [one.again for one in stage.shop.asked if one.order_id == order_id][:2] == [False, True]


def test_two_workers_at_once_carry_each_out_once(database: Database) -> None:
    stage = Stage(database.work)
    for number in range(6):
        stage.place(str(number), one=2)
        stage.ask(str(number))
    with ThreadPoolExecutor(4) as pool:
        settled = list(pool.map(lambda _: carry_out(stage.store), range(4)))
    assert sum(settled) == 6
    assert sorted(stage.shop.happened()) == [f"S-{number}-one" for number in range(6)]
    assert [stage.said(str(number)) for number in range(6)] == [[MessageKind.CANCELLED]] * 6


def test_one_who_comes_back_after_the_lease_leaves_what_another_settled(stage: Stage) -> None:
    stage.place(one=2)
    stage.ask()
    slow = stage.shop.cancel

    def cancel(cancelling: Any) -> Any:
        stage.shop.cancel = slow  # type: ignore[method-assign]  # the next worker is quick
        done = slow(cancelling)
        stage.clock.shift(timedelta(minutes=2))
        carry_out(stage.store)
        return done

    stage.shop.cancel = cancel  # type: ignore[method-assign]  # the first one sleeps in the middle
    carry_out(stage.store)
    assert (stage.states(), stage.said()) == ([AmendmentState.DONE], [MessageKind.CANCELLED])
    assert stage.kinds() == [EventKind.CANCELLED, EventKind.REFUNDED]
