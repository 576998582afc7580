"""What was promised and what became of it, as a person would say it: journal entries and the events of a line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from connector.domain.promises import EventKind, PromiseEvent
from connector.services.sentences import N_, Voice, heard

Facts = Mapping[str, Any]
Tell = Callable[[Facts, Voice], str]
Why = Callable[[str, Voice], str]
"""Puts the reason of a plan into words."""

GONE = ", units that were there are gone"
"""How the basis of a revised day ends where the plan lost units."""
UNITS_GONE = N_("%(why)s; units that were there are gone")

EVENTS = {
    # By whether the event names a day.
    (EventKind.PROMISED, True): N_("%(moment)s: when it was ordered, the shop showed %(day)s."),
    (EventKind.PROMISED, False): N_("%(moment)s: when it was ordered, no day was stated."),
    (EventKind.REVISED, True): N_("%(moment)s: %(day)s is expected: %(why)s."),
    (EventKind.REVISED, False): N_("%(moment)s: no day can be believed: %(why)s."),
    (EventKind.OPTION, True): N_("%(moment)s: the shopper was asked to wait until %(day)s or to cancel (%(rule)s)."),
    (EventKind.OPTION, False): N_("%(moment)s: the shopper was asked to wait without a date or to cancel (%(rule)s)."),
    (EventKind.REMINDED, True): N_("%(moment)s: the shopper was reminded of the open choice (%(rule)s)."),
    (EventKind.CONSENTED, True): N_("%(moment)s: the shopper will wait until %(day)s."),
    (EventKind.CONSENTED, False): N_("%(moment)s: the shopper will wait without a date."),
    (EventKind.CANCEL_ASKED, True): N_("%(moment)s: %(units)s to be cancelled (%(rule)s)."),
    (EventKind.CANCELLED, True): N_("%(moment)s: %(units)s cancelled."),
    (EventKind.REFUNDED, True): N_("%(moment)s: the money for %(units)s was sent back."),
    (EventKind.WITHDRAWN, True): N_("%(moment)s: the shopper withdrew from the contract for %(units)s."),
    (EventKind.SHIPPED, True): N_("%(moment)s: %(units)s left the house."),
    (EventKind.TERM_SET, True): N_("%(moment)s: the shopper set %(day)s as the last day."),
}


def event_words(events: Sequence[PromiseEvent], say: Voice, why: Why) -> list[str]:
    """One sentence for each, oldest first."""
    return [_event(event, say, why) for event in events]


def _event(event: PromiseEvent, say: Voice, why: Why) -> str:
    known = event.expected.latest is not None
    said = EVENTS.get((event.kind, known)) or EVENTS[event.kind, True]
    return say(
        said,
        moment=f"{event.at:%Y-%m-%d %H:%M}",
        day=_days(event, say),
        why=why(event.basis, say),
        rule=event.rule or "-",
        units=say.units(event.units),
    )


def _days(event: PromiseEvent, say: Voice) -> str:
    expected = event.expected
    if expected.latest is None:
        return ""
    if expected.earliest is None or not expected.is_range:
        return say.day(expected.latest)
    return say(N_("%(first)s to %(last)s"), first=say.day(expected.earliest), last=say.day(expected.latest))


def _promised(facts: Facts, say: Voice) -> str:
    dated = N_("the shop had shown %(day)s when it was ordered: %(basis)s.")
    undated = N_("no day was stated when it was ordered.")
    day = facts["expected_on"]
    return say(dated if day else undated, day=say.day_in(day) if day else "", basis=facts["basis"])


def _revised(why: Why) -> Tell:
    def tell(facts: Facts, say: Voice) -> str:
        because = why(facts["why"], say)
        if facts["gone"]:
            because = say(UNITS_GONE, why=because)
        days = {name: say.day_in(facts[name]) if facts[name] else "" for name in ("was", "expected_on")}
        return say(REVISIONS[bool(days["was"]), bool(days["expected_on"])], why=because, **days)

    return tell


REVISIONS = {
    # By whether there was a day, and whether there is one now.
    (True, True): N_("%(expected_on)s is expected instead of %(was)s: %(why)s."),
    (True, False): N_("%(was)s cannot be believed any more, and there is no other day: %(why)s."),
    (False, True): N_("%(expected_on)s is expected: %(why)s."),
    (False, False): N_("there is still no day to believe: %(why)s."),
}


def _option_due(facts: Facts, say: Voice) -> str:
    asked = N_(
        "%(rule)s asks for notice %(reference)s to the shopper by %(deadline)s: %(day)s instead of %(promised)s."
    )
    open_ = N_("%(rule)s asks for notice %(reference)s to the shopper by %(deadline)s: no day instead of %(promised)s.")
    day = facts["expected_on"]
    return say(
        asked if day else open_,
        rule=facts["rule"],
        reference=facts["reference"],
        deadline=say.day_in(facts["deadline"]),
        day=say.day_in(day) if day else "",
        promised=say.day_in(facts["promised"]) if facts["promised"] else say(N_("no day")),
    )


def _cancel_due(facts: Facts, say: Voice) -> str:
    by_itself = N_(
        "%(rule)s cancels %(units)s; it is carried out (%(reference)s), the money to be sent by %(deadline)s."
    )
    by_owner = N_(
        "%(rule)s cancels %(units)s; the owner is asked (%(reference)s), the money to be sent by %(deadline)s."
    )
    return say(
        by_itself if facts["by_itself"] else by_owner,
        rule=facts["rule"],
        units=say.units(facts["units"]),
        reference=facts["reference"],
        deadline=say.day_in(facts["deadline"]),
    )


def _refund_watched(facts: Facts, say: Voice) -> str:
    said = N_("the money for %(units)s is still to be sent, by %(deadline)s (%(rule)s).")
    return say(said, units=say.units(facts["units"]), deadline=say.day_in(facts["deadline"]), rule=facts["rule"])


def _simply(said: str, *names: str) -> Tell:
    return lambda facts, say: say(said, **{name: heard(facts, name, say) for name in names})


def _moved(facts: Facts, say: Voice) -> str:
    said = N_("the new plan: %(better)s served sooner, %(worse)s served later.")
    lines = {name: _lines(facts[name], say) for name in ("better", "worse")}
    return say(said, **lines)


def _lines(count: int, say: Voice) -> str:
    return say(N_("1 waiting line")) if count == 1 else say(N_("%(count)s waiting lines"), count=count)


def promise_sentences(why: Why) -> Mapping[str, Tell]:
    return {
        "promised": _promised,
        "revised": _revised(why),
        "moved": _moved,
        "option_due": _option_due,
        "asked": _simply(N_("notice %(reference)s was sent to the shopper (%(rule)s)."), "reference", "rule"),
        "cancel_due": _cancel_due,
        "cancel_overtaken": _simply(
            N_("cancellation %(reference)s (%(rule)s) waits for the owner no more: %(why)s"), "reference", "rule", "why"
        ),
        "refund_watched": _refund_watched,
    }
