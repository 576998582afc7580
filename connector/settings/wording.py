"""Small sentences that help a person who mistyped."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty where none is near."""
    spelled = {one.lower(): one for one in sorted(known)}
    found = difflib.get_close_matches(word.lower(), spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: the nearest known one, else all of them."""
    choices = sorted(set(known))
    near = nearest(word, choices)
    if near:
        return f"did you mean {near}?"
    return f"known: {', '.join(choices)}" if choices else "none is known"
