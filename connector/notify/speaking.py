"""In which language a text is said, and how its numbers and dates are written there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_decimal

from connector.domain.marks import LineMark
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

    def hour(self, moment: datetime) -> str:
        """With the offset of its clock, for what has to be exact."""
        said = format_time(moment.time(), "short", locale=self.locale) if self.locale else moment.strftime("%H:%M")
        offset = moment.strftime("%z")
        return f"{said} (UTC{offset[:3]}:{offset[3:5]})" if offset else said

    def number(self, units: int) -> str:
        return format_decimal(units, locale=self.locale) if self.locale else str(units)

    def count(self, units: int, forms: Mapping[str, str]) -> str:
        """The form that the language has for this number."""
        category = self.locale.plural_form(units) if self.locale else "other"
        return fill(forms.get(category, forms["other"]), {"units": self.number(units)})

    def lines(self, marks: Sequence[LineMark], *, ready: bool) -> str:
        """One line for each mark: what is waited for, or all that is there."""
        shown = [line for line in marks if (line.ready if ready else line.waiting)]
        return "\n".join(self.listed([self._ready(line) if ready else self._waiting(line) for line in shown]))

    def listed(self, said: Sequence[str]) -> list[str]:
        """As many as anybody reads, and how many there are beyond."""
        over = len(said) - MOST_LINES
        return [*said[:MOST_LINES], self.count(over, self.words.more)] if over > 0 else list(said)

    def title(self, title: str, sku: str) -> str:
        return clean(title, LONGEST_TITLE) or clean(sku, LONGEST_TITLE) or self.words.untitled

    def _waiting(self, line: LineMark) -> str:
        values = {"units": self.number(line.waiting), "title": self.title(line.title, line.sku)}
        if line.expected_on is None:
            text = fill(self.words.line_open, values)
        else:
            text = fill(self.words.line_dated, {**values, "date": self.day(line.expected_on)})
        return f"{text} ({self.count(line.ready, self.words.here)})" if line.ready else text

    def _ready(self, line: LineMark) -> str:
        values = {"units": self.number(line.ready), "title": self.title(line.title, line.sku)}
        return fill(self.words.line_ready, values)


class Speaker:
    """The texts of one store.  ``language`` is its own; ``overrides`` the owner's texts by language and key (an empty
    one is none).
    """

    def __init__(self, language: str, overrides: Mapping[str, Mapping[str, str]]) -> None:
        self._language = language
        self._own = {spelled(one): texts for one, texts in overrides.items()}

    def speak(self, key: str, asked: str) -> tuple[str, Voice]:
        """The text of a key in the first language that has it, and how to fill it in."""
        spoken, text = next((one, text) for one in self._languages(asked) if (text := self._text(one, key)) is not None)
        words = shipped()[spoken].words if spoken in shipped() else Words()
        return text, Voice(words, locale_of(spoken, asked, self._language))

    def spoken(self, asked: str) -> tuple[str, Voice]:
        """The first of our own languages that fits, for what an owner has no texts of."""
        language = next(one for one in self._languages(asked) if one in shipped())
        return language, Voice(shipped()[language].words, locale_of(language, asked, self._language))

    def _text(self, language: str, key: str) -> str | None:
        own = self._own.get(language, {}).get(key)
        return own or (shipped()[language].by_key[key] if language in shipped() else None)

    def _languages(self, asked: str) -> Iterator[str]:
        yield from widening(asked)
        yield from widening(self._language)
        yield "en"  # has every text
