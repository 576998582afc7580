"""One message while it is being written: its values in the reader's language, and the parts it is put together from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from connector.notify.blocks import Block, as_html, as_text, blocks, link
from connector.notify.languages import money
from connector.notify.speaking import LONGEST_NUMBER, Speaker, Voice
from connector.notify.texts import clean, fill, shipped
from connector.ports.promising import Written

LONGEST_SHOP = 60
LONGEST_SUBJECT = 150
LONGEST_SAID = 500
SHORT_SHOP, SHORT_TITLE = 30, 40


class Letter:
    """``values`` are those of the message with the links of the one it goes to; ``shop``: what the store is called."""

    def __init__(
        self, speaker: Speaker, language: str, values: Mapping[str, Any], *, shop: str, zone: tzinfo, address: str = ""
    ) -> None:
        self._speaker = speaker
        self._asked = language
        self.values = values
        self.spoken, self.voice = speaker.spoken(language)
        self._parts = shipped()[self.spoken].parts
        self._zone = zone
        self._address = address
        self._shop = shop

    # What stands in the texts.

    @property
    def places(self) -> dict[str, str]:
        """For every text; none of it breaks a line."""
        return {
            "shop": clean(self._shop, LONGEST_SHOP),
            "order": clean(str(self.values.get("order", "")), LONGEST_NUMBER),
            "items": self.voice.count(self.units, self.voice.words.items),
            "title": self.voice.title(str(self.values.get("title", "")), str(self.values.get("sku", ""))),
        }

    @property
    def units(self) -> int:
        return sum(int(line["units"]) for line in self.values.get("lines", ()))

    @property
    def link(self) -> str:
        return str(self.values.get("link", ""))

    def day(self, name: str) -> str:
        """A day among the values, empty where there is none."""
        found = self.values.get(name)
        return self.voice.day(date.fromisoformat(found)) if found else ""

    def moment(self, name: str) -> dict[str, str]:
        """Day and time of a moment among the values; one in UTC is told by the store's own clock."""
        found = datetime.fromisoformat(self.values[name])
        local = found.astimezone(self._zone) if not found.utcoffset() else found
        return {"date": self.voice.day(local.date()), "time": self.voice.hour(local)}

    def said(self, name: str) -> str:
        return clean(str(self.values.get(name) or ""), LONGEST_SAID)

    def amount(self) -> str:
        """As people write it; empty where it is not known."""
        refund = self.values["refund"]
        return clean(money(refund["amount"], refund["currency"], self.voice.locale), LONGEST_NUMBER)

    def refund_by(self) -> str:
        by = self.values["refund"]["by"]
        return self.voice.day(date.fromisoformat(by)) if by else ""

    # Its lines.

    def dated(self) -> list[str]:
        """What is waited for, with the day of each and the one it was told before."""
        return self.voice.listed([self._dated(line, self.voice) for line in self.values["lines"]])

    def plain(self) -> list[str]:
        return self.voice.listed([fill(self.voice.words.line_ready, self._of(line)) for line in self.values["lines"]])

    def _dated(self, line: Mapping[str, Any], voice: Voice) -> str:
        first, last, before = (_day(line[name]) for name in ("expected_from", "expected_until", "promised_until"))
        words, values = voice.words, self._of(line)
        if last is None:
            text = fill(words.line_open, values)
        elif first is not None and first < last:
            text = fill(words.line_range, {**values, "from": voice.day(first), "date": voice.day(last)})
        else:
            text = fill(words.line_dated, {**values, "date": voice.day(last)})
        remarks = [fill(words.before, {"date": voice.day(before)})] if before is not None and before != last else []
        remarks += [voice.count(line["ready"], words.here)] if line["ready"] else []
        return f"{text} ({', '.join(remarks)})" if remarks else text

    def _of(self, line: Mapping[str, Any]) -> dict[str, str]:
        title = self.voice.title(str(line["title"]), str(line["sku"]))
        return {"units": self.voice.number(line["units"]), "title": title}

    # Its parts.

    def begin(self, kind: str, lines: Sequence[str] = ()) -> list[Block]:
        """How the owner lets this kind of message begin, else how we do."""
        text, voice = self._speaker.speak(f"mail_{kind}", self._asked)
        return blocks(text, {**self.places, "items": voice.count(self.units, voice.words.items)}, lines)

    def subject(self, kind: str) -> str:
        text, voice = self._speaker.speak(f"mail_{kind}_subject", self._asked)
        return fill(text, {**self.places, "items": voice.count(self.units, voice.words.items)})

    def has(self, key: str) -> bool:
        return key in self._parts

    def part(self, key: str, lines: Sequence[str] = (), **more: str) -> list[Block]:
        """A part of ours as paragraphs."""
        return blocks(self._parts[key], {**self.places, **more}, lines)

    def sentence(self, key: str, **more: str) -> str:
        """The same as one line of text; places without a value leave no gap."""
        return " ".join(fill(self._parts[key], {**self.places, **more}).split())

    def button(self, key: str) -> list[Block]:
        """Nothing where there is no link."""
        return [link(self._parts[key], self.link)] if self.link else []

    def reason(self) -> str:
        """Why, in a sentence; empty where nothing in particular is said."""
        key = f"reason_{self.values.get('reason', '')}"
        return self.sentence(key) if self.has(key) else ""

    def short(self, kind: str, **more: str) -> str:
        """For a text message.  A link is never cut; what could be long is."""
        brief = {"shop": clean(self._shop, SHORT_SHOP), "title": clean(self.places["title"], SHORT_TITLE)}
        return self.sentence(f"short_{kind}", **brief, **{"link": self.link, **more})

    # The whole.

    def closed(self, content: Iterable[Block]) -> list[Block]:
        """With a greeting and an end, and the postal address where there is one."""
        end = blocks(self._address, {}) if self._address else []
        return [*self.part("hello"), *content, *self.part("closing"), *end]

    def written(self, subject: str, content: Sequence[Block], short: str) -> Written:
        line = clean(subject, LONGEST_SUBJECT)
        return Written(line, as_text(content), as_html(content, line, self.spoken), short)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a kind of message says: ``content`` between greeting and end, or all of it where ``bare``."""

    subject: str
    content: Sequence[Block]
    short: str
    bare: bool = False


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
