from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from storage_rows import NOON, OTHER, SHOP, a_delivery, after

from connector.domain.facts import Reread, Thing
from connector.ports.records import Delivery, DeliveryState
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox

ORDER = Reread(Thing.ORDER, "7")
PAGE = Reread(Thing.PRODUCT, "7", only_known=True)


def ids(found: Sequence[Delivery]) -> list[str]:
    return [one.external_id for one in found]


def finish(database: Database, *results: tuple[int, DeliveryState, str]) -> None:
    with database.work() as work:
        work.deliveries.finish(SHOP, results)
        work.commit()


@pytest.fixture
def three(database: Database, inbox: GroupCommitInbox) -> list[int]:
    """Deliveries a, b and c of the shop, and one of another; the ids of the three."""
    for name in "abc":
        inbox.keep(a_delivery(name))
    inbox.keep(a_delivery("foreign", store=OTHER))
    with database.work() as work:
        return [one.id for one in work.deliveries.waiting(SHOP, 10)]


def test_a_delivery_is_read_back_as_it_was_kept(database: Database, inbox: GroupCommitInbox) -> None:
    body = bytes(range(256)) * 40
    inbox.keep(a_delivery(body=body, triggered_at=after(-3)))
    with database.work() as work:
        (kept,) = work.deliveries.waiting(SHOP, 10)
    state = DeliveryState.RECEIVED
    expected = Delivery(kept.id, SHOP, "woocommerce", "order.updated", "d1", body, NOON, after(-3), state, "")
    assert expected == kept


def test_the_oldest_wait_first_and_other_stores_are_not_seen(database: Database, three: list[int]) -> None:
    with database.work() as work:
        assert [one.id for one in work.deliveries.waiting(SHOP, 2)] == three[:2]
        assert ids(work.deliveries.waiting(SHOP, 9)) == ["a", "b", "c"]


def test_what_is_finished_waits_no_more_and_says_why(database: Database, three: list[int]) -> None:
    a, b, c = three
    finish(database, (a, DeliveryState.DONE, "a page"), (b, DeliveryState.PARKED, "$.id is missing"))
    with database.work() as work:
        assert [one.id for one in work.deliveries.waiting(SHOP, 10)] == [c]
        assert [one.reason for one in work.deliveries.find(ids=[a, b])] == ["$.id is missing", "a page"]
        assert work.deliveries.counts(SHOP) == dict.fromkeys(DeliveryState, 1)


def test_a_store_cannot_finish_the_delivery_of_another(database: Database, three: list[int]) -> None:
    with database.work() as work:
        work.deliveries.finish(OTHER, [(three[0], DeliveryState.DONE, "")])
        assert len(work.deliveries.waiting(SHOP, 10)) == 3


def test_replaying_without_ids_takes_exactly_the_parked(database: Database, three: list[int]) -> None:
    a, b, _ = three
    finish(database, (a, DeliveryState.DONE, ""), (b, DeliveryState.PARKED, "why"))
    with database.work() as work:
        assert work.deliveries.replay(OTHER, None) == 0
        assert work.deliveries.replay(SHOP, None) == 1
        assert [one.reason for one in work.deliveries.find(ids=[b])] == [""]
        assert work.deliveries.replay(None, [a]) == 1
        assert ids(work.deliveries.waiting(SHOP, 10)) == ["a", "b", "c"]


def test_finding_is_newest_first_and_narrowed_by_each_argument(database: Database, three: list[int]) -> None:
    a, b, _ = three
    finish(database, (b, DeliveryState.PARKED, "why"))
    with database.work(read_only=True) as work:
        find = work.deliveries.find
        assert ids(find()) == ["foreign", "c", "b", "a"]
        assert ids(find(store=SHOP, limit=2)) == ["c", "b"]
        assert ids(find(state=DeliveryState.PARKED)) == ["b"]
        assert ids(find(state=DeliveryState.RECEIVED, ids=[a, b])) == ["a"]
        assert ids(find(ids=[*range(-2000, 0), a, b], limit=1)) == ["b"]
        assert find(ids=[]) == []


def test_pages_of_deliveries_go_on_behind_the_last_one(database: Database, three: list[int]) -> None:
    with database.work(read_only=True) as work:
        first = work.deliveries.find(store=SHOP, limit=2)
        assert ids(first) == ["c", "b"]
        assert ids(work.deliveries.find(store=SHOP, limit=2, before=first[-1].id)) == ["a"]
        assert ids(work.deliveries.find(store=SHOP, limit=2, before=three[0])) == []
        assert ids(work.deliveries.find(store=SHOP, ids=three, before=three[2])) == ["b", "a"]


def test_the_newest_is_the_last_that_came(database: Database, inbox: GroupCommitInbox) -> None:
    def newest() -> datetime | None:
        with database.work() as work:
            return work.deliveries.newest(SHOP)

    assert newest() is None
    inbox.keep(a_delivery("a", received_at=NOON))
    inbox.keep(a_delivery("b", received_at=after(5)))
    assert newest() == after(5)


def test_purging_takes_old_done_deliveries_and_no_more_than_asked(database: Database, inbox: GroupCommitInbox) -> None:
    for second in range(5):
        inbox.keep(a_delivery(str(second), received_at=after(second)))
    with database.work() as work:
        kept = work.deliveries.waiting(SHOP, 10)
        work.deliveries.finish(SHOP, [(one.id, DeliveryState.DONE, "") for one in kept[:4]])
        assert work.deliveries.purge(SHOP, after(3), 2) == 2
        assert work.deliveries.purge(SHOP, after(3), 9) == 1
        assert ids(work.deliveries.find(store=SHOP)) == ["4", "3"]


def test_a_thing_asked_for_often_is_read_once(database: Database) -> None:
    with database.work() as work:
        work.rereads.ask(SHOP, [PAGE, ORDER, ORDER], NOON)
        work.rereads.ask(SHOP, [ORDER], after(-5))
        assert [(row.reread, row.asked_at) for row in work.rereads.due(SHOP, 10)] == [(ORDER, NOON), (PAGE, NOON)]
        assert work.rereads.due(OTHER, 10) == []


def test_one_unconditional_asking_makes_the_reading_unconditional(database: Database) -> None:
    with database.work() as work:
        work.rereads.ask(SHOP, [Reread(Thing.PRODUCT, "7")], NOON)
        work.rereads.ask(SHOP, [PAGE], after(1))
        assert [row.reread for row in work.rereads.due(SHOP, 10)] == [Reread(Thing.PRODUCT, "7", only_known=False)]


def test_what_was_asked_for_again_since_is_not_forgotten(database: Database) -> None:
    with database.work() as work:
        work.rereads.ask(SHOP, [ORDER, PAGE], NOON)
        read = work.rereads.due(SHOP, 10)
        work.rereads.ask(SHOP, [ORDER], after(1))
        work.rereads.done(SHOP, read)
        assert [row.reread for row in work.rereads.due(SHOP, 10)] == [ORDER]


def test_what_failed_goes_behind_until_it_is_asked_for_anew(database: Database) -> None:
    def next_up() -> list[tuple[Reread, int]]:
        return [(row.reread, row.attempts) for row in work.rereads.due(SHOP, 10)]

    with database.work() as work:
        work.rereads.ask(SHOP, [ORDER], NOON)
        work.rereads.ask(SHOP, [PAGE], after(1))
        work.rereads.failed(SHOP, work.rereads.due(SHOP, 1))
        assert next_up() == [(PAGE, 0), (ORDER, 1)]
        work.rereads.ask(SHOP, [ORDER], after(0.5))
        assert next_up() == [(ORDER, 0), (PAGE, 0)]
