"""The slower jobs: one message, request, webhook or kind of old thing that fails keeps the others from nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from message_stage import KEY, MessageStage
from restock_stage import KEY as LISTS
from restock_stage import Stage

from connector.ports.aside import Task
from connector.ports.failures import Failure, OwnerMustAct, TryLater
from connector.ports.operating import RequestKind, RequestState
from connector.ports.promising import MessageState
from connector.ports.storefront import Platform, Storefront, Subscription
from connector.services import housekeeping as keeping
from connector.services import messages as sending
from connector.services import privacy
from connector.services.housekeeping import Keep, housekeeping
from connector.services.messages import GIVEN_UP
from connector.services.patience import LAST
from connector.services.privacy_asked import ask
from connector.services.privacy_subject import Subject
from connector.storage.engine import Database
from webhooks.subscriptions import ensure

BUG = "a fault of ours: ZeroDivisionError"
ADDRESS = "https://ours.example.com/webhooks/shop/main"


def poison(patch: pytest.MonkeyPatch, where: Any, name: str, is_bad: Any) -> None:
    verb = getattr(where, name)

    def stumbling(*args: Any) -> Any:
        if is_bad(*args):
            raise ZeroDivisionError("made up")
        return verb(*args)

    patch.setattr(where, name, stumbling)


def test_a_message_that_cannot_be_dealt_with_waits_and_is_parked_in_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = MessageStage(database.work)
    bad, good = stage.add(reference="bad"), stage.add(order_id="2", reference="good")
    poison(monkeypatch, sending, "person_for", lambda _, message: message.reference == "bad")
    stage.send()
    assert (stage.get(good).reason, stage.get(bad).reason) == ("", BUG)
    assert (stage.state(good), stage.state(bad)) == (MessageState.SENT, MessageState.PENDING)
    assert stage.get(bad).reason == BUG
    stage.wait(seconds=GIVEN_UP.total_seconds())
    stage.send()
    assert (stage.state(bad), stage.get(bad).reason) == (MessageState.PARKED, BUG)
    with stage.work(read_only=True) as uow:
        assert uow.messages.find(KEY, [MessageState.PARKED], 9)[0].id == bad, "it stands where its owner looks"


def test_a_request_that_cannot_be_answered_keeps_no_other_waiting(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(database.work)
    bad, good = (
        ask(stage.store, RequestKind.ERASE, Subject(emails=(f"{name}@example.com",)), name) for name in ("anna", "bert")
    )

    def states() -> dict[int, RequestState]:
        with stage.work(read_only=True) as uow:
            return {one.id: one.state for state in RequestState for one in uow.privacy.find(LISTS, state, 9)}

    with monkeypatch.context() as patch:
        poison(patch, privacy, "_answer", lambda _, request: request.id == bad)
        assert privacy.answer_requests(stage.store) == 1
        assert states() == {bad: RequestState.OPEN, good: RequestState.DONE}
        with stage.work(read_only=True) as uow:
            assert uow.aside.get(LISTS, Task.PRIVACY)[str(bad)].why == BUG
    assert privacy.answer_requests(stage.store) == 0, "its time has not come"
    stage.wait(seconds=LAST.total_seconds())
    assert privacy.answer_requests(stage.store) == 1
    assert states() == {bad: RequestState.DONE, good: RequestState.DONE}
    with stage.work(read_only=True) as uow:
        assert uow.aside.find(LISTS, 9) == []


def test_one_kind_of_old_things_that_cannot_be_forgotten_keeps_no_other_kind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(database.work)
    year = timedelta(days=365)
    forgotten: list[str] = []

    def lapse(*_: object) -> int:
        forgotten.append("answers")
        return 0

    poison(monkeypatch, keeping, "forget", lambda *_: True)
    monkeypatch.setattr(keeping, "lapse", lapse)
    with pytest.raises(ZeroDivisionError):
        housekeeping(stage.store, Keep(year, year, year), rest=lambda _: None)
    assert forgotten == ["answers"], "what comes after it was looked at, and then it was said"


@dataclass
class Shop:
    """Takes every webhook but one."""

    failure: Failure
    held: list[Subscription] = field(default_factory=list)

    def subscriptions(self) -> Iterator[Subscription]:
        return iter(list(self.held))

    def subscribe(self, topic: str, address: str, secret: str) -> None:
        del secret
        if topic == "refunds":
            raise self.failure
        self.held.append(Subscription(topic, topic, address, active=True))


def topics_made(database: Database, failure: Failure) -> list[str]:
    stage, shop = Stage(database.work), Shop(failure)
    platform = cast("Platform", SimpleNamespace(topics=("orders", "refunds", "stock")))
    store = replace(stage.store, platform=platform, storefront=cast("Storefront", shop))
    with pytest.raises(type(failure)):
        ensure(store, ADDRESS, "secret")
    return [one.topic for one in shop.held]


def test_a_topic_that_the_shop_does_not_take_costs_no_other_topic(database: Database) -> None:
    refused = OwnerMustAct("webhooks", "The shop refuses a webhook for refunds.", "Give the right.")
    assert topics_made(database, refused) == ["orders", "stock"], "and its owner is told all the same"


def test_a_shop_that_is_away_is_not_asked_for_the_other_topics(database: Database) -> None:
    assert topics_made(database, TryLater("busy")) == ["orders"]
