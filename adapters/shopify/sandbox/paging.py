"""Connections.  A cursor names the last thing seen and its place in the order, so it holds while things come and go."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from adapters.shopify.sandbox.records import Record

MOST = 250
Key = tuple[Any, int]
"""What a list is sorted by, and the record's number for those that are alike."""
KeyOf = Callable[[Any], Any]


@dataclass(frozen=True)
class Connection:
    nodes: Sequence[Any]
    page_info: Mapping[str, object]
    cursor_of: Callable[[Any], str]

    @property
    def edges(self) -> list[dict[str, object]]:
        return [{"node": node, "cursor": self.cursor_of(node)} for node in self.nodes]


def by_number(record: Record) -> int:
    return record.ref


def connect(records: Iterable[Any], args: dict[str, Any], key_of: KeyOf = by_number) -> Connection:
    """The page of ``records`` that ``first``/``after`` or ``last``/``before`` asks for, sorted by ``key_of``."""
    size = _size(args)
    backwards = "last" in args and args.get("first") is None

    def place(record: Any) -> Key:  # noqa: ANN401 -- a page holds records of any kind
        return (_plain(key_of(record)), record.ref)

    down = bool(args.get("reverse"))
    ordered = sorted(records, key=place, reverse=down)
    after, before = _key(args.get("after")), _key(args.get("before"))
    if after is not None:
        ordered = [one for one in ordered if (place(one) < after if down else place(one) > after)]
    if before is not None:
        ordered = [one for one in ordered if (place(one) > before if down else place(one) < before)]
    page = ordered[-size:] if backwards else ordered[:size]
    more = len(ordered) > len(page)

    def cursor(record: Any) -> str:  # noqa: ANN401 -- as above
        value, number = place(record)
        return base64.b64encode(json.dumps({"last_id": number, "last_value": value}).encode()).decode()

    info = {
        "hasNextPage": before is not None if backwards else more,
        "hasPreviousPage": more if backwards else after is not None,
        "startCursor": cursor(page[0]) if page else None,
        "endCursor": cursor(page[-1]) if page else None,
    }
    return Connection(page, info, cursor)


def _plain(value: object) -> object:
    return value.timestamp() if isinstance(value, datetime) else value


def _size(args: dict[str, Any]) -> int:
    size = args.get("first") if args.get("first") is not None else args.get("last")
    if size is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if not 0 < size <= MOST:
        raise GraphQLError(
            f"first must be between 1 and {MOST}, got {size}", extensions={"code": "argumentLiteralsIncompatible"}
        )
    return int(size)


def _key(cursor: str | None) -> Key | None:
    if cursor is None:
        return None
    try:
        read = json.loads(base64.b64decode(cursor, validate=True))
        return (read["last_value"], read["last_id"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise GraphQLError(f"Invalid cursor: {cursor}", extensions={"code": "argumentLiteralsIncompatible"}) from error
