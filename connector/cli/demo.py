"""``backorder demo``: both sandbox shops, the service as ``serve`` runs it, and a day of trade."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import FrameType

import click

from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service, open_service
from connector.cli.common import sentences
from connector.cli.demo_setup import Alive, command_name, free_port, make_folder, served_service, write_config
from connector.cli.output import SOMETHING_WRONG, complain, console, fail, print_table, say
from connector.ports.accounts import PassKind
from connector.ports.clock import system_clock
from connector.ports.sandbox import SandboxShop
from connector.sandbox.ledger import Row, rows
from connector.sandbox.news import News
from connector.sandbox.player import Player, wait_until, webhooks_flow
from connector.sandbox.scenario import DAY, SHOPIFY, WOO, Step, Town, stock_shelves
from connector.sandbox.serve import Sender, served
from connector.services.connected import CONNECTED
from connector.services.passes import LINK_LASTS, new_pass
from connector.services.status import AS_IT_IS, all_statuses, on_sale
from connector.services.supplies import add_supply, receive_supply

PAUSE_SECONDS = 2.5
FAST_PAUSE_SECONDS = 0.4
QUIET_SECONDS = 120.0


@dataclass(frozen=True)
class _Desk:
    """The merchant's hand in our service: what the supply commands do."""

    service: Service

    def today(self) -> date:
        return system_clock().date()

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int:
        return add_supply(self.service.stores[store], sku, units, due).id

    def receive_supply(self, store: str, supply_id: int) -> None:
        receive_supply(self.service.stores[store], supply_id, None)

    def available(self, store: str, sku: str) -> int | None:
        status = all_statuses(self.service.work, [store], now=system_clock())[0]
        return next((one.available for one in status.variants if one.sku == sku), None)


@click.command()
@click.option("--fast", is_flag=True, help="Hurry, and end when the day does: with 1 if anything disagrees.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("data/demo"),
    show_default=True,
    help="A folder for the demo's own data; begun afresh at each start.",
)
@click.option("--port", type=click.IntRange(1, 65_535), help="Where the service listens; 8000 or any that is free.")
@sentences
def demo(data: Path, port: int | None, *, fast: bool) -> None:
    """Try it: two sandbox shops, the service, a day of trade."""
    signal.signal(signal.SIGTERM, _interrupt)
    make_folder(data)
    try:
        with ExitStack() as stack:
            _run(stack, data, port or free_port(), fast=fast)
    except KeyboardInterrupt:
        complain("\nStopped before the end of the day; nothing is left running.")
        sys.exit(SOMETHING_WRONG)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Stopped by a supervisor is stopped by hand: what we started ends with us."""
    raise KeyboardInterrupt


def _run(stack: ExitStack, data: Path, port: int, *, fast: bool) -> None:
    began = time.monotonic()
    shops: dict[str, SandboxShop] = {
        WOO: WooShop(system_clock, Sender()),
        SHOPIFY: ShopifyShop(system_clock, Sender(), allow_http_webhooks=True),
    }
    stock_shelves(shops)
    urls = {key: stack.enter_context(served(shop.app)) for key, shop in shops.items()}
    config = write_config(data, urls, port)
    service = open_service(config)
    stack.callback(service.close)
    service.prepare()
    try:
        alive = stack.enter_context(served_service(service, config))
        stack.enter_context(webhooks_flow(shops))
        _connect(service, shops, urls)
        news = _play(service, shops, alive, FAST_PAUSE_SECONDS if fast else PAUSE_SECONDS)
        found = _end_of_day(service, shops)
    except TimeoutError as error:
        fail(f"The day came to a halt: {error}")
    _tell_news(news)
    _show(found, news, time.monotonic() - began)
    try:
        _show_next(config, service, stays=not fast)
        if fast:
            sys.exit(SOMETHING_WRONG if any(row.wrong for row in found) else 0)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("\nStopped.")


def _connect(service: Service, shops: Mapping[str, SandboxShop], urls: Mapping[str, str]) -> None:
    say("Two shops that exist on this machine only, and the service that keeps their backorders:\n")
    say(f"  {WOO:<8} a WooCommerce shop   {urls[WOO]}")
    say(f"  {SHOPIFY:<8} a Shopify shop       {urls[SHOPIFY]}")
    say(f"  service  backorder serve      {service.settings.server.public_url}\n")
    with console.status("Webhooks are made, the catalogues are read ..."):
        wait_until("both shops were read", lambda: all(_connected(service, key) for key in service.stores))
        wait_until("every flag was set once", lambda: all(map(_is_settled, _look(service, shops))))
    counts = {key: on_sale(service.work, key)[0] for key in service.stores}
    say("Connected: " + ", ".join(f"{count} variants of {key}" for key, count in counts.items()) + ".\n")


def _is_settled(row: Row) -> bool:
    """Planned and pushed; before its first plan a variant should show whatever it shows."""
    return not row.wrong and (row.stock is None or row.should_show != AS_IT_IS)


def _connected(service: Service, key: str) -> bool:
    with service.work(read_only=True) as uow:
        record = uow.stores.get(key)
    return record is not None and CONNECTED in record.cursors


def _play(service: Service, shops: Mapping[str, SandboxShop], alive: Alive, pause: float) -> News:
    town = Town(shops, _Desk(service), lambda what, holds: wait_until(what, lambda: alive() and holds()))

    def name(store: str, order_id: str) -> str:
        # The ids of the two shops never meet: Shopify's are billions higher.
        name = next((name for name, one in town.orders.items() if one == order_id), "")
        return f"{name.capitalize()}'s order" if name else f"order {order_id} of {store}"

    news = News(service.work, tuple(shops), name)
    news.latest()  # what connecting did is no news of the day
    news.counts.clear()
    Player(town, _tell, lambda: _tell_news(news), pause).play(DAY)
    return news


def _tell(number: int, steps: int, step: Step) -> None:
    say(f"{number:>2}/{steps}  {step.clock}  {step.title}")


def _tell_news(news: News) -> None:
    for line in news.latest():
        console.print(f"                {line}", style="dim", markup=False, soft_wrap=True)


def _end_of_day(service: Service, shops: Mapping[str, SandboxShop]) -> list[Row]:
    """The rows once they agree, or as they are when patience ends."""
    give_up = time.monotonic() + QUIET_SECONDS
    found = _look(service, shops)
    while any(row.wrong for row in found) and time.monotonic() < give_up:
        time.sleep(0.3)
        found = _look(service, shops)
    return found


def _look(service: Service, shops: Mapping[str, SandboxShop]) -> list[Row]:
    return list(rows(all_statuses(service.work, now=system_clock()), shops))


def _show(found: list[Row], news: News, seconds: float) -> None:
    say("")
    print_table(
        "The end of the day: what the shops have and show, and whether our service agrees",
        ("store", "SKU", "stock", "queue", "the shop shows", "our service"),
        [(row.store, row.sku, row.stock, row.queue, row.shows, row.wrong or "agrees") for row in found],
    )
    wrong = sum(bool(row.wrong) for row in found)
    verdict = f"{wrong} of {len(found)} variants disagree" if wrong else f"All {len(found)} variants agree"
    say(
        f"{verdict}. {news.counts.get('pushed', 0)} flags were set and {news.counts.get('told', 0)} notices given "
        f"in {seconds:.0f} seconds."
    )


def _show_next(config: Path, service: Service, *, stays: bool) -> None:
    say("\nThe shops and the service stay up. From another window:" if stays else "\nLook at what the day has left:")
    for command in (
        f"status --config {config}",
        f"explain {WOO} CHAIR-OAK --config {config}",
        f"explain {SHOPIFY} TENT-2P --config {config}",
        f"deliveries list --config {config}",
        *([f"doctor --config {config}"] if stays else []),
    ):
        say(f"  {command_name()} {command}")
    if stays:
        url = service.settings.server.public_url
        token = new_pass(service.work, PassKind.LINK, now=service.clock(), lasts=LINK_LASTS, store=WOO)
        say(f"\nThe pages of {WOO}, once within a quarter of an hour: {url}/in/{token}")
        say(f"For another look: {command_name()} store link {WOO} --config {config}")
        say(f"\nIs it ready? {url}/readyz        Ctrl-C stops everything.")


COMMANDS = (demo,)
