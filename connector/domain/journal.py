"""The record of decisions: append-only and chained, so that it can be shown that nobody was quietly moved up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain as joined
from typing import Any

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision.  ``kind`` says what (see ``services.explain`` for the sentences); ``facts`` from which facts."""

    at: datetime
    kind: str
    variant_id: str = ""
    order_id: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in its place in the chain of one store."""

    number: int
    entry: Entry
    previous: str
    hash: str


def chain(entries: Iterable[Entry], number: int, previous: str) -> list[Link]:
    """Continue a chain whose newest link is ``number`` with hash ``previous`` (0 and GENESIS where it is empty)."""
    links: list[Link] = []
    for entry in entries:
        number += 1
        link = Link(number, entry, previous, seal(number, entry, previous))
        links.append(link)
        previous = link.hash
    return links


def seal(number: int, entry: Entry, previous: str) -> str:
    said = [number, entry.at.isoformat(), entry.kind, entry.variant_id, entry.order_id, dict(entry.facts), previous]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def first_break(links: Iterable[Link], number: int = 0, previous: str = GENESIS) -> int | None:
    """The number of the first link that was altered, left out or put in; None where the chain holds."""
    for link in links:
        number += 1
        if link.number != number or link.previous != previous or link.hash != seal(number, link.entry, previous):
            return number
        previous = link.hash
    return None


def first_break_of_kept(links: Iterator[Link]) -> int | None:
    """What retention has deleted is not missing: the check begins with the oldest link that is kept."""
    oldest = next(links, None)
    return None if oldest is None else first_break(joined([oldest], links), oldest.number - 1, oldest.previous)
