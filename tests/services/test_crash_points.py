"""A service that dies at any boundary goes on as if nothing had happened, and says nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from crashes import Fate, MortalDesk, make_mortal, start, survive
from house import House, house
from kill_day import end_of_day, kept, notice_states

from connector.domain.journal import first_break
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NoticeState
from connector.sandbox.scenario import SHOPIFY, WOO, Town
from connector.services.status import all_statuses

STORES = (WOO, SHOPIFY)
SKUS = {WOO: "CHAIR-OAK", SHOPIFY: "TENT-2P"}


def shelves(there: House) -> None:
    for key in STORES:
        there.shops[key].add_product(SKUS[key], 1)


def supplies(town: Town) -> None:
    for key in STORES:
        town.supply(key, key, SKUS[key], 5, days=9)


def orders(town: Town) -> None:
    for key in STORES:
        town.shops[key].place_order({SKUS[key]: 1})
        town.orders[key] = town.shops[key].place_order({SKUS[key]: 2})


def goods(town: Town) -> None:
    for key in STORES:
        town.desk.receive_supply(key, town.supplies[key])
        town.shops[key].receive_goods(SKUS[key], 5)


def parcels(town: Town) -> None:
    for key in STORES:
        town.shops[key].ship(town.orders[key])


ACTS: tuple[Callable[[Town], None], ...] = (supplies, orders, goods, parcels)


def live(there: House, fate: Fate) -> dict[str, object]:
    """The story, with a new start wherever the service dies; the state at its end."""
    shelves(there)
    town = Town(there.shops, MortalDesk(there, fate), there.until)
    make_mortal(there, fate)
    survive(there, fate, lambda: start(there))
    survive(there, fate, lambda: there.settle(2))
    for act in ACTS:
        act(town)
        survive(there, fate, lambda: there.settle(3))
    ending = end_of_day(town, all_statuses(there.service.work, now=system_clock()))
    return ending | {"what the shoppers read": said(there)}


def said(there: House) -> dict[str, list[str]]:
    """The notes of each order, without our references, which count the versions of what was to be told."""
    return {one: [note.rpartition("[")[0] for note in there.woo.told(one).notes] for one in there.woo.order_ids()}


def check(there: House) -> None:
    for store in STORES:
        inbox, states = kept(there.service, store)
        assert set(inbox.values()) == {1}
        assert set(states) == {DeliveryState.DONE}
        assert set(notice_states(there.service, store)) == {NoticeState.SENT}
        with there.service.work(read_only=True) as uow:
            assert first_break(uow.journal.walk(store)) is None
    for notes in said(there).values():
        assert max(Counter(notes).values(), default=1) == 1, "the shopper read it twice"


Unharmed = tuple[dict[str, object], list[str]]


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> Unharmed:
    """The end of the story where nobody dies, and every boundary on its way."""
    with house(tmp_path_factory.mktemp("unharmed")) as there:
        fate = Fate()
        ending = live(there, fate)
        check(there)
        assert len(there.woo.told(there.woo.order_ids()[1]).notes) == 2, "waiting, then ready"
        return ending, fate.passed


def die_at(boundaries: Collection[int | str], unharmed: Unharmed) -> None:
    with TemporaryDirectory() as folder, house(Path(folder)) as there:
        fate = Fate(set(boundaries))
        ending = live(there, fate)
        assert fate.to_die_at == set(), "these boundaries were never reached"
        assert ending == unharmed[0]
        check(there)


AT_FIRST = (
    "after subscribe #1",
    "products_changed answered #1",
    "orders_changed answered #1",
    "before push #1",
    "push answered #1",  # the shop has it, we have not written that down
    "before read_pools #1",
    "read_pools answered #1",
    "read_orders answered #1",
    "before tell #1",
    "after tell #1",  # the shopper has it, we have not written that down
)
LATER = ("push answered #3", "after tell #2")
"""Where there is already something that was written or told before."""


AT_THE_DESK = ("before a commit #1", "after a commit #1", "before a commit #2", "after a commit #2")
"""A supply is announced, and then received."""
TWICE_EACH = ("before a commit #1", "after a commit #1", "before a commit #3", "after a commit #2")
"""Each of both commands dies before its commit, and when it is said again, after it."""


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("call", AT_FIRST + LATER)
def test_the_story_passes_each_of_these_boundaries(store: str, call: str, unharmed: Unharmed) -> None:
    assert f"{store}: {call}" in unharmed[1]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("calls", [AT_FIRST, LATER], ids=["at first", "later"])
def test_one_death_at_each_kind_of_call_to_the_shop_changes_nothing_in_the_end(
    store: str, calls: Collection[str], unharmed: Unharmed
) -> None:
    die_at([f"{store}: {call}" for call in calls], unharmed)


@pytest.mark.parametrize("store", STORES)
def test_every_commit_of_the_desk_is_passed_under_its_own_name(store: str, unharmed: Unharmed) -> None:
    passed = [one for one in unharmed[1] if one.startswith(f"{store}, the desk: ")]
    assert passed == [f"{store}, the desk: {call}" for call in AT_THE_DESK]


@pytest.mark.parametrize("store", STORES)
def test_a_command_of_the_merchant_that_dies_was_done_whole_or_not_at_all(store: str, unharmed: Unharmed) -> None:
    die_at([f"{store}, the desk: {call}" for call in TWICE_EACH], unharmed)


@pytest.mark.parametrize("seed", [1, 2])
def test_deaths_all_along_the_story_change_nothing_in_the_end(seed: int, unharmed: Unharmed) -> None:
    die_at(Random(seed).sample(range(1, len(unharmed[1]) + 1), 8), unharmed)  # noqa: S311 -- to be repeatable


@pytest.mark.long
def test_death_at_every_boundary_changes_nothing_in_the_end(unharmed: Unharmed) -> None:
    for number in range(1, len(unharmed[1]) + 1):
        die_at([number], unharmed)
