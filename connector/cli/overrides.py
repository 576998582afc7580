"""``backorder override list | release``: values somebody else gave the shop."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.common import chosen, config_option, json_option, one_store, opened, sentences
from connector.cli.output import fail, print_json, print_table, say
from connector.services.overrides import overrides, release


@click.group("override")
def group() -> None:
    """Flags changed by hand at the shop: seen, left alone, and given back."""


@group.command("list")
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def list_(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """What was changed by hand, and what we would show instead."""
    with opened(path) as service:
        rows = [
            {"store": store.key, "sku": sku, "field": key, "theirs": value, "ours": showing.desired.get(key, "")}
            for store in chosen(service, stores)
            for sku, showing in overrides(store)
            for key, value in showing.override.items()
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            "",
            ("store", "SKU", "field", "theirs", "ours"),
            [tuple(row.values()) for row in rows],
            none="Nothing was changed by hand.",
        )


@group.command("release")
@click.argument("store")
@click.argument("sku")
@config_option
@sentences
def release_(path: Path, store: str, sku: str) -> None:
    """Steer this variant again: the next push writes what it should show."""
    with opened(path) as service:
        if not release(one_store(service, store), sku):
            fail(f"{sku} was not changed by hand; there is nothing to release.")
    say(f"{sku} is steered by us again.")


COMMANDS = (group,)
