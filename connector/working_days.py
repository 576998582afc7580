"""Which days a store works: its own weekdays without the holidays of its country or region."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache

import holidays

from connector.settings.promise import WEEKDAYS, DatesSettings


def working_days(dates: DatesSettings) -> Callable[[date], bool]:
    """Whether a day is a working day; asked often, so the holidays of a year are worked out once."""
    weekdays = frozenset(WEEKDAYS.index(day) for day in dates.working_days)
    country, _, region = dates.calendar.partition("-")
    free = holidays.country_holidays(country, subdiv=region or None) if country else ()

    @lru_cache(maxsize=4096)
    def is_working(day: date) -> bool:
        return day.weekday() in weekdays and day not in free

    return is_working
