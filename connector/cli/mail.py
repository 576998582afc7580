"""``backorder mail bounce``: what the mail server hands over of mail that could not be delivered."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from connector.cli.common import config_option, opened, sentences
from connector.cli.output import say
from connector.known_stores.reaching import MESSAGE_IDS
from connector.notify.email_message import read_message_id
from connector.services.bounces import LARGEST, came_back_to, read_bounce


@click.group("mail")
def group() -> None:
    """Mail that was sent."""


@group.command()
@config_option
@sentences
def bounce(path: Path) -> None:
    """Read one mail from standard input: a report that one of ours could not be delivered.

    For an alias or a pipe behind the bounces address.  What is no such report is passed over; it ends with 0 either
    way, or the mail server would send a report about the report.
    """
    found = read_bounce(sys.stdin.buffer.read(LARGEST))
    if found is None:
        say("This is no report of a mail that failed.")
        return
    with opened(path) as service:
        keys = service.vault.derive_all(MESSAGE_IDS)
        ours = {read for one in found.message_ids for key in keys if (read := read_message_id(one, key)) is not None}
        noted = [
            reference
            for store, reference in sorted(ours)
            if store in service.stores and came_back_to(service.stores[store], reference, found.status)
        ]
    say(f"Came back: {', '.join(noted)}." if noted else "No mail of ours that was still thought to have arrived.")


COMMANDS = (group,)
