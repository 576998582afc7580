"""``backorder deliveries list | show | replay``: the inbox."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NoReturn

import click

from connector.cli.common import config_option, json_option, one_store, opened, sentences
from connector.cli.output import fail, print_json, print_table, say
from connector.ports.records import Delivery, DeliveryState

NO_BODY = "its body is kept no longer (see [retention] bodies), so there is nothing to be shown or read again."


@click.group("deliveries")
def group() -> None:
    """What the shops sent us."""


def _row(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "store": one.store,
        "platform": one.platform,
        "topic": one.topic,
        "state": one.state.value,
        "reason": one.reason,
        "received_at": one.received_at,
    }


@group.command("list")
@click.option("--store", default=None, help="Only of this store.")
@click.option("--state", type=click.Choice([state.value for state in DeliveryState]), default=None)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000))
@json_option
@config_option
@sentences
def list_(path: Path, store: str | None, state: str | None, limit: int, *, as_json: bool) -> None:
    """The newest deliveries first."""
    with opened(path) as service:
        if store is not None:
            one_store(service, store)
        with service.work(read_only=True) as uow:
            found = uow.deliveries.find(store=store, state=DeliveryState(state) if state else None, limit=limit)
    rows = [_row(one) for one in found]
    if as_json:
        print_json(rows)
        return
    print_table(
        "",
        ("id", "store", "topic", "state", "received (UTC)", "reason"),
        [(one.id, one.store, one.topic, one.state, one.received_at, one.reason) for one in found],
        none="No delivery came yet." if state is None and store is None else "None of these.",
    )


@group.command()
@click.argument("delivery", type=int)
@json_option
@config_option
@sentences
def show(path: Path, delivery: int, *, as_json: bool) -> None:
    """One delivery with its body, as it came.  The body holds what the shop knows of the shopper."""
    with opened(path) as service, service.work(read_only=True) as uow:
        found = uow.deliveries.find(ids=[delivery])
    if not found:
        _no_such([delivery])
    one = found[0]
    body = one.body.decode("utf-8", errors="replace")
    if as_json:
        print_json({**_row(one), "external_id": one.external_id, "body": body})
        return
    for key, value in _row(one).items():
        say(f"{key}: {value}")
    if not one.body:
        say(NO_BODY)
        return
    say(f"sha256: {hashlib.sha256(one.body).hexdigest()}")
    say("")
    say(body)


@group.command()
@click.argument("ids", nargs=-1, type=int)
@click.option("--store", default=None, help="Only of this store.")
@click.option("--all-parked", is_flag=True, help="Every delivery that is parked.")
@config_option
@sentences
def replay(path: Path, ids: tuple[int, ...], store: str | None, *, all_parked: bool) -> None:
    """Read deliveries again: after an update, or after what they needed was put right.  Harmless at any time."""
    if bool(ids) == all_parked:
        raise click.UsageError("Name deliveries by their id, or say --all-parked.")
    with opened(path) as service:
        if store is not None:
            one_store(service, store)
        with service.work() as uow:
            known = {one.id: one for one in uow.deliveries.find(store=store, ids=ids, limit=len(ids))} if ids else {}
            if strange := [one for one in ids if one not in known]:
                _no_such(strange, store)
            if empty := [one for one in ids if not known[one].body]:
                fail(f"Delivery {', '.join(map(str, empty))}: {NO_BODY}")
            count = uow.deliveries.replay(store, list(ids) or None)
            uow.commit()
    if not count:
        fail("Nothing is parked.")
    say(f"To be read again: {count}. A running `backorder serve` does so at once.")


def _no_such(ids: list[int], store: str | None = None) -> NoReturn:
    of_store = f" of store {store}" if store else ""
    fail(f"There is no delivery {', '.join(map(str, ids))}{of_store}; `backorder deliveries list` shows the newest.")


COMMANDS = (group,)
