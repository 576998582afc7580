"""``backorder demo``: both sandbox shops, the service as ``serve`` runs it, and a day of trade."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import click
import requests

from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap import Service, open_service
from connector.cli.output import console, fail, print_table, say
from connector.ports.clock import system_clock
from connector.ports.sandbox import SandboxShop
from connector.sandbox.ledger import Row, rows
from connector.sandbox.player import Player, wait_until, webhooks_flow
from connector.sandbox.scenario import DAY, SHOPIFY, WOO, Step, Town, stock_shelves
from connector.sandbox.serve import Sender, served
from connector.services.announce import CONNECTED
from connector.services.status import all_statuses
from connector.services.supplies import add_supply, receive_supply

PAUSE_SECONDS = 2.5
QUIET_SECONDS = 30.0

CONFIG = """# Written by `backorder demo`; made anew each time it starts.
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"

[database]
url = "sqlite:///backorder.db"

[security]
encryption_key = "file:secret.key"
allow_private_addresses = true   # the sandbox shops are on this machine

[sync]                           # a day passes in a minute here
settle = 1
reconcile = 8
notify = 0.5
overlap = 10

[logging]
level = "warning"

[[stores]]
key = "{woo_key}"
platform = "woocommerce"
url = "{woo}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["sandbox-woo-secret"]

[[stores]]
key = "{shopify_key}"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{shopify}"
access_token = "shpat_sandbox"
webhook_secrets = ["shpss_sandbox"]
"""


class _Desk:
    """The merchant's hand in our service: what the supply commands do."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def today(self) -> date:
        return system_clock().date()

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int:
        return add_supply(self._service.stores[store], sku, units, due).id

    def receive_supply(self, store: str, supply_id: int) -> None:
        receive_supply(self._service.stores[store], supply_id, None)

    def available(self, store: str, sku: str) -> int | None:
        status = all_statuses(self._service.work, [store], now=system_clock())[0]
        return next((one.available for one in status.variants if one.sku == sku), None)


@click.command()
@click.option("--fast", is_flag=True, help="Without pauses; ends when the day does, with 1 if anything disagrees.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="A folder for the demo's own data; emptied at each start.",
)
@click.option("--port", default=0, help="Where the service listens; any free port unless you say.")
def demo(data: Path, port: int, *, fast: bool) -> None:
    """Try it: two sandbox shops, the service, a day of trade."""
    began = time.monotonic()
    with ExitStack() as stack:
        shops: dict[str, SandboxShop] = {
            WOO: WooShop(system_clock, Sender()),
            SHOPIFY: ShopifyShop(system_clock, Sender(), allow_http_webhooks=True),
        }
        stock_shelves(shops)
        urls = {key: stack.enter_context(served(shop.app)) for key, shop in shops.items()}
        config = _write_config(data, urls, port or _free_port())
        service = open_service(config)
        stack.callback(service.close)
        try:
            stack.enter_context(_served_service(service, config))
            stack.enter_context(webhooks_flow(shops))
            _connect(service, shops, urls)
            Player(Town(shops, _Desk(service), wait_until), _tell, 0 if fast else PAUSE_SECONDS).play(DAY)
            found = _end_of_day(service, shops)
        except TimeoutError as error:
            fail(f"The day came to a halt: {error}")
        _show(found, time.monotonic() - began)
        if fast:
            sys.exit(any(row.wrong for row in found))
        _stay_up(config, service)


def _write_config(data: Path, urls: dict[str, str], port: int) -> Path:
    if data.exists() and any(data.iterdir()) and not (data / "config.toml").exists():
        fail(f"{data} is not empty and was not made by a demo; name another folder with --data.")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    config = data / "config.toml"
    config.write_text(
        CONFIG.format(port=port, woo=urls[WOO], shopify=urls[SHOPIFY], woo_key=WOO, shopify_key=SHOPIFY), "utf-8"
    )
    return config


def _free_port() -> int:
    """8000 where it is free: it is the one a person remembers."""
    for port in (8000, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("port 0 is always free")


@contextmanager
def _served_service(service: Service, config: Path) -> Iterator[None]:
    """``backorder serve`` as a user would start it, in a process of its own."""
    service.prepare()
    command = [sys.executable, "-m", "connector", "serve", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 -- our own program
    try:
        wait_until("the service answers", lambda: _answers(service) or _ended(process))
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(service: Service) -> bool:
    try:
        return requests.get(f"{service.settings.server.public_url}/healthz", timeout=1).ok
    except requests.RequestException:
        return False


def _ended(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        fail(f"The service ended with exit code {process.returncode}; why is said above.")
    return False


def _connect(service: Service, shops: dict[str, SandboxShop], urls: dict[str, str]) -> None:
    say(f"WooCommerce sandbox  {urls[WOO]}")
    say(f"Shopify sandbox      {urls[SHOPIFY]}")
    say(f"The service          {service.settings.server.public_url}")
    with console.status("Webhooks are made, the catalogues are read ..."):
        wait_until("both shops were read", lambda: all(_connected(service, key) for key in shops))
    counts = {one.key: len(one.variants) for one in all_statuses(service.work, now=system_clock())}
    say("Connected: " + ", ".join(f"{count} variants of {key}" for key, count in counts.items()) + ".\n")


def _connected(service: Service, key: str) -> bool:
    with service.work(read_only=True) as uow:
        record = uow.stores.get(key)
    return record is not None and CONNECTED in record.cursors


def _tell(number: int, steps: int, step: Step) -> None:
    say(f"  {number:>2}/{steps}  {step.clock}  {step.title}")


def _end_of_day(service: Service, shops: dict[str, SandboxShop]) -> list[Row]:
    """The rows once they agree, or as they are when patience ends."""

    def look() -> list[Row]:
        return list(rows(all_statuses(service.work, now=system_clock()), shops))

    give_up = time.monotonic() + QUIET_SECONDS
    found = look()
    while any(row.wrong for row in found) and time.monotonic() < give_up:
        time.sleep(0.3)
        found = look()
    return found


def _show(found: list[Row], seconds: float) -> None:
    print_table(
        "\nThe end of the day",
        ("store", "SKU", "stock", "queue", "the shop shows", "it should show", ""),
        [
            (row.store, row.sku, row.stock, row.queue, row.shows, row.should_show, row.wrong or "agrees")
            for row in found
        ],
    )
    wrong = sum(bool(row.wrong) for row in found)
    say(f"{len(found)} variants, {wrong} that disagree. The day took {seconds:.0f} seconds.")


def _stay_up(config: Path, service: Service) -> None:
    say("\nIt stays up. Look further, from another window:")
    for command in (
        f"status --config {config}",
        f"explain {WOO} CHAIR-OAK --config {config}",
        f"explain {SHOPIFY} TENT-2P --config {config}",
        f"deliveries list --config {config}",
        f"doctor --config {config}",
    ):
        say(f"  .venv/bin/backorder {command}")
    say(f"The service answers on {service.settings.server.public_url}/readyz. Stop with Ctrl-C.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("")
