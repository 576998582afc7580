"""What the text of a message about an order is filled with: plain JSON, days as ISO texts, made here and nowhere else.

Names of people and addresses of pages are never among it: they are put in when the message is sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Any, Literal, TypedDict

from connector.domain.promises import UNKNOWN_DAY, Expected
from connector.ports.records import LineRecord

Values = dict[str, Any]


class Reason(Enum):
    """Why another day is expected now, or none; each has its words in every language."""

    LATE = "late"  # the supply comes later than was thought
    EARLY = "early"
    SHORT = "short"  # fewer units came, or are coming, than were thought
    OVERDUE = "overdue"  # its day has passed and nobody has said when it comes
    NO_SUPPLY = "no_supply"  # nothing that is on its way covers it
    DAMAGED = "damaged"  # what had come cannot be sent
    OTHER = ""  # nothing in particular is said


class OwnerMatter(Enum):
    """What waits for the owner."""

    CANCEL_DUE = "cancel_due"  # the law wants this cancelled by the deadline
    REFUND_DUE = "refund_due"  # money must be sent back by the deadline
    UNSENT = "unsent"  # a notice that the law asks for reached nobody
    REFUSED = "refused"  # the platform would not do what was asked
    NEW_DATE = "new_date"  # a supply's day has passed
    ASKED = "asked"  # a shopper asks for something that the owner decides
    PRIVACY = "privacy"  # somebody asks what is held of them, and the answer has been put together


Silence = Literal["consents", "cancels", ""]
"""What no answer to a notice means: to wait until the day it offers, or to be cancelled; empty: nothing is asked."""


class LineValues(TypedDict):
    """One line of an order.  ``units`` are those the message is about; ``ready`` those of the line that are there.

    ``expected_*`` is the newest day, a range where the first differs from the last, None where nobody knows;
    ``promised_*`` is what the shopper was last told.
    """

    line: str
    sku: str
    title: str
    units: int
    ready: int
    expected_from: str | None
    expected_until: str | None
    promised_from: str | None
    promised_until: str | None


class RefundValues(TypedDict):
    """``amount`` is the platform's text, empty where it is not known yet; ``by``: the last day for it to be sent."""

    amount: str
    currency: str
    by: str | None


def line_values(
    line: LineRecord, units: int, expected: Expected = UNKNOWN_DAY, promised: Expected = UNKNOWN_DAY
) -> LineValues:
    return LineValues(
        line=line.id,
        sku=line.sku,
        title=line.title,
        units=units,
        ready=line.ready,
        expected_from=iso(expected.earliest),
        expected_until=iso(expected.latest),
        promised_from=iso(promised.earliest),
        promised_until=iso(promised.latest),
    )


def refund_values(amount: str = "", currency: str = "", by: date | None = None) -> RefundValues:
    return RefundValues(amount=amount, currency=currency, by=iso(by))


def news_values(number: str, lines: Collection[LineValues], *, reason: Reason = Reason.OTHER, rest: int = 0) -> Values:
    """CONFIRMED, EARLIER, LATER, READY.  ``rest``: units of the order that wait on, for one that is ready in part."""
    return {
        **_common(number, lines),
        "expected": _latest(lines, "expected_until"),
        "promised": _latest(lines, "promised_until"),
        "reason": reason.value,
        "rest": rest,
    }


def option_values(
    number: str,
    lines: Collection[LineValues],
    *,
    reason: Reason,
    silence: Silence,
    answer_by: date | None,
    rule: str,
    laws: Iterable[str] = (),
    renewed: bool = False,
    may_end: bool = True,
) -> Values:
    """OPTION and REMINDER: wait or cancel?  ``promised`` is the day that is missed, ``revised`` the new one (None: no
    day can be given, and ``reason`` says why).  ``answer_by``: the last day to answer; ``laws``: the packs it is asked
    by (``us``, ``eu``, ``uk``); ``renewed``: an earlier one was answered, or silence was, and that day is missed too;
    ``may_end``: whether the order can be cancelled at once, or only after an additional period (EU and UK).
    """
    return {
        **_common(number, lines),
        "promised": _latest(lines, "promised_until"),
        "revised": _latest(lines, "expected_until"),
        "reason": reason.value,
        "silence": silence,
        "answer_by": iso(answer_by),
        "rule": rule,
        "laws": list(laws),
        "renewed": renewed,
        "may_end": may_end,
    }


def cancelled_values(
    number: str, lines: Collection[LineValues], *, why: str, rule: str = "", refund: RefundValues | None = None
) -> Values:
    """CANCELLED.  ``why``: ``shopper``, ``owner``, ``silence`` (nobody answered), ``missed`` (the day passed)."""
    return {**_common(number, lines), "why": why, "rule": rule, "refund": refund or refund_values()}


def refund_due_values(number: str, lines: Collection[LineValues], *, rule: str, refund: RefundValues) -> Values:
    """REFUND_DUE: the money will be sent by the day in ``refund``."""
    return {**_common(number, lines), "rule": rule, "refund": refund}


def refunded_values(number: str, lines: Collection[LineValues], refund: RefundValues) -> Values:
    """REFUNDED: the money was sent."""
    return {**_common(number, lines), "refund": refund}


def not_done_values(
    number: str,
    lines: Collection[LineValues],
    *,
    what: Literal["cancel", "withdraw", "swap"],
    why: Literal["shipped", "refused", "declined"],
    said: str = "",
) -> Values:
    """NOT_DONE.  ``what`` the shopper had asked for, and ``why`` it was not done: the units have left the house; the
    shop's system does not allow it; the owner decided against it.  ``said``: the owner's words to the shopper.
    """
    return {**_common(number, lines), "what": what, "why": why, "said": said}


def withdrawal_values(number: str, lines: Collection[LineValues], *, at: str, whole: bool) -> Values:
    """WITHDRAWAL: the acknowledgement with its content, day and time (Directive 2011/83, art. 11a(4)).

    ``at``: the moment in ISO 8601, with its offset.  The name and the contact that the shopper gave are ``stated``:
    sealed beside it, and put in when it is sent.
    """
    return {**_common(number, lines), "at": at, "whole": whole}


def owner_values(
    number: str,
    lines: Collection[LineValues],
    matter: OwnerMatter,
    *,
    rule: str = "",
    deadline: date | None = None,
    said: str = "",
    refund: RefundValues | None = None,
) -> Values:
    """TO_OWNER.  ``said``: what the platform or a channel said of it, in its own words."""
    return {
        **_common(number, lines),
        "matter": matter.value,
        "rule": rule,
        "deadline": iso(deadline),
        "said": said,
        "refund": refund or refund_values(),
    }


def expected_of(line: Mapping[str, Any]) -> Expected:
    """The day a line of a message's values names."""
    return Expected(_day(line.get("expected_from")), _day(line.get("expected_until")))


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _common(number: str, lines: Collection[LineValues]) -> Values:
    return {"order": number, "lines": list(lines)}


def _latest(lines: Collection[LineValues], name: Literal["expected_until", "promised_until"]) -> str | None:
    """The day on which the last of them is there; None where one has none."""
    days = [line[name] for line in lines]
    return max((day for day in days if day), default=None) if all(days) else None
