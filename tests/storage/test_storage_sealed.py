"""Every sealed text is found, of every kind, and one takes the place of exactly the one that was read."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

from sqlalchemy import LargeBinary

from connector.ports.accounts import PassKind, PassRecord, Sealed
from connector.ports.records import StoreRecord
from connector.ports.vault import KeptKey, SealedText
from connector.storage.engine import Database
from connector.storage.kept_keys import SqlKeptKeys
from connector.storage.sealed import _PLACES, POSTED, SqlSealedTexts
from connector.storage.tables import metadata

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOT_SEALED = {("deliveries", "digest")}


def connected(database: Database, store: str, secret: bytes) -> None:
    with database.work() as uow:
        uow.stores.save(StoreRecord(store, "woocommerce"))
        uow.credentials.save(store, Sealed(secret, NOW))
        uow.commit()


def test_every_column_of_bytes_is_one_that_is_sealed_anew_or_is_known_to_be_no_secret() -> None:
    binary = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, LargeBinary)
    }
    sealed = {(place.table.name, place.text.name) for place in _PLACES.values()}
    assert binary - NOT_SEALED == sealed - {("passes", "remember")}


def test_texts_come_in_pages_in_the_order_of_their_rows(database: Database) -> None:
    texts = SqlSealedTexts(database.engine)
    for store in ("b", "c", "a"):
        connected(database, store, f"keys of {store}".encode())
    first = texts.after("keys of stores", None, 2)
    rest = texts.after("keys of stores", first[-1].where, 2)
    assert [one.where for one in (*first, *rest)] == ["a", "b", "c"]
    assert (texts.count("keys of stores"), texts.count("bodies of deliveries")) == (3, 0)


def test_what_was_changed_after_it_was_read_stands(database: Database) -> None:
    texts = SqlSealedTexts(database.engine)
    connected(database, "a", b"first")
    connected(database, "b", b"first")
    read = texts.after("keys of stores", None, 10)
    connected(database, "a", b"second")
    assert texts.replace("keys of stores", [(one, b"anew") for one in read]) == 1
    assert [one.text for one in texts.after("keys of stores", None, 10)] == [b"second", b"anew"]
    assert texts.replace("keys of stores", [(SealedText("gone", b"x"), b"y")]) == 0


def test_keys_that_a_shop_posted_lie_among_other_things_that_are_remembered(database: Database) -> None:
    texts = SqlSealedTexts(database.engine)
    sealed = {POSTED: b64encode(b"sealed").decode(), "shop": "x", "odd": '"keys":'}
    with database.work() as uow:
        for id_, remember in (("1", {"shop": "keys"}), ("2", sealed)):
            until = NOW + timedelta(minutes=15)
            uow.passes.add(PassRecord(id_, PassKind.CONNECT, "woocommerce", "", "", remember, NOW, until))
        uow.commit()
    (read,) = texts.after("keys being tried", None, 10)
    assert (read.where, read.text, texts.count("keys being tried")) == ("2", b"sealed", 1)
    assert texts.replace("keys being tried", [(read, b"anew")]) == 1
    with database.work(read_only=True) as uow:
        held = uow.passes.get("2")
    assert held is not None
    assert (b64decode(held.remember[POSTED]), held.remember["shop"]) == (b"anew", "x")


def test_a_key_is_kept_once_under_its_name(database: Database) -> None:
    kept = SqlKeptKeys(database.engine)
    kept.add([KeptKey("buyers", "buyers", b"first", first=True), KeptKey("links", "links", b"l", until=NOW)])
    kept.add([KeptKey("buyers", "buyers", b"second", first=True)])
    kept.forget(["links", "none"])
    assert kept.all() == [KeptKey("buyers", "buyers", b"first", first=True)]
