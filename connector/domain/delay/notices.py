"""When a miss is known, what is then said to the buyer, and until when an answer is waited for.

A miss is *known* as soon as the plan's day is later than the last one the buyer knows of.  Where the plan has no day,
or one that has passed, nobody knows that it will be missed, nor can anybody say that it will be met: the buyer is asked
``UNSURE_DAYS`` before.  And what has not left by ``LAST_CALL`` of the last day itself is taken for missed, for a notice
after that day is none (16 CFR 435.2(b)(1)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from connector.domain.delay.cases import ActKind, DueAct, LineCase, Silence
from connector.domain.delay.days import LAST_CALL, MORNING, at, begin_of, day_of, end_of, later
from connector.domain.delay.standing import Standing, leaves_by
from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.domain.working_time import add_working_days

UNSURE_DAYS = 7
"""Before the last day, where nobody knows: enough to answer, and late enough for a supplier to have named a day."""

READY_DAYS = 5
"""Working days that are offered where the goods are there and have only to leave: these can be believed in."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is to be expected, as far as it can be believed on the day.  ``leaves`` None: nobody knows.

    ``told``: the same as a buyer is told it.  ``ready``: all units are there.
    """

    leaves: date | None
    told: Expected
    ready: bool

    def by(self, day: date) -> bool:
        return self.ready if self.leaves is None else self.leaves <= day


def outlook(case: LineCase, told: Expected, today: date) -> Outlook:
    """A day that has passed is no date: the goods are late, and nobody has said how late."""
    leaves = leaves_by(told, case)
    if leaves is None or leaves < today:
        return Outlook(None, UNKNOWN_DAY, not case.waiting)
    return Outlook(leaves, told, not case.waiting)


def news(standing: Standing, ahead: Outlook, now: datetime) -> Expected | None:
    """The day to offer, where there is something to be said: unknown where we cannot give one."""
    zone, reference = standing.law.zone, standing.reference
    if reference is None:
        return None
    if ahead.leaves is not None and ahead.leaves > reference:
        return ahead.told
    if ahead.leaves is None and not ahead.ready and now >= at(later(reference, -UNSURE_DAYS), MORNING, zone):
        return UNKNOWN_DAY
    if now < at(reference, LAST_CALL, zone):
        return None
    if not ahead.ready:
        return UNKNOWN_DAY
    day = add_working_days(day_of(now, zone), READY_DAYS, standing.law.is_working)
    told = later(day, standing.case.on_the_way)
    return Expected(told, told)


def notice(standing: Standing, revised: Expected, units: int, now: datetime) -> DueAct | None:
    """The notice that offers ``revised``.  None where the buyer needs no more of them.

    Also asked where the news is news under another pack only: who gets the notice is bound by all that apply.
    """
    if standing.bound is None:
        return None
    first, rules = standing.first or not standing.noticed, standing.rules
    silence, answer_by = standing.silence_after(leaves_by(revised, standing.case))
    return DueAct(
        kind=ActKind.OPTION if first else ActKind.RENEWED,
        rule=rules.option if first else rules.renewed,
        deadline=_deadline(standing, now),
        revised=revised,
        silence=silence,
        answer_by=answer_by,
        units=units,
        pack=rules.pack,
        may_end=rules.lapses is not None or standing.case.essential or standing.extended,
    )


def _deadline(standing: Standing, now: datetime) -> datetime:
    """The end of the day that binds; once that is over, of the last day the buyer may answer or knows of."""
    zone, today, bound = standing.law.zone, day_of(now, standing.law.zone), standing.bound
    days = (bound, standing.answer_by, standing.reference)
    day = next((day for day in days if day is not None and day >= today), bound) or today
    return end_of(day if standing.rules.from_shipment else later(day, standing.case.on_the_way), zone)


def reminder(standing: Standing, ahead: Outlook, units: int, now: datetime) -> DueAct | None:
    """Of an open choice that ends by cancelling; not where the goods leave before that, nor right after asking."""
    moment = _remind_at(standing)
    if moment is None or standing.offer is None or standing.answer_by is None:
        return None
    if standing.reminded or now < moment or ahead.by(standing.answer_by):
        return None
    return DueAct(
        kind=ActKind.REMIND,
        rule=standing.rules.option if standing.first else standing.rules.renewed,
        deadline=end_of(standing.answer_by, standing.law.zone),
        revised=standing.offer.told,
        silence=Silence.CANCELS,
        answer_by=standing.answer_by,
        units=units,
        pack=standing.rules.pack,
    )


def _remind_at(standing: Standing) -> datetime | None:
    days = standing.law.remind_days
    if not days or standing.offer is None or standing.answer_by is None:
        return None
    day = later(standing.answer_by, -days)
    return at(day, MORNING, standing.law.zone) if standing.offer.on < day else None


def moments(standing: Standing, ahead: Outlook) -> Iterator[datetime]:
    """When time alone may change what is due; some of them change nothing."""
    zone, reference = standing.law.zone, standing.reference
    if reference is not None:
        yield at(later(reference, -UNSURE_DAYS), MORNING, zone)
        yield at(reference, LAST_CALL, zone)
    ends = (reference, standing.bound, standing.lapses_after, ahead.leaves)
    yield from (begin_of(later(day, 1), zone) for day in ends if day is not None)
    if standing.bound is not None:
        yield begin_of(later(standing.bound, standing.case.on_the_way + 1), zone)
    remind_at = _remind_at(standing)
    if remind_at is not None:
        yield remind_at
