"""Changing the key that everything is sealed with, while the service runs.

Three things hang on a key: what it has sealed, which is sealed anew; the digests by which buyers are told apart, whose
key is kept for good, because nobody knows the addresses behind them; and what was signed with keys derived from it
(links in mails, the ids of mails), whose keys are kept until the last link has expired.  After that the old key opens
nothing that is needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from connector.ports.vault import KeptKey, KeptKeys, SealedText, SealedTexts, Sealing, Unopenable

AT_ONCE = 100
"""Texts in one transaction: on SQLite everybody else who writes waits for it."""
NEWEST, PLAIN, LOST = 0, -1, -2
"""Where a text was sealed with the newest key, was never sealed, and cannot be opened with any of our keys."""

Tell = Callable[[str, int], None]
"""What is being gone through, and how many more of it."""


class Keys(Sealing, Protocol):
    """``names``: what tells the keys apart, the newest first."""

    @property
    def names(self) -> Sequence[str]: ...

    def seal(self, secret: bytes) -> bytes: ...

    def derived(self, purpose: str) -> Sequence[bytes]: ...


@dataclass(slots=True)
class Survey:
    """By kind: how many texts each key has sealed, by its place; ``changed``: how many were sealed anew."""

    found: dict[str, Counter[int]] = field(default_factory=dict)
    changed: int = 0

    def of(self, place: int) -> int:
        return sum(counted[place] for counted in self.found.values())

    @property
    def old(self) -> int:
        return sum(number for counted in self.found.values() for place, number in counted.items() if place > NEWEST)


@dataclass(frozen=True, slots=True)
class Reseal:
    """``special``: kinds that are sealed in a way of their own."""

    texts: SealedTexts
    keys: Keys
    special: Mapping[str, Sealing]
    kept: KeptKeys

    def survey(self, tell: Tell = lambda _kind, _more: None) -> Survey:
        """Look at every text and change nothing."""
        survey = Survey()
        for kind in self.texts.kinds():
            counted = survey.found.setdefault(kind, Counter())
            for page in self._pages(kind):
                counted.update(self._place(kind, one) for one in page)
                tell(kind, len(page))
        return survey

    def all(self, tell: Tell = lambda _kind, _more: None) -> Survey:
        """Seal anew whatever the newest key has not sealed; as often as somebody writes an old text back meanwhile."""
        changed = 0
        for _ in range(3):
            for kind in self.texts.kinds():
                for page in self._pages(kind):
                    changed += self._page(kind, page)
                    tell(kind, len(page))
            survey = self.survey()
            survey.changed = changed
            if not survey.old and not survey.of(PLAIN):
                break
        return survey

    def keep_derived(self, purposes: Mapping[str, timedelta], now: datetime) -> int:
        """Keep what old keys have signed alive without them; how many keys.  What is over is forgotten."""
        over = [one.name for one in self.kept.all() if one.until is not None and one.until < now]
        self.kept.forget(over)
        fresh = [
            KeptKey(f"{purpose} of {name}", purpose, self.keys.seal(key), until=now + lasts)
            for purpose, lasts in purposes.items()
            for name, key in list(zip(self.keys.names, self.keys.derived(purpose), strict=True))[1:]
        ]
        self.kept.add(fresh)
        return len(fresh)

    def forget_derived(self) -> int:
        """Have links that were signed with an old key open nothing any more, once that is not in the list; how many."""
        names = [one.name for one in self.kept.all() if not one.first]
        self.kept.forget(names)
        return len(names)

    def _pages(self, kind: str) -> Iterator[Sequence[SealedText]]:
        where: str | int | None = None
        while page := self.texts.after(kind, where, AT_ONCE):
            yield page
            where = page[-1].where

    def _page(self, kind: str, page: Sequence[SealedText]) -> int:
        sealing = self._sealing(kind)
        stale = [one for one in page if self._place(kind, one) not in {NEWEST, LOST}]
        if not stale:
            return 0
        return self.texts.replace(kind, [(one, sealing.again(one.text, one.bound)) for one in stale])

    def _place(self, kind: str, one: SealedText) -> int:
        try:
            return self._sealing(kind).place(one.text, one.bound)
        except Unopenable:
            return LOST

    def _sealing(self, kind: str) -> Sealing:
        return self.special.get(kind, self.keys)


def keep_first(kept: KeptKeys, keys: Keys, purpose: str) -> None:
    """Give a derived key a life of its own, if it has none: what was made with it can never be made again."""
    if not any(one.purpose == purpose and one.first for one in kept.all()):
        kept.add([KeptKey(purpose, purpose, keys.seal(keys.derived(purpose)[0]), first=True)])
