"""``backorder db upgrade | backup | check``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from connector.bootstrap import open_service
from connector.cli.common import config_option, opened, sentences
from connector.cli.output import fail, say
from connector.domain.journal import Link, first_break


@click.group("db")
def group() -> None:
    """The database."""


@group.command()
@config_option
@sentences
def upgrade(path: Path) -> None:
    """Bring the tables to this version; safe to run again, and while others run it."""
    service = open_service(path)
    service.database.upgrade()
    service.close()
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
        broken = _first_break(links)
    except (TypeError, ValueError) as error:
        return [f"The journal of {key} was altered: it holds what nobody wrote ({error})."]
    said = f"The journal of {key} was altered: its entry {broken} does not follow from the one before."
    return [said] * (broken is not None)


def _first_break(links: Iterator[Link]) -> int | None:
    """What retention has deleted is not missing: the check begins with the oldest entry that is kept."""
    oldest = next(links, None)
    return None if oldest is None else first_break(chain([oldest], links), oldest.number - 1, oldest.previous)


COMMANDS = (group,)
