"""What was set aside: found again when its time has come, by its kind, and by the pools that rest on it."""

from __future__ import annotations

import pytest
from storage_rows import NOON, OTHER, SHOP, after, an_aside

from connector.ports.aside import READ, AsideRecord, Task
from connector.ports.unit_of_work import UnitOfWork
from connector.storage.engine import Database

ROWS = (
    an_aside(Task.ORDER, "1", next_at=after(30), pools=("p1", "p2")),
    an_aside(Task.PRODUCT, "1", next_at=after(20), since=after(-5), pools=("p3",)),
    an_aside(Task.TELL, "1", next_at=after(10), pools=("p4",)),
)


def found(rows: tuple[AsideRecord, ...] | list[AsideRecord]) -> list[tuple[Task, str]]:
    return [(one.task, one.id) for one in rows]


def fill(work: UnitOfWork) -> None:
    work.aside.put(SHOP, ROWS)
    work.aside.put(OTHER, [an_aside(Task.ORDER, "9", next_at=NOON, pools=("p9",))])


def test_a_row_comes_back_as_it_was(database: Database) -> None:
    with database.work() as work:
        fill(work)
        assert work.aside.get(SHOP, Task.ORDER) == {"1": ROWS[0]}
        assert work.aside.get(SHOP, Task.POOL) == {}


def test_put_aside_once_more_it_is_the_same_row(database: Database) -> None:
    again = an_aside(Task.ORDER, "1", attempts=2, next_at=after(60), why="a fault of ours: ValueError")
    with database.work() as work:
        fill(work)
        work.aside.put(SHOP, [again])
        assert work.aside.get(SHOP, Task.ORDER) == {"1": again}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(19, []), (20, [Task.PRODUCT]), (30, [Task.PRODUCT, Task.ORDER])],
)
def test_what_has_its_time_is_found_the_longest_overdue_first(
    database: Database, seconds: float, expected: list[Task]
) -> None:
    with database.work() as work:
        fill(work)
        due = work.aside.due(SHOP, READ, after(seconds), 9)
        assert found(list(due)) == [(task, "1") for task in expected]
        assert len(work.aside.due(SHOP, READ, after(seconds), 1)) == min(1, len(expected))


def test_whoever_looks_finds_the_oldest_first(database: Database) -> None:
    with database.work() as work:
        fill(work)
        assert found(list(work.aside.find(SHOP, 9))) == [(Task.PRODUCT, "1"), (Task.ORDER, "1"), (Task.TELL, "1")]
        assert found(list(work.aside.find(SHOP, 1))) == [(Task.PRODUCT, "1")]


def test_only_what_is_to_be_read_makes_a_pool_doubtful(database: Database) -> None:
    with database.work() as work:
        fill(work)
        assert work.aside.doubtful(SHOP) == {"p1", "p2", "p3"}
        work.aside.release(SHOP, Task.ORDER, ["1", "2"])
        assert work.aside.doubtful(SHOP) == {"p3"}
        assert work.aside.doubtful(OTHER) == {"p9"}


def test_all_are_tried_at_the_next_look_when_somebody_says_so(database: Database) -> None:
    with database.work() as work:
        fill(work)
        assert work.aside.again(SHOP, after(15)) == len(ROWS)
        assert {one.next_at for one in work.aside.find(SHOP, 9)} == {after(10), after(15)}
        assert [one.next_at for one in work.aside.find(OTHER, 9)] == [NOON]


def test_it_is_counted_as_something_to_look_at(database: Database) -> None:
    with database.work() as work:
        fill(work)
        assert work.figures.queues().parked["set_aside"] == len(ROWS) + 1
