"""A WooCommerce sandbox shop on loopback, and our client in front of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

from werkzeug.serving import WSGIRequestHandler, make_server

from adapters.http import NO_RETRIES, Channel
from adapters.woocommerce.client import SignedByQuery, WooStorefront, channel_to
from adapters.woocommerce.sandbox import WooShop

PAIR = ("ck_sandbox", "cs_sandbox")
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Hands:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float = 60) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


class Bench:
    """The site is not in UTC, so that a date read in the wrong zone shows."""

    def __init__(self) -> None:
        self.clock = Hands()
        self.sent: list[tuple[str, bytes]] = []
        self.shop = WooShop(self.clock, self._send, zone=timezone(timedelta(hours=-5)))
        self.url = ""
        self.client = WooStorefront(Channel("http://127.0.0.1:1", allow_private=True))

    def calls(self, ending: str = "") -> list[str]:
        return [call for call in self.shop.calls if call.endswith(ending)]

    def _send(self, address: str, headers: Mapping[str, str], body: bytes) -> int:
        del headers
        self.sent.append((address, body))
        return 200


@contextmanager
def open_bench(timeout: float = 60) -> Iterator[Bench]:
    bench = Bench()
    server = make_server("127.0.0.1", 0, bench.shop.app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    bench.url = f"http://127.0.0.1:{server.server_port}"
    channel = channel_to(bench.url, *PAIR, timeout=timeout, allow_private=True)
    bench.client = WooStorefront(channel)
    try:
        yield bench
    finally:
        channel.close()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def one_try(url: str, *, pair: tuple[str, str] = PAIR, timeout: float = 60) -> Iterator[WooStorefront]:
    """A client that does not try again by itself, so that a test of a failure takes no time."""
    channel = Channel(
        f"{url}/wp-json/wc/v3",
        allow_private=True,
        auth=SignedByQuery(*pair),
        timeout=(timeout, timeout),
        retries=NO_RETRIES,
    )
    try:
        yield WooStorefront(channel)
    finally:
        channel.close()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Leave the date to the shop, whose clock is its own; a server of two dates is no shop."""
        self.send_response_only(code, message)
