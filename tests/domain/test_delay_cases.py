from __future__ import annotations

from datetime import datetime

import pytest
from delay_cases import FIRST_NOTICE, NO_VALID_NOTICE, Dated
from delay_cases_europe import EUROPE, SEVERAL, UNITED_KINGDOM
from delay_cases_later import AGREED_DAY_MISSED, ANSWERS_AND_MOVES, REMINDERS
from delay_play import BERLIN, LONDON, NEW_YORK, Line, day, law, play

from connector.domain.delay import Pack
from connector.domain.promises import Actor, EventKind

ZONES = {"US": NEW_YORK, "DE": BERLIN, "GB": LONDON}
UNITED_STATES = (*FIRST_NOTICE, *NO_VALID_NOTICE, *AGREED_DAY_MISSED, *REMINDERS, *ANSWERS_AND_MOVES)
CASES = (*UNITED_STATES, *EUROPE, *UNITED_KINGDOM, *SEVERAL)


@pytest.mark.parametrize("dated", [pytest.param(one, id=one.id) for one in CASES])
def test_what_is_due_when_and_by_which_rule(dated: Dated) -> None:
    ordered_at = datetime.fromisoformat(dated.ordered)
    packs = [Pack(name) for name in dated.packs.split()]
    line = Line(
        law(dated.seller, ZONES[dated.seller], packs, dated.remind_days),
        ordered_at,
        dated.destination,
        dated.units,
        dated.units,
        day(dated.planned),
        dated.on_the_way,
        dated.essential,
        dated.cancellable,
    )
    for text in dated.promises:
        line.add(ordered_at, EventKind.PROMISED, Actor.SERVICE, expected=day(text))

    assert play(line, dated.happens) == list(dated.due)


def test_each_case_is_told_apart() -> None:
    assert len({one.id for one in CASES}) == len(CASES)
    assert len(CASES) >= 45
