from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy.exc import IntegrityError
from storage_rows import NOON, OTHER, SHOP, a_notice, after

from connector.domain.marks import NoticeKind
from connector.ports.records import NoticeRecord, NoticeState
from connector.storage.engine import Database

LEASE = after(300)


def add(database: Database, *notices: NoticeRecord) -> None:
    with database.work() as work:
        for notice in notices:
            work.notices.add(SHOP, notice)
        work.commit()


def test_a_notice_is_read_back_as_it_was_made(database: Database) -> None:
    notice = a_notice(kind=NoticeKind.CHANGED, next_at=after(5), reason="x", attempts=2)
    add(database, notice)
    with database.work() as work:
        (found,) = work.notices.of_order(SHOP, "o1")
        assert replace(found, id=0) == notice
        assert work.notices.of_order(OTHER, "o1") == []


def test_a_newer_telling_replaces_one_that_nobody_has_sent(database: Database) -> None:
    add(database, a_notice("o1", 1), a_notice("o2", 1), a_notice("o1", 2))
    with database.work() as work:
        assert [(one.order_id, one.revision) for one in work.notices.find(SHOP, None, 9)] == [("o1", 2), ("o2", 1)]


def test_a_telling_on_its_way_is_not_replaced(database: Database) -> None:
    add(database, a_notice("o1", 1))
    with database.work() as work:
        work.notices.claim(SHOP, NOON, LEASE, 9)
        work.notices.add(SHOP, a_notice("o1", 2))
        found = [(one.revision, one.state) for one in work.notices.of_order(SHOP, "o1")]
        assert found == [(1, NoticeState.SENDING), (2, NoticeState.PENDING)]


@pytest.mark.parametrize("twin", [a_notice("o1", 1, reference="new"), a_notice("o9", 1, reference="o1-1")])
def test_each_telling_is_made_once(database: Database, twin: NoticeRecord) -> None:
    add(database, a_notice("o1", 1))
    with database.work() as work:
        work.notices.claim(SHOP, NOON, LEASE, 9)
        work.commit()
    with pytest.raises(IntegrityError):
        add(database, twin)


def test_a_claimed_notice_is_not_claimed_again_before_its_lease_ends(database: Database) -> None:
    add(database, a_notice())
    with database.work() as work:
        (claimed,) = work.notices.claim(SHOP, NOON, LEASE, 9)
        assert (claimed.state, claimed.attempts, claimed.next_at) == (NoticeState.SENDING, 1, LEASE)
        assert list(work.notices.of_order(SHOP, "o1")) == [claimed]
        assert work.notices.claim(SHOP, after(299), LEASE, 9) == []
        (again,) = work.notices.claim(SHOP, LEASE, after(600), 9)
        assert again.attempts == 2


def test_claims_are_oldest_first_and_only_what_is_due(database: Database) -> None:
    add(database, a_notice("o1"), a_notice("o2", next_at=after(1)), a_notice("o3", next_at=NOON), a_notice("o4"))
    with database.work() as work:
        assert work.notices.claim(OTHER, NOON, LEASE, 9) == []
        assert [one.order_id for one in work.notices.claim(SHOP, NOON, LEASE, 2)] == ["o1", "o3"]
        assert [one.order_id for one in work.notices.claim(SHOP, after(1), LEASE, 9)] == ["o2", "o4"]


def test_two_senders_never_claim_the_same_notice(database: Database) -> None:
    add(database, *(a_notice(f"o{i}") for i in range(40)))
    claimed: list[int] = []
    start = Barrier(4)

    def send() -> None:
        start.wait()
        for _ in range(10):
            with database.work() as work:
                claimed.extend(one.id for one in work.notices.claim(SHOP, NOON, LEASE, 3))
                work.commit()

    senders = [Thread(target=send) for _ in range(4)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(claimed) == len(set(claimed)) == 40


@pytest.mark.parametrize(
    ("state", "sent_at"),
    [(NoticeState.SENT, after(2)), (NoticeState.PENDING, None), (NoticeState.PARKED, None)],
)
def test_settling_says_how_it_ended(database: Database, state: NoticeState, sent_at: object) -> None:
    add(database, a_notice())
    with database.work() as work:
        (claimed,) = work.notices.claim(SHOP, NOON, LEASE, 9)
        work.notices.settle(SHOP, claimed.id, state, at=after(2), next_at=after(9), reason="why")
        (found,) = work.notices.find(SHOP, state, 9)
        assert (found.state, found.sent_at, found.next_at, found.reason) == (state, sent_at, after(9), "why")
        assert found.attempts == 1


def test_what_was_sent_or_parked_is_never_claimed(database: Database) -> None:
    add(database, a_notice("o1"), a_notice("o2"))
    with database.work() as work:
        for one, state in zip(
            work.notices.claim(SHOP, NOON, LEASE, 9), (NoticeState.SENT, NoticeState.PARKED), strict=True
        ):
            work.notices.settle(SHOP, one.id, state, at=NOON, next_at=None, reason="")
        assert work.notices.claim(SHOP, after(9999), after(10000), 9) == []


def test_a_store_cannot_settle_the_notice_of_another(database: Database) -> None:
    add(database, a_notice())
    with database.work() as work:
        (claimed,) = work.notices.claim(SHOP, NOON, LEASE, 9)
        with pytest.raises(LookupError):
            work.notices.settle(OTHER, claimed.id, NoticeState.SENT, at=NOON, next_at=None, reason="")
