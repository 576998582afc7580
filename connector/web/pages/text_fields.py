"""The owner's texts as fields of a form, and how each would read."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from pydantic import ValidationError

from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.promising import Composer, MessageKind
from connector.ports.wording import Wording
from connector.services.message_values import LineValues, Reason, news_values, option_values
from connector.settings.messages import MessageTexts
from connector.web.languages import number
from connector.web.pages.setting_words import setting_problems
from connector.web.words import N_, Later, _

TITLES: Mapping[str, Later] = {
    "backorder_dated": N_("On backorder, with a date"),
    "backorder_range": N_("On backorder, with a range of dates"),
    "backorder_open": N_("On backorder, without a date"),
    "in_stock": N_("In stock"),
    "sold_out": N_("Sold out"),
    "note_waiting_dated": N_("Part of the order waits, and there is a date"),
    "note_waiting_open": N_("Part of the order waits, and there is no date for all of it"),
    "note_changed": N_("The date or the number of units has changed"),
    "note_ready": N_("Everything has come"),
    "mail_confirmed_subject": N_("Part of the order waits: subject"),
    "mail_confirmed": N_("Part of the order waits"),
    "mail_earlier_subject": N_("Sooner than was said: subject"),
    "mail_earlier": N_("Sooner than was said"),
    "mail_later_subject": N_("Later than was said: subject"),
    "mail_later": N_("Later than was said"),
    "mail_option_subject": N_("Wait or cancel?: subject"),
    "mail_option": N_("Wait or cancel?"),
    "mail_ready_subject": N_("What was waited for has come: subject"),
    "mail_ready": N_("What was waited for has come"),
    "mail_restock_subject": N_("In stock again: subject"),
    "mail_restock": N_("In stock again"),
}
"""In the order in which a page shows them: beside a product, notes of the shop, our own messages."""

BESIDE_PRODUCT, NOTES = 5, 4
LONGEST_MESSAGE, LONGEST_NOTE, LONGEST_SUBJECT = 1_000, 5_000, 150
EXAMPLE_ORDER = "1042"


def longest(key: str) -> int:
    if key.endswith("_subject"):
        return LONGEST_SUBJECT
    return LONGEST_NOTE if key.startswith(("note_", "mail_")) else LONGEST_MESSAGE


def texts_in(fields: Mapping[str, str]) -> dict[str, str]:
    """What a form says, each text with the line ends of every other; an empty one is left out."""
    said = {key: fields.get(key, "").replace("\r\n", "\n").replace("\r", "\n").strip() for key in TITLES}
    return {key: text for key, text in said.items() if text}


def checked(texts: Mapping[str, str]) -> tuple[MessageTexts, dict[str, str]]:
    """The texts that can be used, and what is wrong with the others, by key."""
    wrong = {key: _unfit(key, text) for key, text in texts.items() if _unfit(key, text)}
    for key, text in texts.items():
        try:
            MessageTexts.model_validate({key: text})
        except ValidationError as error:
            wrong = setting_problems(error) | wrong
    return MessageTexts.model_validate({key: text for key, text in texts.items() if key not in wrong}), wrong


def _unfit(key: str, text: str) -> str:
    if len(text) > longest(key):
        return _("It is too long: at most %(most)s characters.", most=number(longest(key)))
    if any(unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t" for letter in text):
        return _("It holds characters that cannot be shown. Type it anew instead of pasting it.")
    return ""


def examples(wording: Wording, language: str, today: date) -> dict[str, str]:
    """Every text as a shopper would read it."""
    day, later = today + timedelta(days=14), today + timedelta(days=21)

    def beside(status: Status, expected: date | None = None, first: date | None = None) -> str:
        return wording.message(Availability(status, status is not Status.SOLD_OUT, None, expected, first), language)

    def note(kind: NoticeKind, second: date | None) -> str:
        return wording.note(kind, EXAMPLE_ORDER, _marks(kind, day, second), language)

    return {
        "backorder_dated": beside(Status.BACKORDER, day),
        "backorder_range": beside(Status.BACKORDER, later, day),
        "backorder_open": beside(Status.BACKORDER),
        "in_stock": beside(Status.IN_STOCK),
        "sold_out": beside(Status.SOLD_OUT),
        "note_waiting_dated": note(NoticeKind.WAITING, later),
        "note_waiting_open": note(NoticeKind.WAITING, None),
        "note_changed": note(NoticeKind.CHANGED, later),
        "note_ready": note(NoticeKind.READY, later),
    }


def _marks(kind: NoticeKind, first: date, second: date | None) -> OrderMarks:
    """An order of two products: one of three chairs is there, and no table."""
    ready = kind is NoticeKind.READY
    chairs = LineMark("1", "CHAIR-OAK", _("Oak chair"), 3 if ready else 1, 0 if ready else 2, first)
    table = LineMark("2", "TABLE", _("Table"), 1 if ready else 0, 0 if ready else 1, second)
    return OrderMarks(OrderStatus.READY if ready else OrderStatus.WAITING, (chairs, table))


MAILS = {
    "confirmed": MessageKind.CONFIRMED,
    "earlier": MessageKind.EARLIER,
    "later": MessageKind.LATER,
    "option": MessageKind.OPTION,
    "ready": MessageKind.READY,
    "restock": MessageKind.RESTOCK,
}


def mail_examples(composer: Composer, language: str, today: date) -> dict[str, str]:
    """Every message of ours as a shopper would read it, with what follows on the owner's own beginning."""
    found: dict[str, str] = {}
    for name, kind in MAILS.items():
        written = composer.write(kind, language, _mail_values(kind, today))
        found |= {f"mail_{name}_subject": written.subject, f"mail_{name}": written.text}
    return found


def _mail_values(kind: MessageKind, today: date) -> Mapping[str, object]:
    link = "https://example.com/o/..."
    first, second = today + timedelta(days=14), today + timedelta(days=21)
    if kind is MessageKind.RESTOCK:
        return {"title": _("Oak chair"), "sku": "CHAIR-OAK", "units": 1, "link": link, "stop": link}
    told = {MessageKind.EARLIER: second, MessageKind.LATER: today + timedelta(days=7), MessageKind.OPTION: today}
    lines = [_line("CHAIR-OAK", _("Oak chair"), 2, first, told.get(kind, first))]
    if kind is MessageKind.OPTION:
        values = option_values(
            EXAMPLE_ORDER,
            lines,
            reason=Reason.LATE,
            silence="consents",
            answer_by=first,
            rule="16 CFR 435.2(b)(1)",
            laws=("us",),
        )
        return {**values, "link": link}
    return {**news_values(EXAMPLE_ORDER, lines), "link": link}


def _line(sku: str, title: str, units: int, expected: date, promised: date) -> LineValues:
    return LineValues(
        line="1",
        sku=sku,
        title=title,
        units=units,
        ready=0,
        expected_from=expected.isoformat(),
        expected_until=expected.isoformat(),
        promised_from=promised.isoformat(),
        promised_until=promised.isoformat(),
    )
