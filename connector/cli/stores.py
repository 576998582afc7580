"""``backorder store add | list | show | link | pause | resume | reconcile | remove``."""

from __future__ import annotations

from pathlib import Path

import click
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

import adapters
from connector.bootstrap.begin_anew import plan_aside
from connector.bootstrap.service import Service
from connector.cli.common import (
    NO_STORE,
    chosen,
    config_option,
    json_option,
    one_store,
    opened,
    sentences,
    yes_option,
)
from connector.cli.output import (
    JOURNAL_INDENT,
    console,
    counted,
    fail,
    plain,
    print_json,
    print_table,
    say,
    say_wrapped,
)
from connector.cli.store_table import append_store, store_table
from connector.ports.accounts import PassKind
from connector.ports.failures import Failure
from connector.ports.records import Origin
from connector.services.context import StoreContext
from connector.services.explain import store_news
from connector.services.passes import LINK_LASTS, new_pass
from connector.services.plan import plan
from connector.services.reconcile import Found, reconcile
from connector.services.status import on_sale, standings
from connector.services.stores import go_on
from connector.services.stores import pause as pause_it
from connector.services.turn import drain
from webhooks.subscriptions import remove_all

OPERATOR = "operator"
MISSING = {
    Origin.CONFIG.value: "not in the config: `store remove` forgets it",
    Origin.APP.value: "disconnected: `store remove` forgets it",
}


@click.group("store")
def group() -> None:
    """The shops."""


@group.command()
@click.argument("key")
@click.option("--platform", type=click.Choice(adapters.names()), required=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the platform; repeat it.")
@click.option("--webhook-secret", required=True, help="The secret, or better env:NAME or file:PATH.")
@config_option
@sentences
def add(path: Path, key: str, platform: str, settings: tuple[str, ...], webhook_secret: str) -> None:
    """Add a store to the config file.  It is checked as a whole first; if it were wrong, nothing is written."""
    pairs = [one.partition("=") for one in settings]
    if not all(mark for _, mark, _ in pairs):
        raise click.UsageError("Write settings as NAME=VALUE, for example --set url=https://shop.example.com")
    table = store_table(key, platform, {name: value for name, _, value in pairs}, webhook_secret)
    append_store(path, table)
    say(f"{path}: store {key} added. Next: `backorder doctor {key}`, then restart `backorder serve`.")


@group.command()
@click.argument("store")
@config_option
@sentences
def link(path: Path, store: str) -> None:
    """Print a link that signs in as the owner of a store; it works once, within 15 minutes."""
    with opened(path) as service:
        one_store(service, store)
        token = new_pass(service.work, PassKind.LINK, now=service.clock(), lasts=LINK_LASTS, store=store)
        say(f"{service.settings.server.public_url}/in/{token}")


@group.command("list")
@json_option
@config_option
@sentences
def list_(path: Path, *, as_json: bool) -> None:
    """Every store with its state."""
    with opened(path) as service:
        origins = _origins(service)
        rows = [
            {
                "store": one.key,
                "platform": one.platform,
                "origin": origins[one.key],
                "state": one.state,
                **dict(zip(("variants", "backordered"), on_sale(service.work, one.key), strict=True)),
                "parked": one.parked,
                "last_delivery": one.last_delivery,
                "configured": one.key in service.stores,
            }
            for one in standings(service.work, now=service.clock())
        ]
    if as_json:
        print_json(rows)
    else:
        columns = ("store", "platform", "origin", "state", "variants", "backordered", "parked", "last delivery", "")
        shown = [(*list(row.values())[:-1], "" if row["configured"] else MISSING[str(row["origin"])]) for row in rows]
        print_table("", columns, shown, none=NO_STORE)


def _origins(service: Service) -> dict[str, str]:
    with service.work(read_only=True) as uow:
        return {one.key: one.origin.value for one in uow.stores.all()}


@group.command()
@click.argument("store")
@json_option
@config_option
@sentences
def show(path: Path, store: str, *, as_json: bool) -> None:
    """One store: where its webhooks come to, how far it was read, what needs you."""
    with opened(path) as service:
        context = one_store(service, store)
        found = standings(service.work, [store], now=service.clock())[0]
        settings = service.known.settings(store)
        shown = {
            "store": store,
            "platform": found.platform,
            "origin": _origins(service)[store],
            "state": found.state,
            "webhook_address": service.address(store),
            "push": context.push,
            "policy": plain(settings.policy.policy()),
            "rules": len(settings.rules),
            "language": settings.language,
            "timezone": settings.timezone,
            "orders_read_to": found.orders_read_to,
            "last_reconcile": found.last_reconcile,
            "last_delivery": found.last_delivery,
            "deliveries_waiting": found.received,
            "deliveries_parked": found.parked,
            "notices_waiting": found.notices_waiting,
            "forged": found.forged,
            "needs_owner": found.needs_owner,
            "news": store_news(service.work, store),
        }
    if as_json:
        print_json(shown)
    else:
        rows = [(key.replace("_", " "), value) for key, value in shown.items() if key not in {"store", "news"}]
        print_table("", ("", store), rows)
        for sentence in shown["news"]:
            say_wrapped(f"  {sentence}", JOURNAL_INDENT + 2)


@group.command()
@click.argument("store")
@config_option
@sentences
def pause(path: Path, store: str) -> None:
    """Write nothing to the shop until `resume`; deliveries are still kept and plans made."""
    with opened(path) as service:
        one_store(service, store)
        pause_it(service.work, store, by=OPERATOR, now=service.clock())
    say(f"{store} is paused: nothing is pushed, nobody is told.")


@group.command()
@click.argument("store")
@config_option
@sentences
def resume(path: Path, store: str) -> None:
    """Go on after `pause`, or after you mended what had stopped the store."""
    with opened(path) as service:
        one_store(service, store)
        go_on(service.work, store, by=OPERATOR, now=service.clock())
    say(f"{store} goes on.")


@group.command("reconcile")
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def reconcile_(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """Read all that changed at the shop since it was last read, heal what is wrong here, and plan again."""
    with opened(path) as service:
        found, failed = _reconcile_each(service, chosen(service, stores), quiet=as_json)
    if as_json:
        print_json(found)
    for key, one in found.items() if not as_json else ():
        orders, products = counted(one.orders, "order"), counted(one.products, "product")
        say(f"{key}: read {orders} and {products}; news: {one.healed}.")
    if failed:
        fail("\n".join(failed))


def _reconcile_each(service: Service, stores: list[StoreContext], *, quiet: bool) -> tuple[dict[str, Found], list[str]]:
    """What was found in each store, and what went wrong; one that fails keeps no other from being read."""
    found: dict[str, Found] = {}
    failed: list[str] = []
    for one in stores:
        try:
            found[one.key] = _reconcile(one, quiet=quiet)
            plan_aside(service, one.key)
            drain(plan, one)
        except Failure as failure:
            failed.append(f"{one.key}: {failure}")
    return found, failed


def _reconcile(store: StoreContext, *, quiet: bool) -> Found:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} read"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(thing: str, seen: int, total: int | None) -> None:
            if thing not in tasks:
                tasks[thing] = bar.add_task(f"{store.key}: {thing}", total=total)
            bar.update(tasks[thing], completed=seen, total=total)

        return reconcile(store, show)


@group.command()
@click.argument("store")
@click.option("--keep-webhooks", is_flag=True, help="Do not take our webhooks away at the shop.")
@yes_option
@config_option
@sentences
def remove(path: Path, store: str, *, keep_webhooks: bool, yes: bool) -> None:
    """Forget a store: its webhooks at the shop, its queue, its journal.  The flags at the shop stay as they are."""
    with opened(path) as service:
        with service.work(read_only=True) as uow:
            record = uow.stores.get(store)
            # One that was taken out of the config first, or disconnected, can still be forgotten.
            context = None if store not in service.stores and record else one_store(service, store)
        if not yes:
            click.confirm(f"Delete everything we know of {store}? This cannot be undone.", abort=True)
        if context is not None and not keep_webhooks:
            _remove_webhooks(context, service.address(store))
        with service.work() as uow:
            uow.stores.remove(store)
            uow.commit()
    if context is None:
        say(f"{store} is forgotten. Webhooks that are left at the shop are refused from now on; delete them there.")
    elif record is not None and record.origin is Origin.APP:
        say(f"{store} is forgotten, and its keys with it. Delete them at the shop too.")
    else:
        say(
            f"{store} is forgotten. Take its [[stores]] table out of {path}, or it is connected anew at the next start."
        )


def _remove_webhooks(store: StoreContext, address: str) -> None:
    try:
        count = remove_all(store, address)
    except Failure as failure:
        fail(f"{failure} Nothing was forgotten; --keep-webhooks forgets the store without asking the shop.")
    say(f"Removed at the shop: {counted(count, 'webhook')}.")


COMMANDS = (group,)
