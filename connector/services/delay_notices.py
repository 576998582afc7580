"""The notices that ask "wait or cancel?": one message for all lines of an order about which the same is to be said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from connector.domain.delay import ActKind, DueAct, Judgement
from connector.domain.journal import Entry
from connector.domain.promises import PromiseEvent
from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.ports.records import LineRecord, OrderRecord
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_times import not_before
from connector.services.message_values import (
    OwnerMatter,
    Reason,
    Silence,
    Values,
    iso,
    line_values,
    option_values,
)
from connector.services.owner_mail import tell_owner
from connector.services.promises import reason_of

KINDS = frozenset({MessageKind.OPTION, MessageKind.REMINDER})
NEWS = frozenset({MessageKind.CONFIRMED, MessageKind.EARLIER, MessageKind.LATER, MessageKind.READY})
UNSAID = frozenset({MessageState.PENDING, MessageState.SENDING})
UNDELIVERED = frozenset({MessageState.PARKED, MessageState.BOUNCED})


@dataclass(frozen=True, slots=True)
class Asking:
    """A notice or a reminder that is due for one line."""

    line: LineRecord
    act: DueAct
    judgement: Judgement
    events: Sequence[PromiseEvent]


class _Same(NamedTuple):
    """What makes it one message."""

    kind: MessageKind
    rule: str
    silence: Silence
    answer_by: date | None
    may_end: bool
    renewed: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: MessageKind
    values: Values
    line_ids: tuple[str, ...]
    rule: str
    deadline: datetime


def ask(store: StoreContext, uow: UnitOfWork, order: OrderRecord, asking: Collection[Asking]) -> frozenset[str]:
    """Have exactly these notices wait to be sent; the lines they are about.

    One that lies there already stays, with its reference; one that is due no more, or says another day, is dropped.
    What no channel took is not tried again by itself: the owner is told, for the law goes on as if nothing was said.
    """
    wanted = [_wanted(order, group) for group in _groups(asking)]
    held = [one for one in uow.messages.of_order(store.key, order.id) if one.kind in KINDS | NEWS]
    standing = {id(one): _standing(one, held) for one in wanted}
    kept = {one.id for one in standing.values() if one is not None}
    for old in held:
        if old.kind in KINDS and old.state is MessageState.PENDING and old.id not in kept:
            _drop(store, uow, old, Sentence("it is due no more, or a newer one says another day"))
    number = sum(one.kind in KINDS for one in held)
    asked: set[str] = set()
    for one in wanted:
        there = standing[id(one)]
        if there is None:
            number += 1
            _add(store, uow, order, one, f"BO-{order.id}-O{number}")
            asked.update(one.line_ids)
        elif there.state in UNDELIVERED:
            _tell_undelivered(store, uow, order, there)
        elif there.state in UNSAID:
            asked.update(one.line_ids)
    for old in held:
        # The notice says the new day too: one thing, one message.
        if old.kind in NEWS and old.state is MessageState.PENDING and old.line_ids and asked.issuperset(old.line_ids):
            _drop(store, uow, old, Sentence("a notice of the law says the same"))
    return frozenset(asked)


def _groups(asking: Collection[Asking]) -> Collection[Sequence[Asking]]:
    found: dict[_Same, dict[str, Asking]] = {}
    for one in asking:
        act = one.act
        same = _Same(
            MessageKind.REMINDER if act.kind is ActKind.REMIND else MessageKind.OPTION,
            act.rule,
            _silence(act),
            act.answer_by,
            act.may_end,
            act.kind is ActKind.RENEWED,
        )
        found.setdefault(same, {}).setdefault(one.line.id, one)
    return [list(of_lines.values()) for of_lines in found.values()]


def _silence(act: DueAct) -> Silence:
    if act.silence is None:
        return ""
    return "consents" if act.silence.value == "consents" else "cancels"


def _wanted(order: OrderRecord, group: Sequence[Asking]) -> _Wanted:
    first = group[0].act
    lines = [
        line_values(one.line, one.act.units, one.act.revised, one.judgement.promised)
        for one in sorted(group, key=lambda one: one.line.id)
    ]
    reasons = {reason_of(one.events) for one in group} - {Reason.EARLY}
    values = option_values(
        order.number,
        lines,
        reason=reasons.pop() if len(reasons) == 1 else Reason.OTHER,
        silence=_silence(first),
        answer_by=first.answer_by,
        rule=first.rule,
        laws=sorted({pack.value for one in group for pack in one.judgement.packs}),
        renewed=first.kind is ActKind.RENEWED,
        may_end=first.may_end,
    )
    kind = MessageKind.REMINDER if first.kind is ActKind.REMIND else MessageKind.OPTION
    deadline = min(one.act.deadline for one in group)
    return _Wanted(kind, values, tuple(one["line"] for one in lines), first.rule, deadline)


def _standing(wanted: _Wanted, held: Collection[MessageRecord]) -> MessageRecord | None:
    """The newest message that says just this and was not taken back."""
    for one in reversed(list(held)):
        if one.kind is wanted.kind and one.state is not MessageState.DROPPED and one.values == wanted.values:
            return one
    return None


def _add(store: StoreContext, uow: UnitOfWork, order: OrderRecord, wanted: _Wanted, reference: str) -> None:
    now = store.clock()
    message = MessageRecord(
        id=0,
        kind=wanted.kind,
        order_id=order.id,
        subscription=0,
        language=order.language,
        values=wanted.values,
        reference=reference,
        created_at=now,
        not_before=not_before(store, wanted.kind, now, wanted.deadline),
        line_ids=wanted.line_ids,
        rule=wanted.rule,
        deadline=wanted.deadline,
    )
    uow.messages.add(store.key, message)
    facts = {
        "kind": wanted.kind.value,
        "reference": reference,
        "rule": wanted.rule,
        "promised": wanted.values["promised"],
        "expected_on": wanted.values["revised"],
        "silence": wanted.values["silence"],
        "answer_by": wanted.values["answer_by"],
        "deadline": iso(store.day_of(wanted.deadline)),
        "lines": list(wanted.line_ids),
    }
    uow.journal.append(store.key, [Entry(now, "option_due", order_id=order.id, facts=facts)])


def _tell_undelivered(store: StoreContext, uow: UnitOfWork, order: OrderRecord, message: MessageRecord) -> None:
    tell_owner(
        store,
        uow,
        OwnerMatter.UNSENT,
        message.reference,
        order=order,
        lines=message.values["lines"],
        rule=message.rule,
        deadline=message.deadline,
        said=message.reason,
    )


def _drop(store: StoreContext, uow: UnitOfWork, message: MessageRecord, why: str) -> None:
    message.state, message.reason, message.next_at = MessageState.DROPPED, why, None
    uow.messages.save(store.key, message)
