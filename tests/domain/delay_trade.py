"""A year of random trade in one order line: what may happen to it, and how it is judged meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from delay_play import NEW_YORK, Line, law
from hypothesis import strategies as st

from connector.domain.delay import ActKind, Judgement
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, Expected

ORDERED = datetime(2026, 11, 2, 7, tzinfo=NEW_YORK)
FIRST_DAY, DAYS = ORDERED.date(), 365
NOON = time(12)
CLOCK = (time(0), time(9), NOON, time(18))
"""Judged at these hours each day; what happens, happens at noon."""


@dataclass(frozen=True)
class Move:
    """``days``: from the day of the order; ``number``: of units, or of days from that day on, as ``what`` has it."""

    days: int
    what: str
    number: int


MOVES = (
    "plan",
    "plan",
    "plan",
    "no plan",
    "arrive",
    "ship",
    "accept",
    "open",
    "wait",
    "cancel",
    "owner",
    "term",
    "withdraw",
)


def moves(most: int = 25) -> st.SearchStrategy[list[Move]]:
    one = st.builds(Move, st.integers(0, DAYS - 1), st.sampled_from(MOVES), st.integers(0, 80))
    return st.lists(one, max_size=most).map(lambda some: sorted(some, key=lambda move: move.days))


@st.composite
def lines(draw: st.DrawFn, destinations: Sequence[str] = ("US",), on_the_way: int = 0) -> Line:
    units = draw(st.integers(1, 4))
    line = Line(
        law(remind_days=draw(st.sampled_from([0, 3, 10]))),
        ORDERED,
        draw(st.sampled_from(list(destinations))),
        units,
        units,
        _in_days(FIRST_DAY, draw(st.none() | st.integers(0, 90))),
        draw(st.integers(0, on_the_way)),
        essential=draw(st.booleans()),
    )
    promised = _in_days(FIRST_DAY, draw(st.none() | st.integers(0, 90)))
    line.add(ORDERED, EventKind.PROMISED, Actor.SERVICE, expected=promised)
    return line


def _in_days(day: date, days: int | None) -> Expected:
    if days is None:
        return UNKNOWN_DAY
    then = day + timedelta(days=days)
    return Expected(then, then)


def _happen(line: Line, move: Move, now: datetime) -> None:
    units = min(line.units, 1 + move.number % 3)
    match move.what:
        case "plan":
            line.expected = _in_days(now.date(), move.number - 5)
        case "no plan":
            line.expected = UNKNOWN_DAY
        case "arrive":
            line.waiting, line.expected = 0, UNKNOWN_DAY
        case "ship":
            line.waiting = max(0, line.waiting - units)
            line.shipped(now, units)
        case "cancel" | "owner":
            by = Actor.SHOPPER if move.what == "cancel" else Actor.OWNER
            line.add(now, EventKind.CANCEL_ASKED, by, units)
        case "withdraw":
            line.add(now, EventKind.WITHDRAWN, Actor.SHOPPER, units)
        case _:
            _answer(line, move, now)


def _answer(line: Line, move: Move, now: datetime) -> None:
    """The buyer accepts what was offered last, or names a day, or none."""
    offers = [act.revised for _, act in line.acts if act.kind in {ActKind.OPTION, ActKind.RENEWED}]
    until = {"accept": offers[-1] if offers else UNKNOWN_DAY, "open": UNKNOWN_DAY}
    kind = EventKind.TERM_SET if move.what == "term" else EventKind.CONSENTED
    line.add(now, kind, Actor.SHOPPER, expected=until.get(move.what, _in_days(now.date(), move.number)))


def trade(
    line: Line, script: Sequence[Move], *, always: bool, at_night: Callable[[date], None] = lambda _: None
) -> Iterator[Judgement]:
    """Play a year.  ``always``: judge at each hour of ``CLOCK``; else only when something happened or ``look_at`` came.

    Cancellations that are asked for are carried out at once.  ``at_night`` is called at the end of each day.
    """
    look_at: datetime | None = ORDERED
    for days in range(DAYS):
        today = FIRST_DAY + timedelta(days=days)
        for hour in CLOCK:
            now = datetime.combine(today, hour, NEW_YORK)
            happens = [move for move in script if move.days == days] if hour == NOON and line.units else []
            for move in happens:
                if line.units:
                    _happen(line, move, now)
            if now >= ORDERED and (always or happens or (look_at is not None and look_at <= now)):
                found = line.look(now)
                if found.pending:
                    line.cancelled(now, sum(act.units for act in found.pending))
                    found = line.look(now)
                look_at = found.look_at
                yield found
        at_night(today)
