"""Who may come in: ``backorder operator password`` and ``backorder install link``."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from werkzeug.security import generate_password_hash

from connector.cli.common import config_option, opened, sentences
from connector.cli.output import errors, fail, say
from connector.ports.accounts import PassKind
from connector.services.passes import INVITATION_LASTS, new_pass

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000


@click.group("operator")
def operator() -> None:
    """You, who see every store."""


@operator.command()
@click.option("--stdin", "from_stdin", is_flag=True, help="Read the password from standard input, for scripts.")
@config_option
@sentences
def password(path: Path, *, from_stdin: bool) -> None:
    """Ask for a password and print the line of the config that lets you sign in with it; writes nothing."""
    if from_stdin:
        typed = sys.stdin.read(LONGEST_PASSWORD + 2).rstrip("\r\n")
    else:
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if not SHORTEST_PASSWORD <= len(typed) <= LONGEST_PASSWORD:
        fail(f"A password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    say(f'operator_password_hash = "{generate_password_hash(typed)}"')
    if not from_stdin:
        errors.print(f"Put this line under [web] in {path}, and start again.", markup=False, soft_wrap=True)


@click.group("install")
def install() -> None:
    """How owners connect their stores."""


@install.command()
@config_option
@sentences
def link(path: Path) -> None:
    """Print a link with which its holder may connect one store, within 7 days; it works once."""
    with opened(path) as service:
        token = new_pass(service.work, PassKind.INVITATION, now=service.clock(), lasts=INVITATION_LASTS)
        say(f"{service.settings.server.public_url}/install?invitation={token}")


COMMANDS = (operator, install)
