"""One restock list, one person on a list, or one form that cannot be dealt with keeps the others from nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from restock_stage import KEY, Stage

from connector.ports.aside import Task
from connector.ports.failures import TryLater
from connector.ports.promising import MessageKind, MessageState
from connector.ports.restocking import ListState
from connector.services import invite as inviting
from connector.services import restock_asked, restock_tidy
from connector.services.patience import LAST
from connector.services.restock import Asked, ask
from connector.services.restock_asked import take_asked
from connector.storage.engine import Database

TEXT = "The shop may write to me once."


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    made.shelf("chair")
    made.shelf("table")
    return made


def aside(stage: Stage) -> set[tuple[Task, str]]:
    with stage.work(read_only=True) as uow:
        return {(one.task, one.id) for one in uow.aside.find(KEY, 99)}


def poison(patch: pytest.MonkeyPatch, where: Any, name: str, is_bad: Any, error: Exception | None = None) -> None:
    verb = getattr(where, name)

    def stumbling(*args: Any) -> Any:
        if is_bad(*args):
            raise error or ZeroDivisionError("made up")
        return verb(*args)

    patch.setattr(where, name, stumbling)


@pytest.mark.parametrize(("name", "place"), [("_invite", 2), ("_opens", 2)])
def test_a_list_that_cannot_be_gone_on_with_keeps_no_other_waiting(
    stage: Stage, name: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = stage.joins("anna@example.com", "chair"), stage.joins("bert@example.com", "table")
    with monkeypatch.context() as patch:
        poison(patch, inviting, name, lambda *args: args[place] == "pool of chair")
        stage.stock(1, "pool of chair")
        stage.stock(1, "pool of table")
        assert stage.invite() == 1
        assert stage.invited() == [good]
        assert aside(stage) == {(Task.INVITE, "pool of chair")}
        with stage.work(read_only=True) as uow:
            again_at, held = uow.restock.look_at(KEY), uow.aside.get(KEY, Task.INVITE)["pool of chair"]
        assert again_at == held.next_at, "it is looked at again when its time has come"
        asked = len(stage.shop.asked)
        assert stage.invite() == 0
        assert len(stage.shop.asked) == asked, "and not before"
    stage.wait(seconds=LAST.total_seconds())
    assert stage.invite() == 1
    assert stage.invited() == [good, bad]
    assert aside(stage) == set()


def test_a_shop_that_is_away_sets_no_list_aside(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.joins("anna@example.com", "chair")
    poison(monkeypatch, inviting, "_invite", lambda *_: True, TryLater("busy"))
    stage.stock(1, "pool of chair")
    with pytest.raises(TryLater):
        stage.invite()
    assert aside(stage) == set()


def test_one_on_a_list_who_cannot_be_looked_after_keeps_no_other_waiting(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = stage.joins("anna@example.com", "chair"), stage.joins("bert@example.com", "table")
    stage.stock(1, "pool of chair")
    stage.stock(1, "pool of table")
    assert stage.invite() == 2
    stage.settle(MessageState.PARKED)
    stage.stock(0, "pool of chair")
    stage.stock(0, "pool of table")
    with monkeypatch.context() as patch:
        poison(patch, restock_tidy, "_unsent", lambda *args: args[2].id == bad)
        stage.invite()
        assert {one: stage.get(one).state for one in (bad, good)} == {bad: ListState.INVITED, good: ListState.WAITING}
        assert aside(stage) == {(Task.LISTED, str(bad))}
    stage.invite()
    assert stage.get(bad).state is ListState.INVITED, "its time has not come"
    stage.wait(seconds=LAST.total_seconds())
    stage.invite()
    assert stage.get(bad).state is ListState.WAITING
    assert aside(stage) == set()


def test_a_form_that_cannot_be_dealt_with_keeps_no_other_waiting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        poison(patch, restock_asked, "_ask", lambda *args: args[2].variant_id == "chair")
        for name, variant in (("anna", "chair"), ("bert", "table")):
            ask(stage.store, Asked(variant, f"{name}@example.com", "", "en", 1, "form", "/", TEXT, "digest"))
        assert take_asked(stage.store) == 2
        (bad,), (good,) = stage.of("anna@example.com"), stage.of("bert@example.com")
        assert (bad.state, good.state) == (ListState.ASKED, ListState.UNCONFIRMED)
        assert aside(stage) == {(Task.LISTED, str(bad.id))}
        assert take_asked(stage.store) == 0, "whoever takes until nothing is left comes to an end"
    stage.wait(seconds=(LAST + timedelta(seconds=1)).total_seconds())
    assert take_asked(stage.store) == 1
    assert len(stage.messages(MessageKind.OPT_IN)) == 2
    assert aside(stage) == set()
