"""``backorder restock list | export | erase``: the restock lists, and what a person may ask about them."""

from __future__ import annotations

from pathlib import Path

import click

from connector.cli.common import chosen, config_option, json_option, one_store, opened, sentences, yes_option
from connector.cli.output import fail, print_json, print_table, say
from connector.services.restock_look import wanted
from connector.services.restock_privacy import erase, export

email_option = click.option("--email", default="", help="The mail address of the person.")
phone_option = click.option("--phone", default="", help="The telephone number, as +4930123456.")


@click.group("restock")
def group() -> None:
    """People who asked to hear when something is back."""


@group.command("list")
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def list_(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """How many wait for what; never who."""
    with opened(path) as service:
        rows = [
            {
                "store": store.key,
                "sku": one.sku,
                "people": one.interest.people,
                "units": one.interest.units,
                "invited": one.interest.invited,
                "unconfirmed": one.interest.unconfirmed,
                "available": one.available,
                "waves": one.waves,
            }
            for store in chosen(service, stores)
            for one in wanted(store)
        ]
    if as_json:
        print_json(rows)
        return
    names = ("store", "SKU", "people", "units", "invited", "unconfirmed", "available", "waves")
    print_table("", names, [tuple(row.values()) for row in rows], none="Nobody waits for anything to be back.")


@group.command("export")
@click.argument("store")
@email_option
@phone_option
@config_option
@sentences
def export_(path: Path, store: str, email: str, phone: str) -> None:
    """Print everything that is held of a person, as JSON."""
    address = _address(email, phone)
    with opened(path) as service:
        print_json(export(one_store(service, store), address))


@group.command("erase")
@click.argument("store")
@email_option
@phone_option
@yes_option
@config_option
@sentences
def erase_(path: Path, store: str, email: str, phone: str, *, yes: bool) -> None:
    """Forget everything that is held of a person on the lists, proof of consent and all."""
    address = _address(email, phone)
    with opened(path) as service:
        held = one_store(service, store)
        if not yes:
            click.confirm("Forget this person on every list of the store?", abort=True)
        rows = erase(held, address, by="operator")
    say(f"{rows} entries were erased." if rows != 1 else "1 entry was erased.")


def _address(email: str, phone: str) -> str:
    if bool(email) == bool(phone):
        fail("Say whom: either --email or --phone.")
    return email or phone


COMMANDS = (group,)
