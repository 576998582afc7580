"""The notices of one order among each other: the newest has the last word, whatever was cut off."""

from __future__ import annotations

from storage_rows import NOON, SHOP, a_notice, after

from connector.storage.engine import Database

LEASE = after(300)


def claim(database: Database, seconds: int) -> list[tuple[str, int]]:
    with database.work() as work:
        claimed = work.notices.claim(SHOP, after(seconds), after(seconds + 300), 9)
        work.commit()
        return [(one.order_id, one.revision) for one in claimed]


def cut_off_then(database: Database, newer: bool) -> None:  # noqa: FBT001 -- read by its name at every call
    """One notice was claimed at noon and never settled; perhaps another was made for its order since."""
    with database.work() as work:
        work.notices.add(SHOP, a_notice("o1", 1))
        work.notices.claim(SHOP, NOON, LEASE, 9)
        if newer:
            work.notices.add(SHOP, a_notice("o1", 2))
        work.notices.add(SHOP, a_notice("o2", 1))
        work.commit()


def test_a_newer_notice_waits_while_an_older_one_of_its_order_may_be_on_its_way(database: Database) -> None:
    cut_off_then(database, newer=True)
    assert claim(database, 299) == [("o2", 1)]


def test_one_that_was_cut_off_is_forgotten_for_a_newer_one_and_never_has_the_last_word(database: Database) -> None:
    cut_off_then(database, newer=True)
    assert claim(database, 300) == [("o1", 2), ("o2", 1)]
    with database.work(read_only=True) as work:
        assert [one.revision for one in work.notices.of_order(SHOP, "o1")] == [2]


def test_one_that_was_cut_off_and_has_none_behind_it_is_tried_again(database: Database) -> None:
    cut_off_then(database, newer=False)
    assert claim(database, 300) == [("o1", 1), ("o2", 1)]
