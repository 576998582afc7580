"""The texts we ship, one file for each language, and how their places are filled."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

MESSAGES = ("backorder_dated", "backorder_range", "backorder_open", "in_stock", "sold_out")
NOTES = ("note_waiting_dated", "note_waiting_open", "note_changed", "note_ready")
KINDS_OF_OWNERS = ("confirmed", "earlier", "later", "option", "ready", "restock")
"""The kinds of message whose subject and beginning an owner may write."""
MAILS = tuple(f"mail_{kind}{end}" for kind in KINDS_OF_OWNERS for end in ("_subject", ""))

_PLACE = re.compile(r"\{\{|\}\}|\{([a-z]+)\}")
# They join letters and emoji that belong together; every other invisible character can only mislead.
_JOINERS = {"\u200c", "\u200d"}


@dataclass(frozen=True, slots=True)
class Words:
    """The parts that lines are made of.  ``here``, ``more``, ``items`` and ``rest`` by plural category.

    Its own values serve a language for which only the owner has texts: they hold no word of any language.
    """

    line_dated: str = "{units} \N{MULTIPLICATION SIGN} {title} \N{EN DASH} {date}"
    line_range: str = "{units} \N{MULTIPLICATION SIGN} {title} \N{EN DASH} {from} \N{EN DASH} {date}"
    line_open: str = "{units} \N{MULTIPLICATION SIGN} {title}"
    line_ready: str = "{units} \N{MULTIPLICATION SIGN} {title}"
    before: str = "\N{LEFTWARDS ARROW} {date}"
    no_date: str = "\N{EN DASH}"
    untitled: str = "\N{EN DASH}"
    here: Mapping[str, str] = field(default_factory=lambda: {"other": "+ {units}"})
    more: Mapping[str, str] = field(default_factory=lambda: {"other": "+ {units}"})
    items: Mapping[str, str] = field(default_factory=lambda: {"other": "{units}"})
    rest: Mapping[str, str] = field(default_factory=lambda: {"other": "+ {units}"})


@dataclass(frozen=True, slots=True)
class Texts:
    """``parts``: what messages are made of beside what an owner may write."""

    by_key: Mapping[str, str]
    words: Words
    parts: Mapping[str, str] = field(default_factory=dict)


@cache
def shipped() -> Mapping[str, Texts]:
    """Every language there is a file for.  A file that lacks a text or has one too many raises."""
    found: dict[str, Texts] = {}
    for file in files("connector.notify").joinpath("templates").iterdir():
        language, _, kind = file.name.rpartition(".")
        if kind == "toml":
            content = tomllib.loads(file.read_text(encoding="utf-8"))
            words = Words(**content.pop("words"))
            by_key = {key: content[key].strip() for key in (*MESSAGES, *NOTES, *MAILS)}
            parts = {key: text.strip() for key, text in content["parts"].items()}
            found[language.lower()] = Texts(by_key, words, parts)
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in their places, once: a brace inside a value is a brace.

    A place that has no value stays as it is written, for this must not fail on any text.  Two braces mean one.
    """

    def put(match: re.Match[str]) -> str:
        name = match[1]
        return match[0][0] if name is None else values.get(name, match[0])

    return _PLACE.sub(put, text)


def clean(text: str, longest: int) -> str:
    """One line of what came from a shop: nothing invisible in it, and shortened with an ellipsis."""
    seen = (_visible(letter) for letter in text)
    line = " ".join("".join(seen).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _visible(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if kind in {"Cf", "Cs"} and letter not in _JOINERS else letter
