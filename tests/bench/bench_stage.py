"""What the figures share: both sandbox shops on loopback, the service over them, and rows for the table.

Nothing is replaced: the service is the shipped one, opened as the command line opens it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
from free_ports import free_port

from adapters import platforms
from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service, open_service
from connector.bootstrap.store_jobs import heal_webhooks
from connector.ports.clock import system_clock
from connector.ports.records import NewDelivery
from connector.ports.sandbox import SandboxShop, Send
from connector.sandbox.player import wait_until
from connector.sandbox.scenario import SHOPIFY, WOO
from connector.sandbox.serve import served
from connector.services.connected import CONNECTED
from connector.services.context import StoreContext
from connector.services.reconcile import reconcile
from connector.services.turn import turn

STORES = (WOO, SHOPIFY)
ANSWER_SECONDS = 10.0
"""A machine may be so busy that an answer takes seconds."""
START_SECONDS = 300.0
"""It may be as busy when two shops of hundreds of products are to be connected."""

CONFIG = """
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[database]
url = "sqlite:///backorder.db"
[security]
encryption_key = "file:secret.key"
allow_private_addresses = true
[logging]
level = "error"
[[stores]]
key = "chairs"
platform = "woocommerce"
url = "{woo}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["bench-woo-secret"]
policy.mode = "always"
[[stores]]
key = "tents"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{shopify}"
access_token = "shpat_sandbox"
webhook_secrets = ["shpss_sandbox"]
policy.mode = "always"
"""


@dataclass
class Collector:
    """A ``Send`` that keeps what the shops send instead of carrying it, as the web part would keep it."""

    kept: dict[str, list[NewDelivery]] = field(default_factory=lambda: {key: [] for key in STORES})

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        _, _, name, key = urlsplit(address).path.split("/")
        platform = platforms()[name]
        if "X-WC-Webhook-Topic" in headers or "X-Shopify-Topic" in headers:  # anything else is WooCommerce's ping
            envelope = platform.envelope(headers)
            self.kept[key].append(
                NewDelivery(key, name, envelope.topic, envelope.external_id, body, system_clock(), None)
            )
        return 200


@dataclass(frozen=True)
class Stage:
    """Both shops and the service over them; ``config`` is its file."""

    folder: Path
    config: Path
    service: Service
    woo: WooShop
    shopify: ShopifyShop

    @property
    def shops(self) -> Mapping[str, SandboxShop]:
        return {WOO: self.woo, SHOPIFY: self.shopify}

    def store(self, key: str) -> StoreContext:
        return self.service.stores[key]

    def connect(self, *keys: str) -> None:
        """What the service does when it starts; the flags of the whole catalogue are pushed."""
        for key in keys or STORES:
            heal_webhooks(self.service, self.store(key))
            reconcile(self.store(key))
            turn(self.store(key))


@contextmanager
def stage(send: Send, changes: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Open both shops, still empty, and the service; ``changes`` replace text of the config."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-bench-")))
        woo = WooShop(system_clock, send)
        shopify = ShopifyShop(system_clock, send, allow_http_webhooks=True)
        urls = {"woo": stack.enter_context(served(woo.app)), "shopify": stack.enter_context(served(shopify.app))}
        text = CONFIG.format(port=free_port(), **urls)
        for old, new in (changes or {}).items():
            text = text.replace(old, new)
        config = folder / "config.toml"
        config.write_text(text)
        service = open_service(config, {})
        stack.callback(service.close)
        service.prepare()
        yield Stage(folder, config, service, woo, shopify)


@contextmanager
def serving(one: Stage) -> Iterator[int]:
    """``backorder serve`` in a process of its own, until both shops are connected; gives the number of the process."""
    command = [sys.executable, "-m", "connector", "serve", "--config", str(one.config)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def connected() -> bool:
        return _ended(process) or (_answers(one) and is_connected(one))

    try:
        wait_until("the service is connected", connected, patience=START_SECONDS)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def is_connected(one: Stage) -> bool:
    with one.service.work(read_only=True) as uow:
        records = [uow.stores.get(key) for key in STORES]
    return all(record is not None and CONNECTED in record.cursors for record in records)


def _answers(one: Stage) -> bool:
    try:
        return requests.get(f"{one.service.settings.server.public_url}/healthz", timeout=ANSWER_SECONDS).ok
    except requests.RequestException:
        return False


def _ended(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"The service ended with exit code {process.returncode}; why is said above.")
    return False


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
