"""Every sealed text in the database, so that all of them can be sealed with a newer key.

A text is put in place of exactly the one that was read: what somebody wrote meanwhile stands, and nobody waits.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Engine, Table, func, literal_column, select, update

from connector.ports.vault import SealedText
from connector.storage.tables import deliveries
from connector.storage.tables_accounts import credentials, passes
from connector.storage.tables_operating import kept_keys, privacy_requests
from connector.storage.tables_promises import messages
from connector.storage.tables_restock import restock_subscriptions

BODIES = "bodies of deliveries"
POSTED = "keys"
"""Where a pass remembers keys that a shop posted (``services.posted_keys``): sealed, in Base64, among plain texts."""


@dataclass(frozen=True)
class _Place:
    table: Table
    where: Column[Any]
    text: Column[Any]
    bound: Column[Any] | None = None

    @property
    def wanted(self) -> ColumnElement[bool]:
        if self.text is passes.c.remember:
            return self.text.cast(self.text.type.impl).contains(f'"{POSTED}":')  # type: ignore[attr-defined]  # a Json
        return func.length(self.text) > literal_column("0")

    def read(self, value: Any) -> bytes:  # noqa: ANN401 -- whatever the column holds
        return b64decode(value[POSTED]) if isinstance(value, dict) else bytes(value)

    def written(self, before: Any, text: bytes) -> Any:  # noqa: ANN401 -- as above
        return {**before, POSTED: b64encode(text).decode("ascii")} if isinstance(before, dict) else text


_PLACES: Mapping[str, _Place] = {
    "keys of stores": _Place(credentials, credentials.c.store, credentials.c.secret),
    "keys being tried": _Place(passes, passes.c.id, passes.c.remember),
    "derived keys": _Place(kept_keys, kept_keys.c.name, kept_keys.c.sealed),
    "restock addresses": _Place(restock_subscriptions, restock_subscriptions.c.id, restock_subscriptions.c.contact),
    "addresses of messages": _Place(messages, messages.c.id, messages.c.to),
    "subjects of privacy requests": _Place(privacy_requests, privacy_requests.c.id, privacy_requests.c.subject),
    "answers to privacy requests": _Place(privacy_requests, privacy_requests.c.id, privacy_requests.c.answer),
    BODIES: _Place(deliveries, deliveries.c.id, deliveries.c.body, deliveries.c.digest),
}


class SqlSealedTexts:
    """``ports.vault.SealedTexts``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(read_only=True)

    def kinds(self) -> Sequence[str]:
        return tuple(_PLACES)

    def count(self, kind: str) -> int:
        place = _PLACES[kind]
        with self._reading.connect() as connection:
            query = select(func.count()).select_from(place.table).where(place.wanted)
            return int(connection.execute(query).scalar_one())

    def after(self, kind: str, where: str | int | None, limit: int) -> Sequence[SealedText]:
        place = _PLACES[kind]
        columns = [place.where, place.text, *([] if place.bound is None else [place.bound])]
        query = select(*columns).where(place.wanted).order_by(place.where).limit(limit)
        if where is not None:
            query = query.where(place.where > where)
        with self._reading.connect() as connection:
            return [SealedText(id_, place.read(value), *bound) for id_, value, *bound in connection.execute(query)]

    def replace(self, kind: str, pairs: Iterable[tuple[SealedText, bytes]]) -> int:
        place, done = _PLACES[kind], 0
        with self._engine.begin() as connection:
            for before, text in pairs:
                old = connection.execute(select(place.text).where(place.where == before.where)).scalar()
                if old is None or place.read(old) != before.text:
                    continue
                changed = update(place.table).where(place.where == before.where, place.text == old)
                done += connection.execute(changed.values({place.text.name: place.written(old, text)})).rowcount
        return done
