"""``backorder config check``."""

from __future__ import annotations

from pathlib import Path

import click

from connector.checked_settings import read_settings
from connector.cli.common import config_option, sentences
from connector.cli.output import counted, say


@click.group("config")
def group() -> None:
    """The config file."""


@group.command()
@config_option
@sentences
def check(path: Path) -> None:
    """Read the whole config and name every mistake at once; open nothing, call nobody."""
    settings = read_settings(path)
    keys = [one.key for one in settings.stores]
    say(f"{path}: good. {counted(len(keys), 'store')}: {', '.join(keys)}." if keys else f"{path}: good. No store yet.")


COMMANDS = (group,)
