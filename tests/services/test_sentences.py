"""What services say can be put into any language, and says the same in English whether or not it is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir

from connector.domain.journal import Entry, Link
from connector.services.explain import DEMAND_SENTENCES, sentence
from connector.services.journal_words import SENTENCES, reason
from connector.services.sentences import ENGLISH, Voice, voice
from connector.services.status import in_words

SERVICES = Path(__file__).resolve().parents[2] / "connector" / "services"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SUPPLY = {"supply": 4, "units": 9, "received": 2, "due": "2026-12-07", "reference": "PO-1"}

ENTRIES: list[tuple[str, dict[str, Any], str]] = [
    (
        "allocated",
        {"waiting": 0, "ready": 2, "available": 5, "expected_on": None, "why": "on hand"},
        "all that it wants is there: 2 units (stock number 5).",
    ),
    (
        "allocated",
        {"waiting": 1, "ready": 0, "available": -1, "expected_on": "2026-12-07", "why": "supply 4 (PO-1)"},
        "1 unit waits until 2026-12-07, 0 there: supply 4 (PO-1) (stock number -1).",
    ),
    (
        "allocated",
        {"waiting": 2, "ready": 0, "available": -2, "expected_on": None, "why": "supply 4, overdue or without a date"},
        "2 units wait without a date, 0 there: supply 4, overdue or without a date (stock number -2).",
    ),
    (
        "decided",
        {
            "status": "sold_out",
            "expected_on": None,
            "sellable": None,
            "available": 0,
            "incoming": 0,
            "policy": "rule tag = x",
        },
        "should show sold_out, sell without limit: stock number 0, 0 on the way, by rule tag = x.",
    ),
    (
        "decided",
        {
            "status": "backorder",
            "expected_on": "2026-12-07",
            "sellable": 3,
            "available": -2,
            "incoming": 5,
            "policy": "the store's policy",
        },
        "should show backorder until 2026-12-07, sell 3 more: stock number -2, 5 on the way, by the store's policy.",
    ),
    ("pushed", {"fields": {"a": "1%", "b": ""}}, "the shop took: a = 1%, b = (empty)."),
    ("refused", {"why": "100 % wrong"}, "the shop refused: 100 % wrong."),
    (
        "announced",
        {"reference": "BO-1-1", "kind": "waiting", "says": True},
        "notice BO-1-1 (waiting) was made from a confirmed plan.",
    ),
    (
        "announced",
        {"reference": "BO-1-1", "kind": "waiting", "says": False},
        "notice BO-1-1 (waiting) was made from a confirmed plan, as marks only.",
    ),
    ("told", {"reference": "BO-1-1", "kind": "ready", "why": ""}, "notice BO-1-1 (ready) reached the shop."),
    (
        "not_told",
        {"reference": "BO-1-1", "kind": "ready", "why": "no such order"},
        "notice BO-1-1 was refused by the shop: no such order.",
    ),
    ("override_found", {"theirs": {"a": "1"}}, "somebody changed it by hand (a = 1); we leave it alone."),
    ("override_undone", {"was": {}}, "the hand-made change was taken back; we steer again."),
    ("override_released", {"was": {}}, "the owner gave it back to us."),
    ("supply_added", SUPPLY, "supply 4 was announced: 2 of 9 came, due 2026-12-07."),
    ("supply_received", {**SUPPLY, "due": None}, "supply 4 arrived: 2 of 9 came, without a due date."),
    ("supply_changed", SUPPLY, "supply 4 was changed: 2 of 9 came, due 2026-12-07."),
    (
        "imported",
        {"orders": 1, "products": 2, "healed": 3},
        "read for the first time: 1 orders and 2 products.",
    ),
    (
        "reconciled",
        {"orders": 1, "products": 2, "healed": 3},
        "read again: 1 orders and 2 products, of which 3 things were news.",
    ),
    (
        "webhooks_healed",
        {"healed": [["orders/create", "created"], ["refunds/create", "mended"]]},
        "webhooks put right at the shop: orders/create created, refunds/create mended.",
    ),
    ("owner_must_act", {"act": "push", "said": "The key may not write."}, "stopped to push: The key may not write."),
    ("owner_must_act", {"act": "keys", "said": "It is void."}, "the shop is called no more: It is void."),
    ("store_gone", {}, "the shop removed this app; nothing more is read or written there."),
    ("connected", {"shop": "a.example", "again": False, "missing": []}, "a.example was connected."),
    (
        "connected",
        {"shop": "a.example", "again": True, "missing": ["read_orders"]},
        "a.example was connected again, without these rights: read_orders.",
    ),
    (
        "steered",
        {"by": "owner", "section": "shop", "was": {"push": True}, "becomes": {"language": "de"}},
        "the owner changed language to 'de'; writing to the shop from 'on' back to what holds without a choice.",
    ),
    (
        "steered",
        {"by": "operator", "section": "shop", "was": {}, "becomes": {}},
        "the operator changed nothing that can be seen.",
    ),
    (
        "leaving",
        {"by": "owner", "put_back": True},
        "the owner disconnects the store; the flags at the shop are put back as they were found.",
    ),
    ("paused", {"by": "owner"}, "the owner paused the store: nothing is pushed, nobody is told."),
    (
        "left",
        {"asked": True, "put_back": 3, "not_put_back": 1, "webhooks": 5, "by_hand": []},
        "the store was disconnected: 3 flags were put back, 1 could not be, 5 webhooks were taken away.",
    ),
    (
        "left",
        {"asked": False, "webhooks": 5, "by_hand": ["Revoke the key."]},
        "the store was disconnected: 5 webhooks were taken away. Left to do by hand: Revoke the key.",
    ),
]


def said(kind: str, facts: dict[str, Any], say: Voice = ENGLISH) -> str:
    return sentence(Link(1, Entry(AT, kind, facts=facts), "", ""), say=say).partition("  ")[2]


def marked() -> set[str]:
    """Every text of the services that is found by those who translate, as they find it."""
    found = extract_from_dir(str(SERVICES), [("**.py", "python")], keywords={"N_": None})
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


class Recorder(dict[str, str]):
    """Speaks a language in which every text is in brackets, and remembers what it was asked for."""

    def __call__(self, text: str) -> str:
        self[text] = f"[{text}]"
        return self[text]


@pytest.mark.parametrize(("kind", "facts", "expected"), ENTRIES)
def test_a_journal_entry_says_what_happened(kind: str, facts: dict[str, Any], expected: str) -> None:
    assert said(kind, facts) == expected


@pytest.mark.parametrize(("kind", "facts", "expected"), ENTRIES)
def test_every_word_of_ours_passes_the_translator_and_is_marked_for_it(
    kind: str, facts: dict[str, Any], expected: str
) -> None:
    other = Recorder()
    translated = said(kind, facts, Voice(other))
    assert set(other) - marked() == set()
    assert (translated[0], translated[-1]) == ("[", "]")
    assert translated.replace("[", "").replace("]", "") == expected


def test_a_kind_that_nobody_wrote_a_sentence_for_is_shown_as_it_is() -> None:
    assert said("odd", {"a": 1}) == "odd: {'a': 1}"
    assert "odd" not in SENTENCES


def test_a_date_is_written_in_the_readers_way() -> None:
    german = Voice(day=lambda day: f"{day:%d.%m.%Y}")
    assert "until 07.12.2026" in said("allocated", ENTRIES[1][1], german)
    assert in_words({"backorders": "yes", "_backorder_expected_on": "2026-12-07"}, german) == (
        "nothing until 07.12.2026 (open)"
    )
    assert german.day_in("soon") == "soon"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "as the shop says"),
        ({"backorders": "notify", "_backorder_status": "in_stock"}, "in_stock (open)"),
        ({"inventoryPolicy": "DENY", "status": "sold_out"}, "sold_out (closed)"),
        ({"backorders": "odd", "status": "odd%s"}, "odd%s (odd)"),
        ({"status": "backorder", "expected_on": "2026-12-07"}, "backorder until 2026-12-07 (-)"),
    ],
)
def test_what_a_shop_shows_is_one_phrase(fields: dict[str, str], words: str) -> None:
    other = Recorder()
    assert in_words(fields) == words
    assert in_words(fields, Voice(other)).replace("[", "").replace("]", "") == words
    assert set(other) - marked() == set()


@pytest.mark.parametrize("why", ["", "supply 4 (100 %s)", "rule sku = %s*", "supply x", "anything %"])
def test_a_reason_with_somebodys_words_in_it_is_shown_as_it_is(why: str) -> None:
    assert reason(why, ENGLISH) == why


def test_every_demand_has_a_marked_sentence() -> None:
    assert set(DEMAND_SENTENCES.values()) <= marked()


def test_whoever_only_translates_writes_dates_as_ever() -> None:
    assert voice(lambda text: f"<{text}>")("due %(day)s", day=ENGLISH.day(date(2026, 12, 7))) == "<due 2026-12-07>"
    assert voice(ENGLISH) is ENGLISH
