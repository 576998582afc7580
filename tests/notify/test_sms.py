"""Text messages go to one number once, as far as a provider without idempotency lets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from twilio import ACCOUNT, SENDER, TOKEN, Twilio

from connector.notify.sms import SmsChannel
from connector.ports.failures import OwnerMustAct, Refused, TryLater
from connector.ports.promising import MessageKind, Outgoing
from connector.sandbox.serve import served
from connector.settings.promise import SmsSettings

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ASKED = Outgoing("BO-1", MessageKind.READY, "1", "", "030 123456", "de", "", "Ihre Stühle sind da.", "", country="DE")


class Now:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Now:
    return Now()


@pytest.fixture
def twilio(clock: Now) -> Twilio:
    return Twilio(clock)


@pytest.fixture
def address(twilio: Twilio) -> Iterator[str]:
    with served(twilio.app) as url:
        yield url


@pytest.fixture
def sms(address: str, clock: Now) -> Iterator[SmsChannel]:
    made = SmsChannel(SmsSettings(account=ACCOUNT, token=SecretStr(TOKEN), sender=SENDER, url=address), clock)
    yield made
    made.rest()


def test_a_message_goes_to_the_number_as_the_world_writes_it(sms: SmsChannel, twilio: Twilio) -> None:
    assert sms.reaches(ASKED)
    sms.send(ASKED)
    [sent] = twilio.sent
    assert (sent["to"], sent["body"]) == ("+4930123456", "Ihre Stühle sind da.")


def test_what_is_no_number_is_called_by_nobody(sms: SmsChannel, twilio: Twilio) -> None:
    odd = replace(ASKED, phone="nobody")
    assert not sms.reaches(odd)
    with pytest.raises(Refused):
        sms.send(odd)
    assert twilio.asked == 0


def test_one_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(sms: SmsChannel, twilio: Twilio) -> None:
    twilio.lost = True
    with pytest.raises(TryLater):
        sms.send(ASKED)
    twilio.lost = False
    sms.send(replace(ASKED, again=True))
    assert len(twilio.sent) == 1
    sms.send(replace(ASKED, text="Something else", again=True))
    assert len(twilio.sent) == 2


@pytest.mark.parametrize(
    ("status", "days", "times"), [("failed", 0, 2), ("undelivered", 0, 2), ("sent", 3, 2), ("sent", 1, 1)]
)
def test_one_that_failed_or_is_long_past_is_no_sending_of_this_one(
    sms: SmsChannel, twilio: Twilio, clock: Now, status: str, days: int, times: int
) -> None:
    sms.send(ASKED)
    twilio.sent[0]["status"] = status
    clock.now += timedelta(days=days)
    sms.send(replace(ASKED, again=True))
    assert len(twilio.sent) == times


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, {"code": 20429, "message": "Too many requests"}, TryLater),
        (500, b"<html>oops</html>", TryLater),
        (503, {}, TryLater),
        (400, {"code": 21211, "message": "The 'To' number +4930123456 is not valid"}, Refused),
        (400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}, Refused),
        (400, {"code": 21606, "message": "The From number is not yours"}, OwnerMustAct),
        (401, {"code": 20003, "message": "Authenticate"}, OwnerMustAct),
        (404, b"", OwnerMustAct),
        (400, b"\xff", Refused),
        (400, [1], Refused),
        (400, {"code": "many", "message": {"odd": 1}}, Refused),
        (302, b"", Refused),
    ],
)
def test_every_answer_is_of_one_kind_and_no_number_is_repeated(
    sms: SmsChannel, twilio: Twilio, status: int, body: Any, kind: type[Exception]
) -> None:
    twilio.answer = (status, body)
    with pytest.raises(kind) as caught:
        sms.send(ASKED)
    assert "30123456" not in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_what_is_the_accounts_fault_is_asked_once_in_a_batch(sms: SmsChannel, twilio: Twilio) -> None:
    twilio.answer = (401, {"code": 20003})
    for _ in range(3):
        with pytest.raises(OwnerMustAct):
            sms.send(ASKED)
    assert twilio.asked == 1
    twilio.answer = None
    sms.rest()
    sms.send(ASKED)
    assert len(twilio.sent) == 1


def test_a_provider_that_is_away_is_tried_later(clock: Now) -> None:
    away = SmsSettings(account=ACCOUNT, token=SecretStr(TOKEN), sender=SENDER, url="http://127.0.0.1:9")
    made = SmsChannel(away, clock)
    with pytest.raises(TryLater):
        made.send(ASKED)
    made.rest()
