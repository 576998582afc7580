"""What random lives of the whole service have found: each once more, as short as it could be made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from moves import MOVES, attempt
from whole import SHOPIFY, STORES, WOO, Stage, Whole, stage

from connector.services.overrides import overrides
from connector.services.turn import may

SKU = {WOO: "CHAIR", SHOPIFY: "TENT"}
CALLS = {WOO: 1, SHOPIFY: 2}
"""Which call of a round is the one that pushes the flag."""


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def whole(stand: Stage) -> Iterator[Whole]:
    made = Whole(stand)
    yield made
    made.close()


@pytest.mark.parametrize("key", STORES)
def test_a_push_that_comes_after_a_newer_one_is_no_strangers_hand(whole: Whole, key: str) -> None:
    """A worker stands still with a push in hand, another one pushes what is newer, and then the first goes on."""
    shop = whole.shops[key]
    shop.place_order({SKU[key]: 3})
    shown: list[object] = []

    def stand_still(_: str) -> None:
        with whole.boundaries.unwatched():
            whole.pass_time(timedelta(minutes=10))
            shop.set_stock(SKU[key], 10)
            whole.another_works(2)
            shown.append(dict(shop.shelf(SKU[key]).fields))

    whole.boundaries.arm("call", CALLS[key], stand_still)
    whole.jobs(("turn",))
    whole.flush()
    whole.jobs(("turn",))
    assert shown, "nobody stood still"
    whole.work(2)
    assert overrides(whole.web.stores[key]) == []
    assert whole.settle() + whole.broken() == []


def test_a_hand_made_change_is_still_one(whole: Whole) -> None:
    whole.shops[WOO].place_order({"CHAIR": 3})
    whole.work()
    whole.shops[WOO].set_field("CHAIR", "_backorder_message", "Ask in the shop")
    whole.work(2)
    assert [sku for sku, _ in overrides(whole.web.stores[WOO])] == ["CHAIR"]


@pytest.mark.parametrize("kind", ["commit", "committed"])
def test_after_a_commit_that_failed_everybody_can_write(whole: Whole, kind: str) -> None:
    """SQLAlchemy rolls nothing back after it: the connection went back to the pool inside its transaction."""
    engine = whole.worker.database.engine
    whole.shops[WOO].place_order({"CHAIR": 3})
    whole.flush()
    whole.boundaries.arm(kind, 2, whole.boundaries.fail(engine, "made up: disk I/O error"))
    whole.jobs()
    assert whole.boundaries.happened
    whole.jobs()
    assert whole.bugs == []
    assert whole.settle() + whole.broken() == []


def test_a_wait_that_was_written_while_our_clock_was_wrong_ends_when_it_is_right(whole: Whole) -> None:
    whole.set_clock(timedelta(days=40))
    whole.stage.wires[WOO].ills.extend(["500"] * 50)
    whole.jobs(("reconcile",))
    assert not may(whole.worker.stores[WOO], "read"), "it waits"
    whole.set_clock(timedelta())
    assert may(whole.worker.stores[WOO], "read")


HISTORIES = {
    "a jump of the clock while deliveries are doubled": "order 0 0 7;post 0 1 7;jump 0 1 0;edit 0 0 1;edit 1 0 1",
    "dead with a notice in hand": "order 0 0 6;order 1 0 6;die 4 3 0;die 3 2 1;goods 0 0 4;goods 1 0 4",
    "keys that are revoked while an order is cancelled": "order 1 0 7;work 0 0 0;visit 1 0 0;revoke 1 0 0;work 0 0 0",
}


@pytest.mark.long
@pytest.mark.parametrize("history", HISTORIES.values(), ids=list(HISTORIES))
def test_lives_that_are_worth_living_again_end_right(whole: Whole, history: str) -> None:
    for move, *numbers in (one.split() for one in history.split(";")):
        attempt(whole, MOVES[move], *map(int, numbers))
    assert whole.settle() + whole.broken() == []
