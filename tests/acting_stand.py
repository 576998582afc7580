"""One sandbox shop on loopback behind a line that can be cut, for the tests of what is done about an order."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

import adapters
from connector.domain.facts import OrderSeen
from connector.ports.acting import Cancelling, Swapping
from connector.ports.failures import TryLater
from connector.ports.sandbox import SandboxShop
from connector.ports.storefront import Platform, Storefront

ADDRESS = "http://127.0.0.1:8000/webhooks/x/main"
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
MISSING = "987654321"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

T = TypeVar("T")


class Line:
    """A WSGI application before another: of one call the answer never arrives, though it was carried out."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.calls = 0
        self._lost = 0

    def lose(self, number: int) -> None:
        """Of the calls from now on, the answer to the one with this number; zero: none."""
        with self._lock:
            self.calls, self._lost = 0, number

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._lock:
            self.calls += 1
            lost = self.calls == self._lost
        if not lost:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        b"".join(self._app(environ, lambda *_: lambda _: None))
        start_response("502 Bad Gateway", [("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))])
        return [PAGE]


@dataclass
class Stand:
    platform: Platform
    sandbox: Any
    url: str = ""
    now: datetime = NOW
    sent: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    shop: SandboxShop = field(init=False)
    line: Line = field(init=False)

    @classmethod
    def of(cls, name: str) -> Stand:
        return cls(adapters.platform(name), import_module(f"adapters.{name}.sandbox"))

    def __post_init__(self) -> None:
        self.shop = self.sandbox.open_shop(lambda: self.now, self.hear)
        self.line = Line(self.shop.app)

    def hear(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        assert address == ADDRESS
        self.sent.append((dict(headers), body))
        return 200

    def storefront(self) -> Storefront:
        """A new one each time, as after a restart."""
        return self.platform.connect(self.sandbox.options(self.url), allow_private=True)

    def subscribe(self) -> None:
        for topic in self.platform.topics:
            self.storefront().subscribe(topic, ADDRESS, self.sandbox.SECRET)

    def heard(self) -> list[OrderSeen]:
        """What the shop says of its orders now, by webhook."""
        self.sent.clear()
        self.shop.flush()
        said = [self.platform.translate(self.platform.envelope(headers).topic, body) for headers, body in self.sent]
        return [fact for one in said for fact in one.facts if isinstance(fact, OrderSeen)]

    def read(self, order_id: str) -> OrderSeen:
        (seen,) = self.storefront().read_orders([order_id])
        assert isinstance(seen, OrderSeen)
        return seen

    def line_of(self, order_id: str, sku: str) -> str:
        return next(line.id for line in self.read(order_id).lines if line.sku == sku)

    def cancelling(self, order_id: str, units: Mapping[str, int], *, whole: bool = False) -> Cancelling:
        """``units`` by SKU."""
        by_line = {self.line_of(order_id, sku): count for sku, count in units.items()}
        reference = f"BO-{order_id}-{len(self.shop.calls)}"
        return Cancelling(reference, key(reference), order_id, by_line, whole, "The shopper does not want to wait.")

    def swapping(self, order_id: str, sku: str, units: int, variant_id: str) -> Swapping:
        reference = f"BO-{order_id}-{len(self.shop.calls)}"
        line = self.line_of(order_id, sku)
        reason = "The shopper took another one."
        return Swapping(reference, key(reference), order_id, line, units, variant_id, reason)

    def through(self, act: Callable[[Storefront, bool], T], losses: Sequence[int]) -> T:
        """Try until it is done.  Of each try but the last the answer to one call is lost, and with it the process."""
        again = False
        self.now += timedelta(minutes=1)  # in which a shop that counts what its calls cost forgives them
        for number in losses:
            self.line.lose(number)
            try:
                done = act(self.storefront(), again)
            except TryLater:
                again = True
            else:
                self.line.lose(0)
                return done
        self.line.lose(0)
        return act(self.storefront(), again)


def key(reference: str) -> str:
    return str(uuid5(NAMESPACE_URL, reference))


def carried_out(what: Cancelling | Swapping) -> Callable[[Storefront, bool], Any]:
    """The act, as ``Stand.through`` calls it."""

    def act(storefront: Storefront, again: bool) -> Any:  # noqa: FBT001 -- as ``through`` gives it
        if isinstance(what, Cancelling):
            return storefront.cancel(replace(what, again=again))
        return storefront.swap(replace(what, again=again))

    return act
