"""Two shops whose shoppers get mail: the service in processes of its own, and a second hand on the same database.

That hand is the merchant's: it enters supplies and reads what came of what was pressed.  Shoppers know what their mails
say and what their pages show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from browser.live import flushing, until
from databases import address_in
from free_ports import free_port
from mail_server import MailServer, Received, mail_server
from service_process import Supervised

from adapters.shopify.sandbox import ShopifyShop
from adapters.shopify.sandbox.trade import ONLINE
from adapters.woocommerce.sandbox import WooShop
from adapters.woocommerce.sandbox.storefront import PLAIN
from connector.bootstrap.service import Service, open_service
from connector.ports.clock import system_clock
from connector.ports.promising import AmendmentRecord
from connector.sandbox.serve import Sender, served
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.page_links import Tokens
from connector.services.supplies import add_supply, change_supply

WOO, SHOPIFY = "chairs", "tents"
RARE = "-RARE"
"""How the SKUs end that are never sold ahead."""
LINK = re.compile(r"https?://[^\s/]+/[or]/[^\s>)\]\"]+")
CONFIG = """
[server]
public_url = "{url}"
bind = "{bind}"
[database]
url = "{database}"
[security]
allow_private_addresses = true
[sync]
settle = 0.2
digest = 0.1
push = 0.2
notify = 0.3
reconcile = 5
overlap = 10
[logging]
level = "warning"
[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "The shop <shop@example.com>"
[[stores]]
key = "chairs"
platform = "woocommerce"
url = "{woo}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
{store}
[stores.law]
seller = "DE"
[[stores]]
key = "tents"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{shopify}"
access_token = "shpat_sandbox"
{store}
[stores.law]
seller = "US"
"""
STORE = """
webhook_secrets = ["shpss_sandbox"]
channels = ["email"]
notices = ["waiting", "changed", "ready"]
[stores.policy]
mode = "always"
lead_days = 21
[[stores.rules]]
sku = "*-RARE"
mode = "never"
[stores.mail]
address = "The shop, 1 High Street, Springfield"
"""


@dataclass(frozen=True)
class Order:
    store: str
    id: str
    email: str
    sku: str


@dataclass
class Shop:
    """``address``: where its own pages are; ``variants``: ids by SKU."""

    key: str
    books: WooShop | ShopifyShop
    address: str = ""
    variants: dict[str, str] = field(default_factory=dict)

    def place_order(self, sku: str, units: int, email: str, country: str, language: str) -> str:
        if isinstance(self.books, WooShop):
            extras = replace(PLAIN, email=email, country=country)
            return self.books.place_order({sku: units}, language=language, extras=extras)
        how = replace(ONLINE, email=email, country=country)
        return self.books.place_order({sku: units}, language=language, how=how)

    def sells_ahead(self, sku: str) -> bool:
        fields = self.books.shelf(sku).fields
        return "notify" in fields.values() or "CONTINUE" in fields.values()


@dataclass
class Counter:
    url: str
    desk: Service
    shops: Mapping[str, Shop]
    mailbox: MailServer
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    today: date = field(default_factory=lambda: system_clock().date())  # though midnight may pass

    def store(self, key: str) -> StoreContext:
        return self.desk.stores[key]

    @property
    def tokens(self) -> Tokens:
        return Tokens.of(self.desk.vault)

    # The merchant.

    def opens(self) -> None:
        """Both shops are read, and sell ahead what may be sold ahead."""
        until("both shops are connected", lambda: all(self._is_connected(key) for key in self.shops))

    def _is_connected(self, key: str) -> bool:
        with self.desk.work(read_only=True) as uow:
            record = uow.stores.get(key)
        return record is not None and CONNECTED in record.cursors

    def until_sold_ahead(self, key: str, *skus: str) -> None:
        shop = self.shops[key]
        until(f"{skus} can be ordered ahead", lambda: all(shop.sells_ahead(sku) for sku in skus))

    def expects(self, key: str, sku: str, units: int, days: int) -> int:
        """A supply is on its way; its number."""
        return add_supply(self.store(key), sku, units, self.today + timedelta(days=days)).id

    def shows_days(self, key: str, sku: str) -> int | None:
        """In how many days from ``today`` it comes, as the shop says beside the product; None where it says no day."""
        with self.desk.work(read_only=True) as uow:
            shown = uow.promises.shown_at(key, uow.catalogue.by_sku(key, sku)[0].id, system_clock())
        last = None if shown is None else shown.expected.latest
        return None if last is None else (last - self.today).days

    def slips(self, key: str, supply: int, days: int | None) -> None:
        """``days``: from ``today``; None: nobody knows when it comes."""
        due = None if days is None else self.today + timedelta(days=days)
        change_supply(self.store(key), supply, due=due)

    # What came of it.

    def amendments(self, order: Order) -> list[AmendmentRecord]:
        with self.desk.work(read_only=True) as uow:
            return list(uow.amendments.of_order(order.store, order.id))

    def written(self, order: Order) -> tuple[object, ...]:
        """All that anybody's decision about an order would change: in our books and in the shop's."""
        with self.desk.work(read_only=True) as uow:
            amendments = tuple(uow.amendments.of_order(order.store, order.id))
            events = uow.promises.events(order.store, [order.id])
            link = uow.promises.terms(order.store, [order.id])[order.id].link
        return repr(amendments), repr(events), link, self.shops[order.store].books.books(order.id)

    # Shoppers and their mail.

    def orders(self, key: str, sku: str, units: int, *, country: str = "US", language: str = "en") -> Order:
        email = f"shopper{next(self._numbers)}@example.com"
        placed = self.shops[key].place_order(sku, units, email, country, language)
        return Order(key, placed, email, sku)

    def mail(self, to: str, subject: str) -> Received:
        """The newest to somebody whose subject holds this; it may take a moment."""
        found: list[Received] = []

        def came() -> bool:
            found[:] = [
                one for one in self.mailbox.received if to in one.recipients and subject in str(one.mail["subject"])
            ]
            return bool(found)

        until(f"a mail {subject!r} to {to}", came)
        return found[-1]

    def link(self, to: str, subject: str) -> str:
        found = LINK.search(self.mail(to, subject).part("plain"))
        assert found is not None
        return found[0]

    def page_of(self, order: Order, days: int = 30, generation: int = 0, store: str = "") -> str:
        """A link as one of our mails would bear it; ``days``: for which it is good."""
        last = system_clock().date() + timedelta(days=days)
        return f"{self.url}/o/{self.tokens.page(store or order.store, order.id, generation, last)}"


@contextmanager
def counter(folder: Path, stock: Mapping[str, Mapping[str, tuple[int, str]]], page: Any = None) -> Iterator[Counter]:
    """``stock``: by store and SKU, how many there are and the title; ``page``: a WSGI application around the first
    shop's, which is given it and gives one.
    """
    with ExitStack() as stack:
        woo = WooShop(system_clock, Sender())
        shopify = ShopifyShop(system_clock, Sender(), allow_http_webhooks=True)
        shops = {WOO: Shop(WOO, woo), SHOPIFY: Shop(SHOPIFY, shopify)}
        for key, goods in stock.items():
            for sku, (units, title) in goods.items():
                shops[key].variants[sku] = shops[key].books.add_product(sku, units, title=title)
        mailbox = stack.enter_context(mail_server())
        shops[WOO].address = stack.enter_context(served(page(woo.app) if page else woo.app))
        shopify_url = stack.enter_context(served(shopify.app))
        bind = f"127.0.0.1:{free_port()}"
        config, log, url = folder / "config.toml", folder / "serve.log", f"http://{bind}"
        config.write_text(
            CONFIG.format(
                url=url,
                bind=bind,
                database=address_in(folder),
                mail=mailbox.port,
                woo=shops[WOO].address,
                shopify=shopify_url,
                store=STORE,
            )
        )
        try:
            stack.enter_context(Supervised(config, url, log))
        except TimeoutError as error:
            raise AssertionError(f"the service did not start: {log.read_text()}") from error
        stack.enter_context(flushing([woo, shopify]))
        desk = open_service(config)
        stack.callback(desk.close)
        here = Counter(url, desk, shops, mailbox)
        here.opens()
        yield here
