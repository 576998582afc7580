"""Mail that came back is believed where it is ours, and what the law asks for finds another way."""

from __future__ import annotations

import pytest
from bounce_report import OURS, report
from hypothesis import given
from hypothesis import strategies as st
from mail_samples import RULE
from message_stage import KEY, MessageStage
from restock_stage import Stage

from connector.ports.promising import MessageKind, MessageState
from connector.services.bounces import LARGEST, Bounce, came_back_to, read_bounce
from connector.services.messages import send_messages
from connector.storage.engine import Database


@pytest.mark.parametrize("enclosed", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_of_a_failure_names_the_mail_and_the_code_and_nobody(enclosed: str) -> None:
    assert read_bounce(report(enclosed=enclosed)) == Bounce((OURS,), "5.1.1")


@pytest.mark.parametrize(
    ("status", "expected"),
    [("5.7.26 (policy)", "5.7.26"), ("", "5.0.0"), ("2.0.0", "5.0.0"), ("5." + "9" * 99, "5.0.0")],
)
def test_a_code_that_is_none_is_the_most_general_one(status: str, expected: str) -> None:
    found = read_bounce(report(status=status))
    assert found is not None
    assert found.status == expected


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
def test_what_has_not_failed_for_good_is_no_bounce(action: str) -> None:
    assert read_bounce(report(action=action)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject: I am on holiday\r\n\r\nBack on Monday. " + OURS.encode(),
        b"Content-Type: multipart/report\r\n\r\nnothing",
        b"Content-Type: multipart/report; boundary=a\n\n--a\nContent-Type: message/delivery-status\n\nx\n--a--",
        report(ids="no id at all"),
        b"\xff" * 1000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 3000,
        b"Content-Type: multipart/report; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: message/rfc822\r\n\r\nContent-Type: multipart/report; boundary=a\r\n\r\n" * 3000,
    ],
)
def test_whatever_else_comes_is_no_bounce(raw: bytes) -> None:
    assert read_bounce(raw) is None


@given(st.binary(max_size=400), st.integers(0, 2_000))
def test_a_mangled_report_is_read_or_not_and_nothing_worse(noise: bytes, at: int) -> None:
    whole = report()
    found = read_bounce(whole[:at] + noise + whole[at:])
    assert found is None or len(found.message_ids) <= 20


def test_only_so_much_of_a_mail_is_looked_at() -> None:
    assert read_bounce(b"X: y\r\n" * LARGEST + report()) is None


# What becomes of it


@pytest.fixture
def stage(database: Database) -> MessageStage:
    return MessageStage(database.work)


def sent(stage: MessageStage, name: str, rule: str = "") -> int:
    message = stage.add(name, rule=rule)
    stage.send()
    assert stage.state(message) is MessageState.SENT
    return message


def owner_is_told(stage: MessageStage) -> bool:
    with stage.work(read_only=True) as uow:
        found = uow.messages.find(KEY, [MessageState.PENDING], 10)
    return any(one.kind is MessageKind.TO_OWNER and one.values["matter"] == "unsent" for one in found)


def test_what_the_law_asks_for_goes_by_the_next_way(stage: MessageStage) -> None:
    message = sent(stage, "option", rule=RULE)
    assert came_back_to(stage.store, "BO-1-option", "5.1.1")
    assert send_messages(stage.store) == 1
    kept = stage.get(message)
    assert (kept.state, kept.channel, len(stage.email.sent)) == (MessageState.SENT, "sms", 1)
    assert ("came_back", "5.1.1") in [(kind, facts.get("why")) for kind, facts in stage.journal()]


def test_where_there_is_no_other_way_the_owner_is_told(database: Database) -> None:
    stage = MessageStage(database.work)
    stage = MessageStage(database.work, [stage.email])
    message = sent(stage, "option", rule=RULE)
    assert came_back_to(stage.store, "BO-1-option", "5.1.1")
    assert stage.state(message) is MessageState.BOUNCED
    assert owner_is_told(stage)


def test_other_messages_are_marked_and_go_no_other_way(stage: MessageStage) -> None:
    message = sent(stage, "ready")
    assert came_back_to(stage.store, "BO-1-ready", "5.1.1")
    assert send_messages(stage.store) == 0
    assert (stage.state(message), stage.get(message).reason) == (MessageState.BOUNCED, "5.1.1")
    assert not owner_is_told(stage)


def test_the_same_report_twice_is_one(stage: MessageStage) -> None:
    sent(stage, "ready")
    assert came_back_to(stage.store, "BO-1-ready", "5.1.1")
    assert not came_back_to(stage.store, "BO-1-ready", "5.1.1")


def test_what_was_never_sent_by_mail_cannot_come_back(stage: MessageStage) -> None:
    stage.email.reached = lambda _: False
    message = sent(stage, "ready")
    assert not came_back_to(stage.store, "BO-1-ready", "5.1.1")
    assert not came_back_to(stage.store, "nobody knows it", "5.1.1")
    assert stage.state(message) is MessageState.SENT


def test_an_address_on_a_list_at_which_there_is_nobody_is_forgotten(database: Database) -> None:
    there = Stage(database.work)
    there.shelf()
    there.console.name = "email"
    there.asks("anna@example.com")
    [question] = there.messages(MessageKind.OPT_IN)
    assert came_back_to(there.store, question.reference, "5.1.1") is False  # it has not been sent yet
    with there.work() as uow:
        question.state, question.channel = MessageState.SENT, "email"
        uow.messages.save(there.store.key, question)
        uow.commit()
    assert came_back_to(there.store, question.reference, "5.1.1")
    assert there.get(question.subscription).contact == b""
