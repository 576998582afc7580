"""Send messages to people: each once, by the first channel that takes it.

A message is claimed by a guarded update with a lease.  If we die between handing it over and writing that down, the
lease ends and it is handed over again under the same reference (``again``): at least once.  A channel that fails for
now is tried again, then the next one; one that refuses is never asked again.  Nothing is ever lost: what nobody takes
is parked, and its owner told.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog

from connector.domain.journal import Entry
from connector.ports import tracing
from connector.ports.counting import MESSAGES, count
from connector.ports.failures import Failure, OwnerMustAct, Refused, TryLater, outcome_of
from connector.ports.promising import (
    NEVER_BY_IT,
    Channel,
    MessageKind,
    MessageRecord,
    MessageState,
    Outgoing,
    Written,
)
from connector.ports.sentence import Sentence, cut, together
from connector.ports.unit_of_work import UnitOfWork
from connector.services.context import StoreContext
from connector.services.delays import look_again, option_sent
from connector.services.message_people import OWNERS, Person, Unwanted, is_late, is_pressing, person_for
from connector.services.patience import backoff
from connector.services.restock import invited_sent
from connector.services.sentences import kept
from connector.services.set_aside import ENDS_THE_TURN
from connector.services.stumbled import named

log = structlog.get_logger()

BATCH = 20
LOOKED_AT = 50
ENOUGH = 4
"""Attempts by one channel before the next one is tried."""
NEAR = timedelta(hours=12)
"""So near to its deadline a message is not kept waiting for a channel."""
GIVEN_UP = timedelta(days=7)
"""After so long without any channel a person must look."""
SPARE = timedelta(minutes=5)
"""Before its deadline it is tried once more."""
SENSIBLE = 300
"""The most that is written down of why."""
NO_ADDRESS = Sentence("there is no address to reach anybody at")
NOTE = "note"
"""The channel that is the shop itself."""
ASK = frozenset({MessageKind.OPTION, MessageKind.REMINDER})
UNSAID = (MessageState.PENDING, MessageState.SENDING)


@dataclass
class _Batch:
    """What is remembered from one message to the next: a fault that only a person can mend is raised at the end."""

    sent: int = 0
    seen: int = 0
    worked: set[str] = field(default_factory=set)
    fault: OwnerMustAct | None = None


def send_messages(store: StoreContext, *, only: Collection[MessageKind] | None = None) -> int:
    """Send one batch (``only``: of these kinds); how many went out.  What the shop itself raises ends the batch and is
    raised on, and so is, at its end, what only the owner can mend; the messages wait.
    """
    if store.composer is None or not anything_unsent(store, only):
        return 0
    batch = _Batch()
    try:
        while batch.seen < BATCH and (message := _claim(store, only)) is not None:
            batch.seen += 1
            _send_or_put_off(store, message, batch)
    finally:
        for channel in store.channels:
            channel.rest()
    _mended(store, batch.worked)
    if batch.fault is not None:
        raise batch.fault
    return batch.sent


def anything_unsent(store: StoreContext, only: Collection[MessageKind] | None = None) -> bool:
    """Whether it is worth to look, without keeping anybody from writing.  ``only``: among the newest."""
    with store.work(read_only=True) as uow:
        newest = uow.messages.find(store.key, UNSAID, 1 if only is None else LOOKED_AT)
    return any(only is None or one.kind in only for one in newest)


def _claim(store: StoreContext, only: Collection[MessageKind] | None) -> MessageRecord | None:
    """One at a time: claimed in a batch, the last one's lease could end while it is being sent."""
    now = store.clock()
    with store.work() as uow:
        claimed = uow.messages.claim(store.key, now, now + store.lease, 1, only)
        uow.commit()
    return claimed[0] if claimed else None


def _send_or_put_off(store: StoreContext, message: MessageRecord, batch: _Batch) -> None:
    """A fault of ours in one message must not hold up the others: it is tried again, and parked in the end."""
    try:
        _send(store, message, batch)
    except ENDS_THE_TURN:
        raise
    except Exception as error:
        log.exception("message.bug", store=store.key, reference=message.reference)
        if store.clock() - message.created_at >= GIVEN_UP:
            _unsent(store, message, MessageState.PARKED, named(error))
        else:
            _postpone(store, message, named(error), timedelta())


def _send(store: StoreContext, message: MessageRecord, batch: _Batch) -> None:
    if is_late(message, store):
        state = MessageState.PARKED if message.kind.is_legal else MessageState.DROPPED
        _unsent(store, message, state, Sentence("its deadline passed before it could be sent"))
        return
    try:
        person = person_for(store, message)
    except Unwanted as why:
        _unsent(store, message, MessageState.DROPPED, why.args[0])
        return
    except Refused as refused:
        _unsent(store, message, MessageState.PARKED, refused.said)
        return
    except Failure as failure:
        # The shop is away: that says nothing of any channel, and every other message would meet the same.
        _postpone(store, message, failure.said, _asked_to_wait(failure))
        raise
    written = _written(store, message, person)
    if written is not None:
        _try_channels(store, message, _Said(person, written), batch)


@dataclass(frozen=True, slots=True)
class _Said:
    person: Person
    written: Written


def _written(store: StoreContext, message: MessageRecord, person: Person) -> Written | None:
    """None where it cannot be put into words, which is a fault of ours: it is parked, and the others go on."""
    assert store.composer is not None  # noqa: S101 -- for mypy; nothing is claimed without one
    try:
        return store.composer.write(
            message.kind, _language(store, message, person), {**message.values, **person.places, **person.stated}
        )
    except Exception as error:
        log.exception("message.not_written", store=store.key, reference=message.reference)
        _unsent(
            store,
            message,
            MessageState.PARKED,
            Sentence("it could not be written: %(error)s", error=type(error).__name__),
        )
        return None


def _language(store: StoreContext, message: MessageRecord, person: Person) -> str:
    """An owner is spoken to in the language of the store, whatever the order's is."""
    spoken = "" if message.kind in OWNERS else message.language
    return spoken or person.language or store.language


def _try_channels(store: StoreContext, message: MessageRecord, said: _Said, batch: _Batch) -> None:
    """By the channel whose turn it is; by the next one at once where that refuses, or there is no time to wait."""
    outgoing = _outgoing(store, message, said)
    pressing = is_pressing(message, store, NEAR)
    asked: set[str] = set()
    failure: Failure | None = None
    while (channel := _next(store, message, outgoing, asked)) is not None:
        asked.add(channel.name)
        message.channel = channel.name
        with tracing.span(
            "message", store=store.key, message=message.id, kind=message.kind.value, channel=channel.name
        ):
            failure = _hand_over(channel, outgoing, said.written)
        count(MESSAGES, channel.name, outcome_of(failure))
        if failure is None:
            batch.sent += 1
            batch.worked.add(channel.name)
            _sent(store, message, said)
            return
        _note(message, channel.name, failure)
        if isinstance(failure, OwnerMustAct) and channel.name != NOTE:
            batch.fault = failure
        if not isinstance(failure, Refused) and not pressing:
            break
    hopeless = not _ways(store, message, outgoing) or store.clock() - message.created_at >= GIVEN_UP
    if hopeless:
        _unsent(store, message, MessageState.PARKED, message.reason or NO_ADDRESS)
        return
    _postpone(store, message, message.reason, _asked_to_wait(failure))
    if channel is not None and channel.name == NOTE and failure is not None:
        raise failure  # it is the shop that is away


def _hand_over(channel: Channel, outgoing: Outgoing, written: Written) -> Failure | None:
    """What became of it; None: the channel took it."""
    if channel.name == "sms":
        outgoing = replace(outgoing, text=written.short, html="")
    try:
        channel.send(outgoing)
    except Failure as failure:
        return failure
    except Exception as error:
        log.exception("channel.broke", channel=channel.name, reference=outgoing.reference)
        return Refused("bug", type(error).__name__)
    return None


def _outgoing(store: StoreContext, message: MessageRecord, said: _Said) -> Outgoing:
    person, written = said.person, said.written
    return Outgoing(
        message.reference,
        message.kind,
        message.order_id,
        person.email,
        person.phone,
        _language(store, message, person),
        written.subject,
        written.text,
        written.html,
        person.unsubscribe,
        person.country,
        again=message.attempts > 1,
    )


def _ways(store: StoreContext, message: MessageRecord, outgoing: Outgoing) -> list[Channel]:
    return [one for one in store.channels if message.tried.get(one.name) != NEVER_BY_IT and one.reaches(outgoing)]


def _next(store: StoreContext, message: MessageRecord, outgoing: Outgoing, asked: Collection[str]) -> Channel | None:
    """The dearest channel that has not failed often enough; once all have, the one that failed least."""
    ways = [one for one in _ways(store, message, outgoing) if one.name not in asked]
    fresh = next((one for one in ways if message.tried.get(one.name, 0) < ENOUGH), None)
    return fresh or min(ways, key=lambda one: message.tried.get(one.name, 0), default=None)


def _note(message: MessageRecord, channel: str, failure: Failure) -> None:
    times = NEVER_BY_IT if isinstance(failure, Refused) else message.tried.get(channel, 0) + 1
    message.tried = {**message.tried, channel: times}
    message.reason = cut(together(channel, failure.said, ": "), SENSIBLE)


def _sent(store: StoreContext, message: MessageRecord, said: _Said) -> None:
    now = store.clock()
    message.state, message.sent_at, message.next_at, message.reason = MessageState.SENT, now, None, ""
    written = _without_stated(store, message, said)
    message.subject = said.person.without_links(written.subject)
    message.text = said.person.without_links(written.short if message.channel == "sms" else written.text)
    try:
        _write_down(store, message, follows=True)
    except (LookupError, TypeError, ValueError, AttributeError, AssertionError) as error:
        # A fault of ours in what follows from it must not have the same mail sent again every other minute.
        log.exception("message.sent_without_effect", store=store.key, reference=message.reference)
        message.reason = Sentence(
            "it was sent; what follows from that could not be written down: %(error)s", error=type(error).__name__
        )
        _write_down(store, message, follows=False)


def _without_stated(store: StoreContext, message: MessageRecord, said: _Said) -> Written:
    """What was sent, without the name and the like that the person had given: that is kept sealed, and only there."""
    if not said.person.stated or store.composer is None:
        return said.written
    values = {**message.values, **said.person.places, **said.person.hidden}
    return store.composer.write(message.kind, _language(store, message, said.person), values)


def _write_down(store: StoreContext, message: MessageRecord, *, follows: bool) -> None:
    now = store.clock()
    with store.work() as uow:
        uow.messages.save(store.key, message)
        _journal(store, uow, message, "told")
        if message.kind in ASK and follows:
            option_sent(uow, store, message, now)
        elif message.kind is MessageKind.RESTOCK and follows:
            invited_sent(store, uow, message.subscription, now)
        uow.commit()


def _unsent(store: StoreContext, message: MessageRecord, state: MessageState, why: str) -> None:
    message.state, message.next_at, message.reason = state, None, cut(why, SENSIBLE)
    with store.work() as uow:
        uow.messages.save(store.key, message)
        _journal(store, uow, message, "not_told")
        if state is MessageState.PARKED and message.order_id and message.kind is not MessageKind.TO_OWNER:
            # What the law makes of it is judged anew, and the owner is told there.
            look_again(uow, store, message.order_id, store.clock())
        uow.commit()


def _postpone(store: StoreContext, message: MessageRecord, why: str, wait: timedelta) -> None:
    wait = max(wait, backoff(message.attempts))
    now = store.clock()
    if message.deadline is not None and now + wait > message.deadline - SPARE:
        # Once more in time, and not only after it.
        wait = max(min(wait, message.deadline - SPARE - now), backoff(0))
    message.state, message.next_at, message.reason = MessageState.PENDING, now + wait, cut(why, SENSIBLE)
    with store.work() as uow:
        uow.messages.save(store.key, message)
        uow.commit()


def _journal(store: StoreContext, uow: UnitOfWork, message: MessageRecord, kind: str) -> None:
    """Nothing of who was told: the journal outlives what a person may ask to be forgotten."""
    facts = {
        "reference": message.reference,
        "kind": message.kind.value,
        "channel": message.channel,
        "rule": message.rule,
        **kept("why", message.reason),
    }
    uow.journal.append(store.key, [Entry(store.clock(), kind, order_id=message.order_id, facts=facts)])


def _mended(store: StoreContext, worked: AbstractSet[str]) -> None:
    """What a person had to mend works again."""
    if not worked:
        return
    with store.work(read_only=True) as uow:
        record = uow.stores.get(store.key)
    if record is None or not worked & record.stopped.keys():
        return
    with store.work() as uow:
        record = uow.stores.get(store.key)
        if record is not None:
            record.stopped = {act: said for act, said in record.stopped.items() if act not in worked}
            uow.stores.save(record)
            uow.commit()


def _asked_to_wait(failure: Failure | None) -> timedelta:
    return (failure.after if isinstance(failure, TryLater) else None) or timedelta()
