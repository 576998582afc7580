"""Asking, confirming, stopping: nobody is written to who has not confirmed, and no address is kept without use."""

from __future__ import annotations

from datetime import timedelta

import pytest
from restock_stage import KEY, NOON, TEXT, Stage

from connector.ports.promising import MessageKind, MessageState
from connector.ports.restocking import ListState
from connector.services.housekeeping import Keep, housekeeping
from connector.services.restock import Agreed, Asked, Flooded, ask, came_back, confirm, contact_of, look, stop
from connector.services.restock_asked import QUESTIONS_A_DAY, take_asked
from connector.services.restock_privacy import LONGEST_WAIT, PROOF_KEPT, erase, export
from connector.storage.engine import Database

ANNA = "anna@example.com"
YES = Agreed(TEXT, "de", "digest of somewhere")


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    made.shelf()
    return made


def contact(stage: Stage, subscription_id: int) -> tuple[str, str]:
    with stage.work(read_only=True) as uow:
        return contact_of(stage.store, uow, subscription_id)


def questions(stage: Stage) -> int:
    return len(stage.messages(MessageKind.OPT_IN))


def test_who_types_an_address_is_asked_once_whether_it_is_theirs(stage: Stage) -> None:
    stage.asks("Anna@Example.com", units=3)
    (held,) = stage.of(ANNA)
    (message,) = stage.messages(MessageKind.OPT_IN)
    assert (held.state, held.units) == (ListState.UNCONFIRMED, 3)
    assert message.subscription == held.id
    assert message.values == {"variant": "chair", "sku": "CHAIR", "title": "Chair", "units": 3}
    assert message.not_before == NOON
    assert contact(stage, held.id) == ("Anna@Example.com", "")


def test_the_address_lies_nowhere_in_the_clear(stage: Stage) -> None:
    stage.joins(ANNA)
    (held,) = stage.of(ANNA)
    assert b"anna" not in held.contact
    assert "anna" not in f"{held.person}{held.proof}{held.page}"
    (message,) = stage.messages(MessageKind.OPT_IN)
    assert "anna" not in f"{message.values}{message.reference}"


def test_more_units_than_the_store_allows_are_not_put_down(stage: Stage) -> None:
    stage.asks(ANNA, units=5_000)
    assert stage.of(ANNA)[0].units == stage.store.rules.restock.most_units


def test_a_telephone_number_is_a_person_too(stage: Stage) -> None:
    stage.asks("", phone="+4930123456")
    (held,) = stage.of("+4930123456")
    assert contact(stage, held.id) == ("", "+4930123456")


def test_the_proof_says_what_was_agreed_to_how_and_when(stage: Stage) -> None:
    number = stage.joins(ANNA)
    assert stage.get(number).proof == {
        "asked": {
            "at": NOON.isoformat(),
            "way": "form",
            "page": "/product/chair",
            "text": TEXT,
            "language": "en",
            "from": "digest",
        },
        "confirmed": {
            "at": (NOON + timedelta(seconds=1)).isoformat(),
            "text": TEXT,
            "language": "en",
            "from": "digest",
        },
    }


def test_confirming_twice_changes_nothing(stage: Stage) -> None:
    number = stage.joins(ANNA)
    before = stage.get(number)
    stage.wait(hours=1)
    assert confirm(stage.store, number, YES) is ListState.WAITING
    assert stage.get(number) == before


@pytest.mark.parametrize("again", [ANNA, "ANNA@EXAMPLE.COM", "anna+chairs@example.com", " anna@example.com "])
def test_one_person_is_on_a_list_once_however_they_write_themselves(stage: Stage, again: str) -> None:
    stage.joins(ANNA)
    stage.wait(days=2)
    stage.asks(again)
    assert [one.state for one in stage.of(ANNA)] == [ListState.WAITING]
    assert questions(stage) == 1


def test_what_a_stranger_types_of_somebody_who_confirmed_changes_nothing(stage: Stage) -> None:
    number = stage.joins(ANNA, units=1)
    before = stage.get(number)
    stage.wait(days=2)
    stage.asks(ANNA, units=9, language="fr")
    assert stage.get(number) == before


def test_an_address_gets_one_question_a_day_about_one_thing(stage: Stage) -> None:
    for _ in range(5):
        stage.asks(ANNA)
    assert questions(stage) == 1
    stage.wait(hours=23, minutes=59)
    stage.asks(ANNA)
    assert questions(stage) == 1
    stage.wait(minutes=1)
    stage.asks("anna+again@example.com", units=4)
    assert questions(stage) == 2
    (held,) = stage.of(ANNA)  # still one row, as it was asked for last
    assert (held.units, held.opt_ins) == (4, 2)
    assert contact(stage, held.id) == ("anna+again@example.com", "")


def test_an_address_gets_a_few_questions_a_day_about_whatever(stage: Stage) -> None:
    for number in range(QUESTIONS_A_DAY + 3):
        stage.shelf(f"thing {number}")
        stage.asks(ANNA, f"thing {number}")
    assert questions(stage) == QUESTIONS_A_DAY
    stage.asks("bert@example.com", "thing 7")
    assert questions(stage) == QUESTIONS_A_DAY + 1


def test_leaving_and_asking_again_does_not_fill_a_mailbox(stage: Stage) -> None:
    for _ in range(4):
        stage.asks(ANNA)
        for one in stage.of(ANNA):
            stop(stage.store, one.id)
    assert questions(stage) == 1
    stage.wait(days=1)
    stage.joins(ANNA)
    assert [one.state for one in stage.of(ANNA)] == [ListState.STOPPED, ListState.WAITING]


def test_a_store_that_is_flooded_says_so(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.services.restock.MOST_UNREAD", 3)
    asked = Asked("chair", ANNA, "", "en", 1, "form")
    for _ in range(3):
        ask(stage.store, asked)
    with pytest.raises(Flooded):
        ask(stage.store, asked)
    assert take_asked(stage.store) == 3
    ask(stage.store, asked)


def test_what_is_sold_no_more_asks_nobody(stage: Stage) -> None:
    stage.asks(ANNA, "of no shelf")
    assert (stage.of(ANNA), questions(stage)) == ([], 0)


def test_stopping_forgets_the_address_at_once_and_says_nothing_more(stage: Stage) -> None:
    stage.asks(ANNA)
    (held,) = stage.of(ANNA)
    assert stop(stage.store, held.id)
    stopped = stage.get(held.id)
    assert (stopped.state, stopped.contact, stopped.why) == (ListState.STOPPED, b"", "stopped")
    assert contact(stage, held.id) == ("", "")
    assert [one.state for one in stage.messages(MessageKind.OPT_IN)] == [MessageState.DROPPED]
    assert not stop(stage.store, held.id)


def test_a_link_of_a_list_that_was_left_confirms_nothing(stage: Stage) -> None:
    stage.asks(ANNA)
    (held,) = stage.of(ANNA)
    stop(stage.store, held.id)
    assert confirm(stage.store, held.id, YES) is ListState.STOPPED
    assert confirm(stage.store, held.id + 1, YES) is None
    assert look(stage.store, held.id + 1) is None


def test_who_has_confirmed_is_written_to_only_when_it_is_back(stage: Stage) -> None:
    number = stage.joins(ANNA)
    assert contact(stage, number) == ("", "")


def test_a_mail_that_came_back_ends_it(stage: Stage) -> None:
    stage.asks(ANNA)
    (held,) = stage.of(ANNA)
    with stage.work() as uow:
        came_back(stage.store, uow, held.id)
        uow.commit()
    assert (stage.get(held.id).state, stage.get(held.id).contact) == (ListState.USED, b"")


def test_what_was_sealed_with_a_key_that_is_gone_reaches_nobody_and_breaks_nothing(stage: Stage) -> None:
    stage.asks(ANNA)
    (held,) = stage.of(ANNA)
    held.contact = b"of another key"
    with stage.work() as uow:
        uow.restock.save(KEY, held)
        uow.commit()
    assert contact(stage, held.id) == ("", "")
    assert export(stage.store, ANNA)[0]["email"] == ""


KEEP = Keep(timedelta(days=30), timedelta(days=30), timedelta(days=30))


def test_what_nobody_confirms_is_forgotten(stage: Stage) -> None:
    stage.asks(ANNA)
    stage.joins("bert@example.com")
    stage.wait(days=stage.store.rules.restock.forget_days)
    housekeeping(stage.store, KEEP)
    assert stage.of(ANNA) == []
    assert len(stage.of("bert@example.com")) == 1


def test_a_wish_that_is_years_old_is_forgotten(stage: Stage) -> None:
    stage.joins(ANNA)
    stage.wait(days=LONGEST_WAIT.days, seconds=1)
    housekeeping(stage.store, KEEP)
    assert stage.of(ANNA) == []


def test_the_proof_outlives_the_address_and_not_for_ever(stage: Stage) -> None:
    number = stage.joins(ANNA)
    stop(stage.store, number)
    stage.wait(days=PROOF_KEPT.days)
    housekeeping(stage.store, KEEP)
    assert stage.get(number).proof["confirmed"]["text"] == TEXT
    stage.wait(seconds=1)
    housekeeping(stage.store, KEEP)
    assert stage.of(ANNA) == []


def test_everything_about_a_person_is_given_out(stage: Stage) -> None:
    stage.joins(ANNA, units=2)
    stage.shelf("table")
    stage.asks(ANNA, "table")
    stage.joins("bert@example.com")
    first, second = export(stage.store, "ANNA+x@example.com")
    assert (first["email"], first["sku"], first["title"], first["units"]) == (ANNA, "CHAIR", "Chair", 2)
    assert (first["state"], second["state"]) == ("waiting", "unconfirmed")
    assert first["consent"]["confirmed"]["text"] == TEXT
    assert export(stage.store, "carla@example.com") == export(stage.store, " ") == []


def test_everything_about_a_person_is_erased_on_request(stage: Stage) -> None:
    stage.joins(ANNA)
    stage.shelf("table")
    stage.asks(ANNA, "table")
    stage.joins("bert@example.com")
    assert erase(stage.store, "Anna@example.com", by="operator") == 2
    assert (stage.of(ANNA), export(stage.store, ANNA)) == ([], [])
    assert len(stage.of("bert@example.com")) == 1
    assert [one.state for one in stage.messages(MessageKind.OPT_IN)][:2] == [MessageState.DROPPED] * 2
    assert erase(stage.store, ANNA, by="operator") == erase(stage.store, "", by="operator") == 0
    with stage.work(read_only=True) as uow:
        (entry,) = [one.entry for one in uow.journal.read(KEY) if one.entry.kind == "restock_erased"]
    assert entry.facts == {"by": "operator", "rows": 2}
