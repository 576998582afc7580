"""One order line played forward: facts change, each day is judged, and what is due is carried out and written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connector.domain.delay import ActKind, DueAct, Judgement, Law, LineCase, Pack, Silence, judge
from connector.domain.promises import UNKNOWN_DAY, Actor, EventKind, Expected, PromiseEvent

NEW_YORK, BERLIN, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")
CHANGES, LOOKS = time(8), (time(9), time(18))
HOLIDAYS = {
    date.fromisoformat(day)
    for day in ("2026-11-11", "2026-11-26", "2026-12-25", "2027-01-01", "2027-01-18", "2027-02-15")
}

Happening = Callable[["Line", datetime], None]


def is_working(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def law(
    seller: str = "US",
    zone: ZoneInfo = NEW_YORK,
    packs: Iterable[Pack] = tuple(Pack),
    remind_days: int = 3,
    works: Callable[[date], bool] = is_working,
) -> Law:
    return Law(frozenset(packs), seller, remind_days, zone, works)


def day(text: str | None) -> Expected:
    """``2026-12-20``, ``2026-12-18..2026-12-20``, or None for "nobody knows"."""
    if text is None:
        return UNKNOWN_DAY
    first, _, last = text.partition("..")
    return Expected(date.fromisoformat(first), date.fromisoformat(last or first))


def shifted(expected: Expected, days: int) -> Expected:
    return Expected(*(one and one + timedelta(days=days) for one in (expected.earliest, expected.latest)))


@dataclass
class Line:
    law: Law
    ordered_at: datetime
    destination: str = "US"
    units: int = 1
    waiting: int = 1
    expected: Expected = UNKNOWN_DAY  # the day it leaves
    on_the_way: int = 0
    essential: bool = False
    cancellable: bool = True
    sends: bool = True
    events: list[PromiseEvent] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    acts: list[tuple[datetime, DueAct]] = field(default_factory=list)

    def case(self) -> LineCase:
        delivered = shifted(self.expected, self.on_the_way)
        return LineCase(
            self.ordered_at,
            self.destination,
            self.units,
            min(self.waiting, self.units),
            self.expected,
            delivered,
            tuple(self.events),
            self.essential,
            self.cancellable,
            self.on_the_way,
        )

    def judge(self, now: datetime) -> Judgement:
        return judge(self.case(), self.law, now)

    def add(self, at: datetime, kind: EventKind, by: Actor, units: int = 0, expected: Expected = UNKNOWN_DAY) -> None:
        self.events.append(PromiseEvent(at.astimezone(UTC), kind, by, units, expected))

    def look(self, now: datetime) -> Judgement:
        """Judge and carry out what is due, until nothing is."""
        for _ in range(4):
            found = self.judge(now)
            for act in found.acts:
                self._carry_out(act, now)
            if not found.acts or not self.sends:
                return found
        raise AssertionError(f"There is no end of it: {found.acts}")

    def _carry_out(self, act: DueAct, now: datetime) -> None:
        said = written(act, self.law)
        if not self.told or self.sends or not self.told[-1].endswith(said):
            self.told.append(f"{now.astimezone(self.law.zone):%Y-%m-%d} {said}")
            self.acts.append((now, act))
        match act.kind:
            case ActKind.OPTION | ActKind.RENEWED | ActKind.REMIND if not self.sends:
                pass
            case ActKind.OPTION | ActKind.RENEWED:
                self.add(now, EventKind.OPTION, Actor.SERVICE, act.units, act.revised)
            case ActKind.REMIND:
                self.add(now, EventKind.REMINDED, Actor.SERVICE, act.units)
            case ActKind.CANCEL:
                self.add(now, EventKind.CANCEL_ASKED, Actor.SERVICE, act.units)
                self.cancelled(now, act.units)
            case ActKind.REFUND:
                self.add(now, EventKind.REFUNDED, Actor.SERVICE, act.units)

    def cancelled(self, now: datetime, units: int) -> None:
        self.add(now, EventKind.CANCELLED, Actor.PLATFORM, units)
        self.units -= units

    def shipped(self, now: datetime, units: int) -> None:
        self.add(now, EventKind.SHIPPED, Actor.PLATFORM, units)
        self.units -= units


def written(act: DueAct, of: Law) -> str:
    """As a person would note it down: what, by which rule, by when, what it offers, what silence means."""
    words = f"{act.kind.value} {act.rule} by {act.deadline.astimezone(of.zone):%Y-%m-%d}"
    if act.kind in {ActKind.OPTION, ActKind.RENEWED, ActKind.REMIND}:
        words += f", offers {_written_day(act.revised)}"
    if act.silence:
        words += f", silence {'consents' if act.silence is Silence.CONSENTS else 'cancels'} {act.answer_by}"
    if act.pack is not Pack.US and act.may_end and act.kind in {ActKind.OPTION, ActKind.RENEWED}:
        words += ", may end"
    return words + (f" x{act.units}" if act.units > 1 else "")


def _written_day(expected: Expected) -> str:
    if expected.latest is None:
        return "no day"
    return f"{expected.earliest}..{expected.latest}" if expected.is_range else f"{expected.latest}"


def play(line: Line, happenings: Iterable[tuple[str, Happening]]) -> list[str]:
    """Judge each day at nine and at six, from the order to a week after the last thing that happens."""
    by_day: dict[date, list[Happening]] = {}
    for text, happening in happenings:
        by_day.setdefault(date.fromisoformat(text), []).append(happening)
    zone = line.law.zone
    today = line.ordered_at.astimezone(zone).date()
    while today <= max(by_day) + timedelta(days=7):
        for happening in by_day.get(today, ()):
            happening(line, datetime.combine(today, CHANGES, zone))
        for hour in LOOKS:
            now = datetime.combine(today, hour, zone)
            if now >= line.ordered_at:
                line.look(now)
        today += timedelta(days=1)
    return line.told


def plan(text: str | None) -> Happening:
    """The newest confirmed plan has the goods leave then."""

    def happen(line: Line, now: datetime) -> None:
        del now
        line.expected = day(text)

    return happen


def arrive(line: Line, now: datetime) -> None:
    del now
    line.waiting, line.expected = 0, UNKNOWN_DAY


def ship(units: int | None = None) -> Happening:
    return lambda line, now: line.shipped(now, line.units if units is None else units)


def answer(kind: EventKind, until: str | None = None, units: int = 0, by: Actor = Actor.SHOPPER) -> Happening:
    return lambda line, now: line.add(now, kind, by, units, day(until))


def wait(until: str | None) -> Happening:
    """The buyer says in so many words: I will wait, until then or without a day."""
    return answer(EventKind.CONSENTED, until)


def term(until: str) -> Happening:
    """The buyer sets an additional period."""
    return answer(EventKind.TERM_SET, until)


def cancel(units: int = 1, by: Actor = Actor.SHOPPER) -> Happening:
    return answer(EventKind.CANCEL_ASKED, units=units, by=by)


def withdraw(units: int = 1) -> Happening:
    return answer(EventKind.WITHDRAWN, units=units)


def carried_out(units: int = 1) -> Happening:
    """The platform has cancelled the units."""
    return lambda line, now: line.cancelled(now, units)


def notice_sent(until: str | None) -> Happening:
    """A notice leaves at that moment, whether it is still worth anything or not."""
    return answer(EventKind.OPTION, until, by=Actor.SERVICE)


def mail(*, works: bool) -> Happening:
    def happen(line: Line, now: datetime) -> None:
        del now
        line.sends = works

    return happen


def end(line: Line, now: datetime) -> None:
    """Nothing happens; the days are judged until here."""
    del line, now
