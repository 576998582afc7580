"""Many things of one answer, each by itself: one that cannot be read is named, and stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import structlog

from adapters.reader import Reader
from connector.domain.facts import Thing, Unread
from connector.ports.failures import DatabaseAway, Failure, Unreadable
from connector.ports.sentence import Sentence

T = TypeVar("T")
log = structlog.get_logger(__name__)

Name = Callable[[Reader], str]
"""The id by which a thing can be asked for again; ``Unreadable`` where it has none."""


def understood(
    items: Iterable[Reader], read: Callable[[Reader], Iterable[T]], thing: Thing, name: Name
) -> Iterator[T | Unread]:
    """What they say.  What reading one of them calls for may raise what every call may raise."""
    for item in items:
        try:
            yield from tuple(read(item))
        except Unreadable as error:
            id_ = _id(item, name)
            log.warning("unreadable in a list", thing=thing.value, id=id_, path=error.path, problem=error.kind)
            why = Sentence("it cannot be read: %(path)s %(problem)s", path=error.path, problem=error.kind)
        except (Failure, DatabaseAway):
            raise
        except Exception as error:
            id_ = _id(item, name)
            log.exception("bug in a list", thing=thing.value, id=id_)
            why = Sentence("a fault of ours: %(error)s", error=type(error).__name__)
        else:
            continue
        # Without an id it cannot be asked for again; the log has it.
        if id_:
            yield Unread(thing, id_, why)


def _id(item: Reader, name: Name) -> str:
    try:
        return name(item)
    except Unreadable:
        return ""
