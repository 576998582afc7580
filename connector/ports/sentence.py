"""A sentence of ours that can be said in any language: its message id and values go along with its English.

Whoever finds something wrong (an adapter, a channel, a service) knows no language but English, and the page that shows
it knows nothing of shops.  So the sentence travels as it is: in logs, on the command line and in JSON it is a plain
text; a page has it translated (``services.sentences.Voice.again``).  What somebody else said, a platform or a person,
stays a plain ``str`` and is shown in its own words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, Self

MARK = "\x1e"
"""How a sentence begins where it is kept as text; no text that anybody types."""
AS_IT_IS = "%(said)s"
Value = str | int


def N_(text: str) -> str:  # noqa: N802 -- the name by which those who extract texts for translation know it
    """Mark a text as one to be translated; that is done where it is said."""
    return text


class Sentence(str):
    """English by itself.  ``message``: the text to translate, with places such as ``%(units)s``; ``values``: what
    stands in them, sentences too.
    """

    __slots__ = ("message", "values")
    message: str
    values: Mapping[str, Value]

    def __new__(cls, message: str, /, **values: Value) -> Self:
        made = super().__new__(cls, message % values if values else message)
        made.message, made.values = message, values
        return made

    def plain(self) -> dict[str, Any]:
        """As JSON can keep it."""
        values = {name: one.plain() if isinstance(one, Sentence) else one for name, one in self.values.items()}
        return {"message": self.message, "values": values}

    def changed(self, change: Callable[[str], str]) -> Sentence:
        """The same with every value that is somebody else's text changed."""
        values = {
            name: one.changed(change) if isinstance(one, Sentence) else change(one) if isinstance(one, str) else one
            for name, one in self.values.items()
        }
        return Sentence(self.message, **values)


def sentence_of(plain: Mapping[str, Any]) -> Sentence:
    """What ``Sentence.plain`` gave."""
    values = {name: sentence_of(one) if isinstance(one, Mapping) else one for name, one in plain["values"].items()}
    return Sentence(plain["message"], **values)


def together(first: str, then: str, between: str = " ") -> str:
    """One after the other; a sentence as soon as one of them is."""
    if not first or not then:
        return first or then
    if isinstance(first, Sentence) or isinstance(then, Sentence):
        return Sentence(f"%(first)s{between}%(then)s", first=first, then=then)
    return f"{first}{between}{then}"


def in_a_row(said: Iterable[str]) -> str:
    """Several of them, one after the other."""
    return reduce(together, said, "")


def quoted(words: str) -> Sentence:
    """What a platform said itself, in its own words and as such."""
    return Sentence(N_("“%(words)s”"), words=words)


def cut(text: str, most: int) -> str:
    """Not much longer than so many characters; of a sentence, each value."""
    return text.changed(lambda value: value[:most]) if isinstance(text, Sentence) else text[:most]


def packed(text: str) -> str:
    """One text that ``unpacked`` makes the same again."""
    if isinstance(text, Sentence):
        return MARK + json.dumps(text.plain(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    # Whoever typed our mark made no sentence of ours by it.
    return packed(Sentence(AS_IT_IS, said=text)) if text.startswith(MARK) else text


def unpacked(text: str) -> str:
    """What was kept as plain text, by versions before this one too, comes back as it was."""
    if not text.startswith(MARK):
        return text
    try:
        return sentence_of(json.loads(text[1:]))
    except (ValueError, TypeError, KeyError, AttributeError):
        return text  # somebody else wrote there, as can happen in a shop
