"""Every kind of event and of journal entry about promises is a sentence, with a day and without one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest

from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, Expected, PromiseEvent
from connector.services.journal_words import SENTENCES, because
from connector.services.promise_words import GONE, event_words
from connector.services.sentences import ENGLISH

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = Expected(date(2026, 12, 4), date(2026, 12, 7))
RULE = "16 CFR 435.2(b)(1)"


@pytest.mark.parametrize(("kind", "expected"), list(product(EventKind, [DAY, UNKNOWN_DAY])))
def test_every_event_is_a_sentence(kind: EventKind, expected: Expected) -> None:
    event = PromiseEvent(NINE, kind, Actor.SERVICE, 2, expected, basis="supply 1", rule=RULE)
    (said,) = event_words([event], ENGLISH, because)
    assert said.startswith("2026-11-23 09:00: ")
    assert said.endswith(".")
    assert "%(" not in said


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        (
            "promised",
            {"expected_on": "2026-12-07", "basis": "5 on the way"},
            "the shop had shown 2026-12-07 when it was ordered: 5 on the way.",
        ),
        ("promised", {"expected_on": None, "basis": ""}, "no day was stated when it was ordered."),
        (
            "revised",
            {"was": "2026-12-07", "expected_on": None, "why": "supply 1", "gone": True},
            (
                "2026-12-07 cannot be believed any more, and there is no other day: supply 1;"
                " units that were there are gone."
            ),
        ),
        (
            "moved",
            {"better": 1, "worse": 3},
            "the new plan: 1 waiting line served sooner, 3 waiting lines served later.",
        ),
        (
            "option_due",
            {"rule": RULE, "reference": "R1", "deadline": "2026-12-05", "expected_on": None, "promised": None},
            f"{RULE} asks for notice R1 to the shopper by 2026-12-05: no day instead of no day.",
        ),
        ("asked", {"reference": "R1", "rule": RULE}, f"notice R1 was sent to the shopper ({RULE})."),
        (
            "cancel_due",
            {"rule": RULE, "units": 1, "reference": "R2", "deadline": "2026-12-09", "by_itself": False},
            f"{RULE} cancels 1 unit; the owner is asked (R2), the money to be sent by 2026-12-09.",
        ),
        (
            "refund_watched",
            {"units": 2, "deadline": "2026-12-09", "rule": RULE},
            f"the money for 2 units is still to be sent, by 2026-12-09 ({RULE}).",
        ),
    ],
)
def test_an_entry_says_what_happened_and_by_which_rule(kind: str, facts: dict[str, object], expected: str) -> None:
    assert SENTENCES[kind](facts, ENGLISH) == expected


def test_a_day_that_rests_on_nothing_known_says_so() -> None:
    assert because("", ENGLISH) == "no reason is known"
    assert because(f"supply 1{GONE}", ENGLISH) == "supply 1; units that were there are gone"
