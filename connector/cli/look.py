"""Commands that look and change nothing: ``status``, ``plan``, ``explain``, ``doctor``, ``bench``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import requests

import connector
from connector.bootstrap.service import Service
from connector.cli.common import NO_STORE, chosen, config_option, json_option, one_store, opened, sentences
from connector.cli.output import (
    JOURNAL_INDENT,
    SOMETHING_WRONG,
    counted,
    fail,
    plain,
    print_json,
    print_json_of_many,
    print_long_table,
    print_table,
    say,
    say_wrapped,
)
from connector.ports.storefront import Finding
from connector.services.doctor import examine
from connector.services.explain import NothingKnown
from connector.services.explain import explain as explain_it
from connector.services.preview import Preview, preview
from connector.services.status import StoreStatus, VariantStatus, every_variant, standings


@click.command()
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def status(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """How every store stands, and every variant: stock, queue, what the shop shows and what it should."""
    with opened(path) as service:
        keys = [one.key for one in chosen(service, stores)]
        found = standings(service.work, keys, now=service.clock())
        if as_json:
            print_json_of_many(
                [{**plain(one), "store": one.key} for one in found],
                "variants",
                [every_variant(service.work, one.key) for one in found],
            )
            return
        for one in found:
            show_status(one, every_variant(service.work, one.key))
    if not found:
        say(NO_STORE)


def show_status(store: StoreStatus, variants: Iterable[VariantStatus]) -> None:
    print_long_table(
        f"{store.key} ({store.platform}): {store.state}",
        ("SKU", "stock", "backordered", "the shop shows", "it should show", "note"),
        (
            # What differs stands out where what agrees is left out.
            (one.sku, one.available, one.backordered, one.shows, "" if one.agrees else one.should_show, one.note)
            for one in variants
        ),
        none="No variants yet: the store is read when `backorder serve` or `backorder store reconcile` runs.",
    )
    for said in store.needs_owner:
        say(f"  Needs you: {said}")
    if store.parked:
        parked = counted(store.parked, "delivery", "deliveries")
        say(f"  Parked: {parked}; `backorder deliveries list --state parked` says why.")
    for aside in store.set_aside:
        say(f"  Set aside: {aside.what}: {aside.why}; it is tried again by itself.")
    if store.received:
        waiting = counted(store.received, "delivery", "deliveries")
        say(f"  Not read yet: {waiting}; a running `backorder serve` does so at once.")
    if store.notices_parked:
        say(f"  Refused by the shop: {counted(store.notices_parked, 'notice')}.")


@click.command()
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def plan(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """Show what would be pushed and told now, and do nothing."""
    with opened(path) as service:
        found = [preview(one) for one in chosen(service, stores)]
    if as_json:
        print_json(found)
        return
    for one in found:
        _show_plan(one)
    if not found:
        say(NO_STORE)


def _show_plan(one: Preview) -> None:
    if one.held_back:
        say(f"{one.store}: {one.held_back}")
    if not one.pushes and not one.notices:
        say(f"{one.store}: nothing to push, nothing to tell.")
    if one.pushes:
        rows = [
            (push.sku, field, push.now[field] or "(empty)", value or "(empty)")
            for push in one.pushes
            for field, value in push.then.items()
        ]
        print_table(f"{one.store}: would be pushed", ("SKU", "field", "now", "then"), rows)
    if one.notices:
        told = [(tell.order, tell.kind, tell.text or "(marks only)") for tell in one.notices]
        print_table(f"{one.store}: would be told, once confirmed", ("order", "kind", "text"), told)


@click.command()
@click.argument("store")
@click.argument("what", metavar="SKU|ORDER")
@click.option("--limit", default=20, show_default=True, help="How many journal entries.")
@json_option
@config_option
@sentences
def explain(path: Path, store: str, what: str, limit: int, *, as_json: bool) -> None:
    """Tell in plain sentences why an order waits, or why a flag shows."""
    with opened(path) as service:
        one_store(service, store)
        try:
            said = explain_it(service.work, store, what, limit)
        except NothingKnown as error:
            fail(str(error))
    if as_json:
        print_json(said)
        return
    for sentence in said:
        say_wrapped(sentence, JOURNAL_INDENT if sentence[:4].isdecimal() else 2)


@click.command()
@click.argument("stores", nargs=-1)
@json_option
@config_option
@sentences
def doctor(path: Path, stores: tuple[str, ...], *, as_json: bool) -> None:
    """Check config, database, keys, rights, webhooks, clocks and reachability; say how to mend each."""
    with opened(path) as service:
        found = {"service": _own_findings(service)}
        for one in chosen(service, stores):
            found[one.key] = list(examine(one, service.address(one.key)))
    if as_json:
        print_json(found)
    else:
        for name, findings in found.items():
            rows = [("ok" if one.ok else "WRONG", one.what, _said(one)) for one in findings]
            print_table(name, ("", "what", "found, and how to mend it"), rows)
    if not all(one.ok for findings in found.values() for one in findings):
        sys.exit(SOMETHING_WRONG)


def _said(finding: Finding) -> str:
    return finding.said if finding.ok or not finding.fix else f"{finding.said}\n-> {finding.fix}"


def _own_findings(service: Service) -> list[Finding]:
    problems = list(service.database.check())
    found = [Finding("config", ok=True, said=f"{counted(len(service.stores), 'store')}, no mistakes")]
    found += [Finding("database", ok=False, said=one, fix="`backorder db upgrade`, or a backup") for one in problems]
    if not problems:
        found.append(Finding("database", ok=True, said="whole and up to date"))
    found.append(_reachable(service.settings.server.public_url))
    return found


def _reachable(public_url: str) -> Finding:
    """Whether our own address answers; the shops need it, and a wrong proxy is the usual reason for silence."""
    fix = "Is `backorder serve` running, and does the proxy send this address to [server] bind?"
    try:
        answer = requests.get(f"{public_url}/healthz", timeout=5, allow_redirects=False)
    except requests.RequestException as error:
        return Finding(
            "public address", ok=False, said=f"{public_url} does not answer ({type(error).__name__})", fix=fix
        )
    if answer.status_code != requests.codes.ok:
        said = f"{public_url}/healthz answers {answer.status_code} instead of 200"
        return Finding("public address", ok=False, said=said, fix=fix)
    return Finding("public address", ok=True, said=f"{public_url} answers")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("names", nargs=-1, type=click.UNPROCESSED)
def bench(names: tuple[str, ...]) -> None:
    """Measure this machine, each figure beside its yardstick (only in a checkout of the source)."""
    folder = Path(connector.__file__).parent.parent / "tests"
    if not (folder / "bench" / "__main__.py").exists():
        fail("The benchmarks live in the source repository; run this from a checkout.")
    command = [sys.executable, "-m", "bench", *names]
    sys.exit(subprocess.run(command, cwd=folder, check=False).returncode)  # noqa: S603 -- our own program


COMMANDS = (status, plan, explain, doctor, bench)
