"""One shop with the service beside it, and the questions that the trap tests ask of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import stamina
import structlog
from house import CONFIG, House, house

from connector.ports.clock import system_clock
from connector.ports.records import Delivery, NoticeRecord, OrderRecord, ShowingRecord
from connector.services.context import StoreContext
from connector.services.status import VariantStatus, variant_statuses
from connector.services.turn import reconcile_turn

SECTIONS = CONFIG.split("[[stores]]")
STORES = {"woocommerce": "chairs", "shopify": "tents"}
FLAG = {"woocommerce": "backorders", "shopify": "inventoryPolicy"}
OPEN = {"woocommerce": "notify", "shopify": "CONTINUE"}
CLOSED = {"woocommerce": "no", "shopify": "DENY"}
MESSAGE = {"woocommerce": "_backorder_message", "shopify": "message"}
WRITES = ("POST", "PUT", "DELETE", "Push", "Tell", "Bulk")

ALWAYS = '[stores.policy]\nmode = "always"\n'


def config(platform: str, more: str = "") -> str:
    """The house's config with the one store; ``more`` is added to its section."""
    section = SECTIONS[1 if platform == "woocommerce" else 2]
    return f"{SECTIONS[0]}[[stores]]{section}{more}"


class Trap:
    """Short words for one store of a house."""

    def __init__(self, there: House, platform: str) -> None:
        self.house = there
        self.platform = platform
        self.key = STORES[platform]
        self.shop: Any = there.shops[self.key]

    @property
    def store(self) -> StoreContext:
        return self.house.store(self.key)

    def settle(self, rounds: int = 2) -> None:
        self.house.settle(rounds)

    def wait(self, **time: float) -> None:
        self.house.clock.shift(timedelta(**time))

    def second(self) -> None:
        self.wait(seconds=1)

    def reconcile(self) -> None:
        """One pass, and what follows from it."""
        reconcile_turn(self.store)
        self.settle()

    def order(self, lines: dict[str, int], **how: Any) -> str:
        self.second()
        return str(self.shop.place_order(lines, **how))

    def supply(self, sku: str, units: int, days: int = 14) -> int:
        return self.house.add_supply(self.key, sku, units, self.house.today() + timedelta(days=days))

    def flag(self, sku: str) -> str:
        return str(self.shop.shelf(sku).fields[FLAG[self.platform]])

    def says(self, sku: str) -> str:
        fields = self.shop.shelf(sku).fields
        return str(fields["_backorder_status" if self.platform == "woocommerce" else "status"])

    def variant(self, sku: str) -> VariantStatus:
        return next(one for one in self.variants() if one.sku == sku)

    def variants(self) -> Sequence[VariantStatus]:
        with self.house.service.work(read_only=True) as uow:
            return list(variant_statuses(uow, self.key))

    def showing(self, sku: str) -> ShowingRecord:
        with self.house.service.work(read_only=True) as uow:
            variant = uow.catalogue.by_sku(self.key, sku)[0]
            return uow.showings.get(self.key, [variant.id])[variant.id]

    def known(self, order_id: str) -> OrderRecord:
        with self.house.service.work(read_only=True) as uow:
            return uow.orders.get(self.key, [order_id])[order_id]

    def knows(self, order_id: str) -> bool:
        with self.house.service.work(read_only=True) as uow:
            return bool(uow.orders.get(self.key, [order_id]))

    def stands(self, order_id: str) -> tuple[int, int]:
        """Units there and units waited for, over all lines."""
        lines = self.known(order_id).lines.values()
        return sum(line.ready for line in lines), sum(line.waiting for line in lines)

    def bears(self, order_id: str) -> str:
        """Our mark on the order, as the shop has it."""
        told = self.shop.told(order_id)
        if self.platform == "woocommerce":
            return str(told.marks.get("_backorder_status", ""))
        ours = {"backordered": "waiting", "backorder-ready": "ready"}
        return next((ours[tag] for tag in told.tags if tag in ours), "")

    def words(self, order_id: str) -> str:
        """The text the shopper was given with the newest mark."""
        told = self.shop.told(order_id)
        if self.platform == "woocommerce":
            return str(told.notes[-1]) if told.notes else ""
        return str(told.marks.get("message", ""))

    def notices(self, order_id: str) -> Sequence[NoticeRecord]:
        with self.house.service.work(read_only=True) as uow:
            return uow.notices.of_order(self.key, order_id)

    def deliveries(self) -> Sequence[Delivery]:
        with self.house.service.work(read_only=True) as uow:
            return uow.deliveries.find(store=self.key, limit=1000)

    def record(self) -> Any:
        with self.house.service.work(read_only=True) as uow:
            return uow.stores.get(self.key)

    def stop(self, acts: dict[str, str]) -> None:
        """As if the owner had to mend these."""
        with self.house.service.work() as uow:
            record = uow.stores.get(self.key)
            assert record is not None
            record.stopped = acts
            uow.stores.save(record)
            uow.commit()

    def forget_connection(self) -> None:
        """As if the store had never been read."""
        with self.house.service.work() as uow:
            record = uow.stores.get(self.key)
            assert record is not None
            record.cursors = {}
            uow.stores.save(record)
            uow.commit()

    def journal(self, kind: str) -> list[Any]:
        with self.house.service.work(read_only=True) as uow:
            return [link.entry for link in uow.journal.read(self.key) if link.entry.kind == kind]

    def writes(self) -> list[str]:
        """Calls that changed something in the shop."""
        return [call for call in self.shop.calls if call.startswith(WRITES)]

    def is_right(self) -> None:
        """What we believe and what the shop shows agree with the shop itself."""
        for one in self.variants():
            shelf = self.shop.shelf(one.sku)
            assert (one.sku, one.available) == (one.sku, shelf.available)
            assert (one.sku, one.shows) == (one.sku, one.should_show)


SECRET = {"woocommerce": b"new-woo-secret", "shopify": b"shpss_sandbox"}
SIGNATURE = {"woocommerce": "X-WC-Webhook-Signature", "shopify": "X-Shopify-Hmac-Sha256"}
TOPIC = {"woocommerce": "X-WC-Webhook-Topic", "shopify": "X-Shopify-Topic"}


def post(there: Trap, topic: str, body: object, *, name: str = "made-up") -> int:
    """A genuine delivery of this body, as the platform would sign it."""
    raw = json.dumps(body).encode()
    signed = base64.b64encode(hmac.new(SECRET[there.platform], raw, hashlib.sha256).digest()).decode()
    headers = {
        TOPIC[there.platform]: topic,
        SIGNATURE[there.platform]: signed,
        "Content-Type": "application/json",
        "X-WC-Webhook-ID": "1",
        "X-WC-Webhook-Delivery-ID": name,
        "X-WC-Webhook-Source": "http://127.0.0.1/",
        "X-Shopify-Shop-Domain": "sandbox.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": name,
        "X-Shopify-Event-Id": name,
    }
    return there.house.receive(there.house.service.address(there.key), headers, raw)


Setting = Callable[..., Trap]
"""Opens a shop: ``setting(more_config, SKU=units)``."""


@contextmanager
def trap(folder: Path, platform: str, more: str = "") -> Iterator[Trap]:
    """Whoever waits for the shop moves the clock instead of sleeping."""
    with house(folder, config(platform, more)) as there:
        stamina.set_testing(True, attempts=3)
        told = structlog.get_config()
        # A pretty traceback of a made-up bug takes seconds.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
        storefront: Any = there.service.stores[STORES[platform]].storefront
        if platform == "woocommerce":
            channel = storefront._rest.channel
        else:
            channel = storefront._admin._channel
            storefront._admin._sleep = there.clock.shift
        channel._sleep = there.clock.shift
        if channel.budget is not None:
            channel.budget._monotonic = lambda: system_clock().timestamp()
            channel.budget._at = channel.budget._monotonic()
        try:
            yield Trap(there, platform)
        finally:
            stamina.set_testing(False)
            structlog.configure(**told)
