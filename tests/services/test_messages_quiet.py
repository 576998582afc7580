"""At night nothing is sent that can wait, by the clock on the store's own wall."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from message_stage import SETTLE, MessageStage

from connector.ports.promising import MessageKind
from connector.services.message_times import AT_ANY_HOUR, SETTLES, not_before, quiet_until
from connector.settings.promise import QuietSettings
from connector.storage.engine import Database

BERLIN, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
NIGHT = QuietSettings(start="21:00", end="08:00")
NAP = QuietSettings(start="13:00", end="15:00")


def until(quiet: QuietSettings, zone: ZoneInfo, local: str) -> str:
    """By the clock on the wall, before and after; a * marks the second time an hour comes."""
    moment = datetime.fromisoformat(local.rstrip("*")).replace(tzinfo=zone, fold=local.endswith("*"))
    ends = quiet_until(quiet, zone, moment.astimezone(UTC)).astimezone(zone)
    return f"{ends:%Y-%m-%dT%H:%M}{'*' if ends.fold else ''}"


@pytest.mark.parametrize(
    ("quiet", "zone", "moment", "expected"),
    [
        (NIGHT, BERLIN, "2026-12-01T20:59", "2026-12-01T20:59"),
        (NIGHT, BERLIN, "2026-12-01T21:00", "2026-12-02T08:00"),
        (NIGHT, BERLIN, "2026-12-02T00:00", "2026-12-02T08:00"),
        (NIGHT, BERLIN, "2026-12-02T07:59", "2026-12-02T08:00"),
        (NIGHT, BERLIN, "2026-12-02T08:00", "2026-12-02T08:00"),
        (NIGHT, BERLIN, "2026-12-31T23:00", "2027-01-01T08:00"),
        (NAP, BERLIN, "2026-12-01T13:30", "2026-12-01T15:00"),
        (NAP, BERLIN, "2026-12-01T15:30", "2026-12-01T15:30"),
        (QuietSettings(), BERLIN, "2026-12-01T03:00", "2026-12-01T03:00"),
        (QuietSettings(start="08:00", end="08:00"), BERLIN, "2026-12-01T03:00", "2026-12-01T03:00"),
        # The clock is put forward from 2 to 3 (29 March 2026) and back from 3 to 2 (25 October 2026).
        (NIGHT, BERLIN, "2026-03-28T22:00", "2026-03-29T08:00"),
        (NIGHT, BERLIN, "2026-10-24T22:00", "2026-10-25T08:00"),
        (QuietSettings(start="21:00", end="02:30"), BERLIN, "2026-03-28T22:00", "2026-03-29T03:00"),
        (QuietSettings(start="02:30", end="04:00"), BERLIN, "2026-03-29T01:59", "2026-03-29T01:59"),
        (QuietSettings(start="02:30", end="04:00"), BERLIN, "2026-03-29T03:10", "2026-03-29T04:00"),
        (QuietSettings(start="21:00", end="02:30"), BERLIN, "2026-10-24T22:00", "2026-10-25T02:30"),
        (QuietSettings(start="21:00", end="02:30"), BERLIN, "2026-10-25T02:10*", "2026-10-25T02:10*"),
        (QuietSettings(start="02:30", end="04:00"), BERLIN, "2026-10-25T02:10*", "2026-10-25T04:00"),
        (NIGHT, NEW_YORK, "2026-03-08T01:59", "2026-03-08T08:00"),
        # Half an hour, on the other side of the world.
        (QuietSettings(start="21:00", end="02:15"), LORD_HOWE, "2026-10-03T22:00", "2026-10-04T02:30"),
    ],
)  # fmt: skip
def test_quiet_hours_end_by_the_clock_on_the_wall(
    quiet: QuietSettings, zone: ZoneInfo, moment: str, expected: str
) -> None:
    assert until(quiet, zone, moment) == expected


hours = st.times().map(lambda one: f"{one:%H:%M}")


@given(
    hours,
    hours,
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, ZoneInfo("UTC"), ZoneInfo("Asia/Kathmandu")]),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- Hypothesis adds the zone
)
def test_a_moment_is_never_moved_back_nor_by_more_than_a_day_nor_twice(
    start: str, end: str, zone: ZoneInfo, moment: datetime
) -> None:
    quiet = QuietSettings(start=start, end=end)
    ends = quiet_until(quiet, zone, moment)
    assert moment <= ends <= moment + timedelta(hours=25, minutes=1)
    assert quiet_until(quiet, zone, ends) == ends


@pytest.mark.parametrize("kind", MessageKind)
def test_what_the_law_asks_for_and_what_somebody_waits_for_goes_at_any_hour(
    kind: MessageKind, database: Database
) -> None:
    stage = MessageStage(database.work, quiet=NIGHT)
    night = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    settles = SETTLE if kind in SETTLES else timedelta()
    at_once = kind.is_legal or kind in AT_ANY_HOUR
    expected = night + settles if at_once else datetime(2026, 12, 2, 7, 0, tzinfo=UTC)
    assert not_before(stage.store, kind, night) == expected


def test_what_would_be_worth_nothing_in_the_morning_does_not_wait_for_it(database: Database) -> None:
    stage = MessageStage(database.work, quiet=NIGHT)
    night = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    assert not_before(stage.store, MessageKind.RESTOCK, night, night + timedelta(hours=1)) == night
    assert not_before(stage.store, MessageKind.RESTOCK, night, night + timedelta(days=1)) > night


def test_marketing_is_at_no_time_among_what_ignores_the_night() -> None:
    assert not any(kind.is_marketing and (kind.is_legal or kind in AT_ANY_HOUR) for kind in MessageKind)
