"""What is said beside a product and by the shop's own notes: the owner's own texts, else the ones we ship, in the
language of the order.

Everything here is plain text; whoever puts it into HTML escapes it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from connector.domain.availability import Availability, Status
from connector.domain.marks import NoticeKind, OrderMarks
from connector.notify.speaking import LONGEST_NUMBER, Speaker
from connector.notify.texts import clean, fill


class TemplateWording:
    """The texts of one store; a ``ports.wording.Wording``.

    ``language`` is the store's own, ``overrides`` the owner's texts by language and key (an empty one is none), and
    ``kinds`` the kinds of notice that speak.
    """

    def __init__(
        self, language: str, overrides: Mapping[str, Mapping[str, str]], kinds: Collection[NoticeKind | str]
    ) -> None:
        self._speaker = Speaker(language, overrides)
        self._kinds = frozenset(NoticeKind(kind) for kind in kinds)

    def message(self, availability: Availability, language: str = "") -> str:
        match availability.status:
            case Status.IN_STOCK:
                key = "in_stock"
            case Status.SOLD_OUT:
                key = "sold_out"
            case Status.BACKORDER:  # pragma: no branch -- there is no fourth status, and mypy sees to it
                key = _backorder_key(availability)
        text, voice = self._speaker.speak(key, language)
        days = {"from": availability.earliest_on, "date": availability.expected_on}
        return fill(text, {place: voice.day(day) for place, day in days.items() if day is not None})

    def note(self, kind: NoticeKind, number: str, marks: OrderMarks, language: str = "") -> str:
        key = _note_key(kind, marks)
        if key is None or kind not in self._kinds:
            return ""
        text, voice = self._speaker.speak(key, language)
        day = marks.expected_on
        values = {
            "order": clean(number, LONGEST_NUMBER),
            "lines": voice.lines(marks.lines, ready=kind is NoticeKind.READY),
            "date": voice.words.no_date if day is None else voice.day(day),
        }
        return fill(text, values)

    def text(self, key: str, language: str = "") -> str:
        """The text of a key as it was written, its places not filled in."""
        return self._speaker.speak(key, language)[0]


def _backorder_key(availability: Availability) -> str:
    if availability.expected_on is None:
        return "backorder_open"
    first = availability.earliest_on
    return "backorder_range" if first is not None and first < availability.expected_on else "backorder_dated"


def _note_key(kind: NoticeKind, marks: OrderMarks) -> str | None:
    match kind:
        case NoticeKind.WAITING:
            return "note_waiting_open" if marks.expected_on is None else "note_waiting_dated"
        case NoticeKind.CHANGED:
            return "note_changed"
        case NoticeKind.READY:
            return "note_ready"
        case NoticeKind.CLEARED:  # pragma: no branch -- there is no fifth kind, and mypy sees to it
            # Whoever cancelled has told the shopper already.
            return None
