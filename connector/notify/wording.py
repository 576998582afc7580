"""What is said to shoppers: the owner's own texts, else the ones we ship, in the language of the order.

Everything here is plain text; whoever puts it into HTML escapes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from connector.domain.availability import Availability, Status
from connector.domain.marks import LineMark, NoticeKind, OrderMarks
from connector.notify.languages import locale_of, spelled, widening
from connector.notify.texts import Words, clean, fill, shipped

LONGEST_TITLE = 80
LONGEST_NUMBER = 40
MOST_LINES = 30
"""WooCommerce refuses a note of 70 kB, and nobody reads so far."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One language as it is spoken to one shopper."""

    words: Words
    locale: Locale | None

    def day(self, day: date) -> str:
        return format_date(day, "long", self.locale) if self.locale else day.isoformat()

    def number(self, units: int) -> str:
        return format_decimal(units, locale=self.locale) if self.locale else str(units)

    def count(self, units: int, forms: Mapping[str, str]) -> str:
        """The form that the language has for this number."""
        category = self.locale.plural_form(units) if self.locale else "other"
        return fill(forms.get(category, forms["other"]), {"units": self.number(units)})

    def lines(self, marks: Sequence[LineMark], *, ready: bool) -> str:
        """One line for each mark: what is waited for, or all that is there."""
        shown = [line for line in marks if (line.ready if ready else line.waiting)]
        said = [self._ready(line) if ready else self._waiting(line) for line in shown[:MOST_LINES]]
        if len(shown) > MOST_LINES:
            said.append(self.count(len(shown) - MOST_LINES, self.words.more))
        return "\n".join(said)

    def _waiting(self, line: LineMark) -> str:
        values = {"units": self.number(line.waiting), "title": self._title(line)}
        if line.expected_on is None:
            text = fill(self.words.line_open, values)
        else:
            text = fill(self.words.line_dated, {**values, "date": self.day(line.expected_on)})
        return f"{text} ({self.count(line.ready, self.words.here)})" if line.ready else text

    def _ready(self, line: LineMark) -> str:
        return fill(self.words.line_ready, {"units": self.number(line.ready), "title": self._title(line)})

    def _title(self, line: LineMark) -> str:
        return clean(line.title, LONGEST_TITLE) or clean(line.sku, LONGEST_TITLE) or self.words.untitled


class TemplateWording:
    """The texts of one store; a ``ports.wording.Wording``.

    ``language`` is the store's own, ``overrides`` the owner's texts by language and key (an empty one is none), and
    ``kinds`` the kinds of notice that speak.
    """

    def __init__(
        self, language: str, overrides: Mapping[str, Mapping[str, str]], kinds: Collection[NoticeKind | str]
    ) -> None:
        self._language = language
        self._own = {spelled(one): texts for one, texts in overrides.items()}
        self._kinds = frozenset(NoticeKind(kind) for kind in kinds)

    def message(self, availability: Availability, language: str = "") -> str:
        match availability.status:
            case Status.IN_STOCK:
                key = "in_stock"
            case Status.SOLD_OUT:
                key = "sold_out"
            case Status.BACKORDER:  # pragma: no branch -- there is no fourth status, and mypy sees to it
                key = "backorder_open" if availability.expected_on is None else "backorder_dated"
        text, voice = self._speak(key, language)
        day = availability.expected_on
        return fill(text, {} if day is None else {"date": voice.day(day)})

    def note(self, kind: NoticeKind, number: str, marks: OrderMarks, language: str = "") -> str:
        key = _note_key(kind, marks)
        if key is None or kind not in self._kinds:
            return ""
        text, voice = self._speak(key, language)
        day = marks.expected_on
        values = {
            "order": clean(number, LONGEST_NUMBER),
            "lines": voice.lines(marks.lines, ready=kind is NoticeKind.READY),
            "date": voice.words.no_date if day is None else voice.day(day),
        }
        return fill(text, values)

    def text(self, key: str, language: str = "") -> str:
        """The text of a key as it was written, its places not filled in."""
        return self._speak(key, language)[0]

    def _speak(self, key: str, language: str) -> tuple[str, Voice]:
        """The text of a key in the first language that has it, and how to fill it in."""
        spoken, text = next(
            (one, text) for one in self._languages(language) if (text := self._text(one, key)) is not None
        )
        words = shipped()[spoken].words if spoken in shipped() else Words()
        return text, Voice(words, locale_of(spoken, language, self._language))

    def _text(self, language: str, key: str) -> str | None:
        own = self._own.get(language, {}).get(key)
        return own or (shipped()[language].by_key[key] if language in shipped() else None)

    def _languages(self, asked: str) -> Iterator[str]:
        yield from widening(asked)
        yield from widening(self._language)
        yield "en"  # has every text


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
