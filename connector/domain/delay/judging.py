"""Judging a line: what each pack that applies makes of it, and the strictest of that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from connector.domain.delay.cases import DueAct, Judgement, Law, LineCase, Pack, Stage
from connector.domain.delay.claims import Claims, claims
from connector.domain.delay.days import day_of, later
from connector.domain.delay.ending import cancel, lapsed, refund
from connector.domain.delay.notices import moments, news, notice, outlook, reminder
from connector.domain.delay.packs import DEFAULT_DAYS, RULES, applies
from connector.domain.delay.standing import Standing, stand, stated_promise
from connector.domain.delay.strictest import latest, strictest
from connector.domain.promises import Expected

_T = TypeVar("_T")

# What is said of a line to which several packs apply: the first of these that one of them finds.
_GRAVEST = (
    Stage.NOTICE_DUE,
    Stage.MAY_END,
    Stage.SERVED,
    Stage.WAIT_CONSENT,
    Stage.TERM_RUNS,
    Stage.PROMISED,
    Stage.CONSENTED_DATE,
    Stage.WAIT_SILENCE_OK,
    Stage.CONSENTED_OPEN,
    Stage.TOLD,
)


@dataclass(frozen=True, slots=True)
class _Side:
    """The line as one pack sees it."""

    standing: Standing
    claims: Claims


@dataclass(frozen=True, slots=True)
class _Found:
    stage: Stage
    acts: tuple[DueAct, ...]
    look_at: datetime | None = None


def judge(case: LineCase, law: Law, now: datetime) -> Judgement:
    """What the law asks for now.  The same facts always give the same answer.

    The order of ``acts``: cancellation, notice, reminder, refund.  Raises ``ValueError`` for a naive datetime.
    """
    for moment in (now, case.ordered_at, *(event.at for event in case.events)):
        if moment.tzinfo is None:
            raise ValueError("A time without its zone cannot be judged.")
    packs = applies(law, case.destination)
    promised = _promised(case, law, packs)
    if not packs:
        return Judgement(_lawless(case), promised, (), None, ())
    standings = [stand(case, law, RULES[pack]) for pack in packs]
    sides = [_Side(standing, claims(case, standing)) for standing in standings]
    left, today = case.units - sides[0].claims.units_asked, day_of(now, law.zone)
    if not left or any(standing.is_too_late(today) for standing in standings):
        found = _over(case, sides, left, today)
    else:
        found = _running(case, sides, left, now)
    pending = strictest(_some(cancel(side.standing, side.claims.asked) for side in sides))
    return Judgement(found.stage, promised, found.acts, found.look_at, packs, pending)


def _over(case: LineCase, sides: Sequence[_Side], left: int, today: date) -> _Found:
    """Nothing is waited for any more: all is shipped or cancelled, asked to be, or deemed to be."""
    acts: list[DueAct | None] = []
    for side in sides:
        owed = list(side.claims.owed)
        ended = lapsed(side.standing, side.claims, left) if left and side.standing.is_too_late(today) else None
        if ended and case.cancellable:
            acts.append(cancel(side.standing, [ended]))
        elif ended:
            owed.append(ended)
        acts.append(refund(side.standing, owed))
    due = strictest(_some(acts))
    if case.units and (case.cancellable or not left):
        return _Found(Stage.CANCEL_DUE, due)
    return _Found(Stage.REFUND_DUE if due else Stage.DONE, due)


def _running(case: LineCase, sides: Sequence[_Side], left: int, now: datetime) -> _Found:
    law, told = sides[0].standing.law, _told(case, [side.standing.rules.pack for side in sides])
    ahead = outlook(case, told, day_of(now, law.zone))
    revised = latest(_some(news(side.standing, ahead, now) for side in sides))
    acts: list[DueAct | None] = [refund(side.standing, side.claims.owed) for side in sides]
    if revised is not None:
        acts += [notice(side.standing, revised, left, now) for side in sides]
        stage = Stage.NOTICE_DUE
    else:
        acts += [reminder(side.standing, ahead, left, now) for side in sides]
        stage = min((_stage(side.standing, ahead.ready, now) for side in sides), key=_GRAVEST.index)
    coming = [moment for side in sides for moment in moments(side.standing, ahead) if moment > now]
    return _Found(stage, strictest(_some(acts)), min(coming, default=None))


def _stage(standing: Standing, ready: bool, now: datetime) -> Stage:  # noqa: FBT001 -- as it is known of the goods
    bound, law = standing.bound, standing.law
    told = None if bound is None else later(bound, standing.case.on_the_way)
    silent = standing.rules.lapses is None
    missed = silent and told is not None and day_of(now, law.zone) > told
    choices = (
        (Stage.MAY_END, missed and (standing.extended or standing.case.essential)),
        (Stage.SERVED, ready),
        (Stage.TERM_RUNS, silent and standing.term),
        (Stage.WAIT_CONSENT, standing.answer_by is not None),
        (Stage.CONSENTED_OPEN, bound is None),
        (Stage.CONSENTED_DATE, standing.consented),
        (Stage.TOLD, silent and standing.noticed),
        (Stage.WAIT_SILENCE_OK, standing.noticed),
    )
    return next((stage for stage, holds in choices if holds), Stage.PROMISED)


def _some(acts: Iterable[_T | None]) -> list[_T]:
    return [act for act in acts if act is not None]


def _promised(case: LineCase, law: Law, packs: Sequence[Pack]) -> Expected:
    stated = stated_promise(case, law)
    if stated.is_known or not packs:
        return stated
    day = later(day_of(case.ordered_at, law.zone), DEFAULT_DAYS)
    return Expected(day, day)


def _told(case: LineCase, packs: Sequence[Pack]) -> Expected:
    """The day a buyer is told: one for all packs, that of delivery where one of them is about delivery."""
    if not all(RULES[pack].from_shipment for pack in packs):
        return case.delivered
    days = (case.expected.earliest, case.expected.latest)
    return Expected(*(None if day is None else later(day, case.on_the_way) for day in days))


def _lawless(case: LineCase) -> Stage:
    if not case.units:
        return Stage.DONE
    return Stage.PROMISED if case.waiting else Stage.SERVED
