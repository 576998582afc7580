"""A figure, the rows it gives, and how they are judged and shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.  ``ratio``: measured / yardstick; ``holds`` None: no limit is set."""

    figure: str
    measured: str
    yardstick: str
    yardstick_measured: str
    ratio: float | None = None
    limit: str = ""
    holds: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "holds", False: "FAILS", None: "-"}[self.holds]

    def plain(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Figure:
    """``measure``: told whether it has all the time it wants (``--full``)."""

    name: str
    about: str
    measure: Callable[[bool], Sequence[Row]]


def at_most(value: float, limit: float) -> bool:
    return value <= limit


def at_least(value: float, limit: float) -> bool:
    return value >= limit
