"""From the day goods arrive at the shop to the day that is promised.

Goods that have come are handled for some working days and leave (*dispatch*); then they are on their way for some
calendar days, at least and at most, and are in the shopper's hands (*delivery*).  One day is shown and promised: that
of delivery, for it is the one a shopper understands and the one Directive 2011/83, art. 18, is about.  Without days on
the way both are the same.  Where the law is about dispatch (16 CFR 435), ``left_by`` counts back from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.domain.working_time import add_working_days


def _every_day(day: date) -> bool:
    del day
    return True


@dataclass(frozen=True, slots=True)
class Road:
    """``handling``: working days; ``least`` and ``most``: calendar days on the way."""

    handling: int = 0
    least: int = 0
    most: int = 0
    is_working: Callable[[date], bool] = _every_day

    def dispatch(self, arrival: Expected) -> Expected:
        """When goods that arrive then leave the house.

        Without handling they leave as they come, on whatever day somebody said: only working days are counted, no day
        is moved.
        """
        return Expected(*(None if day is None else self._handled(day) for day in (arrival.earliest, arrival.latest)))

    def delivery(self, arrival: Expected) -> Expected:
        """When goods that arrive then are in the shopper's hands: the first day of it and the last, which counts."""
        if arrival.latest is None:
            return UNKNOWN_DAY
        first = arrival.latest if arrival.earliest is None else arrival.earliest
        return Expected(
            self._handled(first) + timedelta(days=self.least),
            self._handled(arrival.latest) + timedelta(days=self.most),
        )

    def left_by(self, delivered: date) -> date:
        """The last day to leave for what is to be delivered by then."""
        return delivered - timedelta(days=self.most)

    def until(self, delivered: date | None) -> Expected:
        """The range of which only the last day was kept."""
        if delivered is None:
            return UNKNOWN_DAY
        return Expected(delivered - timedelta(days=self.most - self.least), delivered)

    def _handled(self, day: date) -> date:
        return add_working_days(day, self.handling, self.is_working) if self.handling else day


AT_ONCE = Road()
"""What arrives is there."""
