"""A day of trade over a real ``backorder serve`` that is killed in the middle of what it does, again and again.

The shops live in the test's process and go on as real ones do: Shopify sends an unanswered webhook again, WooCommerce
never does.  A kill is not a matter of luck with time: it comes at a chosen call of a shop's API or a chosen webhook,
just before or just after the shop has done its part, so that the service dies with the answer on the wire.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from databases import address_in
from free_ports import free_port
from service_process import Supervised, Victim, wait_for

import adapters
from adapters.shopify.sandbox import ShopifyShop
from adapters.woocommerce.sandbox import WooShop
from connector.bootstrap.service import Service
from connector.checked_settings import read_settings
from connector.ports.clock import system_clock
from connector.ports.records import DeliveryState, NoticeState
from connector.ports.sandbox import SandboxShop
from connector.sandbox.ledger import rows
from connector.sandbox.player import webhooks_flow
from connector.sandbox.scenario import DAY, SHOPIFY, WOO, Town, stock_shelves
from connector.sandbox.serve import Sender, served
from connector.services.connected import CONNECTED
from connector.services.status import StoreStatus, all_statuses
from connector.services.supplies import add_supply, receive_supply

CONFIG = """
[server]
bind = "127.0.0.1:{port}"
public_url = "http://127.0.0.1:{port}"
[database]
url = "{database}"
[security]
allow_private_addresses = true
[sync]
settle = 0.3
reconcile = 2
digest = 0.1
push = 0.3
notify = 0.3
overlap = 5
lease = 2
[logging]
level = "warning"
[[stores]]
key = "chairs"
platform = "woocommerce"
url = "{chairs}"
consumer_key = "ck_sandbox"
consumer_secret = "cs_sandbox"
webhook_secrets = ["sandbox-woo-secret"]
[[stores]]
key = "tents"
platform = "shopify"
shop = "sandbox.myshopify.com"
admin_url = "{tents}"
access_token = "shpat_sandbox"
webhook_secrets = ["shpss_sandbox"]
"""
NOON = system_clock().replace(hour=12)
"""The day that all these days are, though midnight may pass among them."""
RETRY_AFTER = tuple(timedelta(seconds=one) for one in (0.5, 1, 1, 2, 2, 4, 8, 60))
# All of it takes seconds on a machine that does nothing else, and none of it is what is tried here.
STEP_SECONDS = KILL_SECONDS = QUIET_SECONDS = 600.0
ANSWER_SECONDS = 30.0

WHEN = ("a shop is asked", "a shop has answered", "a webhook leaves", "a webhook was taken")
"""The moments at which a point can lie."""


@dataclass(frozen=True, slots=True)
class Point:
    """Kill ``victim`` at the ``count``-th ``when`` after the service is up again."""

    victim: Any  # whatever the service's ``kill`` knows: here a ``Victim``
    when: str
    count: int

    def __str__(self) -> str:
        return f"{self.victim.value}, as {self.when} for the {self.count}. time"


def points(seed: int, how_many: int, victims: Sequence[Any] = tuple(Victim)) -> list[Point]:
    dice = Random(seed)  # noqa: S311 -- to be repeatable, not secret
    return [Point(dice.choice(victims), dice.choice(WHEN), dice.randint(1, 9)) for _ in range(how_many)]


class Executioner:
    """Counts what happens and kills at each point in turn; armed again once the service answers again."""

    def __init__(self, todo: Sequence[Point]) -> None:
        self._todo = list(todo)
        self._lock = threading.Lock()
        self._count = 0
        self._service: Any = None  # ``Supervised``, or several processes that are as good as one
        self._armed = False
        self.done: list[Point] = []

    def watch(self, service: Any) -> None:
        self._service = service
        self._armed = True

    def happened(self, when: str) -> None:
        with self._lock:
            if not self._armed or not self._todo or self._todo[0].when != when or self._service is None:
                return
            self._count += 1
            if self._count < self._todo[0].count or not self._service.kill(self._todo[0].victim):
                return
            self.done.append(self._todo.pop(0))
            self._count, self._armed = 0, False
        threading.Thread(target=self._arm_again, args=[self._service], daemon=True).start()

    def _arm_again(self, service: Any) -> None:
        service.wait_until_up()
        with self._lock:
            self._armed = True

    @property
    def left(self) -> int:
        return len(self._todo)


@dataclass
class Post:
    """Carries the shops' webhooks, and keeps what was answered with 200."""

    executioner: Executioner
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    send: Sender = field(default_factory=lambda: Sender(timeout=ANSWER_SECONDS))

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        self.executioner.happened("a webhook leaves")
        status = self.send(address, headers, body)
        if status == 200:
            self.taken.append((address, dict(headers), body))
            self.executioner.happened("a webhook was taken")
        return status

    def deliveries(self) -> Counter[tuple[str, str, str, bytes]]:
        """Store, topic, external id and body of everything taken, without WooCommerce's pings."""
        found: Counter[tuple[str, str, str, bytes]] = Counter()
        for address, headers, body in self.taken:
            platform, store = address.rsplit("/", 2)[1:]
            envelope = adapters.platform(platform).envelope({name.lower(): value for name, value in headers.items()})
            if envelope.topic:
                found[(store, envelope.topic, envelope.external_id, body)] += 1
        return found


def watched(app: Any, executioner: Executioner) -> Callable[[Any, Any], Any]:
    """The shop's API, with word of each call before and after the shop has done it."""

    def call(environ: Any, start_response: Any) -> Any:
        executioner.happened("a shop is asked")
        answer = list(app(environ, start_response))
        executioner.happened("a shop has answered")
        return answer

    return call


@dataclass
class Day:
    """Shops, post and service of one day."""

    service: Service
    process: Any  # ``Supervised``, or several processes that are as good as one
    shops: Mapping[str, SandboxShop]
    post: Post
    executioner: Executioner
    sending: Sequence[threading.Lock]  # whoever holds them all knows that nothing is on its way to the service

    def play(self) -> Town:
        wait_for("both shops were read", self._is_connected, STEP_SECONDS)
        self.executioner.watch(self.process)
        town = Town(self.shops, self, lambda what, holds: wait_for(what, holds, STEP_SECONDS))
        for step in DAY:
            step.act(town)
        wait_for("every kill has happened", self._nobody_is_left_to_kill, KILL_SECONDS)
        self.process.wait_until_up()
        wait_for("the house is quiet", self._stays_quiet, QUIET_SECONDS)
        return town

    def _nobody_is_left_to_kill(self) -> bool:
        """As long as there is, shoppers order and think better of it, which makes traffic and changes nothing."""
        if self.executioner.left:
            for store, sku in ((WOO, "SOFA-BLUE"), (SHOPIFY, "STOVE")):
                shop = self.shops[store]
                shop.cancel_order(shop.place_order({sku: 1}))
            time.sleep(0.5)
        return not self.executioner.left

    def _is_connected(self) -> bool:
        with self.service.work(read_only=True) as uow:
            records = [uow.stores.get(key) for key in self.shops]
        return all(record is not None and CONNECTED in record.cursors for record in records)

    def _stays_quiet(self) -> bool:
        with ExitStack() as stack:
            for lock in self.sending:  # else a webhook that has left the shop might still be on its way to us
                stack.enter_context(lock)
            return self._is_quiet()

    def _is_quiet(self) -> bool:
        """Nothing waits anywhere, every plan is confirmed, and what is shown is what should be."""
        statuses = self.statuses()
        if self._webhooks_wait() or any(row.wrong for row in rows(statuses, self.shops)):
            return False
        with self.service.work(read_only=True) as uow:
            now = system_clock()
            unconfirmed = [
                pool
                for key in self.shops
                for pool in uow.pools.unconfirmed(key, touched_before=now, since_before=now, limit=9)
            ]
            unsent = [one for key in self.shops for one in uow.notices.find(key, None, 1000) if one.sent_at is None]
            return not unconfirmed and not unsent and not uow.due(now, settle=timedelta(), today=lambda _: now.date())

    def _webhooks_wait(self) -> bool:
        """Also one that Shopify will only send again in a while."""
        shopify = self.shops[SHOPIFY]
        assert isinstance(shopify, ShopifyShop)
        return any(shop.pending_webhooks() for shop in self.shops.values()) or bool(shopify._outbox.waiting)

    def statuses(self) -> list[StoreStatus]:
        return all_statuses(self.service.work, now=system_clock())

    # The merchant's desk (``connector.sandbox.scenario.Desk``).

    def today(self) -> date:
        return NOON.date()

    def add_supply(self, store: str, sku: str, units: int, due: date) -> int:
        return add_supply(self.service.stores[store], sku, units, due).id

    def receive_supply(self, store: str, supply_id: int) -> None:
        receive_supply(self.service.stores[store], supply_id, None)

    def available(self, store: str, sku: str) -> int | None:
        (status,) = all_statuses(self.service.work, [store], now=system_clock())
        return next((one.available for one in status.variants if one.sku == sku), None)


@contextmanager
def day(
    folder: Path,
    todo: Sequence[Point],
    run: Callable[[Path, str, Path], Any] = Supervised,
    database: str | None = None,
    more: str = "",
) -> Iterator[Day]:
    """``run``: starts the service by its config, its address and a file for its log; ``more``: settings besides."""
    with ExitStack() as stack:
        executioner = Executioner(todo)
        post = Post(executioner)
        shops: dict[str, SandboxShop] = {
            WOO: WooShop(system_clock, post),
            SHOPIFY: ShopifyShop(system_clock, post, allow_http_webhooks=True, retry_after=RETRY_AFTER),
        }
        stock_shelves(shops)
        urls = {key: stack.enter_context(served(watched(shop.app, executioner))) for key, shop in shops.items()}
        config = folder / "config.toml"
        config.write_text(CONFIG.format(port=free_port(), database=database or address_in(folder), **urls) + more)
        service = Service(read_settings(config, {}))
        stack.callback(service.close)
        service.prepare()
        process = run(config, service.settings.server.public_url, folder / "serve.log")
        stack.enter_context(process)
        sending = [one_at_a_time(shop) for shop in shops.values()]
        stack.enter_context(webhooks_flow(shops))
        yield Day(service, process, shops, post, executioner, sending)


def one_at_a_time(shop: SandboxShop) -> threading.Lock:
    """Held while this shop sends what waits."""
    sending, flush = threading.Lock(), shop.flush

    def flush_alone() -> int:
        with sending:
            return flush()

    shop.flush = flush_alone  # type: ignore[method-assign]
    return sending


def end_of_day(town: Town, statuses: Sequence[StoreStatus]) -> dict[str, object]:
    """What two days must have in common: stock, queue, what is shown, and what each order bears."""
    found: dict[str, object] = {
        f"{row.store} {row.sku}": (row.stock, row.queue, row.shows, row.wrong) for row in rows(statuses, town.shops)
    }
    keys = {order_id: key for key, shop in town.shops.items() for order_id in shop.order_ids()}
    for name, order_id in town.orders.items():
        told = town.shops[keys[order_id]].told(order_id)
        found[name] = (sorted(told.tags), {key: _without_ids(value) for key, value in sorted(told.marks.items())})
    return found


def _without_ids(mark: str) -> object:
    """Ids of lines are handed out as things happen, and things happen in another order after a kill."""
    try:
        said = json.loads(mark)
    except ValueError:
        return mark
    if isinstance(said, dict) and "lines" not in said:
        return sorted(said.values())  # units by line, of those that must not leave
    lines = said["lines"] if isinstance(said, dict) else said
    if not isinstance(lines, list):
        return mark
    return sorted(
        json.dumps({key: value for key, value in line.items() if key not in {"line", "line_id"}}) for line in lines
    )


def kept(service: Service, store: str) -> tuple[Counter[tuple[str, str, str, bytes]], Counter[DeliveryState]]:
    """The inbox of a store: how often each delivery is there, and how many are in each state."""
    with service.work(read_only=True) as uow:
        found = uow.deliveries.find(store=store, limit=100_000)
    return (
        Counter((one.store, one.topic, one.external_id, one.body) for one in found),
        Counter(one.state for one in found),
    )


def notice_states(service: Service, store: str) -> Counter[NoticeState]:
    with service.work(read_only=True) as uow:
        return Counter(one.state for one in uow.notices.find(store, None, 100_000))
