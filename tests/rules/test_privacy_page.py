"""``docs/privacy.md`` tells of every column that there is, and what it says is erased is erased."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import address_in
from house import CONFIG, House, house
from sqlalchemy import LargeBinary, create_engine, make_url, select, update

from connector.domain.promises import Actor, EventKind, PromiseEvent
from connector.ports.operating import PrivacyRequest, RequestKind, RequestState
from connector.ports.promising import (
    AmendmentKind,
    AmendmentRecord,
    AmendmentState,
    MessageKind,
    MessageRecord,
    MessageState,
)
from connector.services.privacy import answer_requests, passed_on
from connector.services.privacy_erase import erase
from connector.services.privacy_subject import Subject, seal
from connector.services.restock import Asked, ask
from connector.storage.column_types import Json
from connector.storage.tables import metadata

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "privacy.md").read_text("utf-8")
OF_PEOPLE = {(found[1], found[2]) for found in re.finditer(r"^\| `(\w+)\.(\w+)` \|", PAGE, re.MULTILINE)}
ROW = re.compile(r"^\| `(\w+)` \| ((?:\**`\w+`\**(?:, )?)+) \|", re.MULTILINE)
TABLES = {found[1]: found[2] for found in ROW.finditer(PAGE)}
HERS = "aicha@example.test"
NEEDLE = "needle {table} {column}"
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_every_table_stands_on_the_page_with_its_columns_and_no_other() -> None:
    columns = {name: re.findall(r"`(\w+)`", row) for name, row in TABLES.items()}
    assert columns == {name: [column.name for column in table.columns] for name, table in metadata.tables.items()}


def test_the_columns_that_tell_of_people_are_those_that_are_explained() -> None:
    bold = {(name, column) for name, row in TABLES.items() for column in re.findall(r"\*\*`(\w+)`\*\*", row)}
    assert bold == OF_PEOPLE


@dataclass
class Hers:
    """An order, a wish, and a request of one person, in every column of whom something of her stands."""

    there: House
    folder: Path
    order: str

    def rows(self) -> Iterator[tuple[str, str, bytes | str]]:
        engine = _engine(self.folder)
        with engine.connect() as connection:
            for name, column in sorted(OF_PEOPLE):
                table = metadata.tables[name]
                for value in connection.execute(select(table.c[column].cast(_raw(table.c[column])))).scalars():
                    yield name, column, value
        engine.dispose()

    def found(self) -> set[tuple[str, str]]:
        """The columns in which a needle is found, opened with our keys."""
        return {(name, column) for name, column, value in self.rows() if "needle" in self._text(value)}

    def _text(self, value: bytes | str) -> str:
        if isinstance(value, str):
            return value
        for opened in (self.there.service.vault.open, lambda raw: self.there.service.bodies.unpack(raw, b"digest")):
            try:
                return opened(bytes(value)).decode()
            except Exception:  # noqa: BLE001, S112 -- sealed in the other way, or under the digest of a real body
                continue
        return ""


def _engine(folder: Path) -> Any:
    url = make_url(address_in(folder))
    return create_engine(url.set(drivername="postgresql+psycopg") if url.get_backend_name() == "postgresql" else url)


def _raw(column: Any) -> Any:
    """As it lies in the database."""
    return getattr(column.type, "impl", column.type)


@pytest.fixture
def hers(tmp_path: Path) -> Iterator[Hers]:
    with house(tmp_path, CONFIG) as there:
        there.woo.add_product("CHAIR", 5)
        there.connect()
        order = there.woo.place_order({"CHAIR": 1})
        there.settle(1)
        made = Hers(there, tmp_path, order)
        _fill(made)
        _plant(made)
        yield made


def _fill(hers: Hers) -> None:
    """A row of hers in every table of the page."""
    store, order = hers.there.store("chairs"), hers.order
    with store.work(read_only=True) as uow:
        line = next(iter(uow.orders.get("chairs", [order])[order].lines.values()))
    ask(store, Asked(line.variant_id, HERS, "", "en", 1, "form"))
    with store.work() as uow:
        for number, state in enumerate((MessageState.SENT, MessageState.PENDING, MessageState.PARKED)):
            message = MessageRecord(
                0, MessageKind.NOT_DONE, order, 0, "en", {}, f"m-{number}", AT, AT + timedelta(days=9), state=state
            )
            uow.messages.add("chairs", message)
        change = AmendmentRecord(
            0,
            order,
            line.id,
            AmendmentKind.CANCEL,
            1,
            "",
            Actor.SHOPPER,
            "",
            "",
            "a",
            "k",
            AT,
            state=AmendmentState.DONE,
        )
        uow.amendments.add("chairs", change)
        uow.promises.append("chairs", order, line.id, [PromiseEvent(AT, EventKind.REFUNDED, Actor.OWNER, 1)])
        request = PrivacyRequest(
            0, "chairs", RequestKind.ACCESS, "r", AT, AT, seal(store, Subject()), state=RequestState.READY
        )
        uow.privacy.ask(request)
        uow.commit()


def _plant(hers: Hers) -> None:
    vault, engine = hers.there.service.vault, _engine(hers.folder)
    with engine.begin() as connection:
        for name, column in OF_PEOPLE - {("deliveries", "body")}:
            table = metadata.tables[name]
            needle = NEEDLE.format(table=name, column=column)
            value: Any = needle
            if isinstance(table.c[column].type, LargeBinary):
                value = vault.seal(json.dumps({"name": needle}).encode())
            elif isinstance(table.c[column].type, Json):
                value = {"name": needle, "contact": needle, "said": needle}
            elif column in {"person", "buyer"}:
                continue  # digests, by which she is found
            of_orders = [table.c.topic.startswith("order")] if name == "deliveries" else []
            connection.execute(update(table).where(*of_orders).values({column: value}))
    engine.dispose()


def test_what_the_page_says_an_erasure_takes_away_is_away(hers: Hers) -> None:
    digests = {("restock_subscriptions", "person"), ("order_terms", "buyer")}
    by_request = {("privacy_requests", "subject"), ("privacy_requests", "answer")}
    assert hers.found() == OF_PEOPLE - digests - {("deliveries", "body")}
    erase(hers.there.store("chairs"), Subject(emails=(HERS,)), by="operator")
    assert hers.found() == by_request
    store = hers.there.store("chairs")
    assert [row for row in hers.rows() if row[2] == store.buyer_of(HERS)] == []
    with store.work(read_only=True) as uow:
        assert {one.body for one in uow.deliveries.find(store="chairs") if one.topic.startswith("order")} == {b""}
    with store.work(read_only=True) as uow:
        (request,) = uow.privacy.find("chairs", None, 9)
    passed_on(store, request)
    assert hers.found() == set()
    assert answer_requests(store) == 0
