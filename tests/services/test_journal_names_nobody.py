"""What people type, and what machines say of them, goes into the journal without them: it outlives an erasure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count

import pytest
from amend_stage import KEY, Stage

from connector.domain.journal import first_break
from connector.ports.promising import AmendmentState
from connector.services.decisions import decline, done_by_hand, money_sent
from connector.services.shopper_act import Page
from connector.services.shopper_acts import cancel
from connector.services.steer import steer
from connector.storage.engine import Database

NAMES = ("anneliese", "anna@example.test", "30 5550-1234")
WORDS = "Dear Anneliese (anna@example.test, +49 30 5550-1234), it has left."
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_forms = count()


@pytest.fixture
def stage(database: Database) -> Stage:
    made = Stage(database.work)
    made.rule(shopper={"fee": "5 EUR"}, law={"packs": ()})
    made.place(one=3)
    return made


def asked(stage: Stage) -> int:
    """Something that waits for the owner; its id."""
    cancel(stage.store, Page("7", 0, f"form {next(_forms)}"), "one", 1)
    return stage.amendments()[-1].id


def journal(stage: Stage) -> str:
    with stage.work(read_only=True) as uow:
        links = list(uow.journal.walk(KEY))
    assert first_break(links) is None
    return json.dumps([[link.entry.kind, dict(link.entry.facts)] for link in links], ensure_ascii=False).casefold()


def test_the_owners_words_to_a_shopper_stay_out_of_it(stage: Stage) -> None:
    decline(stage.store, asked(stage), WORDS)
    assert stage.amendments()[-1].said == WORDS
    said = journal(stage)
    assert "amendment_declined" in said
    assert [name for name in NAMES if name in said] == []


def test_so_does_what_they_type_for_an_amount_unless_it_is_one(stage: Stage) -> None:
    done_by_hand(stage.store, asked(stage), "20 EUR to Anneliese")
    done_by_hand(stage.store, asked(stage), "12,50 EUR")
    by_hand = stage.amendments()[-1]
    with stage.work() as uow:
        by_hand.state = AmendmentState.BY_HAND
        uow.amendments.save(KEY, by_hand)
        uow.commit()
    money_sent(stage.store, by_hand.id, "30 EUR, Anneliese knows")
    said = journal(stage)
    assert "amendment_done_by_hand" in said
    assert "12,50 eur" in said
    assert "amendment_money_sent" in said
    assert [name for name in NAMES if name in said] == []


def test_the_owners_own_address_stays_out_of_it_when_they_change_it(stage: Stage) -> None:
    value = {"mail": {"owner": "anna@example.test"}}
    steer(KEY, stage.work, "promise", value, by="owner", now=NOON, replan=False)
    said = journal(stage)
    assert '"owner": "(address)"' in said
    assert [name for name in NAMES if name in said] == []
