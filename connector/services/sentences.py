"""How sentences are put together in the reader's language, by services that know no language but the English they are
written in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connector.domain.impersonal import impersonal
from connector.ports.sentence import N_ as N_  # noqa: PLC0414 -- whoever says something here marks its texts with it
from connector.ports.sentence import Sentence, sentence_of

Say = Callable[[str], str]
"""Gives a text of ours in the reader's language; placeholders such as ``%(units)s`` stay as they are."""


@dataclass(frozen=True, slots=True)
class Voice:
    """``translate``: as ``Say``; ``day``: how a date is written; ``plain``: whether words of a platform's are put into
    plain ones.  By itself it speaks English, writes ISO dates and leaves those words as they can be looked up.
    """

    translate: Say = str
    day: Callable[[date], str] = date.isoformat
    plain: bool = False

    def __call__(self, text: str, **values: object) -> str:
        """The text in the reader's language, its placeholders filled in."""
        said = self.translate(text)
        return said % values if values else said

    def again(self, text: str) -> str:
        """What was said in English before, in the reader's language if it was a sentence of ours; all else as it is."""
        if not isinstance(text, Sentence):
            return text
        return self(
            text.message,
            **{name: self.again(one) if isinstance(one, str) else one for name, one in text.values.items()},
        )

    def units(self, count: int) -> str:
        return self(N_("1 unit")) if count == 1 else self(N_("%(count)s units"), count=count)

    def day_in(self, iso: str) -> str:
        """A date as the journal keeps it; as it stands where it is none."""
        try:
            return self.day(date.fromisoformat(iso))
        except ValueError:
            return iso


ENGLISH = Voice()


def voice(say: Say) -> Voice:
    """What speaks with ``say``: itself, if it can write dates too."""
    return say if isinstance(say, Voice) else Voice(say)


OF = "_of"
"""Behind the name of a fact of the journal: what a sentence in it is made of, for readers of another language."""


def kept(name: str, text: str) -> dict[str, Any]:
    """Facts for the journal: the text in English, without the people in it; of a sentence what it is made of, too."""
    if not isinstance(text, Sentence):
        return {name: impersonal(text)}
    text = text.changed(impersonal)
    return {name: str(text), f"{name}{OF}": text.plain()}


def heard(facts: Mapping[str, Any], name: str, say: Voice) -> str:
    """What ``kept`` wrote down, in the reader's language; entries of versions before are shown as they are."""
    made_of = facts.get(f"{name}{OF}")
    return say.again(sentence_of(made_of)) if made_of else str(facts.get(name, ""))
