from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, timedelta
from itertools import pairwise

from delay_play import NEW_YORK, Line, is_working
from delay_trade import Move, lines, moves, trade
from hypothesis import given, settings

from connector.domain.delay import ActKind, Stage
from connector.domain.promises import Actor, EventKind, PromiseEvent

EVERYWHERE = ("US", "DE", "GB", "", "CH")
NOTICES = {ActKind.OPTION, ActKind.RENEWED}
ANSWERS = {EventKind.CONSENTED, EventKind.TERM_SET}
ANSWERING = {"accept", "open", "wait", "term"}
FEWER = settings().max_examples // 3
"""Examples of a year that is judged at every hour, which takes its time."""


def is_covered(line: Line, day: date) -> bool:
    """Whether the buyer can still be waiting at the end of ``day`` by 16 CFR 435.2, judged by hindsight.

    By the promise; by a notice sent in time and silence, to a day within 30 days of T; by such a notice and the 30 days
    to answer it, if it offered a later day or none; or by a consent.
    """
    promised = line.judge(line.ordered_at).promised.latest
    assert promised is not None
    thirty_days_later = promised + timedelta(days=30)
    notices = [event for event in line.events if event.kind is EventKind.OPTION and _day(event) <= promised]
    if not notices:
        return day <= promised
    asked, first = notices[0], notices[0].expected.latest
    until = [event.expected.latest for event in _consents(line, after=asked)]
    if None in until:
        return True
    if first is not None and first <= thirty_days_later:
        until.append(first)
    elif all(one is None or one <= promised for one in until):
        until.append(thirty_days_later)
    return any(one is not None and day <= one for one in (promised, *until))


def _consents(line: Line, after: PromiseEvent) -> list[PromiseEvent]:
    later = line.events[line.events.index(after) + 1 :]
    term_without_day = {EventKind.TERM_SET}
    return [one for one in later if one.kind in ANSWERS and (one.expected.is_known or one.kind not in term_without_day)]


def _day(event: PromiseEvent) -> date:
    return event.at.astimezone(NEW_YORK).date()


@given(lines(), moves())
def test_no_line_in_the_states_waits_without_promise_notice_or_consent(line: Line, script: list[Move]) -> None:
    uncovered: list[date] = []

    def at_night(today: date) -> None:
        if line.units and not is_covered(line, today):
            uncovered.append(today)

    for _ in trade(line, script, always=False, at_night=at_night):
        pass

    assert uncovered == []


@given(lines(), moves())
def test_no_order_in_the_states_is_cancelled_that_somebody_may_still_wait_for(line: Line, script: list[Move]) -> None:
    for _ in trade(line, script, always=False):
        pass

    cancelled = [at.astimezone(NEW_YORK).date() for at, act in line.acts if act.kind is ActKind.CANCEL]
    assert [day for day in cancelled if is_covered(line, day)] == []
    assert len(cancelled) <= 1


@given(lines(EVERYWHERE, on_the_way=4), moves())
@settings(max_examples=FEWER)
def test_looking_when_told_to_finds_what_looking_always_finds(line: Line, script: list[Move]) -> None:
    watched = deepcopy(line)

    for _ in trade(line, script, always=False):
        pass
    for _ in trade(watched, script, always=True):
        pass

    assert line.acts == watched.acts
    assert line.events == watched.events


@given(lines(EVERYWHERE, on_the_way=4), moves())
def test_what_is_done_when_it_falls_due_is_never_late(line: Line, script: list[Move]) -> None:
    for _ in trade(line, script, always=False):
        pass

    assert [(at, act) for at, act in line.acts if at.astimezone(UTC) > act.deadline] == []


@given(lines(("US", "")), moves())
def test_money_goes_back_within_seven_working_days_and_all_of_it(line: Line, script: list[Move]) -> None:
    for _ in trade(line, script, always=False):
        pass

    for at, act in line.acts:
        if act.kind in {ActKind.CANCEL, ActKind.REFUND}:
            today, last = at.astimezone(NEW_YORK).date(), act.deadline.astimezone(NEW_YORK).date()
            days = [today + timedelta(days=days) for days in range(1, (last - today).days + 1)]
            assert sum(is_working(day) for day in days) <= 7
    moved = {kind: sum(event.units for event in line.events if event.kind is kind) for kind in EventKind}
    assert moved[EventKind.REFUNDED] == moved[EventKind.CANCELLED]


@given(lines(EVERYWHERE, on_the_way=4), moves())
def test_the_same_day_is_not_offered_twice_without_an_answer_between(line: Line, script: list[Move]) -> None:
    for _ in trade(line, script, always=False):
        pass

    said = [event for event in line.events if event.kind in ANSWERS | {EventKind.OPTION}]
    pairs = pairwise(said)
    assert [a for a, b in pairs if a.kind is b.kind is EventKind.OPTION and a.expected == b.expected] == []


@given(lines(EVERYWHERE, on_the_way=4), moves())
def test_who_waits_without_a_day_is_asked_nothing_more(line: Line, script: list[Move]) -> None:
    line.add(line.ordered_at, EventKind.OPTION, Actor.SERVICE)
    line.add(line.ordered_at, EventKind.CONSENTED, Actor.SHOPPER)

    for _ in trade(line, [move for move in script if move.what in {"plan", "no plan", "arrive"}], always=False):
        pass

    assert line.acts == []


@given(lines(("DE", "GB", ""), on_the_way=4), moves())
def test_nobody_reaches_the_promised_day_unaware_that_it_is_missed(line: Line, script: list[Move]) -> None:
    promised = line.judge(line.ordered_at).promised.latest
    unaware: list[date] = []

    def at_night(today: date) -> None:
        if today == promised and line.units and not any(event.kind is EventKind.OPTION for event in line.events):
            unaware.append(today)

    for _ in trade(line, [one for one in script if one.what not in ANSWERING], always=False, at_night=at_night):
        pass

    assert unaware == []


@given(lines(EVERYWHERE, on_the_way=4), moves())
@settings(max_examples=FEWER)
def test_nothing_is_due_once_all_is_done(line: Line, script: list[Move]) -> None:
    done = False
    for found in trade(line, script, always=True):
        assert not (done and (found.acts or found.pending or found.look_at))
        done = done or found.stage is Stage.DONE


@given(lines(EVERYWHERE, on_the_way=4), moves())
@settings(max_examples=FEWER)
def test_the_same_facts_give_the_same_answer(line: Line, script: list[Move]) -> None:
    for found in trade(line, script, always=False):
        assert found.acts == ()  # the last look of the hour: what was due is done
    now = line.ordered_at + timedelta(days=400)
    assert line.judge(now) == deepcopy(line).judge(now)
