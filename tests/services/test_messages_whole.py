"""The whole service over a sandbox shop and a real mail server: from a row to a mailbox and, where it must, back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from bounce_report import report
from click.testing import CliRunner
from house import CONFIG, House, house
from mail_samples import RULE, samples
from mail_server import MailServer, mail_server

from connector.cli import backorder
from connector.ports.promising import MessageRecord, MessageState
from connector.services.message_times import not_before
from connector.services.message_turn import messages_turn

MAIL = """
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "My shop <orders@example.com>"
bounces = "bounces@example.com"
[sync]
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[House, MailServer]]:
    with ExitStack() as stack:
        server = stack.enter_context(mail_server())
        config = CONFIG.replace("[sync]\n", MAIL.replace("{port}", str(server.port)))
        there = stack.enter_context(house(tmp_path, config))
        there.woo.add_product("CHAIR-OAK", 3)
        there.connect()
        yield there, server


def add(there: House, order_id: str, name: str = "option", store: str = "chairs") -> str:
    kind, values = samples()[name]
    context = there.store(store)
    now = context.clock()
    reference = f"BO-{order_id}-{name}"
    plain = {key: value for key, value in values.items() if key != "link"}
    made = MessageRecord(0, kind, order_id, 0, "", plain, reference, now, not_before(context, kind, now), rule=RULE)
    with context.work() as uow:
        uow.messages.add(store, made)
        uow.commit()
    there.clock.shift(timedelta(seconds=30))
    return reference


def held(there: House, reference: str, store: str = "chairs") -> MessageRecord:
    with there.service.work(read_only=True) as uow:
        found = uow.messages.by_reference(store, reference)
    assert found is not None
    return found


def test_a_message_about_an_order_reaches_the_mailbox_that_the_shop_names(opened: tuple[House, MailServer]) -> None:
    there, server = opened
    order = there.woo.place_order({"CHAIR-OAK": 1})
    there.settle()
    before = len(server.received)
    reference = add(there, order)
    assert messages_turn(there.store("chairs")) >= 1
    [came] = [one for one in server.received[before:] if reference in str(one.mail["Message-ID"])]
    assert came.sender == "bounces@example.com"
    [address] = came.recipients
    assert "/o/" in came.part("plain")
    kept = held(there, reference)
    assert (kept.state, kept.channel) == (MessageState.SENT, "email")
    assert address not in f"{kept}"


def test_a_mailbox_that_does_not_exist_is_found_out_by_the_command_and_the_shops_own_note_is_next(
    opened: tuple[House, MailServer], tmp_path: Path
) -> None:
    there, server = opened
    order = there.woo.place_order({"CHAIR-OAK": 1})
    there.settle()
    reference = add(there, order)
    messages_turn(there.store("chairs"))
    [came] = [one for one in server.received if reference in str(one.mail["Message-ID"])]
    raw = report(ids=str(came.mail["Message-ID"]))

    def hand_over(mail: bytes) -> str:
        done = CliRunner().invoke(backorder, ["mail", "bounce", "--config", str(tmp_path / "config.toml")], input=mail)
        assert done.exit_code == 0, done.output
        return done.output

    forged = raw.replace(b".chairs.", b".chairs.0")
    assert "No mail of ours" in hand_over(forged)
    assert "no report" in hand_over(b"Subject: hello\n\nI am on holiday.")
    assert f"Came back: {reference}." in hand_over(raw)
    messages_turn(there.store("chairs"))
    kept = held(there, reference)
    assert (kept.state, kept.channel) == (MessageState.SENT, "note")
    assert any("/o/" in note for note in there.woo.told(order).notes)


def test_while_the_mail_server_is_away_nothing_is_lost(opened: tuple[House, MailServer]) -> None:
    there, server = opened
    order = there.woo.place_order({"CHAIR-OAK": 1})
    there.settle()
    server.of_recipient = lambda _: "450 4.2.0 greylisted"
    reference = add(there, order, "refunded")
    messages_turn(there.store("chairs"))
    assert held(there, reference).state is MessageState.PENDING
    server.of_recipient = lambda _: "250 OK"
    there.clock.shift(timedelta(hours=1))
    messages_turn(there.store("chairs"))
    assert held(there, reference).channel == "email"
