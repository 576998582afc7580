"""The service as a person runs it, ``backorder serve`` in processes of its own, over sandbox shops, for a browser."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from databases import address_in
from free_ports import free_port
from service_process import Supervised, Victim
from werkzeug.security import generate_password_hash

from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.ports.clock import system_clock
from connector.sandbox.serve import Sender, served

PASSWORD = "correct horse battery staple"
WAIT_SECONDS = 300.0
CLIENT_ID, CLIENT_SECRET = "sandbox", "shpss_sandbox"
CONFIG = """
[server]
public_url = "http://127.0.0.1:{port}"
bind = "127.0.0.1:{port}"
[database]
url = "{database}"
[security]
allow_private_addresses = true
[sync]
settle = 1
reconcile = 5
notify = 0.5
overlap = 10
[logging]
level = "warning"
[web]
operator_password_hash = "{password}"
[install]
open = true
[install.shopify]
way = "{way}"
client_id = "{client_id}"
client_secret = "{client_secret}"
admin_url = "{shopify}"
"""


@dataclass
class Gate:
    """Stands before a shop: it lets some lists of products through and holds back all others until it is opened."""

    lets: int
    reached: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: Mapping[str, Any]) -> None:
        if environ["PATH_INFO"].endswith("/products") and "orderby=modified" in environ["QUERY_STRING"]:
            self.lets -= 1
            if self.lets < 0:
                self.reached.set()
                self.opened.wait(2 * WAIT_SECONDS)  # longer than anybody waits for what it holds back


@dataclass
class Live:
    """``service`` is started again by itself when it is killed.  Every shop sends its webhooks by itself, as shops do.

    ``shopify_url``: the admin of whichever Shopify shop was opened last.
    """

    url: str
    service: Supervised
    shopify_url: str
    config: Path
    log: Path
    _stack: ExitStack
    _shops: list[WooShop | ShopifyShop]

    def open_woo(self, gate: Gate | None = None) -> tuple[WooShop, str]:
        """A new shop, and where shoppers find it."""
        shop = WooShop(system_clock, Sender())
        self._shops.append(shop)

        def app(environ: Any, start_response: Any) -> Any:
            if gate is not None:
                gate(environ)
            return shop.app(environ, start_response)

        return shop, self._stack.enter_context(served(app))

    def open_shopify(self, domain: str) -> ShopifyShop:
        shop = ShopifyShop(
            system_clock,
            Sender(),
            domain=domain,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            app_url=f"{self.url}/install/shopify",
            redirect_urls=(f"{self.url}/install/shopify/back",),
            allow_http_webhooks=True,
        )
        shop.installed = False
        self._shops.append(shop)
        return shop

    def kill(self) -> None:
        """Everything at once, as a power cut would; gives back once it is up again."""
        before = len(self.service.ended)
        self.service.kill(Victim.ALL)
        until("the service noticed that it was killed", lambda: len(self.service.ended) > before)
        self.service.wait_until_up()


def _newest_shopify(shops: list[WooShop | ShopifyShop]) -> Any:
    """The config file can name one admin only: that of whichever shop was opened last answers there."""

    def app(environ: Any, start_response: Any) -> Any:
        newest = [shop for shop in shops if isinstance(shop, ShopifyShop)][-1]
        return newest.app(environ, start_response)

    return app


def until(what: str, holds: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, f"never came to pass: {what}"
        time.sleep(0.1)


@contextmanager
def live(folder: Path, *, way: str = "own") -> Iterator[Live]:
    """``way``: how Shopify stores connect."""
    with ExitStack() as stack:
        shops: list[WooShop | ShopifyShop] = []
        shopify_url = stack.enter_context(served(_newest_shopify(shops)))
        port = free_port()
        config, log = folder / "config.toml", folder / "serve.log"
        password = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
        config.write_text(
            CONFIG.format(
                port=port,
                database=address_in(folder),
                password=password,
                way=way,
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
                shopify=shopify_url,
            )
        )
        url = f"http://127.0.0.1:{port}"
        service = Supervised(config, url, log)
        here = Live(url, service, shopify_url, config, log, stack, shops)
        stack.push(service.__exit__)
        try:
            service.__enter__()
        except TimeoutError as error:
            raise AssertionError(f"the service did not start: {log.read_text()}") from error
        stack.enter_context(flushing(shops))
        yield here


@contextmanager
def flushing(shops: list[WooShop | ShopifyShop]) -> Iterator[None]:
    """The shops send their webhooks by themselves."""
    over = threading.Event()

    def pump() -> None:
        while not over.wait(0.05):
            for shop in tuple(shops):
                shop.flush()

    thread = threading.Thread(target=pump, name="shops", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
