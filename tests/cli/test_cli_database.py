"""``backorder db upgrade | backup | check``."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli_desk import Desk
from databases import ON_POSTGRESQL, everything_in, postgresql_database, sqlite_alone

from connector.bootstrap.service import open_service
from connector.cli.run import lock_of
from connector.jobs.beats import Beats
from connector.jobs.only_one import only_one
from connector.ports.operating import ProcessRecord

WHOLE = "The database is whole, and every journal verifies.\n"


def test_upgrading_twice_is_harmless(desk: Desk) -> None:
    before = desk.everything()
    assert [desk.done("db", "upgrade") for _ in range(2)] == ["The database is up to date.\n"] * 2
    assert desk.everything() == before


@sqlite_alone("its database is a file")
def test_a_new_database_is_made_readable_by_its_owner_alone(desk: Desk) -> None:
    desk.database.unlink()
    assert desk.done("db", "upgrade") == "The database is up to date.\n"
    assert desk.database.stat().st_mode & 0o777 == 0o600
    assert desk.done("db", "check") == WHOLE


@sqlite_alone("PostgreSQL has pg_dump")
def test_a_backup_can_be_opened_in_its_place(desk: Desk, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert desk.done("db", "backup", str(copy)) == f"{copy}: {copy.stat().st_size:,} bytes.\n"
    assert copy.stat().st_mode & 0o777 == 0o600
    before, status = desk.everything(), desk.json("status")
    desk.done("store", "remove", "chairs", "--yes", "--keep-webhooks")
    assert desk.everything() != before
    copy.replace(desk.database)
    assert desk.done("db", "check") == WHOLE
    assert (desk.everything(), desk.json("status")) == (before, status)


@sqlite_alone("PostgreSQL has pg_dump")
def test_a_backup_never_takes_the_place_of_a_file(desk: Desk, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_text("mine")
    assert desk.refused("db", "backup", str(there)) == f"{there} is there already; name a new file.\n"
    assert there.read_text() == "mine"
    assert desk.refused("db", "backup", str(desk.database)).endswith("is there already; name a new file.\n")


@sqlite_alone("PostgreSQL has pg_dump")
def test_a_backup_into_a_folder_that_is_not_there_names_it(desk: Desk, tmp_path: Path) -> None:
    lost = tmp_path / "nowhere" / "copy.db"
    assert desk.refused("db", "backup", str(lost)) == f"{lost}: No such file or directory\n"
    result = desk.run("db", "backup", str(tmp_path))
    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE journal SET facts = replace(facts, '\"waiting\":2', '\"waiting\":1') WHERE number = {number}",
        "DELETE FROM journal WHERE number = {number}",
        "UPDATE journal SET hash = previous WHERE number = {number}",
        "UPDATE journal SET at = at - 1000000 WHERE number = {number}",
    ],
    ids=["changed", "deleted", "sealed anew", "dated back"],
)
def test_an_altered_journal_is_found_and_the_entry_named(desk: Desk, tampering: str) -> None:
    assert desk.done("db", "check") == WHOLE
    ((number,),) = desk.rows(
        "SELECT number FROM journal WHERE store = 'chairs' AND kind = 'allocated' AND facts LIKE '%\"waiting\":2%' "
        "ORDER BY number LIMIT 1"
    )
    before = desk.rows("SELECT * FROM journal")
    desk.change(f"{tampering.format(number=number)} AND store = 'chairs'")
    assert desk.rows("SELECT * FROM journal") != before
    said = f"The journal of chairs was altered: its entry {number} does not follow from the one before.\n"
    assert desk.refused("db", "check") == said


def test_a_journal_that_cannot_be_read_is_said_to_be_altered(desk: Desk) -> None:
    desk.change("UPDATE journal SET facts = 'nothing' WHERE store = 'chairs' AND number = 2")
    assert desk.refused("db", "check").startswith("The journal of chairs was altered: it holds what nobody wrote (")


@sqlite_alone("PostgreSQL lets nobody take an order away from under its lines")
def test_a_row_without_its_order_is_found(desk: Desk) -> None:
    desk.change("DELETE FROM orders WHERE id = '20'")
    said = "A row of order_lines belongs to no row of orders. Stop the service and restore the last backup.\n"
    assert desk.refused("db", "check") == said


@sqlite_alone("its database is a file")
def test_a_torn_file_is_found(desk: Desk) -> None:
    desk.done("db", "check")
    with desk.database.open("r+b") as file:
        file.seek(desk.database.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    said = desk.refused("db", "check")
    assert "damaged" in said or "malformed" in said


@pytest.mark.skipif(not ON_POSTGRESQL, reason="Only on PostgreSQL: SQLite's backup is tested above.")
def test_a_backup_of_postgresql_is_left_to_its_own_program(desk: Desk, tmp_path: Path) -> None:
    said = desk.refused("db", "backup", str(tmp_path / "copy.db"))
    assert said.endswith("PostgreSQL is not copied by this command. Use pg_dump.\n")
    assert list(tmp_path.glob("copy*")) == []


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> Iterator[str]:
    with postgresql_database(postgresql_server) as url:
        yield url


ARRIVED = (
    r"^[\d,]+ rows in \d+ tables were copied, and are the same by their hashes; every journal verifies\.\n"
    r"Now write the new address under \[database\] url and start the service\. Keep \[security\] encryption_key as it "
    r"is: the keys of your stores are sealed with it\.\n$"
)


def moved(desk: Desk, url: str) -> Desk:
    """The same installation with the other address in its config."""
    config = desk.config.with_name("moved.toml")
    config.write_text(
        re.sub(r'(?m)^url = "(sqlite|postgresql).*"$', f'url = "{url}"', desk.config.read_text(), count=1)
    )
    return Desk(config)


def test_an_installation_that_was_copied_goes_on_in_the_other_database(
    desk: Desk, empty_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEW_DATABASE", empty_postgresql)
    before = [desk.json(*typed) for typed in (("status",), ("supply", "list"), ("deliveries", "list"))]
    assert re.match(ARRIVED, desk.done("db", "copy", "env:NEW_DATABASE"))
    there = moved(desk, empty_postgresql)
    assert there.done("db", "check") == WHOLE
    assert [there.json(*typed) for typed in (("status",), ("supply", "list"), ("deliveries", "list"))] == before
    assert "is not empty: it holds rows, " in desk.refused("db", "copy", empty_postgresql)
    assert re.match(ARRIVED, there.done("db", "copy", "sqlite:///back.db"))
    back = desk.config.with_name("back.db")
    assert back.stat().st_mode & 0o777 == 0o600
    assert moved(desk, "sqlite:///back.db").json("status") == before[0]


def test_a_copy_can_be_foretold_without_changing_anything(desk: Desk, empty_postgresql: str) -> None:
    before = desk.everything()
    for target in (empty_postgresql, "sqlite:///never.db"):
        said = desk.done("db", "copy", "--dry-run", target)
        assert re.search(r"^orders +3$", said, re.MULTILINE), said
        assert said.endswith(" would be copied. Nothing was changed.\n")
    assert everything_in(empty_postgresql) == {}
    assert not desk.config.with_name("never.db").exists()
    assert desk.everything() == before


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("mysql://localhost/shop", "TARGET: must begin with sqlite:/// (a file) or postgresql://"),
        ("env:NOWHERE", "the environment variable NOWHERE is not set"),
        ("postgresql://someone:pass-phrase@127.0.0.1:1/shop", "The database said: connection "),
    ],
)
def test_a_target_that_is_none_is_said_and_its_password_is_not(desk: Desk, target: str, said: str) -> None:
    answered = desk.refused("db", "copy", target)
    assert said in answered
    assert "pass-phrase" not in answered


def test_the_database_is_not_copied_into_itself(desk: Desk) -> None:
    there = re.search(r'(?m)^url = "((sqlite|postgresql).*)"$', desk.config.read_text())
    assert there is not None
    assert desk.refused("db", "copy", there[1]) == "TARGET is the database that [database] url names already.\n"


def test_nothing_is_copied_while_a_service_works_on_it(desk: Desk, empty_postgresql: str) -> None:
    service = open_service(desk.config)
    with only_one(lock_of(service)):
        assert "works on this data folder. Stop it first" in desk.refused("db", "copy", empty_postgresql)
    with Beats(service.work, "web", service.clock) as beats:
        beats.beat()
        said = desk.refused("db", "copy", empty_postgresql)
    service.close()
    assert said.startswith(
        f"web {os.getpid()} on {socket.gethostname()} works on this database: it said so 0 seconds ago."
    )
    assert everything_in(empty_postgresql) == {}


def test_a_process_that_has_ended_here_or_fell_silent_elsewhere_hinders_nobody(
    desk: Desk, empty_postgresql: str
) -> None:
    service = open_service(desk.config)
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    now = service.clock()
    long_ago = now - timedelta(minutes=2)
    with service.work() as uow:
        uow.processes.beat(ProcessRecord("1", "serve", socket.gethostname(), ended.pid, now, now))
        uow.processes.beat(ProcessRecord("2", "worker", "elsewhere", 1, long_ago, long_ago))
        uow.commit()
    assert re.match(ARRIVED, desk.done("db", "copy", empty_postgresql))
    with service.work() as uow:
        uow.processes.beat(ProcessRecord("2", "worker", "elsewhere", 1, long_ago, now))
        uow.commit()
    service.close()
    assert desk.refused("db", "copy", "sqlite:///other.db").startswith("worker 1 on elsewhere works on this database")
