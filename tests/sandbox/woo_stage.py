"""A WooCommerce sandbox shop served on loopback, with a clock that stands still and a receiver that answers as told."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from requests import Response
from werkzeug.serving import WSGIRequestHandler, make_server
from woocommerce import API

from adapters.woocommerce.sandbox import WooShop

SECRET = "secret-é&<\"'#1"
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Receiver:
    """Keeps what was sent; answers ``answer``, or for an address what ``at`` says."""

    answer: int | None = 200
    at: dict[str, int | None] = field(default_factory=dict)
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    def __call__(self, address: str, headers: Mapping[str, str], body: bytes) -> int | None:
        self.got.append((address, dict(headers), body))
        return self.at.get(address, self.answer)

    @property
    def pings(self) -> list[bytes]:
        return [body for _, headers, body in self.got if "X-WC-Webhook-Topic" not in headers]

    def deliveries(self, topic: str = "") -> list[bytes]:
        return [body for said, body in self._topics() if topic in {"", said}]

    @property
    def topics(self) -> list[str]:
        return [said for said, _ in self._topics()]

    def _topics(self) -> list[tuple[str, bytes]]:
        return [(said, body) for _, headers, body in self.got if (said := headers.get("X-WC-Webhook-Topic"))]


@dataclass
class Stage:
    shop: WooShop
    clock: Clock
    receiver: Receiver
    url: str
    api: API

    def get(self, path: str, **params: object) -> Any:
        """The body of a read that must succeed."""
        return _good(self.api.get(path, params=params))

    def post(self, path: str, body: object) -> Any:
        return _good(self.api.post(path, body))

    def put(self, path: str, body: object) -> Any:
        return _good(self.api.put(path, body))

    def product(self, sku: str, stock: int | None = None, **fields: object) -> int:
        numbers = {} if stock is None else {"manage_stock": True, "stock_quantity": stock}
        made = self.post("products", {"name": sku, "sku": sku, "regular_price": "10.00", **numbers, **fields})
        return int(made["id"])

    def stock(self, product_id: int) -> int | None:
        found: int | None = self.get(f"products/{product_id}")["stock_quantity"]
        return found

    def order(self, product_id: int, quantity: int, status: str = "processing", **fields: object) -> Any:
        lines = [{"product_id": product_id, "quantity": quantity}]
        return self.post("orders", {"status": status, "line_items": lines, **fields})

    def webhook(self, topic: str) -> int:
        address = f"http://receiver.test/{topic}"
        made = self.post("webhooks", {"name": topic, "topic": topic, "delivery_url": address, "secret": SECRET})
        return int(made["id"])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 -- werkzeug's own name
        pass


@contextmanager
def open_stage(zone: tzinfo = UTC) -> Iterator[Stage]:
    clock, receiver = Clock(), Receiver()
    shop = WooShop(clock, receiver, zone=zone)
    server = make_server("127.0.0.1", 0, shop.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.port}"
        yield Stage(shop, clock, receiver, url, API(url, "ck_sandbox", "cs_sandbox", timeout=60))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def problem(answer: Response) -> tuple[int, str]:
    """The status and WooCommerce's code of an error."""
    return answer.status_code, answer.json()["code"]


def _good(answer: Response) -> Any:
    assert answer.status_code < 300, answer.text
    return answer.json()
