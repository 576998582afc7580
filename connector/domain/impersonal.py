"""What others said, without whom they said it of: the journal is kept for years and cannot be altered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_ADDRESS = re.compile(r"[^\s<>\"'(),;:]{1,64}@[^\s<>\"'(),;:]{1,255}")
_NUMBER = re.compile(r"\+[0-9][0-9 ()./-]{5,20}[0-9]", re.ASCII)
LONGEST_AMOUNT = 24
MOST_LETTERS = 4


def impersonal(text: str) -> str:
    """Without the mail addresses and telephone numbers in it."""
    return _NUMBER.sub("(number)", _ADDRESS.sub("(address)", text))


def impersonal_values(value: Any) -> Any:  # noqa: ANN401 -- plain JSON
    """The same for every text in plain JSON."""
    if isinstance(value, str):
        return impersonal(value)
    if isinstance(value, Mapping):
        return {name: impersonal_values(one) for name, one in value.items()}
    return [impersonal_values(one) for one in value] if isinstance(value, list | tuple) else value


def amount_only(text: str) -> str:
    """What somebody typed as an amount, where it is one (``12,50 EUR``); else empty, for it may say anything."""
    letters = sum(one.isalpha() for one in text)
    short = len(text) <= LONGEST_AMOUNT and letters <= MOST_LETTERS and "@" not in text
    is_one = short and any(one.isdecimal() for one in text)
    return text if is_one else ""
