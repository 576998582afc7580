"""``backorder config check``."""

from __future__ import annotations

from pathlib import Path

import click

from connector.bootstrap import read_settings
from connector.cli.common import config_option, sentences
from connector.cli.output import say


@click.group("config")
def group() -> None:
    """The config file."""


@group.command()
@config_option
@sentences
def check(path: Path) -> None:
    """Read the whole config and name every mistake at once; open nothing, call nobody."""
    settings = read_settings(path)
    say(f"{path}: good. {len(settings.stores)} stores: {', '.join(one.key for one in settings.stores) or 'none yet'}.")


COMMANDS = (group,)
