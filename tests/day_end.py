"""How a day of trade must end, whatever happened in the middle of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from house import house
from kill_day import NOON, Day, end_of_day, kept, notice_states

from connector.domain.journal import first_break
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NoticeState
from connector.sandbox.scenario import DAY, SHOPIFY, WOO, Town, stock_shelves
from connector.services.status import all_statuses


def peaceful_end(folder: Path) -> dict[str, object]:
    """How the same day ends in one process where nobody is killed."""
    folder.mkdir(exist_ok=True)
    with house(folder, at=NOON) as there:
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
