"""How the command line speaks: tables for people, JSON for programs, and errors as sentences."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=False)
errors = Console(stderr=True, highlight=False)

SOMETHING_WRONG = 1


def fail(message: str) -> NoReturn:
    """Say what is wrong and end with exit code 1."""
    complain(message)
    sys.exit(SOMETHING_WRONG)


def complain(message: str) -> None:
    errors.print(message, style="red", markup=False, soft_wrap=True)


def say(message: str) -> None:
    console.print(message, markup=False, soft_wrap=True)


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
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Cells are printed as they are: titles come from strangers and must not be read as markup."""
    table = Table(title=title or None, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    # A pipe has no width of its own; cutting words to eighty columns would help nobody there.
    Console(highlight=False, width=None if console.is_terminal else 200, markup=False).print(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case _:
            return "".join(one for one in str(value) if one.isprintable() or one == "\n")
