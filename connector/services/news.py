"""What is said to the shopper by a message of our own where the marks of an order change: once, and true by then.

Several changes within the settle time become one message: as long as the last one has not left, the new one takes its
place and speaks of what the shopper knew before both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from connector.domain.marks import LineMark, NoticeKind, OrderMarks
from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.ports.promising import MessageKind, MessageRecord, MessageState
from connector.ports.records import OrderRecord
from connector.ports.sentence import Sentence
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.message_times import not_before
from connector.services.message_values import LineValues, Reason, line_values, news_values
from connector.services.promises import Lines, promised_at_first, reason_of

NEWS = frozenset({MessageKind.CONFIRMED, MessageKind.EARLIER, MessageKind.LATER, MessageKind.READY})
BACK = Sentence("what had changed is as it was before")
OVER = Sentence("nothing of the order waits any more")


@dataclass(frozen=True, slots=True)
class _Word:
    """A message to be made: what kind, about which lines, and what the shopper last heard of them.

    ``sends``: the kind of notice by which the owner says whether it is sent.
    """

    kind: MessageKind
    sends: NoticeKind
    lines: Sequence[LineMark]
    known: Mapping[str, Expected]


def say(
    store: StoreContext,
    uow: UnitOfWork,
    order: OrderRecord,
    kind: NoticeKind,
    marks: OrderMarks,
    events: Lines,
    asked: frozenset[str],
    *,
    silent: bool,
) -> None:
    """Called before the order's marks are replaced (``order.told`` are the old ones, ``revision`` theirs).

    ``asked``: lines about which a notice of the law says the same; ``silent``: the shopper is not to be told at all.
    """
    unsent = [
        one
        for one in uow.messages.of_order(store.key, order.id)
        if one.kind in NEWS and one.state is MessageState.PENDING
    ]
    word = None if silent else _word(kind, order.told, marks, events, unsent)
    if word is not None:
        word = replace(word, lines=[one for one in word.lines if one.line_id not in asked])
    if word is None or not word.lines or not (_is_sent(store, order, word, marks) or _matters(word)):
        # Whatever waits to be sent is true no more.
        for one in unsent:
            _drop(store, uow, one, OVER if kind is NoticeKind.CLEARED else BACK)
        return
    reference = f"BO-{order.id}-{order.revision + 1}"
    message = _message(store, order, word, marks, events, reference)
    uow.messages.add(store.key, message, instead_of=NEWS)


def _is_sent(store: StoreContext, order: OrderRecord, word: _Word, marks: OrderMarks) -> bool:
    return store.wording.note(word.sends, order.number, marks, order.language) != ""


def _word(
    kind: NoticeKind, before: OrderMarks, now: OrderMarks, events: Lines, unsent: Collection[MessageRecord]
) -> _Word | None:
    known = _known(before, events, unsent)
    waiting = [one for one in now.lines if one.waiting]
    match kind:
        case NoticeKind.CLEARED:
            return None
        case NoticeKind.READY:
            return _Word(MessageKind.READY, NoticeKind.READY, [one for one in now.lines if one.ready], known)
        case NoticeKind.WAITING:
            return _Word(MessageKind.CONFIRMED, NoticeKind.WAITING, waiting, known)
        case NoticeKind.CHANGED:  # pragma: no branch -- there is no fifth kind, and mypy sees to it
            if any(one.kind is MessageKind.CONFIRMED for one in unsent):
                return _Word(MessageKind.CONFIRMED, NoticeKind.WAITING, waiting, known)
            return _changed(before, now, known)


def _changed(before: OrderMarks, now: OrderMarks, known: Mapping[str, Expected]) -> _Word | None:
    waiting = [one for one in now.lines if one.waiting]
    later = [one for one in waiting if _is_later(one.expected_on, known.get(one.line_id, UNKNOWN_DAY).latest)]
    moved = [one for one in waiting if one.expected_on != known.get(one.line_id, UNKNOWN_DAY).latest]
    if moved:
        return _Word(MessageKind.LATER if later else MessageKind.EARLIER, NoticeKind.CHANGED, moved, known)
    there = {one.line_id: one.ready for one in before.lines}
    come = [one for one in now.lines if one.ready > there.get(one.line_id, 0)]
    return _Word(MessageKind.READY, NoticeKind.CHANGED, come, known) if come else None


def _is_later(now: date | None, before: date | None) -> bool:
    """No day at all is later than any."""
    return before is not None and (now is None or now > before)


def _known(before: OrderMarks, events: Lines, unsent: Collection[MessageRecord]) -> dict[str, Expected]:
    """By line the day that the shopper last heard of: at first the one that the shop showed."""
    known = {line_id: promised_at_first(of_line) for line_id, of_line in events.items()}
    known |= {one.line_id: Expected(one.expected_on, one.expected_on) for one in before.lines if one.waiting}
    for message in unsent:
        # Not said yet, and never to be said: what it was to take the place of still holds.
        known |= {one["line"]: _promised(one) for one in message.values["lines"]}
    return known


def _promised(line: LineValues) -> Expected:
    first, last = line["promised_from"], line["promised_until"]
    return Expected(date.fromisoformat(first) if first else None, date.fromisoformat(last) if last else None)


def _matters(word: _Word) -> bool:
    """A first word that the owner does not send is sent all the same where the shop had shown an earlier day."""
    if word.kind is not MessageKind.CONFIRMED:
        return False
    return any(_is_later(one.expected_on, word.known.get(one.line_id, UNKNOWN_DAY).latest) for one in word.lines)


def _message(
    store: StoreContext, order: OrderRecord, word: _Word, marks: OrderMarks, events: Lines, reference: str
) -> MessageRecord:
    now = store.clock()
    ready = word.kind is MessageKind.READY
    lines = [
        line_values(
            order.lines[one.line_id],
            one.ready if ready else one.waiting,
            UNKNOWN_DAY if ready else store.road.until(one.expected_on),
            word.known.get(one.line_id, UNKNOWN_DAY),
        )
        for one in word.lines
    ]
    reasons = {reason_of(events.get(one.line_id, ())) for one in word.lines}
    said = reasons.pop() if len(reasons) == 1 and word.kind in {MessageKind.LATER, MessageKind.EARLIER} else None
    rest = sum(one.waiting for one in marks.lines) if ready else 0
    return MessageRecord(
        id=0,
        kind=word.kind,
        order_id=order.id,
        subscription=0,
        language=order.language,
        values=news_values(order.number, lines, reason=said or Reason.OTHER, rest=rest),
        reference=reference,
        created_at=now,
        not_before=not_before(store, word.kind, now),
        line_ids=tuple(one["line"] for one in lines),
    )


def _drop(store: StoreContext, uow: UnitOfWork, message: MessageRecord, why: str) -> None:
    message.state, message.reason, message.next_at = MessageState.DROPPED, why, None
    uow.messages.save(store.key, message)
