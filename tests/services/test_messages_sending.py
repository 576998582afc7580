"""Messages go out once, by the first channel that takes them, and none is ever lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from mail_samples import RULE
from message_stage import ADA, KEY, MessageStage, Played

from connector.domain.promises import EventKind
from connector.ports.acting import Contact
from connector.ports.failures import OwnerMustAct, Refused, TryLater, Unreadable
from connector.ports.promising import NEVER_BY_IT, MessageKind, MessageState
from connector.services import messages as sending
from connector.services.message_turn import messages_turn
from connector.services.messages import BATCH, ENOUGH, GIVEN_UP, send_messages
from connector.storage.engine import Database

BUSY, GONE = TryLater("busy"), Refused("550", "no such user")
LOCKED = OwnerMustAct("email", "The mail server refused name or password.", "Look at [mail].")


@pytest.fixture
def stage(database: Database) -> MessageStage:
    return MessageStage(database.work)


# Once


def test_a_message_goes_out_once_to_the_buyer_in_their_language(stage: MessageStage) -> None:
    message = stage.add()
    assert stage.send() == 1
    [sent] = stage.email.sent
    assert (sent.email, sent.language, sent.reference) == ("ada@example.org", "de", "BO-1-confirmed")
    assert sent.subject == "Bestellung 1042: 2 Artikel noch nicht auf Lager"
    assert stage.state(message) is MessageState.SENT
    stage.keep_trying(3)
    assert stage.email.tried == 1


def test_the_order_says_in_which_language_before_the_shop_does(stage: MessageStage) -> None:
    stage.add(language="fr")
    stage.send()
    assert stage.email.sent[0].language == "fr"


def test_nothing_that_names_a_person_or_opens_anything_is_kept(stage: MessageStage) -> None:
    message = stage.add("option", rule=RULE)
    stage.send()
    [sent] = stage.email.sent
    assert "/o/" in sent.text
    kept = stage.get(message)
    assert kept.text == sent.text.replace(next(one for one in sent.text.split() if "/o/" in one), "(link)")
    assert kept.subject == sent.subject
    held = stage.everything()
    assert [one for one in ("ada@", "123456", "Lovelace", "/o/") if one in held] == []


def test_before_it_has_settled_nothing_is_said_and_a_newer_one_takes_its_place(stage: MessageStage) -> None:
    first = stage.add("confirmed")
    assert send_messages(stage.store) == 0
    second = stage.add("later", reference="newer", instead_of=[MessageKind.CONFIRMED])
    assert stage.send() == 1
    assert [one.kind for one in stage.email.sent] == [MessageKind.LATER]
    assert (stage.state(first), stage.state(second)) == (MessageState.DROPPED, MessageState.SENT)


def test_the_same_reference_is_the_same_message(stage: MessageStage) -> None:
    assert stage.add() == stage.add()
    stage.send()
    assert len(stage.email.sent) == 1


def test_what_is_said_of_one_order_is_said_in_its_order(stage: MessageStage) -> None:
    stage.email.troubles = [BUSY]
    stage.add("confirmed")
    stage.add("ready", reference="second")
    stage.add("confirmed", "2")
    stage.send()
    assert [one.reference for one in stage.email.sent] == ["BO-2-confirmed"]
    stage.keep_trying(2)
    assert [one.reference for one in stage.email.sent] == ["BO-2-confirmed", "BO-1-confirmed", "second"]


def test_a_notice_of_the_law_goes_out_though_an_older_word_about_the_order_cannot(stage: MessageStage) -> None:
    stage.email.troubles = [BUSY]
    stage.add("confirmed")
    stage.add("option", reference="second")
    stage.send()
    assert [one.reference for one in stage.email.sent] == ["second"]


def test_a_crash_between_sending_and_writing_it_down_sends_again_under_the_same_reference(
    stage: MessageStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = stage.add("option", rule=RULE)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_sent", dies)
        with pytest.raises(KeyboardInterrupt):
            stage.send()
    assert stage.state(message) is MessageState.SENDING
    assert send_messages(stage.store) == 0  # it belongs to the dead one until the lease ends
    stage.wait(seconds=121)
    assert send_messages(stage.store) == 1
    assert [(one.reference, one.again) for one in stage.email.sent] == [
        ("BO-1-option", False),
        ("BO-1-option", True),
    ]
    assert [kind for kind, _ in stage.journal()].count("told") == 1


def test_that_the_question_was_asked_is_written_down_with_the_sending_of_it(stage: MessageStage) -> None:
    stage.add("option", rule=RULE, language="en")
    stage.send()
    with stage.work(read_only=True) as uow:
        [event] = uow.promises.events(KEY, ["1"])["1"]["1"]
        terms = uow.promises.terms(KEY, ["1"])["1"]
    assert (event.kind, event.rule, event.reference, event.where) == (EventKind.OPTION, RULE, "BO-1-option", "e-mail")
    assert event.text.startswith("Hello,")
    assert terms.look_at == stage.now


def test_the_journal_says_what_by_which_way_and_rule_and_never_to_whom(stage: MessageStage) -> None:
    stage.add("refund-due", rule=RULE)
    stage.send()
    facts = {"reference": "BO-1-refund-due", "kind": "refund_due", "channel": "email", "rule": RULE, "why": ""}
    assert ("told", facts) in stage.journal()


# Channels that fail


def test_a_channel_that_fails_for_now_is_tried_again_and_then_the_next_one(stage: MessageStage) -> None:
    stage.email.always = BUSY
    message = stage.add()
    stage.send()
    assert stage.state(message) is MessageState.PENDING
    stage.keep_trying(ENOUGH - 1)
    assert (stage.email.tried, stage.sms.tried) == (ENOUGH, 0)
    stage.keep_trying(1)
    assert (stage.email.tried, len(stage.sms.sent)) == (ENOUGH, 1)
    kept = stage.get(message)
    assert (kept.state, kept.channel, kept.tried) == (MessageState.SENT, "sms", {"email": ENOUGH})


def test_a_channel_that_asks_for_time_gets_it(stage: MessageStage) -> None:
    stage.email.troubles = [TryLater("greylisted", timedelta(hours=5))]
    message = stage.add()
    stage.send()
    assert stage.get(message).next_at == stage.now + timedelta(hours=5)


def test_a_channel_that_refuses_is_not_asked_again_and_the_next_one_is_at_once(stage: MessageStage) -> None:
    stage.email.always = GONE
    message = stage.add()
    assert stage.send() == 1
    kept = stage.get(message)
    assert (kept.channel, kept.tried) == ("sms", {"email": NEVER_BY_IT})
    assert stage.sms.sent[0].text.startswith("shop.example.com: ")
    assert kept.text.startswith("shop.example.com: ")


def test_near_its_deadline_a_message_waits_for_no_channel(stage: MessageStage) -> None:
    stage.email.always = stage.sms.always = BUSY
    message = stage.add("option", deadline=stage.now + timedelta(hours=11))
    assert stage.send() == 1
    assert stage.get(message).channel == "note"


def test_where_every_channel_refuses_the_message_is_parked_and_the_order_looked_at_again(stage: MessageStage) -> None:
    for channel in (stage.email, stage.sms, stage.note):
        channel.always = GONE
    message = stage.add("option", rule=RULE)
    assert stage.send() == 0
    kept = stage.get(message)
    assert (kept.state, kept.reason) == (MessageState.PARKED, "note: 550: “no such user”")
    assert [kind for kind, _ in stage.journal()] == ["not_told"]
    with stage.work(read_only=True) as uow:
        assert uow.promises.terms(KEY, ["1"])["1"].look_at == stage.now
        assert uow.promises.events(KEY, ["1"]) == {}  # nobody was asked anything


def test_a_buyer_without_any_address_is_a_matter_for_the_owner(stage: MessageStage) -> None:
    stage.shop.buyers["1"] = Contact()
    stage.note.always = Refused("says_nothing", "it would reach nobody")
    message = stage.add()
    stage.send()
    assert stage.state(message) is MessageState.PARKED


def test_while_nothing_works_a_message_waits_and_goes_out_when_something_does(stage: MessageStage) -> None:
    for channel in (stage.email, stage.sms):
        channel.always = BUSY
    stage.note.always = GONE
    message = stage.add()
    stage.send()
    stage.keep_trying(60)
    assert stage.state(message) is MessageState.PENDING
    assert abs(stage.email.tried - stage.sms.tried) <= 1  # they take turns
    stage.email.always = None
    stage.keep_trying(2)
    assert (stage.state(message), len(stage.email.sent)) == (MessageState.SENT, 1)


def test_after_a_week_without_any_way_a_person_must_look(stage: MessageStage) -> None:
    for channel in (stage.email, stage.sms, stage.note):
        channel.always = BUSY
    message = stage.add()
    stage.send()
    stage.keep_trying(2 * ENOUGH - 1)
    with pytest.raises(TryLater):  # the note is the shop's own, whose failure concerns everything of it
        stage.keep_trying(1)
    stage.now += GIVEN_UP
    send_messages(stage.store)
    assert stage.state(message) is MessageState.PARKED


def test_a_bug_of_a_channel_is_not_the_end_of_a_message(stage: MessageStage) -> None:
    stage.email.always = ZeroDivisionError("never")
    message = stage.add()
    assert stage.send() == 1
    assert stage.get(message).channel == "sms"


def test_a_message_that_cannot_be_put_into_words_keeps_none_behind_it(stage: MessageStage) -> None:
    broken = stage.add("option", values={"order": "1"})
    fine = stage.add("confirmed", "2")
    assert stage.send() == 1
    assert (stage.state(broken), stage.state(fine)) == (MessageState.PARKED, MessageState.SENT)
    assert stage.get(broken).reason == "it could not be written: KeyError"


def test_a_fault_in_what_follows_from_a_mail_does_not_send_it_again(
    stage: MessageStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise KeyError("lines")

    monkeypatch.setattr(sending, "option_sent", breaks)
    message = stage.add("option", rule=RULE)
    stage.send()
    stage.keep_trying(3)
    assert (stage.state(message), len(stage.email.sent)) == (MessageState.SENT, 1)
    assert stage.get(message).reason.endswith("KeyError")


def test_what_only_the_owner_can_mend_is_said_at_the_end_and_forgotten_when_it_works(stage: MessageStage) -> None:
    stage.email.always = LOCKED
    first, second = stage.add("confirmed"), stage.add("confirmed", "2")
    stage.wait(seconds=21)
    assert messages_turn(stage.store) == 0
    assert (stage.state(first), stage.state(second)) == (MessageState.PENDING, MessageState.PENDING)
    with stage.work(read_only=True) as uow:
        record = uow.stores.get(KEY)
    assert record is not None
    assert list(record.stopped) == ["email"]
    stage.email.always = None
    stage.wait(hours=1)
    assert messages_turn(stage.store) == 2
    with stage.work(read_only=True) as uow:
        record = uow.stores.get(KEY)
    assert record is not None
    assert record.stopped == {}


@pytest.mark.parametrize("failure", [BUSY, OwnerMustAct("read", "No right.", "Grant it."), Unreadable("$", "is odd")])
def test_a_shop_that_does_not_answer_ends_the_batch_and_costs_no_channel_a_try(
    stage: MessageStage, failure: Exception
) -> None:
    stage.shop.troubles = [failure]
    message = stage.add()
    stage.add("confirmed", "2")
    with pytest.raises(type(failure)):
        stage.send()
    kept = stage.get(message)
    assert (kept.state, kept.tried, stage.email.tried) == (MessageState.PENDING, {}, 0)
    stage.keep_trying(1)
    assert len(stage.email.sent) == 2


def test_an_order_that_the_shop_does_not_know_any_more_is_parked(stage: MessageStage) -> None:
    stage.shop.troubles = [Refused("404", "there is no such order")]
    message = stage.add()
    stage.send()
    assert stage.state(message) is MessageState.PARKED


def test_the_channels_rest_after_every_batch_whatever_happened(stage: MessageStage) -> None:
    stage.shop.troubles = [BUSY]
    stage.add()
    with pytest.raises(TryLater):
        stage.send()
    assert (stage.email.rests, stage.sms.rests, stage.note.rests) == (1, 1, 1)


def test_a_batch_has_an_end(stage: MessageStage) -> None:
    for number in range(BATCH + 3):
        stage.add("confirmed", str(number))
    assert stage.send() == BATCH
    assert send_messages(stage.store) == 3


# What is too late


@pytest.mark.parametrize(("name", "state"), [("option", MessageState.PARKED), ("ready", MessageState.DROPPED)])
def test_what_is_worth_nothing_any_more_is_not_sent(stage: MessageStage, name: str, state: MessageState) -> None:
    message = stage.add(name, deadline=stage.now + timedelta(seconds=10))
    assert stage.send() == 0
    assert (stage.state(message), stage.email.tried) == (state, 0)


def test_before_its_deadline_a_message_is_tried_once_more(stage: MessageStage) -> None:
    stage.email.always = TryLater("busy", timedelta(hours=40))
    stage.sms.reached = stage.note.reached = lambda _: False
    message = stage.add("option", deadline=stage.now + timedelta(hours=20))
    stage.send()
    kept = stage.get(message)
    assert kept.next_at is not None
    assert kept.deadline is not None
    assert stage.now < kept.next_at < kept.deadline


# Whom it goes to


def test_word_to_the_owner_goes_to_the_owner_in_the_stores_language_and_never_to_a_buyer(stage: MessageStage) -> None:
    stage.add("owner-refused", language="fr")
    stage.send()
    [sent] = stage.email.sent
    assert (sent.email, sent.phone, sent.language) == ("owner@example.com", "", "en")
    assert stage.shop.asked == []


def test_where_nobody_is_named_as_owner_the_word_is_parked(database: Database) -> None:
    stage = MessageStage(database.work, owner="")
    message = stage.add("owner-refused")
    stage.send()
    assert (stage.state(message), stage.email.tried) == (MessageState.PARKED, 0)


@pytest.mark.parametrize("name", ["restock", "opt-in"])
def test_nobody_who_is_on_no_list_gets_anything_of_one(stage: MessageStage, name: str) -> None:
    # Neither the order it may name nor the shop is asked for an address.
    message = stage.add(name, subscription=77, order_id="1")
    stage.wait(hours=12)
    assert stage.send() == 0
    assert (stage.state(message), stage.shop.asked, stage.email.tried) == (MessageState.DROPPED, [], 0)


# When nothing may be sent


@pytest.mark.parametrize("change", [{"paused": True}, {"revision": 5}])
def test_a_store_that_is_paused_or_has_newer_settings_says_nothing(stage: MessageStage, change: dict[str, Any]) -> None:
    message = stage.add()
    with stage.work() as uow:
        record = uow.stores.get(KEY)
        assert record is not None
        for name, value in change.items():
            setattr(record, name, value)
        uow.stores.save(record)
        uow.commit()
    stage.wait(minutes=1)
    assert messages_turn(stage.store) == 0
    assert stage.state(message) is MessageState.PENDING


def test_an_owner_can_come_in_while_the_store_is_paused(stage: MessageStage) -> None:
    with stage.work() as uow:
        record = uow.stores.get(KEY)
        assert record is not None
        record.paused = True
        uow.stores.save(record)
        uow.commit()
    shopper, owner = stage.add("confirmed"), stage.add("sign-in", "")
    stage.wait(minutes=1)
    assert messages_turn(stage.store) == 1
    assert (stage.state(shopper), stage.state(owner)) == (MessageState.PENDING, MessageState.SENT)
    assert [one.email for one in stage.email.sent] == ["owner@example.com"]


def test_a_store_without_channels_of_its_own_tells_by_the_shop(database: Database) -> None:
    note = Played("note")
    stage = MessageStage(database.work, [note])
    assert not stage.store.talks
    stage.shop.buyers["1"] = ADA
    stage.add("option", rule=RULE)
    assert stage.send() == 1
    assert note.sent[0].text.startswith("Guten Tag,")
