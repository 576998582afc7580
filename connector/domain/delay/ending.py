"""Cancellations and refunds: what is to be carried out, by when, and by which provision.

The deadline of a cancellation is that of the refund it leads to: the law deems an order cancelled by itself, and counts
only the days to the money.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from connector.domain.delay.cases import ActKind, DueAct
from connector.domain.delay.claims import Claim, Claims
from connector.domain.delay.days import end_of
from connector.domain.delay.packs import Rules
from connector.domain.delay.standing import Standing
from connector.domain.promises import UNKNOWN_DAY, Actor


def lapsed(standing: Standing, claimed: Claims, left: int) -> Claim | None:
    """The claim of a buyer whose order the law has ended.  Not to be asked before that.

    None where the law ends nothing by itself, and where an order that cannot be changed any more is refunded already.
    """
    since = standing.lapses_after
    units = left if standing.case.cancellable else left - claimed.refunded_ahead
    return None if since is None or units <= 0 else Claim(units, since, Actor.SERVICE)


def cancel(standing: Standing, claims: Sequence[Claim]) -> DueAct | None:
    if not claims:
        return None
    return _act(standing, ActKind.CANCEL, claims, _why(standing, claims[0]))


def refund(standing: Standing, claims: Sequence[Claim]) -> DueAct | None:
    if not claims:
        return None
    rules = standing.rules
    first = min(claims, key=lambda claim: claim.since)
    return _act(standing, ActKind.REFUND, claims, rules.withdrawal_refund if first.withdrawn else rules.refund)


def _why(standing: Standing, claim: Claim) -> str:
    rules = standing.rules
    if claim.withdrawn:
        return rules.withdrawal_refund
    match claim.by:
        case Actor.SHOPPER:
            return rules.asked_by_buyer
        case Actor.SERVICE:
            return _lapse(standing, rules)
        case _:
            return rules.asked_by_seller


def _lapse(standing: Standing, rules: Rules) -> str:
    if rules.lapses is None:
        return rules.asked_by_seller
    if not standing.noticed:
        return rules.lapses.unnoticed
    return rules.lapses.unanswered if standing.first else rules.lapses.missed


def _act(standing: Standing, kind: ActKind, claims: Sequence[Claim], rule: str) -> DueAct:
    since = min(claim.since for claim in claims)
    return DueAct(
        kind=kind,
        rule=rule,
        deadline=_paid_by(standing, since),
        revised=UNKNOWN_DAY,
        silence=None,
        answer_by=None,
        units=sum(claim.units for claim in claims),
        pack=standing.rules.pack,
    )


def _paid_by(standing: Standing, since: date) -> datetime:
    return end_of(standing.rules.refund_by(since, standing.law), standing.law.zone)
