"""When stock returns: backorders first, then people in their order, no more than there are units (traps 8-10, 30)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from restock_stage import KEY, NOON, Stage

from connector.domain.restock import COOL_DOWN
from connector.ports.failures import TryLater
from connector.ports.promising import MessageKind, MessageState
from connector.ports.records import Leaving
from connector.ports.restocking import ListState
from connector.services.invite import invite
from connector.services.restock import contact_of, invited_sent, stop
from connector.settings.promise import QuietSettings
from connector.storage.engine import Database

NAMES = ["anna", "bert", "carla", "dora", "emil", "fritz", "gerda", "hans"]


def mail(name: str) -> str:
    return f"{name}@example.com"


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    made.shelf()
    return made


def queue(stage: Stage, *names: str, units: int = 1) -> list[int]:
    return [stage.joins(mail(name), units=units) for name in names or NAMES]


def sent(stage: Stage) -> None:
    """Every invitation that waits leaves now."""
    with stage.work() as uow:
        for one in stage.messages(MessageKind.RESTOCK):
            if one.state is MessageState.PENDING:
                one.state, one.sent_at = MessageState.SENT, stage.now
                uow.messages.save(KEY, one)
                invited_sent(stage.store, uow, one.subscription, stage.now)
        uow.commit()


def contact(stage: Stage, subscription_id: int) -> tuple[str, str]:
    with stage.work(read_only=True) as uow:
        return contact_of(stage.store, uow, subscription_id)


def test_eight_owed_and_ten_come_invite_the_first_two(stage: Stage) -> None:
    stage.stock(-8)
    ids = queue(stage)
    assert stage.invite() == 0
    stage.stock(2)
    assert stage.invite() == 2
    assert stage.invited() == ids[:2]


@pytest.mark.parametrize(("before", "after", "invited"), [(-3, 5, 5), (-8, -1, 0), (-8, 0, 0), (0, 1, 1), (-1, 9, 8)])
def test_only_what_is_left_after_everything_owed_counts(stage: Stage, before: int, after: int, invited: int) -> None:
    stage.stock(before)
    queue(stage)
    stage.stock(after)
    assert stage.invite() == invited


def test_a_number_that_flickers_invites_for_one_unit_once(stage: Stage) -> None:
    queue(stage)
    for number in (1, 0, 1, 0, 1, 0, 1):
        stage.stock(number)
        stage.invite()
        stage.wait(minutes=10)
    assert len(stage.invited()) == 1


def test_nobody_is_invited_twice(stage: Stage) -> None:
    ids = queue(stage, "anna")
    stage.stock(5)
    assert [stage.invite() for _ in range(3)] == [1, 0, 0]
    sent(stage)
    stage.wait(days=2)
    stage.stock(0)
    stage.stock(9)
    assert stage.invite() == 0
    assert stage.invited() == ids


def test_an_invitation_says_what_it_keeps_and_until_when(stage: Stage) -> None:
    (number,) = queue(stage, "anna", units=3)
    stage.stock(2)
    stage.invite()
    (message,) = stage.messages(MessageKind.RESTOCK)
    until = stage.now + timedelta(hours=24)
    assert message.values == {
        "variant": "chair",
        "sku": "CHAIR",
        "title": "Chair",
        "units": 2,
        "claim_until": until.isoformat(),
    }
    assert (message.subscription, message.deadline, message.not_before) == (number, until, stage.now)
    assert message.reference == f"restock-{number}-back-1"
    held = stage.get(number)
    assert (held.state, held.claimed, held.claim_until) == (ListState.INVITED, 2, until)


def test_a_factor_invites_more_than_there_are_units_and_no_more_than_that(database: Database) -> None:
    stage = Stage(database.work, factor=1.5)
    stage.shelf()
    queue(stage)
    stage.stock(3)
    assert stage.invite() == 4


def test_the_next_wave_comes_when_the_time_to_buy_is_over_and_the_address_is_gone(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(2)
    stage.invite()
    sent(stage)
    stage.wait(hours=23, minutes=59)
    assert stage.invite() == 0
    stage.wait(minutes=1)
    assert stage.invite() == 2
    assert stage.invited() == ids[:4]
    over = stage.get(ids[0])
    assert (over.state, over.contact, over.why) == (ListState.USED, b"", "the time to buy is over")


def test_the_time_to_buy_begins_when_the_mail_leaves(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(1)
    stage.invite()
    stage.wait(hours=6)
    sent(stage)
    stage.wait(hours=23)
    assert stage.invite() == 0
    assert stage.get(ids[0]).claim_until == stage.now + timedelta(hours=1)
    stage.wait(hours=1)
    assert stage.invite() == 1


def test_more_stock_an_hour_later_invites_more_and_not_before(stage: Stage) -> None:
    queue(stage)
    stage.stock(1)
    stage.invite()
    stage.wait(minutes=5)
    stage.stock(4)
    assert stage.invite() == 0
    stage.now += COOL_DOWN - timedelta(minutes=5)
    assert stage.invite() == 3


def test_stock_that_comes_after_it_was_sold_out_is_news_at_once(stage: Stage) -> None:
    queue(stage)
    stage.stock(1)
    stage.invite()
    stage.wait(minutes=5)
    stage.stock(0)
    stage.invite()
    stage.wait(minutes=5)
    stage.stock(4)
    assert stage.invite() == 3  # one unit is still kept for the first


def test_the_stock_is_read_again_before_each_wave_and_only_then(stage: Stage) -> None:
    queue(stage)
    stage.invite()
    assert stage.shop.asked == []
    stage.stock(2)
    stage.invite()
    assert stage.shop.asked == [["pool of chair"]]
    stage.invite()
    assert len(stage.shop.asked) == 1


@pytest.mark.parametrize("now_there", [0, 1, -4, 7])
def test_stock_that_changed_since_the_plan_invites_nobody_before_the_next_plan(stage: Stage, now_there: int) -> None:
    queue(stage)
    stage.stock(2)
    stage.shop.numbers["pool of chair"] = now_there
    assert stage.invite() == 0
    assert stage.invited() == []
    stage.stock(now_there)
    assert stage.invite() == max(0, now_there)


def test_a_shop_that_cannot_be_read_invites_nobody_yet(stage: Stage) -> None:
    queue(stage)
    stage.stock(2)
    stage.shop.failure = TryLater("away")
    with pytest.raises(TryLater):
        stage.invite()
    assert stage.invited() == []
    stage.shop.failure = None
    assert stage.invite() == 2


def test_a_pool_with_news_that_was_not_confirmed_invites_nobody(stage: Stage) -> None:
    queue(stage)
    stage.stock(2)
    with stage.work() as uow:
        uow.pools.touch(KEY, ["pool of chair"], stage.now)
        uow.commit()
    assert stage.invite() == 0


def test_what_is_only_orderable_ahead_is_not_back(stage: Stage) -> None:
    queue(stage)
    stage.stock(2)
    with stage.work() as uow:
        (showing,) = uow.showings.get(KEY, ["chair"]).values()
        showing.status = "backorder"
        uow.showings.save(KEY, [showing])
        uow.commit()
    assert stage.invite() == 0


@pytest.mark.parametrize("waits", [True, False])
def test_who_has_it_on_order_or_bought_it_meanwhile_is_not_invited(stage: Stage, *, waits: bool) -> None:
    ids = queue(stage)
    stage.wait(hours=1)
    stage.buys("BERT+shop@example.com", waits=waits)
    stage.stock(2)
    stage.invite()
    assert stage.invited() == [ids[0], ids[2]]
    bought = stage.get(ids[1])
    assert (bought.state, bought.why, bought.contact) == (ListState.USED, "bought", b"")


def test_whoever_buys_frees_the_unit_of_the_invitation(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(2)
    stage.invite()
    sent(stage)
    stage.wait(hours=2)
    stage.buys(mail("anna"))
    stage.stock(1)
    assert stage.invite() == 0  # one unit, one invitation still open
    stage.buys(mail("bert"))
    stage.stock(1)  # somebody brought one back
    assert stage.invite() == 1
    assert stage.invited() == ids[:3]


def test_whoever_stops_frees_the_unit_and_gets_nothing(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(1)
    stage.invite()
    stop(stage.store, ids[0])
    assert contact(stage, ids[0]) == ("", "")
    assert [one.state for one in stage.messages(MessageKind.RESTOCK)] == [MessageState.DROPPED]
    stage.wait(hours=1)
    assert stage.invite() == 1
    assert stage.invited() == ids[:2]


def test_units_that_go_before_the_mail_left_are_not_announced_and_the_place_is_kept(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(1)
    stage.invite()
    assert contact(stage, ids[0]) == (mail("anna"), "")
    stage.stock(0)
    assert contact(stage, ids[0]) == ("", "")
    stage.settle(MessageState.DROPPED)
    stage.invite()
    assert stage.get(ids[0]).state is ListState.WAITING
    stage.stock(1)
    stage.invite()
    assert stage.invited() == [ids[0], ids[0]]
    assert stage.messages(MessageKind.RESTOCK)[-1].reference == f"restock-{ids[0]}-back-2"


def test_a_mail_that_nobody_took_does_not_cancel_the_person_who_goes_behind_the_others(stage: Stage) -> None:
    ids = queue(stage, "anna", "bert")
    stage.stock(1)
    stage.invite()
    stage.settle(MessageState.PARKED)
    stage.wait(hours=1)
    assert stage.invite() == 1
    assert stage.invited() == ids
    waits = stage.get(ids[0])
    assert (waits.state, waits.failures, waits.claimed) == (ListState.WAITING, 1, 0)
    sent(stage)
    stage.wait(hours=24)
    stage.invite()
    assert stage.invited() == [*ids, ids[0]]


def test_a_mail_that_could_not_leave_in_time_is_taken_back(stage: Stage) -> None:
    ids = queue(stage, "anna")
    stage.stock(1)
    stage.invite()
    stage.wait(hours=24)
    assert contact(stage, ids[0]) == ("", "")
    stage.invite()
    first, second = stage.messages(MessageKind.RESTOCK)
    assert (first.state, second.state) == (MessageState.DROPPED, MessageState.PENDING)


def test_a_mail_that_left_without_a_word_to_us_counts_from_when_it_left(stage: Stage) -> None:
    ids = queue(stage, "anna")
    stage.stock(1)
    stage.invite()
    left_at = stage.now
    stage.settle(MessageState.SENT)
    stage.wait(seconds=30)
    stage.invite()
    held = stage.get(ids[0])
    assert held.sent_at == stage.now
    assert held.claim_until is not None
    assert held.claim_until >= left_at + timedelta(hours=24)


def test_nobody_is_woken_by_an_invitation(database: Database) -> None:
    stage = Stage(database.work, quiet=QuietSettings(start="11:00", end="15:00"))
    stage.shelf()
    queue(stage, "anna")
    stage.stock(1)
    stage.invite()
    (message,) = stage.messages(MessageKind.RESTOCK)
    assert message.not_before == NOON.replace(hour=15)
    assert message.deadline == message.not_before + timedelta(hours=24)
    assert stage.messages(MessageKind.OPT_IN)[0].not_before == NOON  # somebody sits there and waits


def test_variants_that_share_units_share_the_invitations(stage: Stage) -> None:
    stage.shelf("red", "frame")
    stage.shelf("blue", "frame")
    first, second = stage.joins(mail("anna"), "blue"), stage.joins(mail("bert"), "red")
    stage.joins(mail("carla"), "blue")
    stage.stock(2, "frame")
    assert stage.invite() == 2
    assert stage.invited() == [first, second]


def test_a_shop_that_counts_nothing_invites_all_once_it_has_it(stage: Stage) -> None:
    ids = queue(stage, "anna", "bert")
    stage.stock(None)
    assert stage.invite() == 2
    assert stage.invited() == ids


@pytest.mark.parametrize("how", ["paused", "gone", "leaving", "not connected", "other settings"])
def test_a_store_that_may_tell_nobody_invites_nobody(stage: Stage, how: str) -> None:
    queue(stage)
    stage.stock(3)
    with stage.work() as uow:
        record = uow.stores.get(KEY)
        assert record is not None
        record.paused = how == "paused"
        record.gone_at = stage.now if how == "gone" else None
        record.leaving = Leaving.KEEP if how == "leaving" else Leaving.NO
        record.revision += how == "other settings"
        if how == "not connected":
            record.cursors = {}
        uow.stores.save(record)
        uow.commit()
    assert stage.invite() == 0


def test_the_owner_reads_how_many_were_invited_and_never_who(stage: Stage) -> None:
    queue(stage, units=2)
    stage.stock(3)
    stage.invite()
    with stage.work(read_only=True) as uow:
        (entry,) = [one.entry for one in uow.journal.read(KEY) if one.entry.kind == "invited"]
    assert (entry.variant_id, entry.order_id) == ("chair", "")
    assert entry.facts == {"people": 2, "units": 3, "available": 3, "kept": 0, "wave": 1}


def test_workers_at_once_invite_no_more_than_one_would(stage: Stage) -> None:
    ids = queue(stage)
    stage.stock(3)
    ready = threading.Barrier(4)
    failures: list[Exception] = []

    def work() -> None:
        ready.wait()
        try:
            for _ in range(3):
                invite(stage.store)
        except Exception as error:  # noqa: BLE001 -- shown below
            failures.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert failures == []
    assert stage.invited() == ids[:3]
    with stage.work(read_only=True) as uow:
        assert uow.restock.outstanding(KEY, "pool of chair", stage.now) == 3
