"""How sentences are put together in the reader's language, by services that know no language but the English they are
written in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


def N_(text: str) -> str:  # noqa: N802 -- the name by which those who extract texts for translation know it
    """Mark a text as one to be translated; that is done where it is said."""
    return text


Say = Callable[[str], str]
"""Gives a text of ours in the reader's language; placeholders such as ``%(units)s`` stay as they are."""


@dataclass(frozen=True, slots=True)
class Voice:
    """``translate``: as ``Say``; ``day``: how a date is written.  By itself it speaks English and writes ISO dates."""

    translate: Say = str
    day: Callable[[date], str] = date.isoformat

    def __call__(self, text: str, **values: object) -> str:
        """The text in the reader's language, its placeholders filled in."""
        said = self.translate(text)
        return said % values if values else said

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
