"""Machines that share a database must share its key; one machine with a file goes on with what it can still open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from databases import connected

from connector.bootstrap.service import Service
from connector.checked_settings import read_settings
from connector.cli import backorder
from connector.settings import ConfigError

FIRST = 'encryption_key = "the-key-of-the-database-0123456789abcd"\n'
ANOTHER = 'encryption_key = "the-key-of-another-one-0123456789abcde"\n'
ROTATED = ANOTHER + FIRST.replace("encryption_key", "old_encryption_keys").replace(' "', ' ["').replace('"\n', '"]\n')
NO_KEY = ""

Start = Callable[[str, str], None]


@pytest.fixture
def start(tmp_path: Path, database_url: str) -> Start:
    """Start a machine of that name with these lines about keys, over the one database."""

    def start(machine: str, keys: str) -> None:
        folder = tmp_path / machine
        folder.mkdir(exist_ok=True)
        (folder / "config.toml").write_text(
            f'[server]\npublic_url = "https://b.example.com"\n[database]\nurl = "{database_url}"\n[security]\n{keys}'
        )
        service = Service(read_settings(folder / "config.toml", {}))
        try:
            service.prepare()
        finally:
            service.close()

    return start


@pytest.fixture
def is_shared(database_url: str) -> bool:
    return database_url.startswith("postgresql")


@pytest.mark.parametrize("keys", [FIRST, ROTATED])
def test_a_machine_that_has_the_key_of_the_database_starts(start: Start, keys: str) -> None:
    start("a", FIRST)
    start("b", keys)


@pytest.mark.parametrize("keys", [ANOTHER, NO_KEY])
def test_a_machine_with_another_key_starts_only_where_nobody_shares_the_database(
    start: Start, tmp_path: Path, keys: str, *, is_shared: bool
) -> None:
    start("a", FIRST)
    if not is_shared:
        start("b", keys)
        return
    with pytest.raises(ConfigError, match="sealed with another encryption key"):
        start("b", keys)
    assert not (tmp_path / "b/data/secret.key").exists(), "a key was made that would seal what nobody else can open"
    done = CliRunner().invoke(backorder, ["scheduler", "--config", str(tmp_path / "b/config.toml")])
    assert (done.exit_code, "under [security], the same on every machine" in done.output) == (1, True)


def test_a_key_file_is_made_where_the_database_is_new_and_read_from_then_on(start: Start, tmp_path: Path) -> None:
    start("a", NO_KEY)
    made = (tmp_path / "a/data/secret.key").read_text()
    start("a", NO_KEY)
    start("b", f'encryption_key = "{made.strip()}"\n')
    assert (tmp_path / "a/data/secret.key").read_text() == made


def test_where_the_key_is_lost_for_good_the_documented_statement_lets_the_service_start(
    start: Start, database_url: str
) -> None:
    said = next(
        line.strip()
        for line in Path("docs/operations.md").read_text().splitlines()
        if line.strip().startswith("DELETE FROM kept_keys")
    )
    start("a", FIRST)
    with connected(database_url) as connection:
        connection.exec_driver_sql(said)
    start("a", ANOTHER)
