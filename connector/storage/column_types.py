"""How values of the domain lie in columns, alike on SQLite and PostgreSQL.

Moments are whole microseconds since 1970 (UTC), so that both databases compare them as numbers; structures are JSON
text with sorted keys, so that equal values are equal text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

from connector.domain.marks import LineMark, OrderMarks, OrderStatus
from connector.domain.queue import Sighting
from connector.ports.sentence import packed, unpacked

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Word = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that sorts by its bytes on PostgreSQL too; a locale would put ids and SKUs in another order than SQLite."""

RowId = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is INTEGER."""

E = TypeVar("E", bound=Enum)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970.  ValueError for a datetime without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"A moment needs its zone to be stored: {moment!r}.")
    return (moment - EPOCH) // MICROSECOND


def moment_of(number: int) -> datetime:
    return EPOCH + timedelta(microseconds=number)


def dumps(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


class Moment(TypeDecorator[datetime]):
    """An aware datetime, given back in UTC; a naive one is refused with ValueError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else moment_of(value)


class Choice(TypeDecorator[E]):
    """A member of an enumeration, by its value."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[E]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else str(value.value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """Plain JSON.  Subclasses say how a value of the domain is written in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ANN401, ARG002 -- SQLAlchemy's signature
        return dumps(self.plain(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ANN401, ARG002 -- SQLAlchemy's signature
        return None if value is None else self.rich(json.loads(value))

    def plain(self, value: Any) -> Any:  # noqa: ANN401 -- whatever the column holds
        return dict(value)

    def rich(self, value: Any) -> Any:  # noqa: ANN401 -- whatever the column holds
        return value


class Said(TypeDecorator[str]):
    """A text that may be a sentence of ours, with what it is made of."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else packed(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        return None if value is None else unpacked(value)


class SaidByName(Json):
    """Such texts by name."""

    cache_ok = True

    def plain(self, value: Mapping[str, str]) -> dict[str, str]:
        return {name: packed(text) for name, text in value.items()}

    def rich(self, value: dict[str, str]) -> dict[str, str]:
        return {name: unpacked(text) for name, text in value.items()}


class Words(Json):
    """A tuple of texts."""

    cache_ok = True

    def plain(self, value: Sequence[str]) -> list[str]:
        return list(value)

    def rich(self, value: list[str]) -> tuple[str, ...]:
        return tuple(value)


class Moments(Json):
    """Moments by name."""

    cache_ok = True

    def plain(self, value: Mapping[str, datetime]) -> dict[str, int]:
        return {name: micros(at) for name, at in value.items()}

    def rich(self, value: dict[str, int]) -> dict[str, datetime]:
        return {name: moment_of(at) for name, at in value.items()}


class History(Json):
    """The sightings of a line: ``[[microseconds, units], ...]``."""

    cache_ok = True

    def plain(self, value: Sequence[Sighting]) -> list[list[int]]:
        return [[micros(at), units] for at, units in value]

    def rich(self, value: list[list[int]]) -> tuple[Sighting, ...]:
        return tuple(Sighting(moment_of(at), units) for at, units in value)


class Marks(Json):
    """What an order was told: ``{"status": ..., "lines": [[id, sku, title, ready, waiting, day], ...]}``."""

    cache_ok = True

    def plain(self, value: OrderMarks) -> dict[str, Any]:
        return {"status": value.status.value, "lines": [_plain_mark(line) for line in value.lines]}

    def rich(self, value: dict[str, Any]) -> OrderMarks:
        return OrderMarks(OrderStatus(value["status"]), tuple(_rich_mark(*line) for line in value["lines"]))


def _plain_mark(mark: LineMark) -> list[Any]:
    day = mark.expected_on.isoformat() if mark.expected_on else None
    return [mark.line_id, mark.sku, mark.title, mark.ready, mark.waiting, day]


def _rich_mark(line_id: str, sku: str, title: str, ready: int, waiting: int, day: str | None) -> LineMark:
    return LineMark(line_id, sku, title, ready, waiting, date.fromisoformat(day) if day else None)
