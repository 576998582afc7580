"""The command line.  One file per group of commands; this one puts them together."""

from __future__ import annotations

import click

from connector.cli import (
    config,
    database,
    deliveries,
    demo,
    entry,
    keys,
    look,
    mail,
    overrides,
    privacy,
    restock,
    rotation,
    run,
    storefront,
    stores,
    supplies,
)

__all__ = ["backorder"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backorder-connector", prog_name="backorder")
def backorder() -> None:
    """Keeps the queue of backordered units of your shops, and tells their storefronts the truth about it.

    Every command but demo, bench and storefront takes --config (default: config.toml in this folder), every listing
    --json.  Exit codes: 0 done, 1 something is wrong and was said, 2 wrong usage.
    """


for group in (
    demo,
    run,
    look,
    config,
    database,
    deliveries,
    stores,
    rotation,
    supplies,
    overrides,
    restock,
    privacy,
    entry,
    keys,
    mail,
    storefront,
):
    for command in group.COMMANDS:
        backorder.add_command(command)
