from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from delay_play import NEW_YORK, Line, arrive, cancel, carried_out, day, law, notice_sent, plan, ship, term, wait

from connector.domain.delay import ActKind, Pack, Stage, applies, what_switching_off_means
from connector.domain.delay.days import begin_of, end_of, later
from connector.domain.promises import Actor, EventKind

US, EU, UK = Pack
ORDERED = datetime(2026, 11, 2, 7, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("seller", "destination", "expected"),
    [
        ("US", "US", (US,)),
        ("US", "PR", (US,)),
        ("US", "DE", (US, EU)),
        ("US", "GB", (US, UK)),
        ("DE", "DE", (EU,)),
        ("DE", "US", (US, EU)),
        ("DE", "GB", (EU, UK)),
        ("DE", "CH", (EU,)),
        ("CH", "NO", (EU,)),
        ("CH", "CH", ()),
        ("GB", "RE", (EU, UK)),
        ("", "FR", (EU,)),
        ("US", "", (US, EU, UK)),
        ("CH", "", (US, EU, UK)),
    ],
)
def test_the_rules_of_where_goods_go_and_of_where_the_seller_sits(
    seller: str, destination: str, expected: tuple[Pack, ...]
) -> None:
    assert applies(law(seller), destination) == expected


def test_a_pack_that_is_off_never_applies() -> None:
    assert applies(law("US", packs=[EU]), "US") == ()
    assert applies(law("US", packs=[EU, UK]), "") == (EU, UK)


@pytest.mark.parametrize(("pack", "rule"), [(US, "16 CFR 435"), (EU, "2011/83, art. 18"), (UK, "2015, s. 28")])
def test_the_owner_is_told_what_switching_off_means(pack: Pack, rule: str) -> None:
    said = what_switching_off_means(pack)
    assert rule in said
    assert said.endswith("you must do it yourself.")


def a_line(destination: str = "US", seller: str = "US", *, essential: bool = False, units: int = 1) -> Line:
    """Ordered on 2 November, promised for the 30th, planned for the 25th."""
    line = Line(law(seller), ORDERED, destination, units, units, day("2026-11-25"), essential=essential)
    line.add(ORDERED, EventKind.PROMISED, Actor.SERVICE, expected=day("2026-11-30"))
    return line


def at(text: str, hour: int = 12) -> datetime:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), NEW_YORK).replace(hour=hour)


NOV_10, NOV_12, DEC_25 = at("2026-11-10"), at("2026-11-12"), at("2026-12-25")
SHORT, LONG = notice_sent("2026-12-20"), notice_sent("2027-01-15")


@pytest.mark.parametrize(
    ("happened", "looked_at", "expected"),
    [
        pytest.param([], NOV_12, Stage.PROMISED, id="promised"),
        pytest.param([arrive], NOV_12, Stage.SERVED, id="all there"),
        pytest.param([plan("2026-12-20")], NOV_12, Stage.NOTICE_DUE, id="a miss is known"),
        pytest.param([SHORT], NOV_12, Stage.WAIT_SILENCE_OK, id="asked, silence consents"),
        pytest.param([notice_sent("2026-11-20")], at("2026-11-25"), Stage.WAIT_SILENCE_OK, id="offered less than T"),
        pytest.param([SHORT, notice_sent("2026-12-10")], NOV_12, Stage.WAIT_SILENCE_OK, id="offered a better day"),
        pytest.param([LONG], NOV_12, Stage.WAIT_CONSENT, id="asked, silence cancels"),
        pytest.param([SHORT, notice_sent("2026-12-28")], NOV_12, Stage.WAIT_CONSENT, id="asked again"),
        pytest.param([LONG, wait("2027-01-15")], NOV_12, Stage.CONSENTED_DATE, id="waits until a day"),
        pytest.param([SHORT, wait("2026-12-20")], NOV_12, Stage.CONSENTED_DATE, id="says so where silence would do"),
        pytest.param([LONG, wait(None)], DEC_25, Stage.CONSENTED_OPEN, id="waits without a day"),
        pytest.param([], DEC_25, Stage.CANCEL_DUE, id="T has passed without a notice"),
        pytest.param([cancel()], NOV_12, Stage.CANCEL_DUE, id="the buyer cancelled"),
        pytest.param([cancel(), carried_out()], NOV_12, Stage.REFUND_DUE, id="carried out, not paid back"),
        pytest.param([ship()], DEC_25, Stage.DONE, id="shipped"),
    ],
)
def test_where_a_line_in_the_states_stands(happened: list[object], looked_at: datetime, expected: Stage) -> None:
    line = a_line()
    for happening in happened:
        assert callable(happening)
        happening(line, NOV_10)
    assert line.judge(looked_at).stage == expected


@pytest.mark.parametrize(
    ("happened", "essential", "looked_at", "expected"),
    [
        pytest.param([], False, NOV_12, Stage.PROMISED, id="promised"),
        pytest.param([LONG], False, DEC_25, Stage.TOLD, id="told"),
        pytest.param([LONG, term("2027-01-20")], False, NOV_12, Stage.TERM_RUNS, id="an additional period"),
        pytest.param(
            [LONG, term("2026-12-24"), notice_sent("2027-01-15")], False, DEC_25, Stage.MAY_END, id="that is missed"
        ),
        pytest.param([LONG], True, NOV_12, Stage.TOLD, id="an essential day that is still to come"),
        pytest.param([LONG], True, DEC_25, Stage.MAY_END, id="an essential day that is missed"),
    ],
)
def test_where_a_line_in_germany_stands(
    happened: list[object],
    essential: bool,  # noqa: FBT001 -- a column of the table
    looked_at: datetime,
    expected: Stage,
) -> None:
    line = a_line("DE", "DE", essential=essential)
    line.expected = day("2027-01-15") if happened else line.expected
    for happening in happened:
        assert callable(happening)
        happening(line, NOV_10)
    assert line.judge(looked_at).stage == expected


def test_a_better_day_that_was_offered_does_not_make_the_agreed_one_news() -> None:
    line = a_line()
    for happening in (SHORT, notice_sent("2026-12-10"), plan("2026-12-15")):
        happening(line, NOV_10)
    assert line.judge(NOV_12).acts == ()


def test_a_cancellation_that_is_asked_for_is_watched_and_not_asked_for_again() -> None:
    line = a_line(units=3)
    cancel(2)(line, NOV_10)

    found = line.judge(NOV_12)

    assert (found.stage, found.acts) == (Stage.PROMISED, ())
    (watched,) = found.pending
    assert (watched.kind, watched.units, watched.rule) == (ActKind.CANCEL, 2, "16 CFR 435.2(c)(1)")
    # The 11th is Veterans Day: the seventh working day after the 10th is the 20th.
    assert watched.deadline == datetime(2026, 11, 20, 23, 59, 59, tzinfo=NEW_YORK)


def test_a_late_cancellation_does_not_move_the_deadline_of_the_refund() -> None:
    line = a_line()
    answer_late = at("2026-12-09")
    line.add(answer_late, EventKind.CANCEL_ASKED, Actor.SERVICE, 1)

    (watched,) = line.judge(answer_late).pending

    assert watched.rule == "16 CFR 435.2(c)(5)"
    assert watched.deadline == datetime(2026, 12, 9, 23, 59, 59, tzinfo=NEW_YORK)


def test_a_refund_that_is_reported_before_its_cancellation_is_not_due_again() -> None:
    line = a_line()
    cancel()(line, NOV_10)
    line.add(NOV_10, EventKind.REFUNDED, Actor.PLATFORM, 1)
    line.cancelled(NOV_10, 1)

    assert line.judge(NOV_12).stage == Stage.DONE


def test_events_without_units_are_about_the_whole_line() -> None:
    line = a_line(units=3)
    line.add(NOV_10, EventKind.CANCEL_ASKED, Actor.SHOPPER)
    assert [act.units for act in line.judge(NOV_12).pending] == [3]

    line.add(NOV_10, EventKind.CANCELLED, Actor.PLATFORM, 3)
    line.units = 0
    assert [act.units for act in line.judge(NOV_12).acts] == [3]

    line.add(NOV_10, EventKind.REFUNDED, Actor.PLATFORM)
    assert line.judge(NOV_12).stage == Stage.DONE


def test_units_the_platform_cancelled_unasked_are_refunded_too() -> None:
    line = a_line(units=2)
    line.cancelled(NOV_10, 1)

    (refund,) = line.judge(NOV_12).acts

    assert (refund.kind, refund.units, refund.rule) == (ActKind.REFUND, 1, "16 CFR 435.1(b)(1)")


def test_the_promise_is_the_thirtieth_day_where_none_was_made() -> None:
    line = Line(law(), ORDERED)
    assert line.judge(ORDERED).promised == day("2026-12-02")


def test_where_no_rule_applies_nothing_is_due_and_nothing_is_promised_that_was_not_said() -> None:
    line = Line(law("CH"), ORDERED, "CH")
    found = line.judge(at("2027-06-01"))
    assert (found.stage, found.promised, found.acts, found.look_at) == (Stage.PROMISED, day(None), (), None)


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        a_line().judge(datetime(2026, 11, 2, 7))  # noqa: DTZ001 -- that is the point


def test_the_next_look_is_when_time_alone_changes_something() -> None:
    line = a_line()
    line.expected = day(None)

    assert line.judge(NOV_10).look_at == datetime(2026, 11, 23, 14, tzinfo=UTC)  # nine in the morning in New York


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Beirut", "America/Havana", "Pacific/Apia", "UTC"])
def test_a_day_ends_a_second_before_the_next_begins_whatever_the_clock_does(zone: str) -> None:
    # In Beirut the last hour of a day in October strikes twice, and in March the first one of a day never does.
    start = date(2026, 1, 1)
    for n in range(365):
        today, tomorrow = later(start, n), later(start, n + 1)
        assert end_of(today, ZoneInfo(zone)) + timedelta(seconds=1) == begin_of(tomorrow, ZoneInfo(zone))


def test_the_last_day_ends_in_the_zone_of_the_shop() -> None:
    line = a_line()
    line.expected = day("2026-12-20")

    (option,) = line.judge(NOV_10).acts

    assert option.deadline == datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC)
