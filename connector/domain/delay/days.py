"""Days and moments of a store's own clock.  Moments are given in UTC, so that they compare whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

_FIRST, _LAST = date(1900, 1, 1).toordinal(), date(9000, 1, 1).toordinal()

MORNING = time(9)
"""What has the whole day for it is said in the morning."""

LAST_CALL = time(18)
"""On the last day itself: what has not left by now will hardly leave today, and a notice still reaches its reader."""

_LAST_SECOND = time(23, 59, 59, fold=1)


def later(day: date, days: int) -> date:
    """``day`` and so many calendar days; absurd dates, which people do type, end at the year 9000, not in an error."""
    return date.fromordinal(min(max(day.toordinal() + days, _FIRST), _LAST))


def day_of(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()


def begin_of(day: date, zone: tzinfo) -> datetime:
    return at(day, time.min, zone)


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last second of the day, the second time it strikes where the clock is put back."""
    return at(day, _LAST_SECOND, zone)


def at(day: date, hour: time, zone: tzinfo) -> datetime:
    return datetime.combine(later(day, 0), hour, zone).astimezone(UTC)
