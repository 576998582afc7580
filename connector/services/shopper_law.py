"""What the law gives the shopper for one order line, beside what the shop grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connector.domain.delay import Judgement, Law, LineCase, Pack, Stage, applies, judge
from connector.domain.delay.packs import RULES
from connector.domain.promises import UNKNOWN_DAY, EventKind, Expected, PromiseEvent
from connector.ports.promising import TermsRecord
from connector.ports.records import LineRecord, OrderRecord
from connector.services.context import StoreContext

FREE = frozenset(
    {
        Stage.NOTICE_DUE,
        Stage.WAIT_SILENCE_OK,
        Stage.WAIT_CONSENT,
        Stage.TOLD,
        Stage.MAY_END,
        Stage.CONSENTED_OPEN,
        Stage.CANCEL_DUE,
        Stage.REFUND_DUE,
    }
)
"""Where the shopper may have the money back whatever the shop's own terms say."""

ASKED = frozenset({Stage.WAIT_SILENCE_OK, Stage.WAIT_CONSENT, Stage.TOLD})
"""Where an answer to a notice is still worth something."""

SETS_TERM = frozenset({Pack.EU, Pack.UK})
TERM_RULES = {Pack.EU: "Directive 2011/83, art. 18(2)", Pack.UK: "Consumer Rights Act 2015, s. 28"}
WITHDRAWAL_RULE = "Directive 2011/83, art. 9 and 11a"


@dataclass(frozen=True, slots=True)
class Asked:
    """The newest notice that asks "wait or cancel?" and has no answer yet.  ``event`` is of the line."""

    event: PromiseEvent


@dataclass(frozen=True, slots=True)
class Rights:
    """``cancels``: the provision by which units may be taken back at no cost, empty where there is none; ``asked``: an
    open choice; ``sets_term``: the provision by which the shopper may set a last day, empty likewise; ``promised``: the
    day that binds.
    """

    promised: Expected = UNKNOWN_DAY
    cancels: str = ""
    asked: Asked | None = None
    sets_term: str = ""


NONE = Rights()


def law_of(store: StoreContext) -> Law:
    rules = store.rules.law
    packs = frozenset(Pack(one) for one in rules.packs)
    return Law(packs, rules.seller, rules.remind_days, store.zone, store.is_working)


def case_of(
    store: StoreContext, order: OrderRecord, line: LineRecord, terms: TermsRecord, events: Sequence[PromiseEvent]
) -> LineCase:
    delivered = store.road.until(line.expected_on) if line.waiting else UNKNOWN_DAY
    days = (None if day is None else store.road.left_by(day) for day in (delivered.earliest, delivered.latest))
    return LineCase(
        ordered_at=terms.paid_at or order.taken_at,
        destination=terms.country,
        units=line.outstanding,
        waiting=line.waiting,
        expected=Expected(*days),
        delivered=delivered,
        events=tuple(events),
        essential=terms.essential,
        on_the_way=store.road.most,
    )


def rights_of(
    store: StoreContext,
    order: OrderRecord,
    line: LineRecord,
    terms: TermsRecord,
    events: Sequence[PromiseEvent],
    now: datetime,
) -> Rights:
    if not line.outstanding:
        return NONE
    judged = judge(case_of(store, order, line, terms, events), law_of(store), now)
    today = store.day_of(now)
    asked = _asked(events) if judged.stage in ASKED else None
    missed = judged.promised.latest is not None and judged.promised.latest < today and bool(judged.packs)
    free = judged.stage in FREE or asked is not None or missed
    return Rights(
        judged.promised,
        cancels=_rule(judged, asked) if free else "",
        asked=asked,
        sets_term=_term_rule(judged) if missed and judged.stage is not Stage.TERM_RUNS else "",
    )


def may_withdraw(store: StoreContext, terms: TermsRecord) -> bool:
    """Whether the contract can be withdrawn from on the page: the goods go to the Union, or the seller sits there."""
    return Pack.EU in applies(law_of(store), terms.country)


def refund_day(store: StoreContext, terms: TermsRecord, moment: datetime) -> date:
    """The last day for money to be sent to which a right arises at this moment, by the strictest rule that applies."""
    law = law_of(store)
    day = store.day_of(moment)
    return min((RULES[pack].refund_by(day, law) for pack in applies(law, terms.country) or (Pack.US,)), default=day)


def _asked(events: Sequence[PromiseEvent]) -> Asked | None:
    for event in reversed(events):
        if event.kind is EventKind.OPTION:
            return Asked(event)
        if event.kind in {EventKind.CONSENTED, EventKind.TERM_SET}:
            return None
    return None


def _rule(judged: Judgement, asked: Asked | None) -> str:
    if asked is not None and asked.event.rule:
        return asked.event.rule
    return RULES[judged.packs[0]].asked_by_buyer if judged.packs else ""


def _term_rule(judged: Judgement) -> str:
    return next((TERM_RULES[pack] for pack in judged.packs if pack in SETS_TERM), "")
