"""How the command line speaks: tables for people, JSON for programs, and errors as sentences."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import Enum
from itertools import chain, islice
from typing import Any, NoReturn

import click
from rich import box
from rich.console import Console
from rich.table import Table

# No emoji: a SKU such as "A:x:1" would become another one on the screen.
console = Console(highlight=False, soft_wrap=False, emoji=False)
errors = Console(stderr=True, highlight=False, emoji=False)

SOMETHING_WRONG = 1
NUMBER = re.compile(r"-|-?[0-9]+")
WIDEST = 100_000
LONG = 1_000
"""Rows of one table; its columns are as wide as their widest cell, which is known of so many only."""
JOURNAL_INDENT = len("2026-11-21 22:27:03  ")


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    complain(message)
    sys.exit(SOMETHING_WRONG)


def complain(message: str) -> None:
    errors.print(printable(message), style="red", markup=False, soft_wrap=True)


def say(message: str) -> None:
    console.print(printable(message), markup=False, soft_wrap=True)


def say_wrapped(message: str, hang: int) -> None:
    """Broken between words at the edge of a terminal, its further lines moved in by ``hang``; a pipe gets it whole."""
    if console.is_terminal and console.width > 2 * hang:
        message = textwrap.fill(message, console.width, subsequent_indent=" " * hang, break_on_hyphens=False)
    say(message)


def plain(value: object) -> Any:  # noqa: ANN401 -- JSON is any
    """Anything of ours as JSON: dates as ISO 8601, enums by their value."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(plain(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def print_json(value: object) -> None:
    """Letters of every language as they are; what would steer a terminal as JSON's own escapes."""
    click.echo(_json(value))


def _json(value: object) -> str:
    text = json.dumps(plain(value), ensure_ascii=False, indent=2)
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)


def print_json_of_many(holders: Sequence[dict[str, Any]], name: str, lists: Sequence[Iterable[object]]) -> None:
    """As ``print_json`` of a list of these, each with one of ``lists`` as ``name``, written while they are read."""
    texts = [_json({**one, name: []}).splitlines() for one in holders]
    click.echo("[]" if not texts else "[")
    for place, (lines, entries) in enumerate(zip(texts, lists, strict=True)):
        for line in lines:
            end = "," if line == lines[-1] and place < len(texts) - 1 else ""
            if line.startswith(f'  "{name}": []'):
                _print_list(f'    "{name}": ', entries, line.removeprefix(f'  "{name}": []'))
            else:
                click.echo(f"  {line}{end}")
    if texts:
        click.echo("]")


def _print_list(before: str, entries: Iterable[object], after: str) -> None:
    told = False
    for entry in entries:
        click.echo(f"{',' if told else before + '['}\n{textwrap.indent(_json(entry), ' ' * 6)}", nl=False)
        told = True
    click.echo(f"\n    ]{after}" if told else f"{before}[]{after}")


def print_long_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], none: str = "None.") -> None:
    """``print_table`` in parts of ``LONG`` rows each, with its heading above each, however many rows there are."""
    left = iter(rows)
    first = list(islice(left, LONG + 1))
    if len(first) <= LONG:
        print_table(title, columns, first, none)
        return
    print_table(title, columns, first[:LONG])
    left = chain(first[LONG:], left)
    while some := list(islice(left, LONG)):
        print_table("", columns, some)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], none: str = "None.") -> None:
    """Cells are printed as they are: titles come from strangers and must not be read as markup.

    ``none`` is said where there are no rows.  A column in which nothing stands is left out, if it is not the first.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    if title:
        console.print(title, style="bold", markup=False, soft_wrap=True)
    if not cells:
        say(f"  {none}")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    used = [place for place in range(len(columns)) if place == 0 or any(row[place] for row in cells)]
    for place in used:
        is_number = all(NUMBER.fullmatch(row[place]) for row in cells)
        table.add_column(columns[place], overflow="fold", justify="right" if is_number else "left")
    for row in cells:
        table.add_row(*(row[place] for place in used))
    # A pipe has no width of its own: whatever reads it wants one line for each row.
    if console.is_terminal:
        console.print(table, markup=False)
    else:
        table.box = None
        whole = Console(highlight=False, width=WIDEST, markup=False, emoji=False)
        with whole.capture() as captured:
            whole.print(table)
        say("\n".join(line.rstrip() for line in captured.get().splitlines()))
    say("")


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{key} {_cell(one)}" for key, one in value.items() if one is not None)
        case list() | tuple():
            return ", ".join(_cell(one) for one in value) or "-"
        case datetime():
            text = f"{value:%Y-%m-%d %H:%M:%S}"
        case Enum():
            text = str(value.value)
        case _:
            text = str(value)
    return printable(text)


def counted(count: int, one: str, more: str = "") -> str:
    """``1 row``, ``2 rows``; ``more`` where the plural is another word."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def printable(text: str) -> str:
    """Without what would steer the terminal: escape codes, bells, writing turned around."""
    return "".join(one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text)
