"""``kill -9`` at any moment of a day of trade loses nothing and tells nobody twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from house import house
from kill_day import NOON, Day, day, end_of_day, kept, notice_states, points

from connector.domain.journal import first_break
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NoticeState
from connector.sandbox.scenario import DAY, SHOPIFY, WOO, Town, stock_shelves
from connector.services.status import all_statuses

KILLS_A_DAY = 5


@pytest.fixture(scope="module")
def peaceful(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """How the same day ends where nobody is killed."""
    with house(tmp_path_factory.mktemp("peaceful"), at=NOON) as there:
        stock_shelves(there.shops)
        there.connect()
        town = there.town()
        for step in DAY:
            step.act(town)
        there.reconcile()
        return end_of_day(town, all_statuses(there.service.work, now=system_clock()))


def notes_of(town: Town) -> dict[str, list[str]]:
    """What WooCommerce mailed to each shopper, each without our reference at its end."""
    shop = town.shops[WOO]
    return {
        order_id: [note.rpartition("[")[0].strip() for note in shop.told(order_id).notes]
        for order_id in shop.order_ids()
    }


def check(there: Day, town: Town, peaceful: dict[str, object]) -> None:
    assert end_of_day(town, there.statuses()) == peaceful
    taken = there.post.deliveries()
    for store in (WOO, SHOPIFY):
        inbox, states = kept(there.service, store)
        assert [one for one, count in inbox.items() if count != 1] == [], "kept twice"
        assert [one for one in taken if one[0] == store and one not in inbox] == [], "answered with 200 and lost"
        # A shop whose every webhook fell into a gap sent none that was taken; reconciling has made up for them.
        assert set(states) <= {DeliveryState.DONE}
        assert set(notice_states(there.service, store)) == {NoticeState.SENT}
        with there.service.work(read_only=True) as uow:
            assert first_break(uow.journal.walk(store)) is None
    twice = {order: said for order, said in notes_of(town).items() if max(Counter(said).values(), default=1) > 1}
    assert twice == {}
    assert list(there.service.database.check()) == []


def live(folder: Path, seed: int, kills: int, peaceful: dict[str, object]) -> None:
    todo = points(seed, kills)
    with day(folder, todo) as there:
        try:
            check(there, there.play(), peaceful)
        except (AssertionError, TimeoutError) as error:
            said = "\n".join(f"  {point}" for point in there.executioner.done)
            log = (folder / "serve.log").read_text()[-4000:]
            error.add_note(
                f"seed {seed}, of {kills} kills these had happened:\n{said}\nexits {there.process.ended}\n{log}"
            )
            raise


@pytest.mark.parametrize("seed", [1, 2])
def test_a_day_with_kills_ends_as_a_day_without(tmp_path: Path, seed: int, peaceful: dict[str, object]) -> None:
    live(tmp_path, seed, KILLS_A_DAY, peaceful)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 125))
def test_twenty_five_days_with_eight_kills_each(tmp_path: Path, seed: int, peaceful: dict[str, object]) -> None:
    live(tmp_path, seed, 8, peaceful)
