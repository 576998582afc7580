from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from storage_rows import NOON, SHOP, TODAY, after, an_order

from connector.ports.failures import OwnerMustAct
from connector.ports.unit_of_work import UnitOfWork, Work
from connector.storage.engine import Database, open_database

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def orders(database: Database) -> list[str]:
    with database.work(read_only=True) as work:
        return sorted(work.orders.get(SHOP, ["a", "b"]))


def test_without_a_commit_nothing_lasts(database: Database) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("a")])
        work.commit()
        work.orders.save(SHOP, [an_order("b")])
    assert orders(database) == ["a"]


def test_an_error_undoes_everything(database: Database) -> None:
    def fail() -> None:
        with database.work() as work:
            work.orders.save(SHOP, [an_order("a")])
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert orders(database) == []


def test_a_status_page_writes_nothing(database: Database) -> None:
    with database.work(read_only=True) as work, pytest.raises(DBAPIError, match=r"read-?only"):
        work.pools.touch(SHOP, ["p1"], NOON)
    with database.work() as work:
        work.pools.touch(SHOP, ["p1"], NOON)
        work.commit()


def test_a_status_page_waits_for_no_writer_and_sees_no_half_work(database: Database) -> None:
    with database.work() as writer:
        writer.orders.save(SHOP, [an_order("a")])
        assert orders(database) == []
        writer.commit()
    assert orders(database) == ["a"]


def test_a_writer_that_reads_first_waits_instead_of_failing(database: Database) -> None:
    """On SQLite a transaction that read before another wrote cannot write any more (SQLITE_BUSY_SNAPSHOT)."""
    first_has_read, failures = Event(), []

    def second() -> None:
        first_has_read.wait()
        try:
            touch(database, 2)
        except DBAPIError as error:
            failures.append(error)

    other = Thread(target=second)
    other.start()
    with database.work() as work:
        work.pools.get(SHOP, ["p1"])
        first_has_read.set()
        other.join(0.2)
        work.pools.touch(SHOP, ["p1"], after(1))
        work.commit()
    other.join()
    with database.work() as work:
        assert work.pools.get(SHOP, ["p1"])["p1"].touched_at == after(2)
    assert failures == []


def touch(database: Database, second: int) -> None:
    with database.work() as work:
        work.pools.get(SHOP, ["p1"])
        work.pools.touch(SHOP, ["p1"], after(second))
        work.commit()


def test_the_database_opens_units_of_work_as_the_port_asks(database: Database) -> None:
    work: Work = database.work
    opened: UnitOfWork
    with work() as opened:
        assert opened.due(NOON, settle=timedelta(), today=lambda _: TODAY) == []


@on_sqlite
def test_every_connection_writes_through_to_the_disk(database: Database) -> None:
    with database.engine.connect() as connection:
        found = {
            name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000


def test_a_new_database_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/new/folder/shop.db")
    database.upgrade()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "folder").iterdir()}
    database.close()
    assert set(modes.values()) == {0o600}
    assert "shop.db" in modes


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://localhost/shop", r"must begin with sqlite:/// or postgresql://, not mysql://"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_the_reason(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        open_database(url)


@on_sqlite
def test_a_backup_is_whole_while_the_database_is_in_use(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    with database.work() as work:
        work.orders.save(SHOP, [an_order("a")])
        work.commit()
        work.orders.save(SHOP, [an_order("b")])  # not committed, so not in the copy
        database.backup(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copy = open_database(f"sqlite:///{target}")
    assert (copy.check(), orders(copy)) == ([], ["a"])
    copy.close()


@on_sqlite
def test_a_backup_overwrites_nothing(database: Database, tmp_path: Path) -> None:
    target = tmp_path / "precious.db"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        database.backup(target)
    assert target.read_text() == "mine"


@on_postgresql
def test_postgresql_is_backed_up_by_its_own_tool(database: Database, tmp_path: Path) -> None:
    with pytest.raises(OwnerMustAct, match="pg_dump"):
        database.backup(tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


@on_sqlite
def test_a_damaged_file_is_reported(database: Database, database_url: str) -> None:
    with database.work() as work:
        work.orders.save(SHOP, [an_order("a")])
        work.commit()
    database.close()
    path = Path(database_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(path)) as connection:
        page_size = connection.execute("PRAGMA page_size").fetchone()[0]
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'orders'").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * page_size)
        file.write(b"\0" * page_size)
    problems = database.check()
    assert problems
    assert all(one.startswith("The database file is damaged: ") for one in problems)


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.write_text("These are not the orders of a shop. " * 40)
    database = open_database(f"sqlite:///{path}")
    (problem,) = database.check()
    database.close()
    assert problem.startswith("The database cannot be read: file is not a database")


def test_who_opens_the_file_once_more_takes_no_locks_away_from_who_has_it_open(tmp_path: Path) -> None:
    """Else a command that ends takes itself for the last one, and removes the log of those who go on."""
    url = f"sqlite:///{tmp_path / 'backorder.db'}"
    first = open_database(url)
    first.upgrade()
    with first.work() as work:
        work.orders.save(SHOP, [an_order("a")])
        work.commit()
    second = open_database(url)
    command = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT * FROM stores')"
    subprocess.run([sys.executable, "-c", command, str(tmp_path / "backorder.db")], check=True)
    assert (tmp_path / "backorder.db-wal").exists()
    with second.work() as work:
        work.orders.save(SHOP, [an_order("b")])
        work.commit()
    assert (orders(first), orders(second)) == (["a", "b"], ["a", "b"])
    for one in (first, second):
        one.close()
