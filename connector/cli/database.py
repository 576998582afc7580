"""``backorder db upgrade | backup | copy | check``."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import make_url

from connector.bootstrap.service import Service, open_service
from connector.cli.common import config_option, opened, sentences
from connector.cli.output import console, counted, fail, print_table, say
from connector.cli.run import lock_of
from connector.domain.journal import Link, first_break_of_kept
from connector.jobs.beats import EVERY_SECONDS
from connector.jobs.only_one import AlreadyRunning, only_one
from connector.ports.operating import ProcessRecord
from connector.settings import ConfigError
from connector.settings.load import ENV_PREFIX
from connector.storage.copy import copy_database, refuse_unless_empty, sizes
from connector.storage.engine import Database

SILENCE = timedelta(seconds=6 * EVERY_SECONDS)
"""After so long without a beat a process on another machine is not there any more."""


@click.group("db")
def group() -> None:
    """The database."""


@group.command()
@config_option
@sentences
def upgrade(path: Path) -> None:
    """Bring the tables to this version; safe to run again, and while others run it."""
    with closing(open_service(path)) as service:
        service.database.upgrade()
    say("The database is up to date.")


@group.command()
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@config_option
@sentences
def backup(path: Path, target: Path) -> None:
    """Copy the database into a new file while everything runs (SQLite)."""
    service = open_service(path)
    try:
        service.database.backup(target)
    except FileExistsError:
        fail(f"{target} is there already; name a new file.")
    finally:
        service.close()
    say(f"{target}: {target.stat().st_size:,} bytes.")


@group.command()
@config_option
@sentences
def check(path: Path) -> None:
    """Is the file whole, are the tables those of this version, does each store's journal verify?"""
    with opened(path) as service:
        problems = list(service.database.check())
        for key in service.stores:
            with service.work(read_only=True) as uow:
                problems += _journal(key, uow.journal.walk(key))
    if problems:
        fail("\n".join(problems))
    say("The database is whole, and every journal verifies.")


def _journal(key: str, links: Iterator[Link]) -> list[str]:
    try:
        broken = first_break_of_kept(links)
    except (TypeError, ValueError) as error:
        return [f"The journal of {key} was altered: it holds what nobody wrote ({error})."]
    said = f"The journal of {key} was altered: its entry {broken} does not follow from the one before."
    return [said] * (broken is not None)


@group.command()
@click.argument("target")
@click.option("--dry-run", is_flag=True, help="Say what would be copied, and change nothing.")
@config_option
@sentences
def copy(path: Path, target: str, *, dry_run: bool) -> None:
    """Copy everything into another, empty database, with the service stopped; compares it afterwards.

    TARGET is its address as it would stand under [database] url; best as env:NAME or file:PATH, since it holds a
    password.
    """
    service = open_service(path)
    there = _service_over(target, path)
    if there.settings.database.url == service.settings.database.url:
        fail("TARGET is the database that [database] url names already.")
    try:
        with only_one(lock_of(service)), closing(service):
            service.database.upgrade()
            _refuse_while_at_work(service)
            if dry_run:
                _foretell(service.database, there)
            else:
                with closing(there):
                    _move(service.database, there.database)
    except AlreadyRunning as error:
        fail(str(error))


def _service_over(target: str, path: Path) -> Service:
    """The same installation, were that its [database] url."""
    variable = f"{ENV_PREFIX}DATABASE__URL"
    try:
        return open_service(path, {**os.environ, variable: target})
    except ConfigError as error:
        raise ConfigError([one.replace(f"environment: {variable}", "TARGET") for one in error.problems]) from None


def _refuse_while_at_work(service: Service) -> None:
    """Those on this machine are asked for by their number, those on others believed gone once they are silent."""
    now = service.clock()
    with service.work(read_only=True) as uow:
        beating = [one for one in uow.processes.all() if now - one.beat_at < SILENCE and not _is_gone(one)]
    if beating:
        one = beating[0]
        fail(
            f"{one.role} {one.number} on {one.machine} works on this database: it said so "
            f"{(now - one.beat_at).total_seconds():.0f} seconds ago. Stop it first: what came in while it was copied "
            f"would be lost. A machine that was cut off counts as stopped after {SILENCE.total_seconds():.0f} seconds."
        )


def _is_gone(process: ProcessRecord) -> bool:
    if process.machine != socket.gethostname():
        return False
    try:
        os.kill(process.number, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is another user's
        return False
    return False


def _foretell(source: Database, there: Service) -> None:
    url = make_url(there.settings.database.url.get_secret_value())
    if url.get_backend_name() != "sqlite" or Path(str(url.database)).exists():  # opening it would make it
        with closing(there):
            refuse_unless_empty(there.database)
    found = sizes(source)
    print_table("", ("table", "rows"), [(name, f"{rows:,}") for name, rows in found.items() if rows])
    say(f"{sum(found.values()):,} rows in {counted(len(found), 'table')} would be copied. Nothing was changed.")


def _move(source: Database, target: Database) -> None:
    total = 2 * sum(sizes(source).values())
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("copying", total=total)
        copied = copy_database(
            source, target, lambda step, table, rows: bar.update(task, description=f"{step} {table}", advance=rows)
        )
    rows, tables = sum(copied.rows.values()), len(copied.rows)
    say(f"{rows:,} rows in {tables} tables were copied, and are the same by their hashes; every journal verifies.")
    if copied.mended:
        say(f"{counted(copied.mended, 'text')} held a NUL character, which PostgreSQL cannot keep; it was taken out.")
    say(
        "Now write the new address under [database] url and start the service. Keep [security] encryption_key as it "
        "is: the keys of your stores are sealed with it."
    )


COMMANDS = (group,)
