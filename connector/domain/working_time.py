"""Counting working days, whatever calendar says which days those are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

LONGEST_REST = 60
"""Days in a row without a working day after which a calendar is taken for broken: no trade rests so long."""

_LAST = date.max.toordinal()


def add_working_days(day: date, n: int, is_working: Callable[[date], bool]) -> date:
    """The ``n``-th working day after ``day``; for 0 the first one from ``day`` on.

    The result is a working day.  Where ``LONGEST_REST`` days in a row are none, each further day counts as one: a
    calendar without working days must not make an obligation recede for ever.  ``ValueError`` for ``n`` below 0.
    """
    if n < 0:
        raise ValueError("Working days are counted forward.")
    if n == 0:
        return _next(day, is_working)
    for _ in range(n):
        day = _next(plus_days(day, 1), is_working)
    return day


def plus_days(day: date, days: int) -> date:
    """``day`` and so many calendar days, the last day there is where that is beyond it."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), _LAST))


def weekly_closing_counts(is_working: Callable[[date], bool]) -> Callable[[date], bool]:
    """The calendar as a law reads it that speaks of working days: Monday to Friday without public holidays.

    A shop that is closed every Monday has not made Monday a holiday.  So a day from Monday to Friday is off only where
    the same day of the week before or after is worked; Saturdays and Sundays count where the shop works on them, which
    only makes time shorter.
    """

    def is_working_by_law(day: date) -> bool:
        if is_working(day):
            return True
        weekend = day.weekday() >= _SATURDAY
        return not weekend and not any(is_working(plus_days(day, days)) for days in (-7, 7))

    return is_working_by_law


_SATURDAY = 5


def _next(day: date, is_working: Callable[[date], bool]) -> date:
    """The first working day from ``day`` on, ``day`` itself where there is none for too long."""
    for days in range(LONGEST_REST):
        found = plus_days(day, days)
        if is_working(found):
            return found
    return day
