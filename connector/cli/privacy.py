"""``backorder privacy list | show | answer | export | erase``: what people ask about what is held of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connector.bootstrap.service import Service
from connector.cli.common import config_option, json_option, one_store, opened, sentences, yes_option
from connector.cli.output import counted, fail, print_json, print_table, say
from connector.ports.operating import PrivacyRequest, RequestState
from connector.ports.vault import Unopenable
from connector.services.context import StoreContext
from connector.services.privacy import answer_of, passed_on
from connector.services.privacy_erase import erase
from connector.services.privacy_export import export
from connector.services.privacy_subject import Subject

MOST = 1000

email_option = click.option("--email", "emails", multiple=True, help="A mail address of the person.")
phone_option = click.option("--phone", "phones", multiple=True, help="A telephone number, as +4930123456.")
order_option = click.option("--order", "orders", multiple=True, help="The id or the number of one of their orders.")


@click.group("privacy")
def group() -> None:
    """What people ask about what is held of them."""


def _row(one: PrivacyRequest) -> dict[str, Any]:
    return {
        "id": one.id,
        "store": one.store,
        "kind": one.kind.value,
        "state": one.state.value,
        "asked_at": one.asked_at,
        "due_at": one.due_at,
        "done_at": one.done_at,
        "rows": dict(one.found),
        "said": one.said,
    }


@group.command("list")
@click.argument("store", required=False)
@click.option("--all", "also_done", is_flag=True, help="Those that are done too.")
@json_option
@config_option
@sentences
def list_(path: Path, store: str | None, *, also_done: bool, as_json: bool) -> None:
    """What was asked and by when it must be answered; the newest first."""
    with opened(path) as service, service.work(read_only=True) as uow:
        found = uow.privacy.find(store, None, MOST)
    rows = [_row(one) for one in found if also_done or one.state is not RequestState.DONE]
    if as_json:
        print_json(rows)
        return
    names = ("id", "store", "kind", "state", "due (UTC)", "said")
    shown = [tuple(row[name] for name in ("id", "store", "kind", "state", "due_at", "said")) for row in rows]
    print_table("", names, shown, none="Nothing is asked.")


@group.command()
@click.argument("request", type=int)
@json_option
@config_option
@sentences
def show(path: Path, request: int, *, as_json: bool) -> None:
    """One request, with the numbers of rows that were found; never whom it is about."""
    with opened(path) as service:
        one = _request(service, request)
    row = {**_row(one), "reference": one.reference, "orders": list(one.order_ids)}
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        say(f"{name}: {value}")


@group.command()
@click.argument("request", type=int)
@click.option(
    "--passed-on", "is_passed_on", is_flag=True, help="Print nothing: the person has it, so it is kept no longer."
)
@config_option
@sentences
def answer(path: Path, request: int, *, is_passed_on: bool) -> None:
    """Print what was put together for a person, as JSON; then, with --passed-on, be done with it."""
    with opened(path) as service:
        one = _request(service, request)
        store = _store(service, one.store)
        try:
            held = answer_of(store, one)
        except Unopenable:
            fail("The answer was sealed with a key that is not ours any more. Ask the shop to send the request again.")
        if held is None:
            fail(f"Request {request} has no answer: it is {one.kind.value}, {one.state.value}.")
        if not is_passed_on:
            print_json(held)
            return
        passed_on(store, one)
    say(f"Request {request} is done, and its answer is kept no longer.")


@group.command("export")
@click.argument("store")
@email_option
@phone_option
@order_option
@config_option
@sentences
def export_(path: Path, store: str, emails: tuple[str, ...], phones: tuple[str, ...], orders: tuple[str, ...]) -> None:
    """Print everything that is held of a person, as JSON."""
    with opened(path) as service:
        held = _store(service, store)
        print_json(export(held, _subject(held, emails, phones, orders)))


@group.command("erase")
@click.argument("store")
@email_option
@phone_option
@order_option
@click.option("--dry-run", is_flag=True, help="Count the rows, and change nothing.")
@yes_option
@config_option
@sentences
def erase_(
    path: Path,
    store: str,
    emails: tuple[str, ...],
    phones: tuple[str, ...],
    orders: tuple[str, ...],
    *,
    dry_run: bool,
    yes: bool,
) -> None:
    """Forget who somebody is, everywhere; what the law wants kept of their orders stays without them."""
    with opened(path) as service:
        held = _store(service, store)
        subject = _subject(held, emails, phones, orders)
        if not (yes or dry_run):
            click.confirm("Forget this person? Messages that still wait for them are not sent.", abort=True)
        rows = erase(held, subject, by="operator", dry_run=dry_run)
    for table, count in rows.items():
        say(f"{table}: {count}")
    done = "would be erased" if dry_run else "were erased"
    say(f"{counted(sum(rows.values()), 'row')} {done}. Copies in backups are not touched; see docs/privacy.md.")


def _subject(store: StoreContext, emails: tuple[str, ...], phones: tuple[str, ...], orders: tuple[str, ...]) -> Subject:
    """With the ids of orders that are named as people name them."""
    if not (emails or phones or orders):
        fail("Say whom: --email, --phone or --order.")
    ids: list[str] = []
    with store.work(read_only=True) as uow:
        known = uow.orders.get(store.key, orders)
        for one in orders:
            found = [one] if one in known else list(uow.orders.by_number(store.key, one.lstrip("#")))
            found = found or list(uow.orders.by_number(store.key, one))
            if len(found) != 1:
                fail(f"There is no order {one}." if not found else f"{one} names several orders: {', '.join(found)}.")
            ids += found
    return Subject(tuple(emails), tuple(phones), (), tuple(ids))


def _request(service: Service, number: int) -> PrivacyRequest:
    with service.work(read_only=True) as uow:
        found = uow.privacy.get(number)
    if found is None:
        fail(f"There is no request {number}; `backorder privacy list --all` shows them.")
    return found


def _store(service: Service, key: str) -> StoreContext:
    """Also one that is disconnected: what it left is still somebody's."""
    return service.known.tended().get(key) or one_store(service, key)


COMMANDS = (group,)
