"""Following one change from the webhook to the flag: spans, where they are configured, and next to nothing elsewhere.

Every delivery has a trace of its own, whose number follows from what was delivered; so nothing need be kept with the
inbox, and whoever reads the delivery knows it.  A plan and a push belong to many deliveries, so they link to the traces
of those that made them necessary (``Traces`` remembers which, from one transaction to the next).

A span bears our own words, store keys and numbers of ours; never a body, an address of a person or a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

MOST_LINKS = 16
"""A push can belong to any number of deliveries; the newest of them show the way."""

Attribute = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Trace:
    """Where in which trace something happened; hexadecimal digits, 32 and 16 of them."""

    trace_id: str
    span_id: str

    def __str__(self) -> str:
        return f"{self.trace_id}-{self.span_id}"

    @classmethod
    def of(cls, text: str) -> Trace:
        trace_id, _, span_id = text.partition("-")
        return cls(trace_id, span_id)


class Span(Protocol):
    def tell(self, **attributes: Attribute) -> None:
        """What was not known when the span began."""
        ...


class Tracer(Protocol):
    def span(
        self,
        name: str,
        attributes: Mapping[str, Attribute],
        *,
        begins: Trace | None,
        under: Trace | None,
        links: Iterable[Trace],
    ) -> AbstractContextManager[Span]:
        """``begins``: it is the first of this trace; ``under``: it happened because of that span, perhaps in another
        process.  An exception that passes through is noted by its type alone.
        """
        ...


class _Silent:
    def tell(self, **attributes: Attribute) -> None:
        pass


_SILENT: AbstractContextManager[Span] = nullcontext(_Silent())
_tracers: list[Tracer] = []  # the last one draws


def on() -> bool:
    """Whether anybody wants spans; ask before computing anything for them."""
    return bool(_tracers)


def span(
    name: str,
    *,
    begins: Trace | None = None,
    under: Trace | None = None,
    links: Iterable[Trace] = (),
    **attributes: Attribute,
) -> AbstractContextManager[Span]:
    if not _tracers:
        return _SILENT
    return _tracers[-1].span(name, attributes, begins=begins, under=under, links=links)


def trace_of(store: str, topic: str, external_id: str, body: bytes) -> Trace:
    """The trace of a delivery; the same wherever it is read, and for a delivery that is sent again."""
    kept = f"{store}\0{topic}\0{external_id}".encode("utf-8", "surrogatepass")
    digest = sha256(kept + b"\0" + sha256(body).digest()).hexdigest()
    return Trace(digest[:32], digest[32:48])


def use(tracer: Tracer) -> None:
    """From now on this process draws spans."""
    _tracers.append(tracer)


@contextmanager
def using(tracer: Tracer) -> Iterator[None]:
    """The same for a while."""
    _tracers.append(tracer)
    try:
        yield
    finally:
        _tracers.remove(tracer)


class Traces(Protocol):
    """Which traces made something necessary; written only while spans are drawn.  ``kind``: ``pool``, to be planned;
    ``variant``, to be pushed; ``reread``, to be read again.
    """

    def add(self, store: str, kind: str, of: Mapping[str, Iterable[Trace]]) -> None:
        """Remember these too, by id; of more than ``MOST_LINKS`` the newest."""
        ...

    def get(self, store: str, kind: str, ids: Iterable[str]) -> dict[str, tuple[Trace, ...]]:
        """What is remembered of these, the newest first."""
        ...

    def take(self, store: str, kind: str, ids: Iterable[str]) -> dict[str, tuple[Trace, ...]]:
        """The same, and forget it."""
        ...
