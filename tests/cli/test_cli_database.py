"""``backorder db upgrade | backup | check``."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import Desk

WHOLE = "The database is whole, and every journal verifies.\n"


def test_upgrading_twice_is_harmless(desk: Desk) -> None:
    before = desk.everything()
    assert [desk.done("db", "upgrade") for _ in range(2)] == ["The database is up to date.\n"] * 2
    assert desk.everything() == before


def test_a_new_database_is_made_readable_by_its_owner_alone(desk: Desk) -> None:
    desk.database.unlink()
    assert desk.done("db", "upgrade") == "The database is up to date.\n"
    assert desk.database.stat().st_mode & 0o777 == 0o600
    assert desk.done("db", "check") == WHOLE


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


def test_a_backup_never_takes_the_place_of_a_file(desk: Desk, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_text("mine")
    assert desk.refused("db", "backup", str(there)) == f"{there} is there already; name a new file.\n"
    assert there.read_text() == "mine"
    assert desk.refused("db", "backup", str(desk.database)).endswith("is there already; name a new file.\n")


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


def test_a_row_without_its_order_is_found(desk: Desk) -> None:
    desk.change("DELETE FROM orders WHERE id = '20'")
    said = "A row of order_lines belongs to no row of orders. Stop the service and restore the last backup.\n"
    assert desk.refused("db", "check") == said


def test_a_torn_file_is_found(desk: Desk) -> None:
    desk.done("db", "check")
    with desk.database.open("r+b") as file:
        file.seek(desk.database.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    said = desk.refused("db", "check")
    assert "damaged" in said or "malformed" in said
