"""``backorder supply add | change | import | list | receive``."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from connector.cli.common import chosen, config_option, json_option, one_store, opened, sentences
from connector.cli.output import counted, fail, plain, print_json, print_table, say
from connector.ports.records import SupplyRecord
from connector.services.context import StoreContext
from connector.services.supplies import (
    add_supply,
    change_supply,
    check_rows,
    import_rows,
    open_supplies,
    receive_supply,
)
from connector.services.supply_file import read_csv

LARGEST_FILE = 50_000_000
SHOWN = 50


@click.group("supply")
def group() -> None:
    """What is on its way to you: it decides how much may be backordered, and until when."""


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None


due_option = click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="When it arrives; leave out if unknown.")


@group.command()
@click.argument("store")
@click.argument("sku")
@click.argument("quantity", type=click.IntRange(min=1))
@due_option
@click.option("--reference", default="", help="Your purchase order number, or whatever tells it apart.")
@click.option("--supplier", default="", help="Who delivers; without --due it is due after their lead time.")
@config_option
@sentences
def add(path: Path, store: str, sku: str, quantity: int, due: datetime | None, reference: str, supplier: str) -> None:
    """Announce QUANTITY units of SKU."""
    with opened(path) as service:
        record = add_supply(one_store(service, store), sku, quantity, _day(due), reference, supplier=supplier)
    say(f"Supply {record.id}: {_told(record)}.")


@group.command()
@click.argument("store")
@click.argument("supply", type=int)
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="When it arrives now.")
@click.option("--no-date", is_flag=True, help="Nobody knows any more when it arrives.")
@click.option("--quantity", type=click.IntRange(min=1), help="What the supplier confirms now.")
@config_option
@sentences
def change(path: Path, store: str, supply: int, due: datetime | None, quantity: int | None, *, no_date: bool) -> None:
    """A supply comes at another time or in another quantity; what is not said stays as it is."""
    if (no_date and due) or not (no_date or due or quantity):
        raise click.UsageError("Say what changes: --due or --no-date, --quantity.")
    with opened(path) as service:
        context = one_store(service, store)
        held = next((one.due for one in open_supplies(context) if one.id == supply), None)
        day = None if no_date else _day(due) or held
        record = change_supply(context, supply, due=day, units=quantity)
    say(f"Supply {record.id}: {_told(record)}.")


@group.command()
@click.argument("store")
@click.argument("supply", type=int)
@click.option("--quantity", type=click.IntRange(min=0), help="How many came; leave out for all that were missing.")
@click.option("--last", is_flag=True, help="No more will come of it.")
@config_option
@sentences
def receive(path: Path, store: str, supply: int, quantity: int | None, *, last: bool) -> None:
    """Goods of a supply came.  Book them in your shop as well: the stock number is the shop's own."""
    with opened(path) as service:
        record = receive_supply(one_store(service, store), supply, quantity, last=last)
    say(f"Supply {record.id}: {_told(record)}. Book the goods in your shop too; that is what serves the queue.")


@group.command("list")
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def list_(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """What is on its way."""
    with opened(path) as service:
        rows = [(store.key, one) for store in chosen(service, stores) for one in open_supplies(store)]
        today = {store.key: store.today() for store in service.stores.values()}
    if as_json:
        print_json([{"store": key, "incoming": one.incoming, **plain(one)} for key, one in rows])
        return
    print_table(
        "",
        ("store", "id", "SKU", "to come", "of", "due", "reference", ""),
        [
            (key, one.id, one.sku, one.incoming, one.units, one.due, one.reference, _late(one, today[key]))
            for key, one in rows
        ],
        none="Nothing is on its way: `backorder supply add` announces something.",
    )


def _late(supply: SupplyRecord, today: date) -> str:
    return "overdue: give it a new date" if supply.due is not None and supply.due < today else ""


@group.command("import")
@click.argument("store")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Show what each row would do, and do nothing.")
@config_option
@sentences
def import_(path: Path, store: str, file: Path, *, dry_run: bool) -> None:
    """Announce every row of a CSV file (sku, quantity, due, reference, supplier): all or, if one is wrong, none."""
    if file.stat().st_size > LARGEST_FILE:
        fail(f"{file} is larger than {LARGEST_FILE // 1_000_000} MB; split it.")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fail(f"{file} is not UTF-8 (byte {error.start}); save it as 'CSV UTF-8'.")
    with opened(path) as service:
        _import(one_store(service, store), text, dry_run=dry_run)


def _import(store: StoreContext, text: str, *, dry_run: bool) -> None:
    rows = check_rows(store, read_csv(text))
    wrong = [row for row in rows if row.problem]
    shown = wrong or (rows if dry_run else [])
    if shown:
        print_table(
            "rows that are wrong" if wrong else "would be announced",
            ("line", "SKU", "quantity", "due", "reference", "problem"),
            [(row.number, row.sku, row.units, row.due, row.reference, row.problem) for row in shown[:SHOWN]],
        )
    if wrong:
        fail(f"Wrong: {len(wrong)} of {counted(len(rows), 'row')}. Nothing was imported.")
    if dry_run:
        say(f"Would be imported: {counted(len(rows), 'row')}. Nothing was changed.")
    else:
        say(f"Announced: {counted(import_rows(store, rows), 'supply', 'supplies')}.")


def _told(supply: SupplyRecord) -> str:
    if not supply.incoming:
        return f"{supply.received} of {supply.units} units of {supply.sku} came; it is closed"
    when = f"due {supply.due.isoformat()}" if supply.due else "no date known"
    return f"{supply.incoming} of {supply.units} units of {supply.sku} still to come, {when}"


COMMANDS = (group,)
