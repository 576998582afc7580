"""A shopper withdraws from the contract on their page (Directive 2011/83, art. 11a)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from connector.domain.promises import EventKind
from connector.ports.promising import AmendmentKind, AmendmentState, MessageKind
from connector.ports.sentence import Sentence
from connector.services.amended import end_of, send
from connector.services.context import StoreContext
from connector.services.message_people import seal_stated
from connector.services.message_values import line_values, withdrawal_values
from connector.services.shopper import LineView, OrderView
from connector.services.shopper_act import Act, NotPossible, Page, Why, acting
from connector.services.shopper_law import WITHDRAWAL_RULE

WITHDRAWAL_REFUND = timedelta(days=14)
"""Directive 2011/83, art. 13(1)."""


def withdraw(store: StoreContext, page: Page, units: Mapping[str, int], name: str, contact: str) -> None:
    """The shopper withdraws from the contract for these units by line (Directive 2011/83, art. 11a).

    What has not left is cancelled like anything else; what has, the owner takes back.  The acknowledgement goes out at
    once, with the content of the statement and its time.
    """
    with acting(store, page) as act:
        if not act.view.withdraws:
            raise NotPossible(Why.CLOSED)
        waits, sent = _parted(act.view, units)
        _withdraw_unsent(act, waits)
        for line_id, count in sent.items():
            made = act.amendment(
                AmendmentKind.WITHDRAW,
                line_id,
                count,
                reason=Sentence("The shopper withdrew from the contract; these units have left."),
                rule=WITHDRAWAL_RULE,
                state=AmendmentState.OWNER,
                deadline=end_of(store, store.day_of(act.now) + WITHDRAWAL_REFUND),
            )
            made.said = "sent"
            act.to_owner(made, {line_id: count})
        _acknowledge(act, {line: waits.get(line, 0) + sent.get(line, 0) for line in units}, name, contact)


def withdrawable(line: LineView) -> int:
    """Units of a line that the contract can be withdrawn for: those that wait and those that were sent."""
    withdrawn = sum(
        one.units
        for one in line.changes
        if one.amendment.kind is AmendmentKind.WITHDRAW and one.amendment.reason.endswith("have left.")
    )
    return line.free + max(0, line.line.shipped - withdrawn)


def _parted(seen: OrderView, units: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Those that have not left, and those that have."""
    waits: dict[str, int] = {}
    sent: dict[str, int] = {}
    for line_id, count in units.items():
        line = seen.line(line_id)
        if line is None or count < 1 or count > withdrawable(line):
            raise NotPossible(Why.GONE)
        waits[line_id] = min(count, line.free)
        sent[line_id] = count - waits[line_id]
    if not waits:
        raise NotPossible(Why.CHOICE)
    return {line: one for line, one in waits.items() if one}, {line: one for line, one in sent.items() if one}


def _withdraw_unsent(act: Act, waits: Mapping[str, int]) -> None:
    """One amendment where that is all of the order, so that it is cancelled whole and told in one message."""
    whole = len(waits) > 1 and all(waits.get(one.line.id, 0) == one.free for one in act.view.lines)
    parts = [("", waits)] if whole else [(line, {line: count}) for line, count in waits.items()]
    for line_id, part in parts:
        made = act.amendment(
            AmendmentKind.WITHDRAW,
            line_id,
            sum(part.values()),
            reason=Sentence("The shopper withdrew from the contract."),
            rule=WITHDRAWAL_RULE,
            deadline=end_of(act.store, act.store.day_of(act.now) + WITHDRAWAL_REFUND),
        )
        for line, count in part.items():
            act.asked(line, EventKind.WITHDRAWN, count, made)


def _acknowledge(act: Act, units: Mapping[str, int], name: str, contact: str) -> None:
    order, store = act.view.order, act.store
    lines = [line_values(order.lines[line], count) for line, count in units.items()]
    whole = all(units.get(one.line.id, 0) == withdrawable(one) for one in act.view.lines)
    at = act.now.astimezone(store.zone).isoformat(timespec="seconds")
    values = withdrawal_values(order.number, lines, at=at, whole=whole)
    reference = f"{act.reference}-withdrawal"
    to = seal_stated(store, {"name": name, "contact": contact})
    send(store, act.uow, order, MessageKind.WITHDRAWAL, values, tuple(units), reference, rule=WITHDRAWAL_RULE, to=to)
