"""Recorded inputs spoiled in the ways that bytes, texts and JSON documents can be, quickly and the same for a seed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

MOST_STEPS = 4
LONGEST = 60_000
"""Bytes of an input; what is longer is refused by its length alone, which other tests try."""
ODD_BYTES = (0, 9, 10, 13, 32, 34, 37, 38, 39, 44, 46, 47, 58, 59, 60, 61, 63, 92, 123, 125, 127, 128, 192, 239, 255)
WORDS: Sequence[bytes] = (
    b"", b"\0", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\xaf", b"\xed\xa0\x80", b"%00", b"%2e%2e%2f", b"../",
    b"//",
    b"null", b"true", b"NaN", b"-1", b"0", b"1e999", b"9" * 20, b"9" * 400, b"1.5", b"-0.0", b"18446744073709551616",
    b"2999-12-31T23:59:59Z", b"9999-12-31T23:59:59-14:00", b"0001-01-01", b"2026-02-30", b"A" * 300, b"=" * 44,
    b"'--", b"' OR 1=1--", b"<script>", b"{{7*7}}", b"${x}", b"%s%n", b"\\u0000", b"\\ud800", b"[" * 300, b"{" * 300,
)  # fmt: skip
ODD_VALUES: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2, 1.5, -0.0, 1e308, 10**12, 10**12 + 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63,
    -(2**63) - 1,
    10**30, "", "\0", "\ud800", "x\0y", "9" * 20, "9" * 21, "-1", "1.5", "1e5", "parent", "trash", "S" * 5000,
    "2999-12-31T23:59:59", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z", "2026-W48-1", "gid://shopify/Order/1", "gid://shopify/", "<b>", "=1+1",
    [], {}, [None], [[]], [{}], {"id": None}, {"": ""}, [[[[[[[[]]]]]]]],
)  # fmt: skip


class Mutator:
    """``words``: what this sort of input is made of, beside what breaks every sort."""

    def __init__(self, random: Random, words: Sequence[bytes] = ()) -> None:
        self._random = random
        self._words = (*WORDS, *words)

    def spoil(self, seed: bytes, other: bytes) -> bytes:
        """One to four things wrong with the bytes of a seed; ``other``: another seed, to be mixed with it."""
        held = bytearray(seed)
        for _ in range(1 + int(self._random.random() ** 2 * MOST_STEPS)):
            self._step(held, other)
        return bytes(held[:LONGEST])

    def spoil_document(self, seed: bytes, document: Any, other: Any) -> bytes:
        """The same for a document, whose parts are dropped, doubled, exchanged and made odd."""
        random = self._random
        if random.random() < 0.1:
            return self.spoil(seed, b"{}")
        for _ in range(1 + int(random.random() ** 2 * MOST_STEPS)):
            document = self._changed(document, other, 0)
        return json.dumps(document, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")

    def _step(self, held: bytearray, other: bytes) -> None:
        random = self._random
        size = len(held)
        at = int(random.random() * (size + 1))
        end = min(size, at + 1 + int(random.random() ** 3 * 40))
        match int(random.random() * 10):
            case 0 | 1 if at < size:
                held[at] ^= 1 << int(random.random() * 8)
            case 2 if at < size:
                held[at] = random.choice(ODD_BYTES)
            case 3:
                del held[at:end]
            case 4:
                held[at:at] = held[at:end] * (1 + int(random.random() ** 6 * 200))
            case 5:
                held[at:at] = random.choice(self._words)
            case 6 | 7:
                held[at:end] = random.choice(self._words)
            case 8:
                begin = int(random.random() * (len(other) + 1))
                held[at:end] = other[begin : begin + (end - at) + int(random.random() * 60)]
            case _ if random.random() < 0.3:
                del held[at:]
            case _ if at < size:
                held[at] = int(random.random() * 256)

    def _changed(self, value: Any, other: Any, depth: int) -> Any:
        """A copy with one place changed; what is not on the way to it is shared."""
        random = self._random
        if not (isinstance(value, dict | list) and value) or (depth and random.random() < 0.15):
            return self._odd(value, other)
        keys: Any = list(value) if isinstance(value, dict) else range(len(value))
        key = keys[int(random.random() * len(keys))]
        copy: Any = value.copy()
        match int(random.random() * 12):
            case 0:
                del copy[key]
            case 1 if isinstance(copy, list):
                copy.append(copy[key])
            case 1:
                copy[f"{key}_"] = copy.pop(key)
            case 2:
                copy[key] = copy[keys[int(random.random() * len(keys))]]
            case _:
                copy[key] = self._changed(copy[key], other, depth + 1)
        return copy

    def _odd(self, value: Any, other: Any) -> Any:  # noqa: PLR0911 -- a table in the shape of a match
        random = self._random
        match int(random.random() * 8):
            case 0 if isinstance(value, str):
                return value * 2
            case 0 | 1 if isinstance(value, int) and not isinstance(value, bool):
                return -value if random.random() < 0.5 else value + 10 ** int(random.random() * 20)
            case 1:
                return str(value)
            case 2:
                return [value]
            case 3:
                return self._anywhere(other)
            case 4 if isinstance(value, str) and value:
                at = int(random.random() * len(value))
                return value[:at] + chr(int(random.random() ** 3 * 0x10FFFF)) + value[at + 1 :]
            case _:
                return random.choice(ODD_VALUES)

    def _anywhere(self, value: Any) -> Any:
        random = self._random
        while isinstance(value, dict | list) and value and random.random() < 0.8:
            inside = list(value.values()) if isinstance(value, dict) else value
            value = inside[int(random.random() * len(inside))]
        return value
