"""``backorder store rotate-secret``: another secret for a shop's webhooks."""

from __future__ import annotations

import time
from pathlib import Path

import click

from connector.bootstrap.service import Service
from connector.cli.common import config_option, one_store, opened, sentences
from connector.cli.output import counted, fail, say
from connector.cli.stores import group
from connector.known_stores.known import LOOK_SECONDS
from connector.ports.storefront import SignsAnew
from connector.services.context import StoreContext
from connector.services.rotate_secret import BELIEVED, all_changed, begin_rotation, in_file, sign_with

SEEN_SECONDS = 2 * LOOK_SECONDS
"""After so long every process believes a secret that was written down, or looks when it meets an unknown one."""
BY_PLATFORM = (
    "The platform signs with the secret of the app, so it is changed there:",
    "1. Have the platform make a new client secret for the app, and do not revoke the old one.",
    "2. Put both into the config, the new one first ({where}), and restart every process.",
    "3. Revoke the old secret there: until then it signs, and for up to an hour more.",
    "4. A day later take the old secret out of the config and restart.",
)


@group.command("rotate-secret")
@click.argument("store")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@config_option
@sentences
def rotate_secret(path: Path, store: str, *, dry_run: bool) -> None:
    """Have a shop sign its webhooks with another secret; deliveries go on meanwhile, and none is refused."""
    with opened(path) as service:
        context = one_store(service, store)
        of_file = service.known.from_file(store)
        if not isinstance(context.storefront, SignsAnew):
            where = "webhook_secrets of the store" if of_file else "client_secret and old_client_secret"
            say("\n".join(BY_PLATFORM).format(where=where))
        elif dry_run:
            ours = [one for one in context.storefront.subscriptions() if one.address == service.address(store)]
            say(f"{counted(len(ours), 'webhook')} at the shop would sign with another secret. Nothing was changed.")
        elif of_file is not None:
            _of_file(service, context, of_file.secrets())
        else:
            _of_app(service, context)


def _of_file(service: Service, store: StoreContext, secrets: tuple[str, ...]) -> None:
    if len(secrets) > 1:
        say(f"{_changed(service, store, secrets[0])} now with the first of webhook_secrets.")
    for number, step in enumerate(in_file(len(secrets)), 1):
        say(f"{number}. {step}")


def _of_app(service: Service, store: StoreContext) -> None:
    secret = begin_rotation(service.work, service.vault, store.key, service.clock())
    if secret is None:
        fail(f"There is no secret of ours for {store.key}, or it cannot be opened: connect the store again.")
    time.sleep(SEEN_SECONDS)
    said = _changed(service, store, secret)
    all_changed(service.work, service.vault, store.key, service.clock())
    hours = BELIEVED.total_seconds() / 3600
    say(f"{said} now with a new secret. The old one is believed for {hours:.0f} hours more; nothing is left to do.")


def _changed(service: Service, store: StoreContext, secret: str) -> str:
    return f"{counted(sign_with(store, service.address(store.key), secret), 'webhook')} of {store.key} sign from"


COMMANDS: tuple[click.Command, ...] = ()
"""It is one of those of ``store``."""
