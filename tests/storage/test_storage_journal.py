from __future__ import annotations

from datetime import timedelta, timezone
from threading import Thread
from typing import Any

from sqlalchemy import text
from storage_rows import NOON, OTHER, SHOP, after

from connector.domain.journal import GENESIS, Entry, first_break
from connector.storage.engine import Database

MADRID = timezone(timedelta(hours=1))


def an_entry(number: int, variant_id: str = "", order_id: str = "") -> Entry:
    return Entry(after(number), "planned", variant_id, order_id, {"née": [1, None, 2.5], "b": {"z": True, "a": number}})


def test_the_chain_goes_on_from_one_transaction_to_the_next(database: Database) -> None:
    for start in (1, 3):
        with database.work() as work:
            work.journal.append(SHOP, [an_entry(start), an_entry(start + 1)])
            work.journal.append(SHOP, [])
            work.commit()
    with database.work() as work:
        links = list(work.journal.walk(SHOP))
    assert [link.entry for link in links] == [an_entry(n) for n in range(1, 5)]
    assert (links[0].previous, first_break(links)) == (GENESIS, None)


def test_stores_have_chains_of_their_own(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(1)])
        work.journal.append(OTHER, [an_entry(2)])
        assert [link.number for link in work.journal.walk(OTHER)] == [1]


def test_a_moment_of_another_zone_does_not_break_the_chain(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [Entry(NOON.astimezone(MADRID), "told")])
        links = list(work.journal.walk(SHOP))
    assert links[0].entry.at == NOON
    assert first_break(links) is None


def test_a_changed_row_shows(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(n) for n in range(1, 4)])
        work.commit()
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE journal SET order_id = 'mine' WHERE number = 2"))
    with database.work() as work:
        assert first_break(work.journal.walk(SHOP)) == 2


def test_the_newest_entries_come_first_narrowed_to_a_variant_or_an_order(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(1, "v1"), an_entry(2, "v1", "o1"), an_entry(3, "v2", "o1"), an_entry(4)])

        def numbers(**narrowed: Any) -> list[int]:
            return [link.number for link in work.journal.read(SHOP, **narrowed)]

        assert numbers() == [4, 3, 2, 1]
        assert numbers(variant_id="v1") == [2, 1]
        assert numbers(order_id="o1") == [3, 2]
        assert numbers(variant_id="v1", order_id="o1") == [2]
        assert [link.number for link in work.journal.read(SHOP, limit=1)] == [4]


def test_a_long_journal_is_walked_from_its_beginning(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(n) for n in range(1200)])
        assert first_break(work.journal.walk(SHOP)) is None
        assert len(list(work.journal.walk(SHOP))) == 1200


def test_purging_leaves_a_chain_that_verifies_from_its_first_link_on(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(n) for n in range(1, 7)])
        assert work.journal.purge(SHOP, after(4), 2) == 2
        assert work.journal.purge(SHOP, after(4), 9) == 1
        assert work.journal.purge(SHOP, after(4), 9) == 0
        kept = list(work.journal.walk(SHOP))
        assert [link.number for link in kept] == [4, 5, 6]
        assert first_break(kept, kept[0].number - 1, kept[0].previous) is None


def test_an_old_entry_behind_a_newer_one_stays(database: Database) -> None:
    with database.work() as work:
        work.journal.append(SHOP, [an_entry(1), an_entry(9), an_entry(2), an_entry(9)])
        assert work.journal.purge(SHOP, after(5), 9) == 1
        assert [link.number for link in work.journal.walk(SHOP)] == [2, 3, 4]


def test_the_newest_entry_is_never_purged(database: Database) -> None:
    with database.work() as work:
        assert work.journal.purge(SHOP, after(99), 9) == 0
        work.journal.append(SHOP, [an_entry(1), an_entry(2)])
        assert work.journal.purge(SHOP, after(99), 9) == 1
        assert work.journal.purge(SHOP, after(99), 9) == 0
        work.journal.append(SHOP, [an_entry(3)])
        assert [link.number for link in work.journal.walk(SHOP)] == [2, 3]


def test_writers_of_one_store_do_not_tear_its_chain(database: Database) -> None:
    def write() -> None:
        for n in range(15):
            with database.work() as work:
                work.journal.append(SHOP, [an_entry(n)])
                work.commit()

    writers = [Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with database.work() as work:
        links = list(work.journal.walk(SHOP))
    assert (len(links), first_break(links)) == (60, None)
