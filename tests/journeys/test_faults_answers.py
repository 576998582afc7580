"""Whatever stands between us and a shop answers in its place: nothing is lost, said twice, or believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from faults import CUT, HALF, ON_THE_WAY, REFUSALS
from whole import SHOPIFY, STORES, WOO, Stage, Whole, stage

SKU = {WOO: "CHAIR", SHOPIFY: "TENT"}
OPEN = {WOO: ("backorders", "notify"), SHOPIFY: ("inventoryPolicy", "CONTINUE")}


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture
def whole(stand: Stage) -> Iterator[Whole]:
    made = Whole(stand)
    yield made
    made.close()


def lives_through(whole: Whole, *ills: str) -> None:
    """Every other call comes to one of these, in turn."""
    for key in STORES:
        whole.shops[key].place_order({SKU[key]: 5})
    for wire in whole.stage.wires.values():
        wire.befell.clear()
    for round_ in range(3):
        for wire in whole.stage.wires.values():
            wire.ills.extend(one for ill in ills for one in ("", ill))
        whole.work()
        for key in STORES:
            whole.shops[key].receive_goods(SKU[key], 1 + round_)
        whole.pass_time(timedelta(minutes=70))
    assert all(wire.befell for wire in whole.stage.wires.values()), "nothing was tried"
    assert whole.settle() + whole.broken() == []


def test_a_day_on_which_every_other_call_comes_to_nothing_ends_right(whole: Whole) -> None:
    lives_through(whole, *ON_THE_WAY)


@pytest.mark.long
@pytest.mark.parametrize("ill", ON_THE_WAY)
def test_a_day_on_which_every_other_call_comes_to_the_same_nothing_ends_right(whole: Whole, ill: str) -> None:
    lives_through(whole, *[ill] * 6)


@pytest.mark.parametrize(
    "ill",
    ["502 html", *(pytest.param(one, marks=pytest.mark.long) for one in REFUSALS if one not in {"401", "502 html"})],
)
def test_a_shop_that_answers_nonsense_for_an_hour_is_waited_for_and_its_owner_left_alone(
    whole: Whole, ill: str
) -> None:
    for key, wire in whole.stage.wires.items():
        whole.shops[key].place_order({SKU[key]: 5})
        wire.ills.extend([ill] * 500)
    for _ in range(6):
        whole.work()
        whole.pass_time(timedelta(minutes=10))
    for key in STORES:
        with whole.web.work(read_only=True) as uow:
            record = uow.stores.get(key)
            assert record is not None
            assert record.wait_until is not None, "it is waited for"
            assert record.stopped == {}
    assert whole.settle() + whole.broken() == []


@pytest.mark.parametrize("key", STORES)
@pytest.mark.parametrize("ill", [HALF, CUT])
def test_a_write_that_was_done_and_not_answered_is_no_strangers_hand(whole: Whole, key: str, ill: str) -> None:
    """The shop shows what we sent; we only do not know yet that it does."""
    whole.shops[key].place_order({SKU[key]: 3})
    writes = len(_writes(whole, key))
    while len(_writes(whole, key)) == writes:
        whole.stage.wires[key].ills.extend(["", ill])
        whole.work()
    assert whole.settle() + whole.broken() == []


def _writes(whole: Whole, key: str) -> list[str]:
    return [one for one in whole.shops[key].calls if one.startswith(("POST", "PUT", "Push", "Bulk"))]
