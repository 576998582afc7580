from __future__ import annotations

from sqlalchemy import text
from storage_rows import (
    NOON,
    OF_NO_STORE,
    OTHER,
    SHOP,
    after,
    fill_every_table,
)

from connector.ports.records import Leaving, Origin, StoreRecord
from connector.storage.engine import Database
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import metadata


def test_a_store_is_read_back_as_it_was_saved_last(database: Database) -> None:
    whole = StoreRecord(
        SHOP,
        "shopify",
        gone_at=NOON,
        paused=True,
        stopped={"push": "Grant the scope."},
        cursors={"orders": after(-1)},
        beats={"plan": after(-2)},
        wait_until=after(3),
        failures=4,
        origin=Origin.APP,
        shop="example.myshopify.com",
        title="Cups & more",
        revision=5,
        leaving=Leaving.PUT_BACK,
        progress={"products": {"seen": 20, "total": 80}},
    )
    with database.work() as work:
        assert work.stores.get(SHOP) is None
        work.stores.save(StoreRecord(SHOP, "shopify"))
        work.stores.save(StoreRecord(OTHER, "woocommerce"))
        work.stores.save(whole)
        assert work.stores.get(SHOP) == whole
        assert list(work.stores.all()) == [whole, StoreRecord(OTHER, "woocommerce")]


def test_removing_a_store_leaves_nothing_of_it_and_all_of_the_other(
    database: Database, inbox: GroupCommitInbox
) -> None:
    fill_every_table(database, inbox)
    inbox.close()
    before = rows(database)
    assert before == {name: 1 if name in OF_NO_STORE else 2 for name in metadata.tables}
    with database.work() as work:
        work.stores.remove(SHOP)
        work.commit()
    assert rows(database) == dict.fromkeys(before, 1)


def rows(database: Database) -> dict[str, int]:
    with database.engine.connect() as connection:
        return {name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in metadata.tables}  # noqa: S608 -- our own names
