"""What the dated cases do not come past."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from delay_play import is_working

from connector.domain.dates import Road
from connector.domain.delay import Judgement, Law, LineCase, Pack, Stage, judge
from connector.domain.delay.notices import notice
from connector.domain.delay.packs import RULES
from connector.domain.delay.standing import stand
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, Expected, PromiseEvent

ORDERED = datetime(2026, 11, 2, 10, tzinfo=UTC)
PROMISED = date(2026, 11, 20)


def judged(packs: set[Pack], now: datetime, *events: PromiseEvent, **more: Any) -> Judgement:
    case = replace(LineCase(ORDERED, "US", 1, 1, UNKNOWN_DAY, UNKNOWN_DAY, events), **more)
    return judge(case, Law(frozenset(packs), "DE", 0, UTC, is_working), now)


def event(kind: EventKind, actor: Actor, at: datetime, day: date | None = None) -> PromiseEvent:
    return PromiseEvent(at, kind, actor, 1, Expected(day, day))


def test_where_no_law_is_acted_on_a_line_that_is_gone_is_done() -> None:
    assert judged(set(), ORDERED, units=0, waiting=0).stage is Stage.DONE
    assert judged(set(), ORDERED).stage is Stage.PROMISED
    assert judged(set(), ORDERED, waiting=0).stage is Stage.SERVED


def test_what_the_service_cancelled_counts_as_the_sellers_doing_where_silence_ends_nothing() -> None:
    asked = event(EventKind.CANCEL_ASKED, Actor.SERVICE, ORDERED + timedelta(days=20))
    found = judged({Pack.EU}, asked.at, event(EventKind.PROMISED, Actor.PLATFORM, ORDERED, PROMISED), asked)
    assert [act.rule for act in found.pending] == ["Directive 2011/83, art. 18(2)"]


def test_an_answer_that_names_a_day_gone_by_gives_no_time() -> None:
    shown = event(EventKind.PROMISED, Actor.PLATFORM, ORDERED, PROMISED)
    asked = event(EventKind.OPTION, Actor.SERVICE, datetime(2026, 11, 18, 9, tzinfo=UTC), date(2027, 2, 1))
    now = datetime(2026, 11, 19, 9, tzinfo=UTC)
    without = judged({Pack.US}, now, shown, asked)
    answered = judged({Pack.US}, now, shown, asked, event(EventKind.CONSENTED, Actor.SHOPPER, now, date(2026, 11, 1)))
    assert (answered.stage, answered.acts) == (without.stage, without.acts) == (Stage.WAIT_CONSENT, ())


def test_a_shop_that_names_no_free_days_works_on_all_of_them() -> None:
    sunday, monday = date(2026, 11, 22), date(2026, 11, 23)
    assert Road(handling=1).dispatch(Expected(sunday, sunday)) == Expected(monday, monday)


def test_a_last_day_that_names_no_day_sets_none() -> None:
    shown = event(EventKind.PROMISED, Actor.PLATFORM, ORDERED, PROMISED)
    asked = event(EventKind.OPTION, Actor.SERVICE, datetime(2026, 11, 18, 9, tzinfo=UTC), date(2026, 12, 1))
    now = datetime(2026, 11, 19, 9, tzinfo=UTC)
    without = judged({Pack.EU}, now, shown, asked)
    found = judged({Pack.EU}, now, shown, asked, event(EventKind.TERM_SET, Actor.SHOPPER, now))
    assert (found.stage, found.acts) == (without.stage, without.acts)


def test_who_waits_without_a_day_is_offered_none_whatever_is_news_under_another_pack() -> None:
    case = LineCase(
        ORDERED, "US", 1, 1, UNKNOWN_DAY, UNKNOWN_DAY, (event(EventKind.PROMISED, Actor.PLATFORM, ORDERED, PROMISED),)
    )
    bound = stand(case, Law(frozenset(Pack), "DE", 0, UTC, is_working), RULES[Pack.US])
    day = date(2026, 12, 20)
    assert notice(bound, Expected(day, day), 1, ORDERED) is not None
    assert notice(replace(bound, bound=None), Expected(day, day), 1, ORDERED) is None
