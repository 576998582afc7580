"""Advertising goes to nobody who has not asked for it and said so again; and to nobody who has said stop since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from restock_stage import KEY, Stage

from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.ports.restocking import ListState
from connector.secret_key import FernetVault
from connector.services.messages import send_messages
from connector.services.page_links import StoreLinks, Tokens
from connector.services.restock import stop
from connector.storage.engine import Database

ANNA = "anna@example.com"


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    tokens = Tokens.of(FernetVault(["a key for the tests of consent"]))
    links = StoreLinks(tokens, KEY, "https://backorder.example.com", page_days=400, confirm_days=7)
    made.store = replace(made.store, links=links)
    made.shelf()
    return made


def invitation(stage: Stage, subscription: int, kind: MessageKind = MessageKind.RESTOCK) -> int:
    """A message to a subscription, as a fault somewhere might make it."""
    values = {"variant": "chair", "sku": "CHAIR", "title": "Chair", "units": 1, "claim_until": stage.now.isoformat()}
    reference = f"made-{kind.value}-{subscription}"
    made = MessageRecord(0, kind, "", subscription, "en", values, reference, stage.now, stage.now)
    with stage.work() as uow:
        id_ = uow.messages.add(KEY, made)
        uow.commit()
    return id_


def put(stage: Stage, subscription: int, state: ListState) -> None:
    with stage.work() as uow:
        held = uow.restock.get(KEY, subscription)
        assert held is not None
        held.state = state
        uow.restock.save(KEY, held)
        uow.commit()


def sent(stage: Stage, kind: MessageKind) -> list[str]:
    send_messages(stage.store)
    return [one.email for one in stage.console.sent if one.kind is kind]


def test_who_confirmed_and_is_invited_gets_the_invitation_with_a_way_off_the_list(stage: Stage) -> None:
    number = stage.joins(ANNA)
    stage.stock(5)
    stage.invite()
    assert sent(stage, MessageKind.RESTOCK) == [ANNA]
    [came] = [one for one in stage.console.sent if one.kind is MessageKind.RESTOCK]
    assert came.unsubscribe.startswith("https://backorder.example.com/r/")
    assert came.unsubscribe in came.text
    assert stage.get(number).sent_at == stage.now


@pytest.mark.parametrize("state", [state for state in ListState if state is not ListState.INVITED])
def test_an_invitation_to_whoever_is_not_invited_is_dropped(stage: Stage, state: ListState) -> None:
    number = stage.joins(ANNA)
    stage.stock(5)
    put(stage, number, state)
    message = invitation(stage, number)
    assert sent(stage, MessageKind.RESTOCK) == []
    with stage.work(read_only=True) as uow:
        found = uow.messages.get(KEY, message)
    assert found is not None
    assert found.state is MessageState.DROPPED


def test_an_address_that_nobody_confirmed_is_never_invited_whatever_the_row_says(stage: Stage) -> None:
    stage.asks(ANNA)
    (held,) = stage.of(ANNA)
    stage.stock(5)
    put(stage, held.id, ListState.INVITED)
    invitation(stage, held.id)
    assert sent(stage, MessageKind.RESTOCK) == []


def test_who_has_confirmed_is_asked_no_second_time(stage: Stage) -> None:
    number = stage.joins(ANNA)
    before = len(sent(stage, MessageKind.OPT_IN))
    invitation(stage, number, MessageKind.OPT_IN)
    assert len(sent(stage, MessageKind.OPT_IN)) == before


def stops(stage: Stage, number: int) -> None:
    stop(stage.store, number)


def sells_out(stage: Stage, number: int) -> None:
    del number
    stage.stock(0)


@pytest.mark.parametrize("meanwhile", [stops, sells_out])
def test_what_happened_between_writing_and_sending_counts(
    stage: Stage, meanwhile: Callable[[Stage, int], None]
) -> None:
    number = stage.joins(ANNA)
    stage.stock(5)
    stage.invite()
    meanwhile(stage, number)
    assert sent(stage, MessageKind.RESTOCK) == []


def test_without_a_way_off_the_list_nothing_goes_out(stage: Stage) -> None:
    stage.joins(ANNA)
    stage.stock(5)
    stage.invite()
    stage.store = replace(stage.store, links=None)
    assert sent(stage, MessageKind.RESTOCK) == []
