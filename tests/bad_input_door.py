"""One function for each row of "At the door" in docs/bad-input.md, by the row's name."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from itertools import count
from typing import Any

import pytest
from house import House
from signed import NAMES, SECRETS, newest, post

from adapters.signing import hmac_sha256_base64
from connector.storage.inbox import NotKept

MAIN, TENTS = "/webhooks/woocommerce/chairs", "/webhooks/shopify/tents"
COMPLIANCE = "/webhooks/shopify/compliance"
LIMIT = 5_000_000
numbers = count(1)


@dataclass(frozen=True)
class Door:
    """The application in this process, and the real server over the same database at ``port``."""

    there: House
    port: int

    def body(self) -> bytes:
        return b'{"id": 0, "number": %d}' % next(numbers)

    def headers(self, body: bytes, store: str = "chairs", secret: str | None = None, **more: str) -> dict[str, str]:
        topic, signature, id_name = NAMES[store]
        said = {topic: "x.y", signature: hmac_sha256_base64(secret or SECRETS[store], body), id_name: "same"}
        return {**said, **{key.replace("_", "-"): value for key, value in more.items()}}

    def asks(
        self, path: str, body: Any, headers: dict[str, str] | None = None, method: str = "POST", **more: Any
    ) -> int:
        with self.there.app.test_client() as client:
            answer = client.open(path, method=method, data=body, headers=headers or {}, **more)
            return int(answer.status_code)

    def counted(self, name: str, store: str = "chairs") -> int:
        with self.there.service.work(read_only=True) as uow:
            return int(uow.stores.counters(store).get(name, 0))

    def will_have_counted(self, expected: int, name: str, store: str = "chairs") -> bool:
        """Counters are written some time later, so that they cost a request nothing."""
        end = time.monotonic() + 60
        while self.counted(name, store) < expected and time.monotonic() < end:
            time.sleep(0.05)
        return self.counted(name, store) == expected

    def kept(self, store: str = "chairs") -> int:
        with self.there.service.work(read_only=True) as uow:
            return len(uow.deliveries.find(store=store, limit=100_000))

    def raw(self, request: bytes, *, last: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            try:
                connection.sendall(request)
                if last:
                    connection.shutdown(socket.SHUT_WR)
                return connection.recv(65536)
            except (BrokenPipeError, ConnectionResetError):
                return b""

    def posts(self, body: bytes, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", MAIN, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


def head(more: bytes) -> bytes:
    return b"POST " + MAIN.encode() + b" HTTP/1.1\r\nHost: a\r\n" + more + b"\r\n\r\n"


def genuine(door: Door) -> None:
    body = door.body()
    before = door.kept()
    assert door.asks(MAIN, body, door.headers(body)) == 200
    assert (door.kept() - before, newest(door.there, "chairs").body) == (1, body)


def again(door: Door) -> None:
    body = door.body()
    before = door.kept()
    assert [door.asks(MAIN, body, door.headers(body)) for _ in range(3)] == [200, 200, 200]
    assert door.kept() - before == 1


def same_id(door: Door) -> None:
    before = door.kept()
    for body in (door.body(), door.body()):
        assert door.asks(MAIN, body, door.headers(body)) == 200
    assert door.kept() - before == 2


def old_secret(door: Door) -> None:
    body = door.body()
    before = door.kept()
    assert door.asks(MAIN, body, door.headers(body, secret="old-woo-secret")) == 200
    assert door.kept() - before == 1


def unreadable(door: Door) -> None:
    before = door.kept()
    for store in ("chairs", "tents"):
        for body in (b"", b"\xff", b"\0" * 9, b"[" * 100_000):
            assert post(door.there, store, "x", body) == 200
    assert door.kept() - before == 4


def encoded(door: Door) -> None:
    body = gzip.compress(door.body())
    assert door.asks(MAIN, body, door.headers(body, Content_Encoding="gzip")) == 200
    assert newest(door.there, "chairs").body == body


def ping(door: Door) -> None:
    before, counted = door.kept(), door.counted("ping")
    assert door.asks(MAIN, {"webhook_id": "7"}) == 200
    assert door.will_have_counted(counted + 1, "ping")
    assert door.kept() == before


def forged(door: Door) -> None:
    body = door.body()
    before, counted = door.kept(), door.counted("forged")
    assert door.asks(MAIN, body, door.headers(body, secret="guess")) == 401
    assert door.asks(MAIN, body + b" ", door.headers(body)) == 401
    assert door.asks(MAIN, body, door.headers(body, "tents")) == 401
    assert door.will_have_counted(counted + 3, "forged")
    assert door.kept() == before


def unsigned(door: Door) -> None:
    body = door.body()
    before, counted = door.kept(), door.counted("forged")
    for signature in ("", "A" * 60_000, "\xe9\xff"):
        headers = {**door.headers(body), NAMES["chairs"][1]: signature}
        assert door.asks(MAIN, body, headers) == 401
    assert door.asks(MAIN, body) == 401
    assert door.will_have_counted(counted + 4, "forged")
    assert door.kept() == before


def empty_secret(door: Door) -> None:
    body = door.body()
    counted = door.counted("forged")
    headers = {**door.headers(body), NAMES["chairs"][1]: hmac_sha256_base64("", body)}
    assert door.asks(MAIN, body, headers) == 401
    assert door.will_have_counted(counted + 1, "forged")


def no_store(door: Door) -> None:
    body = door.body()
    assert door.asks("/webhooks/woocommerce/nosuch", body, door.headers(body)) == 404
    assert door.asks("/webhooks/woocommerce/tents", body, door.headers(body)) == 404


def no_platform(door: Door) -> None:
    body = door.body()
    assert door.asks("/webhooks/magento/chairs", body, door.headers(body)) == 404


def method(door: Door) -> None:
    methods = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
    assert [door.asks(path, b"", None, one) for path in (MAIN, TENTS, COMPLIANCE) for one in methods] == [405] * 18


def too_long(door: Door) -> None:
    # In this order: one body is thrown away at a time, and the server notices when it likes that a sender has gone.
    assert door.posts(b"x" * 20_000_000, door.headers(b"x")) == 413
    assert door.raw(head(b"Content-Length: 20000000")).startswith(b"HTTP/1.1 413 ")


def chunked_too_long(door: Door) -> None:
    endless = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream = BytesIO(b"x" * (LIMIT * 2))
    answer = door.asks(MAIN, None, door.headers(b""), input_stream=stream, environ_overrides=endless)
    assert (answer, stream.tell() <= LIMIT + 65_536) == (413, True)


def broken_off(door: Door) -> None:
    assert door.raw(head(b"Content-Length: 50") + b"{}", last=True).startswith(b"HTTP/1.1 400 ")


def longer_than_announced(door: Door) -> None:
    body = door.body()
    answer = door.asks(
        MAIN, None, door.headers(body), input_stream=BytesIO(body), environ_overrides={"CONTENT_LENGTH": "5"}
    )
    assert answer == 401


def malformed(door: Door) -> None:
    assert door.raw(head(b"Content-Length: many")).startswith(b"HTTP/1.1 400 ")
    assert door.raw(head(b"X-WC-Webhook-Topic: a\0b\r\nContent-Length: 0")).startswith(b"HTTP/1.1 400 ")


def large_headers(door: Door) -> None:
    assert door.raw(head(b"X-Much: " + b"x" * 2_000_000))[:13] in {b"HTTP/1.1 431 ", b""}


def slow_headers(door: Door) -> None:
    with socket.create_connection(("127.0.0.1", door.port), timeout=120) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: a\r\n")
        began = time.monotonic()
        assert connection.recv(100) in {b"", b"HTTP/1.1 408 Request Timeout\r\n"}
        assert time.monotonic() - began < 28  # the server's own limit would be thirty


def not_kept(door: Door) -> None:
    body = door.body()
    before = door.kept()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.storage.inbox._Writer.keep", _full)
        assert door.asks(MAIN, body, door.headers(body)) == 503
    assert door.kept() == before
    assert door.asks(MAIN, body, door.headers(body)) == 200


def _full(*_: object) -> bool:
    raise NotKept("The delivery could not be written: No space left on device")


def privacy(door: Door) -> None:
    body = b'{"shop_domain": "sandbox.myshopify.com", "orders_requested": [%d]}' % next(numbers)
    headers = {**door.headers(body, "tents"), NAMES["tents"][0]: "customers/data_request"}
    before = door.kept("tents")
    assert door.asks(COMPLIANCE, body, headers) == 200
    assert door.kept("tents") - before == 1


def privacy_forged(door: Door) -> None:
    before = door.counted("forged", "tents")
    body = b'{"shop_domain": "sandbox.myshopify.com"}'
    assert door.asks(COMPLIANCE, body, door.headers(body, "tents", "guess")) == 401
    assert door.will_have_counted(before + 1, "forged", "tents")


def bug(door: Door) -> None:
    body = door.body()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webhooks.receive.plain_headers", lambda _: 1 // 0)
        assert door.asks(MAIN, body, door.headers(body)) == 500


DOOR: dict[str, Callable[[Door], None]] = {
    "genuine": genuine,
    "again": again,
    "same-id": same_id,
    "old-secret": old_secret,
    "unreadable": unreadable,
    "encoded": encoded,
    "ping": ping,
    "forged": forged,
    "unsigned": unsigned,
    "empty-secret": empty_secret,
    "no-store": no_store,
    "no-platform": no_platform,
    "method": method,
    "too-long": too_long,
    "chunked-too-long": chunked_too_long,
    "broken-off": broken_off,
    "longer-than-announced": longer_than_announced,
    "malformed": malformed,
    "large-headers": large_headers,
    "slow-headers": slow_headers,
    "not-kept": not_kept,
    "privacy": privacy,
    "privacy-forged": privacy_forged,
    "bug": bug,
}
