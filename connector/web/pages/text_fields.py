"""The owner's texts as fields of a form, and how each would read."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from pydantic import ValidationError

from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, NoticeKind, OrderMarks, OrderStatus
from connector.ports.wording import Wording
from connector.settings.messages import MessageTexts
from connector.web.languages import number
from connector.web.pages.setting_words import setting_problems
from connector.web.words import N_, Later, _

TITLES: Mapping[str, Later] = {
    "backorder_dated": N_("On backorder, with a date"),
    "backorder_open": N_("On backorder, without a date"),
    "in_stock": N_("In stock"),
    "sold_out": N_("Sold out"),
    "note_waiting_dated": N_("Part of the order waits, and there is a date"),
    "note_waiting_open": N_("Part of the order waits, and there is no date for all of it"),
    "note_changed": N_("The date or the number of units has changed"),
    "note_ready": N_("Everything has come"),
}
"""In the order in which a page shows them; the first four stand beside a product."""

BESIDE_PRODUCT = 4
LONGEST_MESSAGE, LONGEST_NOTE = 1_000, 5_000
EXAMPLE_ORDER = "1042"


def longest(key: str) -> int:
    return LONGEST_NOTE if key.startswith("note_") else LONGEST_MESSAGE


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

    def beside(status: Status, expected: date | None = None) -> str:
        return wording.message(Availability(status, status is not Status.SOLD_OUT, None, expected), language)

    def note(kind: NoticeKind, second: date | None) -> str:
        return wording.note(kind, EXAMPLE_ORDER, _marks(kind, day, second), language)

    return {
        "backorder_dated": beside(Status.BACKORDER, day),
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
