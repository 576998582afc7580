"""An installation is moved into another database: SQLite into PostgreSQL and back, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from databases import everything_in, postgresql_database
from sqlalchemy import Date, LargeBinary, text, update
from storage_rows import NOON, OTHER, SHOP, a_delivery, a_request, a_supply, an_order, fill_every_table

from connector.domain.journal import Entry
from connector.ports.failures import OwnerMustAct
from connector.ports.records import StoreRecord
from connector.storage import copy as copying
from connector.storage import engine
from connector.storage.copy import ROWS, copy_database, sizes
from connector.storage.engine import Database, open_database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata, orders, supplies

ODD = "Größe 🪑 Ω \N{RIGHT-TO-LEFT OVERRIDE}'\";--\\\t\r\n%s :x \x7f"
LARGEST, SMALLEST = 2**63 - 1, -(2**63)
WAYS = {"sqlite": "postgresql", "postgresql": "sqlite"}


@pytest.fixture(params=WAYS)
def ends(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """A full database, and one of the other kind without any table."""
    with ExitStack() as stack:
        server = request.getfixturevalue("postgresql_server")
        urls = {
            "sqlite": f"sqlite:///{tmp_path}/one.db",
            "postgresql": stack.enter_context(postgresql_database(server)),
        }
        source, target = open_database(urls[request.param]), open_database(urls[WAYS[request.param]])
        stack.callback(source.close)
        stack.callback(target.close)
        source.upgrade()
        inbox = GroupCommitInbox(urls[request.param])
        fill_every_table(source, inbox)
        inbox.close()
        yield source, target


def plainly(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row; what the two drivers give as different kinds is made alike."""
    url = database.url.render_as_string(hide_password=False)
    found = everything_in(url.replace("postgresql+psycopg://", "postgresql://"))
    return {
        name: sorted((tuple(_alike(value) for value in row) for row in rows), key=repr)
        for name, rows in found.items()
        if name in metadata.tables
    }


def _alike(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else str(value) if hasattr(value, "isoformat") else value


def test_every_row_of_every_table_arrives_as_it_was(ends: tuple[Database, Database]) -> None:
    source, target = ends
    with source.work() as work:
        work.orders.save(SHOP, [an_order(f"o{n}", number=ODD, status=ODD) for n in range(ROWS + 3)])
        work.journal.append(
            SHOP, [Entry(NOON, "odd", facts={"said": ODD, "units": LARGEST, "none": None, "nul": "a\0b"})]
        )
        work.supplies.add(SHOP, a_supply(units=LARGEST, received=SMALLEST, sku=ODD))
        work.privacy.ask(a_request("bytes", subject=bytes(range(256)) * 2000))
        work.commit()
    before = plainly(source)
    told: dict[tuple[str, str], int] = {}

    def tell(verb: str, table: str, rows: int) -> None:
        told[verb, table] = told.get((verb, table), 0) + rows

    copied = copy_database(source, target, tell)
    assert plainly(target) == before == plainly(source)
    assert copied.rows == sizes(source) == {name: len(rows) for name, rows in before.items()}
    assert min(copied.rows.values()) > 0
    assert told == {(verb, name): rows for name, rows in copied.rows.items() for verb in ("copying", "comparing")}
    assert copied.mended == 0
    assert target.check() == []


def test_numbers_that_were_given_once_are_never_given_again(ends: tuple[Database, Database]) -> None:
    source, target = ends
    with source.work() as work:
        given = [work.supplies.add(SHOP, a_supply()) for _ in range(3)]
        work.commit()
    with source.engine.begin() as connection:
        connection.execute(supplies.delete().where(supplies.c.id >= given[-2]))
    copy_database(source, target)
    with target.work() as work:
        assert work.supplies.add(SHOP, a_supply()) == given[-1] + 1
        work.commit()


def test_the_copy_goes_on_where_the_old_one_stopped(ends: tuple[Database, Database]) -> None:
    source, target = ends
    copy_database(source, target)
    inbox = GroupCommitInbox(target.url.render_as_string(hide_password=False).replace("+psycopg", ""))
    try:
        assert not inbox.keep(a_delivery())  # it is known already
        assert inbox.keep(a_delivery("d2"))
    finally:
        inbox.close()
    with target.work() as work:
        assert work.turns.begin(SHOP, "worker", NOON) == 2
        work.journal.append(SHOP, [Entry(NOON, "later")])
        work.stores.remove(OTHER)
        assert [store.key for store in work.stores.all()] == [SHOP]


def test_a_target_that_holds_anything_is_refused_and_told_what(ends: tuple[Database, Database]) -> None:
    source, target = ends
    target.upgrade()
    with target.work() as work:
        work.stores.save(StoreRecord("theirs", "shopify"))
        work.commit()
    before = plainly(target)
    with pytest.raises(
        OwnerMustAct, match=r"^The target is not empty: it holds rows, 1 in stores\. Nothing was copied"
    ):
        copy_database(source, target)
    assert plainly(target) == before


def spoilt_on_the_way(source: Database, patch: pytest.MonkeyPatch) -> str:
    """One text of one row is another when it has arrived."""
    del source
    compare = copying._compare

    def spoil_and_compare(new: Any, *more: Any) -> None:
        new.execute(text("UPDATE orders SET status = 'changed' WHERE store = 'main'"))
        compare(new, *more)

    patch.setattr(copying, "_compare", spoil_and_compare)
    return r"^What arrived in orders is not what was there: 2 rows with the hash \w+, and 2 rows with the hash \w+"


def altered_journal(source: Database, patch: pytest.MonkeyPatch) -> str:
    del patch
    with source.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET kind = 'never said' WHERE store = :store"), {"store": OTHER})
    return f"^The journal of {OTHER} does not verify: its entry 1 does not follow"


def connection_lost(source: Database, patch: pytest.MonkeyPatch) -> str:
    del source
    patch.setattr(copying, "_verify_journals", lambda new: new.execute(text("SELECT * FROM gone")))
    return r"^The database said: .*gone.*\. Nothing was copied"


@pytest.mark.parametrize("spoil", [spoilt_on_the_way, altered_journal, connection_lost])
def test_a_failure_leaves_the_target_empty_and_says_why(
    ends: tuple[Database, Database], spoil: Callable[[Database, pytest.MonkeyPatch], str]
) -> None:
    source, target = ends
    with pytest.MonkeyPatch.context() as patch:
        said = spoil(source, patch)
        before = plainly(source)
        with pytest.raises(OwnerMustAct, match=said):
            copy_database(source, target)
    assert set(sizes(target).values()) == {0}
    assert plainly(source) == before
    if spoil is not altered_journal:
        copy_database(source, target)
        assert plainly(target) == before


def test_nobody_changes_the_source_while_it_is_copied(
    ends: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = ends
    monkeypatch.setattr(engine, "WAIT_SECONDS", 0.05)
    other = open_database(
        source.url.set(drivername=source.url.get_backend_name()).render_as_string(hide_password=False)
    )
    refused: list[str] = []

    def tell(verb: str, table: str, _rows: int) -> None:
        if (verb, table) == ("copying", "orders"):
            with other.engine.connect() as connection:
                if source.is_shared:
                    connection.exec_driver_sql("SET lock_timeout = 50")
                with pytest.raises(Exception, match=r"locked|lock timeout") as caught:
                    connection.execute(update(orders).values(status="meanwhile"))
                refused.append(str(caught.value))

    try:
        copy_database(source, target, tell)
    finally:
        other.close()
    assert len(refused) == 1


def test_text_with_nul_becomes_text_that_postgresql_can_keep(tmp_path: Path, postgresql_server: str) -> None:
    source = open_database(f"sqlite:///{tmp_path}/one.db")
    source.upgrade()
    with source.work() as work:
        work.orders.save(SHOP, [an_order("o1", status="a\0b\0"), an_order("o2")])
        work.journal.append(SHOP, [Entry(NOON, "said", facts={"text": "a\0b"})])
        work.commit()
    with postgresql_database(postgresql_server) as url:
        target = open_database(url)
        assert copy_database(source, target).mended == 1
        with target.work(read_only=True) as work:
            assert work.orders.get(SHOP, ["o1"])["o1"].status == "ab"
            assert work.journal.read(SHOP)[0].entry.facts == {"text": "a\0b"}
        target.close()
    source.close()


def test_the_way_there_and_back_ends_where_it_began(ends: tuple[Database, Database], tmp_path: Path) -> None:
    source, target = ends
    copy_database(source, target)
    third = open_database(f"sqlite:///{tmp_path}/back.db")
    copy_database(target, third)
    assert plainly(third) == plainly(source)
    third.close()


def test_every_column_is_of_a_kind_that_is_copied_as_it_lies() -> None:
    """Plain columns are numbers, texts, bytes, days: nothing that a type of ours would have to read first."""
    kinds = {type(column.type) for table in metadata.sorted_tables for column in copying.plain(table).columns}
    assert {Date, LargeBinary} < kinds
    assert not [kind for kind in kinds if kind.__module__.startswith("connector")]
